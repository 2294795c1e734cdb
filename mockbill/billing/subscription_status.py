"""The status of a subscription: how it becomes another one, and how it ends (stripe-behaviour.md 3.4)."""

from typing import Any

from mockbill.world import Doc, Work

ENDED = ("canceled", "incomplete_expired")
RENEWING = ("active", "trialing", "past_due", "unpaid")


def change(w: Work, subscription: Doc, **fields: Any) -> Doc:
    """New fields and ``customer.subscription.updated``, where they differ."""
    if all(subscription.get(name) == value for name, value in fields.items()):
        return subscription
    changed = w.change(subscription, **fields)
    w.emit("customer.subscription.updated", changed, subscription)
    return changed


def paid(w: Work, id: str) -> None:
    """Its latest invoice was paid: whatever waited for that is active again."""
    subscription = w.get("subscription", id)
    if subscription is not None and subscription["status"] in ("incomplete", "past_due", "unpaid"):
        change(w, subscription, status="active")


def overdue(w: Work, id: str) -> None:
    """A renewal could not be paid."""
    subscription = w.get("subscription", id)
    if subscription is not None and subscription["status"] in ("active", "trialing"):
        change(w, subscription, status="past_due")


def end(w: Work, subscription: Doc, reason: str | None, **fields: Any) -> Doc:
    """Canceled now: ``customer.subscription.deleted``.  Its unpaid invoices are no longer collected by themselves."""
    details = {**subscription["cancellation_details"], **fields.pop("cancellation_details", {})}
    if reason is not None:
        details["reason"] = reason
    ended = w.change(
        subscription,
        status="canceled",
        ended_at=w.now,
        canceled_at=fields.pop("canceled_at", w.now),
        cancellation_details=details,
        **fields,
    )
    _stop_collecting(w, ended["id"])
    w.emit("customer.subscription.deleted", ended)
    return ended


def expire(w: Work, subscription: Doc) -> Doc:
    """Its first invoice was not paid in time, or was voided."""
    return change(w, subscription, status="incomplete_expired", ended_at=w.now)


def _stop_collecting(w: Work, id: str) -> None:
    for status in ("draft", "open"):
        for invoice in w.find("invoice", {"parent.subscription_details.subscription": id}, status=status):
            if invoice["auto_advance"]:
                w.change(invoice, auto_advance=False, next_payment_attempt=None, automatically_finalizes_at=None)
