"""The log of API calls: what was asked and answered lately, for people and tests to look at."""

import threading
from collections import deque
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
        self._numbers = count()  # the order of all accounts' calls
        self._accounts: dict[str, deque[tuple[int, LoggedRequest]]] = {}

    def add(self, request: LoggedRequest) -> None:
        with self._lock:
            calls = self._accounts.get(request.account)
            if calls is None:
                calls = self._accounts[request.account] = deque(maxlen=self._kept)
            calls.append((next(self._numbers), request))

    def newest(self, account: str | None = None) -> list[LoggedRequest]:
        """Newest first, of one account or of all."""
        with self._lock:
            if account is None:
                calls = sorted(chain.from_iterable(self._accounts.values()), reverse=True)
            else:
                calls = list(reversed(self._accounts.get(account, ())))
        return [request for _, request in calls]

    def clear(self, account: str) -> None:
        """Forget the calls of one account."""
        with self._lock:
            self._accounts.pop(account, None)
