"""The journal of API calls: what was asked and answered lately, for people and tests to look at."""

from collections import deque
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Exchange:
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
    """The newest exchanges of a server; older ones are forgotten."""

    def __init__(self, kept: int) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=kept)

    def add(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)

    def newest(self) -> list[Exchange]:
        """Newest first."""
        return list(reversed(self._exchanges.copy()))

    def clear(self, account: str) -> None:
        """Forget the exchanges of one account."""
        kept = [exchange for exchange in self._exchanges if exchange.account != account]
        self._exchanges.clear()
        self._exchanges.extend(kept)
