"""Cancellations of subscriptions: at once, or planned for a later date (stripe-behaviour.md 3.8)."""

from collections.abc import Sequence
from typing import Any

from mockbill.billing import (
    collection,
    pending_updates,
    subscription_invoices,
    subscription_items,
    subscription_prorations,
    subscription_status,
    unmodelled,
    update_invoices,
)
from mockbill.world import Doc, Problem, Work

_CHARGED = ("active", "past_due", "unpaid")  # what is on trial, or was never paid, has nothing to give back


def cancel(w: Work, subscription: Doc, params: dict[str, Any]) -> Doc:
    """``DELETE /v1/subscriptions/{id}``: ended now; answers the whole subscription.

    ``prorate`` gives the unused time back as an item that waits, ``invoice_now`` bills what waits of prorations in a
    last invoice, whose negative total is credit for the customer.  Else prorations that wait are dropped.
    """
    if subscription["status"] in subscription_status.ENDED:
        raise Problem(f"No such subscription: '{subscription['id']}'", code="resource_missing", param="id", status=404)
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
    """``invoice.created``, ``invoice.finalized`` and its payment; what else waits for the customer stays.

    Its ``billing_reason`` is not established.
    """
    waiting = [
        item
        for item in subscription_invoices.pending(w, subscription)
        if item["proration"] and subscription_invoices.is_of(item, subscription)
    ]
    if not waiting:
        return subscription
    head = update_invoices.head(w, subscription)
    draft = subscription_invoices.draft_of_items(w, subscription, waiting, **head)
    w.emit("invoice.created", draft)
    before = w.change(subscription, latest_invoice=draft["id"])
    mark = len(w.events)
    opened = collection.finalize(w, draft)
    if opened["status"] == "open" and opened["collection_method"] == "charge_automatically":
        collection.attempt(w, opened)
    update_invoices.without_news_of_subscription(w, mark)
    return w.change(w.need("subscription", subscription["id"]), status=before["status"])


def plan(w: Work, subscription: Doc, params: dict[str, Any], changes: dict[str, Any]) -> Doc:
    """A cancellation is planned, moved or taken back by an update, whose other ``changes`` go along.

    A date inside the current period shortens that, and what was paid beyond it is given back; taking the date back
    charges for it again.  With ``proration_behavior=none`` neither costs anything.
    """
    changed = {**changes, **planned(w, {**subscription, **changes}, params)}
    moved = _moved(subscription, changed.get("items") or subscription["items"])
    behavior = params.get("proration_behavior") or "create_prorations"
    was_free = (w.private("cut", subscription["id"]) or {}).get("free")
    if moved and (behavior == "none" or was_free or subscription["status"] not in _CHARGED):
        w.keep("cut", subscription["id"], free=behavior == "none" and changed["cancel_at"] is not None)
        moved = []
    if behavior != "always_invoice" or not moved:
        planned_one = subscription_status.change(w, subscription, **changed)
        _prorate(w, subscription, moved)
        return planned_one
    waiting = _prorate(w, subscription, moved)
    if not waiting:
        return subscription_status.change(w, subscription, **changed)
    return update_invoices.of_prorations(w, subscription, changed, waiting, params)


def planned(w: Work, subscription: Doc, params: dict[str, Any]) -> dict[str, Any]:
    """The fields of a cancellation that is planned, moved or taken back, and the items in their periods until then."""
    at_period_end, at = params.get("cancel_at_period_end"), params.get("cancel_at")
    if at_period_end and at:
        raise Problem("You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
    whole = [_whole(subscription, item) for item in subscription["items"]["data"]]
    if not at_period_end and not at:
        if "cancel_at" not in params and subscription["cancel_at"] and not subscription["cancel_at_period_end"]:
            return {}  # a date of its own is taken back by its own name
        details = {**subscription["cancellation_details"], "reason": None}
        taken_back = {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": None}
        return {**taken_back, "cancellation_details": details, **_with(subscription, whole)}
    when = _date(whole, at or "min_period_end")
    if when <= w.now:
        raise Problem("Invalid timestamp: must be in the future", param="cancel_at")
    items = [
        subscription_items.moved(item, item["current_period_start"], min(item["current_period_end"], when))
        for item in whole
    ]
    return {
        "cancel_at": when,
        "cancel_at_period_end": bool(at_period_end),
        "canceled_at": w.now,
        "cancellation_details": {**subscription["cancellation_details"], "reason": "cancellation_requested"},
        **_with(subscription, items),
    }


def refuse_cut(subscription: Doc, fields: dict[str, Any]) -> None:
    """501 where a change of items or of the trial comes with a date that cuts a period short."""
    if "items" in fields:
        unmodelled.refuse({"cancel_at": True}, ["cancel_at"], "updates that also change items, trial or anchor")


def _date(whole: Sequence[Doc], at: int | str) -> int:
    """A date, or what one of Stripe's words stands for at this moment.

    All items are billed in advance here, so that they are billed until the end of their period (``max_billed_until``).
    """
    ends = [item["current_period_end"] for item in whole]
    words = {"min_period_end": min(ends), "max_period_end": max(ends), "max_billed_until": max(ends)}
    return words[at] if isinstance(at, str) else at


def _whole(subscription: Doc, item: Doc) -> Doc:
    """The item in the period that it would have without a planned cancellation."""
    end = item["current_period_end"]
    if end != subscription["cancel_at"]:
        return item
    if subscription["status"] == "trialing":
        end = max(end, subscription["trial_end"])
    else:
        end = subscription_items.period_end(subscription["billing_cycle_anchor"], item["price"], end - 1)
    return subscription_items.moved(item, item["current_period_start"], end)


def _with(subscription: Doc, items: list[Doc]) -> dict[str, Any]:
    return {} if items == subscription["items"]["data"] else {"items": {**subscription["items"], "data": items}}


def _moved(subscription: Doc, items: Doc) -> list[tuple[Doc, Doc]]:
    """The items whose period ends at another time than before, as they were and as they are."""
    pairs = zip(subscription["items"]["data"], items["data"], strict=True)
    return [(old, new) for old, new in pairs if old["current_period_end"] != new["current_period_end"]]


def _prorate(w: Work, subscription: Doc, moved: list[tuple[Doc, Doc]]) -> list[Doc]:
    """What was paid beyond the new end is given back; what lies between the old end and the new one is charged."""
    made: list[Doc] = []
    for before, after in moved:
        old, new = before["current_period_end"], after["current_period_end"]
        if new < old:
            made += subscription_prorations.credits(w, subscription, before, new)
        else:
            made += subscription_prorations.debits(w, subscription, after, old)
    return made
