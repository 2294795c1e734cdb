"""The log of API calls: what was asked and answered lately, for people and tests to look at."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any


@dataclass(slots=True)
class LoggedRequest:
    """One API call.  ``body`` is what was sent, as text; ``milliseconds`` is how long the answer took."""

    id: str
    account: str
    method: str
    path: str
    query: str
    body: str
    status: int
    at: int
    milliseconds: float
    version: str
    idempotency_key: str | None
    error: dict[str, Any] | None

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


class RequestLog:
    """The last ``kept`` calls of each account; those with a refused key are kept under the account ``""``."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._added = threading.Condition(self._lock)
        self._added_so_far = 0
        self._counts: Counter[str] = Counter()  # calls that ever were in the log
        self._numbers = count()  # the order of all accounts' calls
        self._accounts: dict[str, deque[tuple[int, LoggedRequest]]] = {}

    def add(self, request: LoggedRequest) -> None:
        with self._lock:
            calls = self._accounts.get(request.account)
            if calls is None:
                calls = self._accounts[request.account] = deque(maxlen=self._kept)
            calls.append((next(self._numbers), request))
            self._counts[request.account] += 1
            self._added_so_far += 1
            self._added.notify_all()

    def newest(self, account: str | None = None) -> list[LoggedRequest]:
        """Newest first, of one account or of all."""
        with self._lock:
            return self._newest(account)

    def wait_until(self, account: str | None, met: Callable[[Sequence[LoggedRequest]], bool], timeout: float) -> bool:
        """Wait, at most ``timeout`` seconds, until ``newest`` is as wanted, which is asked anew after each call.

        It is asked without our lock, for it may take an account's.
        """
        deadline = time.monotonic() + timeout
        while True:
            with self._lock:
                seen, newest = self._added_so_far, self._newest(account)
            if met(newest):
                return True
            with self._lock:
                left = deadline - time.monotonic()
                if not self._added.wait_for(lambda seen=seen: self._added_so_far != seen, left):  # type: ignore[misc]
                    return False

    def fallen(self, account: str | None = None) -> int:
        """How many calls the log had to let go."""
        with self._lock:
            names = self._accounts if account is None else (account,)
            return sum(self._counts[name] - len(self._accounts.get(name, ())) for name in names)

    def _newest(self, account: str | None) -> list[LoggedRequest]:
        if account is None:
            calls = sorted(chain.from_iterable(self._accounts.values()), reverse=True)
        else:
            calls = list(reversed(self._accounts.get(account, ())))
        return [request for _, request in calls]

    def clear(self, account: str) -> None:
        """Forget the calls of one account."""
        with self._lock:
            self._accounts.pop(account, None)
            del self._counts[account]
