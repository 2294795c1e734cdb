"""Drafts that wait until their ``invoice.created`` has been taken (the setting ``finalization``)."""

from mockbill.rules.periods import HOUR
from mockbill.world import Doc, Work

_LONGEST = 72 * HOUR
"""Then an invoice is finalized whatever its receivers say (stripe-behaviour.md 5.1)."""


def is_awaited(w: Work, invoice: Doc) -> bool:
    """Whether an endpoint has yet to answer 2xx to ``invoice.created``, and there is time left to wait for it."""
    if w.now >= invoice["created"] + _LONGEST:
        return False
    told = w.find("event", {"data.object.id": invoice["id"]}, type="invoice.created")
    return any(event["pending_webhooks"] for event in told)


def wait(w: Work, invoice: Doc) -> Doc:
    """Look again in an hour, and at the latest when the 72 hours are over."""
    at = min(w.now + HOUR, invoice["created"] + _LONGEST)
    charged = invoice["next_payment_attempt"] is not None
    return w.change(invoice, automatically_finalizes_at=at, next_payment_attempt=at if charged else None)
