"""What versions before basil do with usage records: create them, and tell what they come to by period."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from mockbill.billing import prices, subscription_status
from mockbill.billing.usage import arrears, meters, records, thresholds
from mockbill.world import Doc, Problem, Work

_LATE = 300  # seconds after a period in which its usage can still be told (the grace period of Stripe's guide)


def create(w: Work, subscription: Doc, item: Doc, params: Mapping[str, Any]) -> Doc:
    """``POST /v1/subscription_items/{item}/usage_records``: adds to the usage of a second, or sets it.

    The wording of the refusals is not established.
    """
    action = params.get("action") or "increment"
    _check(subscription, item, params["quantity"], action)
    at = _time(w, item, params.get("timestamp"))
    records.note(w, item["id"], at, params["quantity"], adds=action == "increment")
    arrears.follow_records(w, subscription["customer"], item["id"], at)
    thresholds.on_records(w, subscription, item, at)
    return {
        **meters.blank("usage_record"),
        "id": f"mbur_1{w.text(23)}",
        "quantity": params["quantity"],
        "subscription_item": item["id"],
        "timestamp": at,
    }


def summaries(w: Work, subscription: Doc, item: Doc) -> list[Doc]:
    """``GET .../usage_record_summaries``: the period that runs, then those that were billed, newest first.

    There is one for an invoice, however many tiers its lines are of.
    """
    start, end = item["current_period_start"], item["current_period_end"]
    running = records.total(w, item, start, end) if records.is_recorded(item) else Fraction(0)
    invoices = w.find("invoice", {"parent.subscription_details.subscription": subscription["id"]})
    billed = [
        _summary(w, item, line["period"]["start"], line["period"]["end"], invoice["id"], quantity)
        for invoice in reversed(invoices)
        for line in invoice["lines"]["data"]
        if arrears.is_of(line, item) and (quantity := records.billed(w, line["id"])) is not None
    ]
    return [_summary(w, item, start, None, None, running), *billed]


def check_cleared(w: Work, item: Doc) -> None:
    """Problem for the removal of an item whose records were not billed yet, unless they are cleared with it."""
    if item["current_period_end"] <= w.now:
        return  # it is billed as it leaves
    if records.is_recorded(item) and records.total(w, item, item["current_period_start"], item["current_period_end"]):
        raise Problem(
            f"Subscription item {item['id']} cannot be deleted because it has usage. Pass `clear_usage=true` to delete "
            "the usage with it.",
            param="clear_usage",
        )


def _summary(w: Work, item: Doc, start: int, end: int | None, invoice: str | None, total: int | Fraction) -> Doc:
    told = w.world.ids.digest(f"{item['id']}/{start}/{invoice}", 23)
    return {
        **meters.blank("usage_record_summary"),
        "id": f"sis_1{told}",
        "invoice": invoice,
        "period": {"end": end, "start": start},
        "subscription_item": item["id"],
        "total_usage": int(total),
    }


def _check(subscription: Doc, item: Doc, quantity: int, action: str) -> None:
    if not prices.is_metered(item["price"]):
        raise Problem(
            "Cannot create the usage record because the subscription item's price is not metered: "
            f"{item['price']['id']}."
        )
    if not records.is_recorded(item):
        raise Problem(
            "Cannot create the usage record because the subscription item's price is backed by a meter. Send meter "
            "events instead."
        )
    if subscription["status"] in subscription_status.ENDED:
        raise Problem(f"Cannot create the usage record because the subscription is {subscription['status']}.")
    if quantity < 0:
        raise Problem("Invalid non-negative integer", code="parameter_invalid_integer", param="quantity")
    if action == "set" and (subscription["billing_thresholds"] or item["billing_thresholds"]):
        raise Problem(
            "`action=set` cannot be used with a subscription that has billing thresholds; use `increment`.",
            param="action",
        )


def _time(w: Work, item: Doc, asked: Any) -> int:
    """When it was used: in the current period, or a few minutes ago in the one before."""
    at = w.now if asked in (None, "now") else int(asked)
    start = item["current_period_start"]
    earliest = start - _LATE if w.now - start <= _LATE else start
    if at < earliest:
        raise Problem(
            f"Cannot create the usage record with this timestamp because it is before the subscription item's current "
            f"period ({start}).",
            code="timestamp_too_far_in_past",
            param="timestamp",
        )
    if at > w.now:
        raise Problem(
            "Cannot create the usage record with this timestamp because it is in the future.",
            code="timestamp_in_future",
            param="timestamp",
        )
    return at
