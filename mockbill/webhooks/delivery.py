"""A delivery: one event on its way to one receiver, with every attempt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from mockbill.webhooks.post import HEADERS, Reply
from mockbill.webhooks.routing import Receiver
from mockbill.webhooks.scripts import PLAIN, Fate, Manner
from mockbill.world import Doc, made_up

if TYPE_CHECKING:
    from mockbill.webhooks.ledger import Ledger


class Occasion(Enum):
    """Why an attempt is made."""

    FIRST = "first"
    RETRY = "retry"
    RESEND = "resend"
    COPY = "copy"  # by a script that duplicates
    REPLAY = "replay"  # by a script on a later event

    @property
    def is_extra(self) -> bool:
        """Whether it is made beside the first one and its retries: failing, it is not tried again by itself."""
        return self not in (Occasion.FIRST, Occasion.RETRY)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST: when (wall time, in seconds), how it was signed, and what came back."""

    at: int
    occasion: Occasion
    signature: str
    reply: Reply
    scripts: tuple[str, ...] = ()  # the rules that had it made, or made in this manner

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
            "scripts": list(self.scripts),
        }


@dataclass(eq=False, slots=True)
class Delivery:
    """``state`` is pending (waits for an attempt), retrying (between two), delivered, failed or, by a script, dropped.

    ``owed`` until it has succeeded once.  ``fate`` is what scripts do to it, ``waits`` for what they keep it back.
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
    fate: Fate | None = None
    waits: str | None = None
    touched: tuple[dict[str, Any], ...] = ()  # by which scripts: their ids and what they do

    @property
    def is_early(self) -> bool:
        """Whether it is to be attempted before the call that caused it is answered, whatever the mode."""
        return self.fate is not None and self.fate.early

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be tried of itself."""
        return self.state in ("delivered", "failed", "dropped")

    @property
    def is_begun(self) -> bool:
        """Whether the first attempt was made, so that any further one of itself is a retry."""
        return any(attempt.occasion is Occasion.FIRST for attempt in self.attempts)

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
            "waits_for": self.waits,
            "scripts": list(self.touched),
            "attempts": attempts,
        }


class Task(NamedTuple):
    """An attempt that is to be made; ``at`` is the account's time at which it was queued."""

    delivery: Delivery
    occasion: Occasion
    at: int = 0
    by: tuple[str, ...] = ()  # the scripts that want an earlier event replayed

    @property
    def manner(self) -> Manner:
        """In which manner scripts have it sent: a first attempt and its copies, or its retries, or else plainly."""
        fate = self.delivery.fate
        if fate is None or self.occasion in (Occasion.RESEND, Occasion.REPLAY):
            return PLAIN
        return fate.later if self.occasion is Occasion.RETRY else fate.manner

    @property
    def scripts(self) -> tuple[str, ...]:
        """The ids of the scripts that have a hand in it."""
        fate = self.delivery.fate
        if fate is None or self.occasion in (Occasion.RESEND, Occasion.REPLAY):
            return self.by
        if self.occasion is Occasion.RETRY:
            return tuple(rule.id for rule in fate.rules if rule.terms.do.retries)
        return tuple(rule.id for rule in fate.rules)


def iso(at: int) -> str:
    """Seconds since 1970 as 2026-03-01T00:00:00Z."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
