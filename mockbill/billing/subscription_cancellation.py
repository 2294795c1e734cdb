"""Cancellations of subscriptions: at once, or planned for a later date (stripe-behaviour.md 3.8)."""

from typing import Any

from mockbill.billing import (
    cancellation_plans,
    feedback_options,
    pending_updates,
    subscription_invoices,
    subscription_prorations,
    subscription_status,
    update_invoices,
)
from mockbill.billing.usage import arrears
from mockbill.world import Doc, Problem, Work

_CHARGED = ("active", "past_due", "unpaid")  # what is on trial, or was never paid, has nothing to give back


def cancel(w: Work, subscription: Doc, params: dict[str, Any]) -> Doc:
    """``DELETE /v1/subscriptions/{id}``: ended now; answers the whole subscription.

    ``prorate`` gives the unused time back as an item that waits, ``invoice_now`` bills what waits of prorations in a
    last invoice, whose negative total is credit for the customer.  Else prorations that wait are dropped.
    """
    if subscription["status"] in subscription_status.ENDED:
        raise Problem(f"No such subscription: '{subscription['id']}'", code="resource_missing", param="id", status=404)
    feedback_options.check_named(w, params.get("cancellation_details"))
    details = {name: value or None for name, value in (params.get("cancellation_details") or {}).items()}
    subscription = pending_updates.settle(w, subscription)
    if not params.get("invoice_now"):
        subscription_status.drop_prorations(w, subscription["id"])
    if params.get("prorate") and subscription["status"] in _CHARGED:
        for item in subscription["items"]["data"]:
            subscription_prorations.credits(w, subscription, item, w.now)
    if params.get("invoice_now"):
        subscription = _invoice_last(w, subscription)
    return subscription_status.end(
        w,
        subscription,
        "cancellation_requested",
        keeps_prorations=True,
        cancel_at=None,
        cancel_at_period_end=False,
        cancellation_details=details,
    )


def _invoice_last(w: Work, subscription: Doc) -> Doc:
    """``invoice.created``, ``invoice.finalized`` and its payment, or ``invoice.sent``; what else waits stays.

    It bills prorations that wait, and what was used of metered items until now.

    Its ``billing_reason`` is not established.
    """
    waiting = [
        item
        for item in subscription_invoices.pending(w, subscription)
        if item["proration"] and subscription_invoices.is_of(item, subscription)
    ]
    used = arrears.lines_until_now(w, subscription, arrears.metered(subscription))
    if not (waiting or used):
        return subscription
    head = update_invoices.head(w, subscription)
    draft = subscription_invoices.draft_of_items(w, subscription, waiting, used, **head)
    w.emit("invoice.created", draft)
    before = w.change(subscription, latest_invoice=draft["id"])
    mark = len(w.events)
    update_invoices.bill(w, before, draft)
    update_invoices.without_news_of_subscription(w, mark)
    return w.change(w.need("subscription", subscription["id"]), status=before["status"])


def plan(w: Work, subscription: Doc, params: dict[str, Any], changes: dict[str, Any]) -> Doc:
    """A cancellation is planned, moved or taken back by an update, whose other ``changes`` go along.

    A date inside the current period shortens that, and what was paid beyond it is given back; taking the date back
    charges for it again.  With ``proration_behavior=none`` neither costs anything.
    """
    changed = {**changes, **cancellation_plans.planned(w, {**subscription, **changes}, params)}
    moved = _moved(subscription, changed.get("items") or subscription["items"])
    behavior = params.get("proration_behavior") or "create_prorations"
    was_free = (w.private("cut", subscription["id"]) or {}).get("free")
    if moved and (behavior == "none" or was_free or subscription["status"] not in _CHARGED):
        note_cut(w, {**subscription, **changed}, free=behavior == "none")
        moved = []
    if behavior != "always_invoice" or not moved:
        planned_one = subscription_status.change(w, subscription, **changed)
        _prorate(w, subscription, moved)
        return planned_one
    waiting = _prorate(w, subscription, moved)
    if not waiting:
        return subscription_status.change(w, subscription, **changed)
    return update_invoices.of_prorations(w, subscription, changed, waiting, params)


def note_cut(w: Work, subscription: Doc, *, free: bool) -> None:
    """Whether a date cut the periods without credit, so that taking it back costs nothing either."""
    w.keep("cut", subscription["id"], free=free and subscription["cancel_at"] is not None)


def _moved(subscription: Doc, items: Doc) -> list[tuple[Doc, Doc]]:
    """The items whose period ends at another time than before, as they were and as they are."""
    pairs = zip(subscription["items"]["data"], items["data"], strict=True)
    return [(old, new) for old, new in pairs if old["current_period_end"] != new["current_period_end"]]


def _prorate(w: Work, subscription: Doc, moved: list[tuple[Doc, Doc]]) -> list[Doc]:
    return [
        item for before, after in moved for item in subscription_prorations.of_moved_end(w, subscription, before, after)
    ]
