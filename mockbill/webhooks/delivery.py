"""A delivery: one event on its way to one receiver, with every attempt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from mockbill.webhooks.post import HEADERS, Reply
from mockbill.webhooks.routing import Receiver
from mockbill.world import Doc, made_up

if TYPE_CHECKING:
    from mockbill.webhooks.ledger import Ledger


class Occasion(Enum):
    """Why an attempt is made."""

    FIRST = "first"
    RETRY = "retry"
    RESEND = "resend"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST: when (wall time, in seconds), how it was signed, and what came back."""

    at: int
    occasion: Occasion
    signature: str
    reply: Reply

    def as_dict(self) -> dict[str, Any]:
        return {
            "at": iso(self.at),
            "occasion": self.occasion.value,
            "status": self.reply.status,
            "error": self.reply.error,
            "milliseconds": self.reply.milliseconds,
            "request_headers": {**HEADERS, "Stripe-Signature": self.signature},
            "response_headers": dict(self.reply.headers),
            "response_body": self.reply.body,
        }


@dataclass(eq=False, slots=True)
class Delivery:
    """``state`` is pending (waits for an attempt), retrying (between two), delivered or failed.

    ``owed`` until it has succeeded once.
    """

    id: str
    ledger: Ledger
    event: Doc
    receiver: Receiver
    owed: bool
    state: str = "pending"
    reason: str | None = None  # why it was given up without an attempt
    next_retry: int | None = None  # seconds on the clock that decides of retries (the setting webhook_retry_clock)
    retries: int = 0  # tries made beside the first one and those that a person asked for
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be tried of itself."""
        return self.state in ("delivered", "failed")

    def end(self, state: str, reason: str | None = None) -> None:
        """It is delivered or failed; a ``reason`` says why nothing more was tried."""
        self.state, self.reason, self.next_retry = state, reason, None

    def as_dict(self) -> dict[str, Any]:
        """For the control API: the last attempt's outcome on top, all of them below."""
        attempts = [attempt.as_dict() for attempt in self.attempts]
        last = attempts[-1] if attempts else {"at": None, "status": None, "error": None, "milliseconds": None}
        return {
            "id": self.id,
            "account": self.ledger.world.name,
            "event": self.event["id"],
            "type": self.event["type"],
            "endpoint": self.receiver.id,
            "url": self.receiver.url,
            "state": self.state,
            "attempt": len(attempts),
            "status": last["status"],
            "error": self.reason or last["error"],
            "milliseconds": last["milliseconds"],
            "at": last["at"],
            "next_retry": None if self.next_retry is None else iso(self.next_retry),
            "synthetic": made_up.is_made_up(self.ledger.world, self.event),
            "attempts": attempts,
        }


class Task(NamedTuple):
    """An attempt that is to be made; ``at`` is the account's time at which it was queued."""

    delivery: Delivery
    occasion: Occasion
    at: int = 0


def iso(at: int) -> str:
    """Seconds since 1970 as 2026-03-01T00:00:00Z."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
