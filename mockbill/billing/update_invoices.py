"""The invoice that a change of a subscription brings at once, and what becomes of both (stripe-behaviour.md 3.10)."""

from typing import Any

from mockbill.billing import (
    collection,
    collection_pauses,
    invoices,
    pending_updates,
    subscription_invoices,
    subscription_status,
    waiting_discounts,
)
from mockbill.world import Doc, Work


def of_prorations(
    w: Work, subscription: Doc, changed: dict[str, Any], waiting: list[Doc], params: dict[str, Any]
) -> Doc:
    """``always_invoice``: an invoice over the prorations, finalized and charged in this request."""
    return charge(w, subscription, changed, draft_of(w, subscription, waiting), params)


def draft_of(w: Work, subscription: Doc, made: list[Doc]) -> Doc:
    """A stored draft over the items that a change has made.  No event.

    What else waits for the subscription's next invoice comes along before them, as on any invoice of it.
    """
    ids = {item["id"] for item in made}
    others = [item for item in subscription_invoices.pending(w, subscription) if item["id"] not in ids]
    return subscription_invoices.draft_of_items(w, subscription, [*others, *made], **head(w, subscription))


def head(w: Work, subscription: Doc) -> dict[str, Any]:
    """What the invoice of a change says of itself; its window begins with the invoice before it (recorded)."""
    last = w.get("invoice", subscription["latest_invoice"])
    since = last["created"] if last else subscription["created"]
    return {"billing_reason": "subscription_update", "period_start": since, "period_end": w.now}


def charge(w: Work, subscription: Doc, changed: dict[str, Any], draft: Doc, params: dict[str, Any]) -> Doc:
    """Tell of the draft, finalize it and charge it as ``payment_behavior`` says; answers the subscription.

    The change itself, ``changed``, is told of last, whatever the payment makes of the subscription's status.
    """
    w.emit("invoice.created", draft)
    mark = len(w.events)
    behavior = params.get("payment_behavior") or "allow_incomplete"
    if behavior == "pending_if_incomplete" and not subscription["pause_collection"]:
        return _when_paid(w, subscription, changed, draft)
    applied = w.change(subscription, **changed, latest_invoice=draft["id"])
    bill(w, applied, draft, behavior, off_session=params.get("off_session", False))
    without_news_of_subscription(w, mark)
    updated = w.need("subscription", subscription["id"])
    w.emit("customer.subscription.updated", updated, subscription)
    return updated


def bill(
    w: Work, subscription: Doc, draft: Doc, behavior: str = "allow_incomplete", *, off_session: bool = True
) -> None:
    """Collect on a draft in this request, as the subscription is collected; one that pauses that puts it aside."""
    if subscription["pause_collection"]:
        collection_pauses.put_aside(w, subscription, draft)
    else:
        _collect(w, subscription, draft, behavior, off_session=off_session)


def _collect(w: Work, subscription: Doc, draft: Doc, behavior: str, *, off_session: bool) -> None:
    """What is due is charged now, waits for its customer (default_incomplete), or all of it is taken back."""
    opened = collection.finalize(w, draft)
    if opened["status"] == "open" and opened["collection_method"] == "send_invoice":
        w.emit("invoice.sent", opened)
        return
    if opened["status"] == "open":
        if behavior == "default_incomplete":
            subscription_status.overdue(w, subscription["id"], opened)
        else:
            opened = collection.attempt(w, opened, off_session=off_session)
    if behavior == "error_if_incomplete" and opened["status"] != "paid" and not collection.is_processing(w, opened):
        raise collection.refusal(invoices.intent_of(w, opened))


def _when_paid(w: Work, subscription: Doc, changed: dict[str, Any], draft: Doc) -> Doc:
    """``pending_if_incomplete``: only what is paid changes, but for the latest invoice."""
    pending_updates.begin(w, subscription, draft)
    w.change(subscription, latest_invoice=draft["id"])
    mark = len(w.events)
    opened = collection.finalize(w, draft)
    if opened["status"] == "open":
        opened = collection.attempt(w, opened, off_session=False, automatic=False)
    without_news_of_subscription(w, mark)
    if opened["status"] != "paid":
        return pending_updates.wait(w, subscription, changed, opened)
    pending_updates.end(w, subscription)
    updated = w.change(subscription, **waiting_discounts.current(w, changed))
    w.emit("customer.subscription.updated", updated, subscription)
    return updated


def without_news_of_subscription(w: Work, mark: int) -> None:
    """Its one update is told of last, with all that changed."""
    told = w.take_events(mark)
    w.events += [event for event in told if not event["type"].startswith("customer.subscription.")]
