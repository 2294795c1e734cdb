"""``POST /v1/subscriptions/{id}/resume``: a paused subscription goes on, once its invoice lets it (section 3.9).

Which invoice that is, and until when it may be paid, is kept beside the subscription as ``resumption``.
"""

from typing import Any

from mockbill.billing import (
    billed,
    cancellation_plans,
    collection,
    default_methods,
    invoices,
    subscription_invoices,
    subscription_items,
    subscription_prorations,
    update_invoices,
)
from mockbill.billing.usage import arrears, spans
from mockbill.rules import periods
from mockbill.rules.periods import HOUR
from mockbill.world import Doc, Problem, Work, World

LIFE = 23 * HOUR
_MOMENTS = (("expires_at", "subscription.end_resumption"), ("resumes_at", "subscription.resume"))
FIRST_ATTEMPT = HOUR  # after the request; that Stripe waits is documented, how long is not


def resume(w: Work, subscription: Doc, params: dict[str, Any]) -> Doc:
    """``billing_cycle_anchor`` now (default): a full period is billed; unchanged: prorations for the rest of this one.

    Without an invoice it is active at once.  With one, ``payment_behavior`` says what that has to come to:
    resume_on_payment_attempt (default), whose attempt comes later and makes it active or past_due, or
    resume_on_payment_success, which is attempted in this request and keeps it paused until it is paid.
    """
    if subscription["status"] != "paused":
        raise Problem(f"Only paused subscriptions can be resumed; this one is {subscription['status']}.")
    if subscription["collection_method"] != "charge_automatically":
        raise Problem("Only subscriptions with collection_method=charge_automatically can be resumed.")
    _withdraw(w, subscription)
    anchor = (params.get("billing_cycle_anchor") or {}).get("type") or "now"
    fields, draft = (_anew if anchor == "now" else _where_it_was)(w, subscription, params)
    if draft is None:
        return _active(w, subscription, "active", **fields)
    behavior = params.get("payment_behavior") or "resume_on_payment_attempt"
    if behavior == "resume_on_payment_attempt" and default_methods.method_for(w, draft):
        draft = w.change(draft, next_payment_attempt=w.now + FIRST_ATTEMPT)
    w.emit("invoice.created", draft)
    waiting = w.change(subscription, **fields, latest_invoice=draft["id"])
    return _billed(w, subscription, waiting, draft, behavior)


def due(world: World, subscription: Doc) -> tuple[int, str] | None:
    """When an invoice that nobody tried to pay ends the resumption, or a pause ends that was given an end."""
    kept = world.fetch("_resumption", subscription["id"]) or {}
    moments = ((kept.get(name), verb) for name, verb in _MOMENTS)
    return min(((at, verb) for at, verb in moments if at), default=None)


def plan(w: Work, subscription: Doc, at: int) -> None:
    """Have a paused subscription resumed at an instant."""
    w.keep("resumption", subscription["id"], resumes_at=at)
    w.reschedule(subscription)


def planned(w: Work, subscription: Doc) -> int | None:
    """When that will be, where it is planned."""
    return (w.private("resumption", subscription["id"]) or {}).get("resumes_at")


def resume_in_time(w: Work, subscription: Doc) -> None:
    """Its instant has come."""
    resume(w, subscription, {})


def on_invoice(w: Work, invoice: Doc, outcome: str) -> None:
    """What became of the invoice on which a resumption depends: voided, the subscription stays paused."""
    id = invoices.subscription_of(invoice)
    kept = w.private("resumption", id) if id else None
    if not id or not kept or kept["invoice"] != invoice["id"]:
        return
    subscription = w.need("subscription", id)
    if subscription["status"] != "paused" or outcome == "void":
        _forget(w, subscription)
    elif outcome in ("paid", "uncollectible"):
        _active(w, subscription, "active")
    elif kept["behavior"] == "resume_on_payment_attempt":
        _active(w, subscription, "past_due")
    else:
        w.keep("resumption", id, expires_at=None)  # it was tried, and will be again
        w.reschedule(subscription)


def expire(w: Work, subscription: Doc) -> None:
    """23 hours without an attempt: the invoice is voided, the subscription stays paused."""
    _withdraw(w, subscription)


def _anew(w: Work, subscription: Doc, params: dict[str, Any]) -> tuple[dict[str, Any], Doc | None]:
    """A full period from now on, without prorations; what waits, such as the credit of the pause, comes along."""
    fields: dict[str, Any] = {"billing_cycle_anchor": w.now}
    fields["items"] = subscription_items.restarted({**subscription, **fields}, w.now)
    fields |= cancellation_plans.kept({**subscription, **fields, "status": "active"})
    head = update_invoices.head(w, subscription)
    resumed = {**subscription, **fields}
    for item in arrears.metered({**resumed, "status": "active"}):
        spans.begin(w, subscription, item)  # what was used in this second was used while it was paused
    begun = arrears.billed(w, resumed, resumed["items"]["data"])
    if not begun and not subscription_invoices.pending(w, resumed):
        return fields, None
    return fields, subscription_invoices.draft(w, resumed, begun, prorated=True, **head)


def _where_it_was(w: Work, subscription: Doc, params: dict[str, Any]) -> tuple[dict[str, Any], Doc | None]:
    """The periods in which it would be by now; the rest of each is charged, unless it was and was not given back."""
    caught_up = [_caught_up(w, subscription, item) for item in subscription["items"]["data"]]
    fields: dict[str, Any] = {"items": {**subscription["items"], "data": caught_up}}
    fields |= cancellation_plans.kept({**subscription, **fields, "status": "active"})
    items = fields["items"]["data"]
    behavior = params.get("proration_behavior") or "create_prorations"
    if behavior == "none":
        return fields, None
    at = params.get("proration_date", w.now)
    if not all(item["current_period_start"] <= at <= item["current_period_end"] for item in items):
        raise Problem(
            "Invalid proration_date: must be within the current period of the subscription.", param="proration_date"
        )
    waiting = [
        debit
        for item in items
        if not any(charge.amount and charge.until > at for charge in billed.debits(w, subscription, item["id"]))
        for debit in subscription_prorations.debits(w, subscription, item, at)
    ]
    if behavior == "create_prorations" or not waiting:
        return fields, None
    return fields, update_invoices.draft_of(w, subscription, waiting)


def _caught_up(w: Work, subscription: Doc, item: Doc) -> Doc:
    if w.now < item["current_period_end"]:
        return item
    recurring = item["price"]["recurring"]
    interval, count = recurring["interval"], recurring["interval_count"]
    return subscription_items.moved(
        item, *periods.period_containing(subscription["billing_cycle_anchor"], interval, count, w.now)
    )


def _billed(w: Work, before: Doc, subscription: Doc, draft: Doc, behavior: str) -> Doc:
    """Finalize the invoice; it is paid at once where nothing is due, or where ``behavior`` wants it tried now."""
    id = subscription["id"]
    w.keep("resumption", id, invoice=draft["id"], behavior=behavior, expires_at=w.now + LIFE)
    w.emit("customer.subscription.updated", subscription, before)
    opened = collection.finalize(w, draft)
    if opened["status"] != "open":
        return w.need("subscription", id)
    if behavior == "resume_on_payment_success":
        collection.attempt(w, opened, off_session=False)
    return w.need("subscription", id)


def _active(w: Work, subscription: Doc, status: str, **fields: Any) -> Doc:
    """Resumed: ``customer.subscription.resumed`` and ``updated``."""
    _forget(w, subscription)
    resumed = w.change(subscription, status=status, status_details=None, **fields)
    w.emit("customer.subscription.resumed", resumed)
    w.emit("customer.subscription.updated", resumed, subscription)
    return resumed


def _forget(w: Work, subscription: Doc) -> None:
    if w.private("resumption", subscription["id"]):
        w.keep("resumption", subscription["id"], invoice=None, behavior=None, expires_at=None, resumes_at=None)
        w.reschedule(subscription)


def _withdraw(w: Work, subscription: Doc) -> None:
    """Void the invoice of a resumption that came to nothing."""
    kept = w.private("resumption", subscription["id"]) or {}
    invoice = w.get("invoice", kept.get("invoice"))
    if invoice is not None and invoice["status"] == "open":
        collection.void(w, invoice)
    _forget(w, subscription)
