"""Cancellations of subscriptions: at once, or planned for a later date (stripe-behaviour.md 3.8)."""

from typing import Any

from mockbill.billing import subscription_items, subscription_status, unmodelled
from mockbill.world import Doc, Problem, Work


def cancel(w: Work, subscription: Doc, params: dict[str, Any]) -> Doc:
    """``DELETE /v1/subscriptions/{id}``: ended now, without proration; answers the whole subscription."""
    if subscription["status"] in subscription_status.ENDED:
        raise Problem(f"No such subscription: '{subscription['id']}'", code="resource_missing", param="id", status=404)
    unmodelled.refuse(params, ("invoice_now", "prorate"), "cancellations")
    details = {name: value or None for name, value in (params.get("cancellation_details") or {}).items()}
    return subscription_status.end(
        w,
        subscription,
        "cancellation_requested",
        cancel_at=None,
        cancel_at_period_end=False,
        cancellation_details=details,
    )


def planned(w: Work, subscription: Doc, params: dict[str, Any]) -> dict[str, Any]:
    """The fields of a cancellation that is planned, moved or taken back."""
    at_period_end, at = params.get("cancel_at_period_end"), params.get("cancel_at")
    if at_period_end and at:
        raise Problem("You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
    _, end = subscription_items.period_of(subscription)
    if at in ("min_period_end", "max_period_end", "max_billed_until"):
        at = end
    if at and at <= w.now:
        raise Problem("Invalid timestamp: must be in the future", param="cancel_at")
    if at and at != end:
        unmodelled.refuse({"cancel_at": at}, ["cancel_at"], "a date that is not the end of the current period")
    if not at_period_end and not at:
        details = {**subscription["cancellation_details"], "reason": None}
        return {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": None, "cancellation_details": details}
    return {
        "cancel_at": end,
        "cancel_at_period_end": bool(at_period_end),
        "canceled_at": w.now,
        "cancellation_details": {**subscription["cancellation_details"], "reason": "cancellation_requested"},
    }
