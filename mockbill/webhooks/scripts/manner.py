"""In which manner an attempt is sent: the bytes, their signature and time, and how they go over the wire."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Literal

from mockbill.webhooks.signing import sign

_WRONG = "whsec_not_the_secret_of_this_endpoint"


@dataclass(frozen=True, slots=True)
class Slow:
    """The body goes in so many ``chunks`` with ``pause`` seconds between them."""

    chunks: int = 4
    pause: float = 0.25


class Cut(ConnectionError):
    """The connection was cut on purpose."""


@dataclass(frozen=True, slots=True)
class Manner:
    """``stale`` is by how many seconds the signature's time is too old; ``cut`` after how many bytes of the body the
    connection ends."""

    corrupt: Literal["signature", "body"] | None = None
    stale: int | None = None
    wrong_secret: bool | None = None
    api_version: str | None = None
    slow: Slow | None = None
    cut: int | None = None

    def over(self, other: "Manner") -> "Manner":
        """Both at once; where they say different things, this one."""
        said = {field.name: value for field in fields(self) if (value := getattr(self, field.name)) is not None}
        return replace(other, **said)

    def signed(self, secret: str, body: bytes, at: int) -> tuple[bytes, str]:
        """The body that goes out and its ``Stripe-Signature``; ``at`` is wall time in seconds."""
        header = sign(_WRONG if self.wrong_secret else secret, body, at - (self.stale or 0))
        if self.corrupt == "signature":
            stamp, mark, rest = header.partition(",v1=")
            header = f"{stamp}{mark}{_other(rest[0])}{rest[1:]}"
        if self.corrupt == "body":  # still JSON, so that only the signature can tell
            changed = body.replace(b'"livemode": false', b'"livemode": true ', 1)
            body = changed if changed != body else body + b" "  # raw bytes may be anything
        return body, header

    def feed(self, body: bytes, wait: Callable[[float], object]) -> Iterator[bytes] | None:
        """The body piece by piece as it goes over the wire, or None where it goes as a whole.

        ``wait`` is called with the seconds of each pause.  Raises Cut where the connection is to end.
        """
        if self.slow is None and self.cut is None:
            return None
        return self._pieces(body if self.cut is None else body[: self.cut], wait)

    def _pieces(self, body: bytes, wait: Callable[[float], object]) -> Iterator[bytes]:
        slow = self.slow or Slow(1, 0.0)
        size = max(1, -(-len(body) // slow.chunks))
        for start in range(0, len(body), size):
            if start:
                wait(slow.pause)
            yield body[start : start + size]
        if self.cut is not None:
            raise Cut(f"a script cut the connection after {len(body)} bytes of the body")


PLAIN = Manner()


def _other(digit: str) -> str:
    return "0" if digit != "0" else "1"
