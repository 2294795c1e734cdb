"""The invoice that a change of a subscription brings at once, and what becomes of both (stripe-behaviour.md 3.10)."""

from typing import Any

from mockbill.billing import collection, invoices, subscription_invoices, subscription_status, unmodelled
from mockbill.world import Doc, Work


def of_prorations(
    w: Work, subscription: Doc, changed: dict[str, Any], waiting: list[Doc], params: dict[str, Any]
) -> Doc:
    """``always_invoice``: an invoice over the prorations, finalized and charged in this request."""
    draft = subscription_invoices.draft_of_items(w, subscription, waiting, **head(w, subscription))
    return charge(w, subscription, changed, draft, params)


def head(w: Work, subscription: Doc) -> dict[str, Any]:
    """What the invoice of a change says of itself; its window begins with the invoice before it (recorded)."""
    last = w.get("invoice", subscription["latest_invoice"])
    since = last["created"] if last else subscription["created"]
    return {"billing_reason": "subscription_update", "period_start": since, "period_end": w.now}


def charge(w: Work, subscription: Doc, changed: dict[str, Any], draft: Doc, params: dict[str, Any]) -> Doc:
    """Tell of the draft, finalize it and charge it as ``payment_behavior`` says; answers the subscription.

    The change itself, ``changed``, is told of last, whatever the payment makes of the subscription's status.
    """
    behavior = params.get("payment_behavior") or "allow_incomplete"
    if behavior == "pending_if_incomplete":
        unmodelled.refuse({"payment_behavior": "pending_if_incomplete"}, ["payment_behavior"], "updates")
    w.emit("invoice.created", draft)
    w.change(subscription, **changed, latest_invoice=draft["id"])
    mark = len(w.events)
    opened = collection.finalize(w, draft)
    if opened["status"] == "open":
        if behavior == "default_incomplete":
            subscription_status.overdue(w, subscription["id"])
        else:
            opened = collection.attempt(w, opened, off_session=params.get("off_session", False))
    if opened["status"] != "paid" and behavior == "error_if_incomplete":
        raise collection.refusal(invoices.intent_of(w, opened))
    told = w.take_events(mark)
    w.events += [event for event in told if not event["type"].startswith("customer.subscription.")]
    updated = w.need("subscription", subscription["id"])
    w.emit("customer.subscription.updated", updated, subscription)
    return updated
