"""The listeners that are there now, by account."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from itertools import count
from typing import TypeVar

from mockbill.webhooks.listeners.listener import Listener

_MOST_EXPECTED = 100  # who was to come longest ago is expected no more

_L = TypeVar("_L", bound=Listener)


class Listeners:
    """One that is gone without a word is noticed when its account is next looked at."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._expected: OrderedDict[str, tuple[str, Listener]] = OrderedDict()  # with their accounts
        self._by_account: dict[str, tuple[Listener, ...]] = {}

    def of(self, account: str) -> tuple[Listener, ...]:
        """Those of an account: the very same tuple until one comes or goes."""
        known = self._by_account.get(account)
        if known is None:
            return ()
        if all(listener.alive for listener in known):
            return known
        with self._lock:
            return self._keep(account, lambda listener: listener.alive)

    def add(self, account: str, make: Callable[[str], _L]) -> _L:
        """One more, made with its id."""
        with self._lock:
            listener = make(f"listen_{next(self._numbers)}")
            self._by_account[account] = (*self._by_account.get(account, ()), listener)
            return listener

    def expect(self, account: str, make: Callable[[str], Listener]) -> str:
        """One that may come later, by ``arrive``; answers its id."""
        with self._lock:
            id = f"listen_{next(self._numbers)}"
            self._expected[id] = account, make(id)
            while len(self._expected) > _MOST_EXPECTED:
                self._expected.popitem(last=False)
            return id

    def arrive(self, id: str) -> Listener | None:
        """One that is there, or was expected and is there from now on."""
        with self._lock:
            account, expected = self._expected.pop(id, ("", None))
            if expected is not None:
                self._by_account[account] = (*self._by_account.get(account, ()), expected)
                return expected
        return self.find(id)

    def find(self, id: str) -> Listener | None:
        """The listener with this id, of any account."""
        accounts = list(self._by_account)
        return next((listener for account in accounts for listener in self.of(account) if listener.id == id), None)

    def remove(self, id: str) -> bool:
        """It listens no more; False when it did not."""
        with self._lock:
            for account, known in list(self._by_account.items()):
                if any(listener.id == id for listener in known):
                    self._keep(account, lambda listener: listener.id != id)
                    return True
        return False

    def close(self) -> None:
        """Nobody is heard any more."""
        with self._lock:
            for account in list(self._by_account):
                self._keep(account, lambda _: False)

    def _keep(self, account: str, test: Callable[[Listener], bool]) -> tuple[Listener, ...]:
        known = self._by_account.get(account, ())
        kept = tuple(filter(test, known))
        for listener in known:
            if listener not in kept:
                listener.end()
        if kept:
            self._by_account[account] = kept
        else:
            self._by_account.pop(account, None)
        return kept
