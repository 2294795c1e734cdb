"""The status of a subscription: how it becomes another one, and how it ends (stripe-behaviour.md 3.4)."""

from collections.abc import Callable
from typing import Any

from mockbill.billing import invoices
from mockbill.world import Doc, Work

LEAVING: list[Callable[[Work, Doc], Doc]] = []
"""Called with a subscription that is going to end or to pause; answers it without what cannot go on then."""

GONE: list[Callable[[Work, Doc, str | None], None]] = []
"""Called with a subscription that had a schedule and has ended, and with the reason."""

ENDED = ("canceled", "incomplete_expired")
RENEWING = ("active", "trialing", "past_due", "unpaid")


def change(w: Work, subscription: Doc, /, **fields: Any) -> Doc:
    """New fields and ``customer.subscription.updated``, where they differ."""
    if all(subscription.get(name) == value for name, value in fields.items()):
        return subscription
    changed = w.change(subscription, **fields)
    w.emit("customer.subscription.updated", changed, subscription)
    return changed


def follows_trial(subscription: Doc) -> bool:
    """Whether the billing cycle begins when the trial ends; an anchor of its own stays where it is."""
    return bool(subscription["billing_cycle_anchor"] == subscription["trial_end"])


def waits_for_payment(subscription: Doc) -> bool:
    """Whether it becomes active when its latest invoice is paid."""
    return subscription["status"] in ("incomplete", "past_due", "unpaid")


def paid(w: Work, subscription: Doc, method: str | None) -> None:
    """Its latest invoice was paid: what waited for that is active again."""
    change(w, subscription, status=when_paid(w, subscription), **saved_method(subscription, method))


def forgiven(w: Work, subscription: Doc) -> None:
    """What it was past due for was written off by hand, which makes that good (Stripe's status overview)."""
    if subscription["status"] == "past_due":
        change(w, subscription, status="active")


def when_paid(w: Work, subscription: Doc) -> str:
    """What a payment makes of a subscription: active, or on trial where a first charge came along with one."""
    on_trial = subscription["status"] == "incomplete" and (subscription["trial_end"] or 0) > w.now
    return "trialing" if on_trial else "active"


def latest(w: Work, subscription: Doc) -> Doc | None:
    """The invoice that its status goes by: the latest one that is finalized, but for those that are void.

    Where an update waits for one that is not paid, it has not happened, and the invoice does not count either.
    """
    newest = w.get("invoice", subscription["latest_invoice"])
    if newest is None or _counts(w, subscription, newest):
        return newest
    all_of_it = w.find("invoice", {"parent.subscription_details.subscription": subscription["id"]})
    return next((invoice for invoice in reversed(all_of_it) if _counts(w, subscription, invoice)), None)


def _counts(w: Work, subscription: Doc, invoice: Doc) -> bool:
    """A draft counts only where Stripe does not go on by itself: while the subscription is unpaid."""
    match invoice["status"]:
        case "paid":
            return True
        case "void":
            return False
        case "draft" if subscription["status"] != "unpaid":
            return False
    return not _decides_update(w, subscription, invoice)


def _decides_update(w: Work, subscription: Doc, invoice: Doc) -> bool:
    return bool((w.private("pending_update", subscription["id"]) or {}).get("invoice") == invoice["id"])


def is_latest(w: Work, subscription: Doc, invoice: Doc) -> bool:
    """Whether the status goes by this invoice."""
    counts = latest(w, subscription)
    return counts is not None and bool(counts["id"] == invoice["id"])


def saved_method(subscription: Doc, method: str | None) -> dict[str, Any]:
    """``save_default_payment_method=on_subscription``: what paid becomes what pays the renewals."""
    saves = subscription["payment_settings"]["save_default_payment_method"] == "on_subscription"
    return {"default_payment_method": method} if saves and method else {}


def on_setup(w: Work, intent: Doc) -> None:
    """The setup intent for which a subscription waited has succeeded."""
    for subscription in w.find("subscription", pending_setup_intent=intent["id"]):
        change(w, subscription, pending_setup_intent=None, **saved_method(subscription, intent["payment_method"]))


def overdue(w: Work, id: str, invoice: Doc) -> None:
    """A renewal could not be paid: past due, if it was active.

    On trial it stays that: what else was charged meanwhile is no matter of its status (not established at Stripe).
    """
    subscription = w.get("subscription", id)
    if subscription is not None and subscription["status"] == "active" and is_hurt_by(w, subscription, invoice):
        change(w, subscription, status="past_due")


def is_hurt_by(w: Work, subscription: Doc, invoice: Doc) -> bool:
    """Whether an invoice that is not paid has a say in the status: where a later one is paid, that is what counts."""
    later = latest(w, subscription)
    return not (_decides_update(w, subscription, invoice) or (later is not None and later["status"] == "paid"))


def pause(w: Work, subscription: Doc, reason: str, **fields: Any) -> Doc:
    """Paused now: ``customer.subscription.paused`` and ``updated``; ``reason`` is such as ``final_payment_failure``."""
    subscription = _leaving(w, subscription)
    details = {"paused": {"subscription": {"type": reason}, "transitioned_at": w.now, "type": "subscription"}}
    paused = w.change(subscription, status="paused", status_details=details, **fields)
    w.emit("customer.subscription.paused", paused)
    w.emit("customer.subscription.updated", paused, subscription)
    return paused


def end(w: Work, subscription: Doc, reason: str | None, *, keeps_prorations: bool = False, **fields: Any) -> Doc:
    """Canceled now: ``customer.subscription.deleted``.  Its unpaid invoices are no longer collected by themselves."""
    subscription = _leaving(w, subscription)
    details = {**subscription["cancellation_details"], **fields.pop("cancellation_details", {})}
    if reason is not None:
        details["reason"] = reason
    ended = w.change(
        subscription,
        status="canceled",
        status_details=None,
        ended_at=w.now,
        canceled_at=fields.pop("canceled_at", w.now),
        cancellation_details=details,
        **fields,
    )
    _stop_collecting(w, ended["id"])
    if not keeps_prorations:
        drop_prorations(w, ended["id"])
    w.emit("customer.subscription.deleted", ended)
    if ended["schedule"]:
        for tell in GONE:
            tell(w, ended, reason)
    return ended


def _leaving(w: Work, subscription: Doc) -> Doc:
    for settle in LEAVING:
        subscription = settle(w, subscription)
    return subscription


def expire(w: Work, subscription: Doc) -> Doc:
    """Its first invoice was not paid in time, or was voided."""
    return change(w, subscription, status="incomplete_expired", ended_at=w.now)


def _stop_collecting(w: Work, id: str) -> None:
    for status in ("draft", "open"):
        for invoice in w.find("invoice", {"parent.subscription_details.subscription": id}, status=status):
            invoices.hold(w, invoice)


def drop_prorations(w: Work, id: str) -> None:
    """What a change would have cost on the next invoice, which will not come; other waiting items stay."""
    for item in w.find("invoiceitem", {"parent.subscription_details.subscription": id}, invoice=None):
        if item["proration"]:
            w.remove(item)
            w.emit("invoiceitem.deleted", item)
