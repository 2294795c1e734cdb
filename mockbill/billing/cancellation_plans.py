"""What a planned cancellation makes of a subscription: its date, and the items in their periods until then (3.8)."""

from collections.abc import Mapping, Sequence
from typing import Any

from mockbill.billing import subscription_items
from mockbill.world import Doc, Problem, Work

PARAMETERS = frozenset({"cancel_at", "cancel_at_period_end"})


def fields(w: Work, subscription: Doc, params: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the cancellation after an update of anything: as ``params`` ask for it, or as it was planned.

    ``subscription`` is what it becomes otherwise, with its new items in their whole periods.
    """
    return planned(w, subscription, params) if PARAMETERS & params.keys() else kept(subscription)


def planned(w: Work, subscription: Doc, params: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a cancellation that is planned, moved or taken back, and the items in their periods until then."""
    at_period_end, at = params.get("cancel_at_period_end"), params.get("cancel_at")
    if at_period_end and at:
        raise Problem("You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
    if not at_period_end and not at:
        if "cancel_at" not in params and subscription["cancel_at"] and not subscription["cancel_at_period_end"]:
            return kept(subscription)  # a date of its own is taken back by its own name
        details = {**subscription["cancellation_details"], "reason": None}
        taken_back = {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": None}
        return {**taken_back, "cancellation_details": details, **_with(subscription, _whole(subscription))}
    whole = _whole(subscription)
    when = _date(whole, at or "min_period_end")
    if when <= w.now:
        raise Problem("Invalid timestamp: must be in the future", param="cancel_at")
    return {
        "cancel_at": when,
        "cancel_at_period_end": bool(at_period_end),
        "canceled_at": w.now,
        "cancellation_details": {**subscription["cancellation_details"], "reason": "cancellation_requested"},
        **_with(subscription, _until(whole, when)),
    }


def kept(subscription: Doc) -> dict[str, Any]:
    """The fields of a cancellation that stays planned while items, trial or billing cycle change.

    One at the end of the period moves along with that; a date stays, and the periods end at it.
    """
    if not subscription["cancel_at"]:
        return {}
    whole = _whole(subscription)
    when = _date(whole, "min_period_end") if subscription["cancel_at_period_end"] else subscription["cancel_at"]
    return {"cancel_at": when, **_with(subscription, _until(whole, when))}


def _date(whole: Sequence[Doc], at: int | str) -> int:
    """A date, or what one of Stripe's words stands for at this moment.

    All items are billed in advance here, so that they are billed until the end of their period (``max_billed_until``).
    """
    ends = [item["current_period_end"] for item in whole]
    words = {"min_period_end": min(ends), "max_period_end": max(ends), "max_billed_until": max(ends)}
    return words[at] if isinstance(at, str) else at


def _whole(subscription: Doc) -> list[Doc]:
    """The items in the periods that they would have without a planned cancellation."""
    return [_whole_item(subscription, item) for item in subscription["items"]["data"]]


def _whole_item(subscription: Doc, item: Doc) -> Doc:
    end = item["current_period_end"]
    if end != subscription["cancel_at"]:
        return item
    if subscription["status"] == "trialing":
        end = max(end, subscription["trial_end"])
    else:
        end = subscription_items.period_end(subscription["billing_cycle_anchor"], item["price"], end - 1)
    return subscription_items.moved(item, item["current_period_start"], end)


def _until(whole: Sequence[Doc], last: int) -> list[Doc]:
    return [
        subscription_items.moved(item, item["current_period_start"], min(item["current_period_end"], last))
        for item in whole
    ]


def _with(subscription: Doc, items: list[Doc]) -> dict[str, Any]:
    return {} if items == subscription["items"]["data"] else {"items": {**subscription["items"], "data": items}}
