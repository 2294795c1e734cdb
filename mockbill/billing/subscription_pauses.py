"""``POST /v1/subscriptions/{id}/pause``: nothing is billed and no period goes on until it is resumed (section 3.9)."""

from typing import Any

from mockbill.billing import (
    pending_updates,
    subscription_items,
    subscription_prorations,
    subscription_status,
    update_invoices,
)
from mockbill.billing.usage import arrears, spans
from mockbill.world import Doc, Problem, Work


def pause(w: Work, subscription: Doc, params: dict[str, Any]) -> Doc:
    """Paused now, with credit for the unused time as ``bill_for`` says: waiting, or on an ``invoice`` at once.

    So is what was used of metered items (``outstanding_usage_through``), unless that is to go on counting.
    """
    _check(subscription)
    subscription = pending_updates.settle(w, subscription)
    bill_for = params.get("bill_for") or {}
    waiting = _usage(w, subscription, bill_for) + _credits(w, subscription, bill_for)
    if not waiting or params.get("invoicing_behavior") != "invoice":
        return subscription_status.pause(w, subscription, "pause_requested")
    draft = update_invoices.draft_of(w, subscription, waiting)
    w.emit("invoice.created", draft)
    update_invoices.bill(w, subscription, draft)
    current = w.need("subscription", subscription["id"])
    return subscription_status.pause(w, current, "pause_requested", latest_invoice=draft["id"])


def _check(subscription: Doc) -> None:
    """Problem for a subscription that cannot be paused; the wording is not established."""
    if subscription["status"] != "active":
        raise Problem(f"Only active subscriptions can be paused; this one is {subscription['status']}.")
    if not subscription_items.is_flexible(subscription):
        raise Problem("Only subscriptions with billing_mode=flexible can be paused.")
    if subscription["collection_method"] != "charge_automatically":
        raise Problem("Only subscriptions with collection_method=charge_automatically can be paused.")
    if subscription["schedule"]:
        raise Problem("A subscription that is managed by a subscription schedule cannot be paused.")


def _usage(w: Work, subscription: Doc, bill_for: dict[str, Any]) -> list[Doc]:
    """``outstanding_usage_through``: now (default), or none."""
    if (bill_for.get("outstanding_usage_through") or {}).get("type") == "none":
        return []
    made = []
    for item in arrears.metered(subscription):
        made += arrears.waiting(w, subscription, item)
        spans.begin(w, subscription, item)
    return made


def _credits(w: Work, subscription: Doc, bill_for: dict[str, Any]) -> list[Doc]:
    """``unused_time_from``: now (default), the start of each item's period, or none."""
    since = (bill_for.get("unused_time_from") or {}).get("type") or "now"
    if since == "none":
        return []
    return [
        credit
        for item in subscription["items"]["data"]
        for credit in subscription_prorations.credits(
            w, subscription, item, w.now if since == "now" else item["current_period_start"]
        )
    ]
