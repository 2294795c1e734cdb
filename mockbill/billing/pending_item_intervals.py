"""``pending_invoice_item_interval``: what waits for a subscription is invoiced more often than its periods end.

Stripe documents that it is as if an invoice were created for the subscription at that interval, of a year at most.
Not established are where the interval counts from (the billing cycle anchor, so that every end of a period that falls
on it takes along what waits) and whether ``next_pending_invoice_item_invoice`` moves on where nothing waited (it does).
"""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import (
    collection_pauses,
    invoices,
    subscription_invoices,
    subscription_status,
    update_invoices,
)
from mockbill.rules import periods
from mockbill.world import Doc, Problem, Work

PARAMETER = "pending_invoice_item_interval"
REASON = "automatic_pending_invoice_item_invoice"
_NEXT = "next_pending_invoice_item_invoice"
_MOST = {"day": 365, "week": 52, "month": 12, "year": 1}  # Stripe's: a year


def fields_of(w: Work, params: Mapping[str, Any], anchor: int, where: str = PARAMETER) -> dict[str, Any]:
    """The members of a subscription that the parameter makes, whose billing cycle has this ``anchor``."""
    if PARAMETER not in params:
        return {}
    asked = params[PARAMETER]
    if not asked:
        return {PARAMETER: None, _NEXT: None}
    check(params, where)
    shown = {"interval": asked["interval"], "interval_count": asked.get("interval_count", 1)}
    return {PARAMETER: shown, _NEXT: _next(shown, anchor, w.now)}


def changed(w: Work, params: Mapping[str, Any], subscription: Doc, anchor: int | None) -> dict[str, Any]:
    """The members that an update makes; with a new ``anchor`` the interval counts from there."""
    if PARAMETER in params or anchor is None or subscription[PARAMETER] is None:
        return fields_of(w, params, anchor or subscription["billing_cycle_anchor"])
    return {_NEXT: _next(subscription[PARAMETER], anchor, w.now)}


def check(params: Mapping[str, Any], where: str = PARAMETER) -> None:
    """Problem for an interval of none, or of more than a year (the wording is not established)."""
    asked = params.get(PARAMETER)
    if not asked:
        return
    count, most = asked.get("interval_count", 1), _MOST[asked["interval"]]
    if not 1 <= count <= most:
        raise Problem(
            f"Invalid {where}[interval_count]: must be between 1 and {most} for an interval of {asked['interval']}.",
            param=f"{where}[interval_count]",
        )


def bill(w: Work, subscription: Doc) -> None:
    """The interval is over: the subscription's own items come on a draft, which is collected after an hour."""
    upcoming = {_NEXT: _next(subscription[PARAMETER], subscription["billing_cycle_anchor"], w.now)}
    waiting = [
        item
        for item in subscription_invoices.pending(w, subscription)
        if subscription_invoices.is_of(item, subscription)
    ]
    if not waiting:
        subscription_status.change(w, subscription, **upcoming)
        return
    collects = subscription["status"] != "unpaid" and not subscription["pause_collection"]
    hour_over = w.now + invoices.DRAFT_HOUR if collects else None
    told = {
        **update_invoices.head(w, subscription),
        "auto_advance": collects,
        "automatically_finalizes_at": hour_over,
        "billing_reason": REASON,
        "next_payment_attempt": hour_over if subscription["collection_method"] == "charge_automatically" else None,
    }
    draft = subscription_invoices.draft_of_items(w, subscription, waiting, **told)
    subscription = subscription_status.change(w, subscription, **upcoming, latest_invoice=draft["id"])
    w.emit("invoice.created", draft)
    if subscription["pause_collection"]:
        collection_pauses.put_aside(w, subscription, draft)


def _next(interval: Doc, anchor: int, after: int) -> int:
    return periods.next_boundary(anchor, interval["interval"], interval["interval_count"], after)
