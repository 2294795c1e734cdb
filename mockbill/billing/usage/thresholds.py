"""Billing thresholds: an invoice as soon as a subscription has used so much (section 3.15).

By Stripe's guide they are not looked at on trial, nor in the last day of a period; discounts and waiting prorations
count, taxes do not.  With ``reset_billing_cycle_anchor`` it is as if the period had ended.  While an update waits for
its payment they are not looked at either: what it waits with bills the usage until it was asked for, and its prices
count from then on (what Stripe does there is not established).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from mockbill.billing import (
    amounts,
    collection_pauses,
    invoices,
    prices,
    subscription_invoices,
    subscription_items,
    subscription_status,
)
from mockbill.billing.usage import arrears, records, spans
from mockbill.rules import usage
from mockbill.world import Doc, Problem, Work

_LEAST = 50  # Stripe's guide: "at least 50 currency units"


def of(asked: Any) -> Doc | None:
    """``billing_thresholds`` as objects show it; None for none, or for what is empty."""
    asked = asked or {}
    told = {name: asked.get(name) for name in ("amount_gte", "reset_billing_cycle_anchor")}
    return told if any(value is not None for value in told.values()) else None


def check(w: Work, params: Mapping[str, Any], sold: Iterable[Doc], before: Doc | None = None, where: str = "") -> None:
    """Problem for an ``amount_gte`` that is too low, and for a cycle that cannot begin anew at the prices ``sold``.

    ``before`` is what a subscription has, where the request says nothing of it; the wording is not established.
    """
    asked = params.get("billing_thresholds", before) or {}
    amount, name = asked.get("amount_gte"), f"{where}[billing_thresholds]" if where else "billing_thresholds"
    if amount is not None:
        amounts.check_least(amount, f"{name}[amount_gte]", _LEAST)
    if asked.get("reset_billing_cycle_anchor") and any(records.is_of_all_time(w, price) for price in sold):
        raise Problem(
            "`billing_thresholds[reset_billing_cycle_anchor]` cannot be true if the subscription contains items with "
            "plans that have `aggregate_usage=last_ever`.",
            param=f"{name}[reset_billing_cycle_anchor]",
        )


def on_usage(w: Work, meter: Doc, customer: str, at: int) -> None:
    """A customer's usage has changed: bill the subscriptions whose thresholds it reaches."""
    for subscription in w.find("subscription", customer=customer):
        if not _has_any(subscription):
            continue
        items = [item for item in arrears.metered(subscription) if item["price"]["recurring"]["meter"] == meter["id"]]
        if _are_watched(w, subscription, items, at):
            _check(w, subscription)


def on_records(w: Work, subscription: Doc, item: Doc, at: int) -> None:
    """The same where that was told by the records of an item."""
    if _has_any(subscription) and _are_watched(w, subscription, [item], at):
        _check(w, subscription)


def _has_any(subscription: Doc) -> bool:
    of_items = any(item["billing_thresholds"] for item in subscription["items"]["data"])
    return of_items or bool(subscription["billing_thresholds"])


def _are_watched(w: Work, subscription: Doc, items: Iterable[Doc], at: int) -> bool:
    """Whether usage of these items in this second has a say in a threshold now."""
    if subscription["pending_update"]:
        return False
    _, end = subscription_items.period_of(subscription)
    return end - w.now > usage.DAY and any(
        item["current_period_start"] <= at < item["current_period_end"] for item in items
    )


def _check(w: Work, subscription: Doc) -> None:
    items = arrears.metered(subscription)
    if not items:
        return
    reached = [item for item in items if _has_reached(w, subscription, item)]
    amount = (subscription["billing_thresholds"] or {}).get("amount_gte")
    if amount is not None and not _comes_to(w, subscription, items, amount):
        amount = None
    if reached or amount is not None:
        _bill(w, subscription, items, reached, amount)


def _has_reached(w: Work, subscription: Doc, item: Doc) -> bool:
    least = (item["billing_thresholds"] or {}).get("usage_gte")
    return least is not None and _used(w, subscription, item).quantity >= least


def _used(w: Work, subscription: Doc, item: Doc) -> spans.Used:
    return spans.used(w, subscription, item, item["current_period_end"])


def _comes_to(w: Work, subscription: Doc, items: Iterable[Doc], least: int) -> bool:
    """Whether a bill of now would come to an amount: usage and what waits, less discounts."""
    waiting = sum(item["amount"] for item in subscription_invoices.pending(w, subscription))
    used = 0
    for item in items:
        _, quantity, beyond = _used(w, subscription, item)
        used += prices.cost(w, item["price"], quantity, subscription["currency"], beyond=beyond).amount
    if used + waiting < least:
        return False
    with w.rehearsal():
        coming = _draft(w, subscription, items, [])
    return bool(coming["total_excluding_tax"] >= least)


def _draft(w: Work, subscription: Doc, items: Iterable[Doc], begun: list[Doc], **fields: Any) -> Doc:
    """The draft over what was used in the current periods, with what waits and the periods that have ``begun``."""
    used = [line for item in items for line in arrears.lines_of_span(w, subscription, item)]
    start, _ = subscription_items.period_of(subscription)
    head = {**fields, "billing_reason": "subscription_threshold", "period_start": start, "period_end": w.now}
    return subscription_invoices.draft(w, subscription, begun, used=used, **head)


def _bill(w: Work, subscription: Doc, items: list[Doc], reached: list[Doc], amount: int | None) -> None:
    """``invoice.created`` over an hour's draft, ``customer.subscription.updated``; what comes is counted beyond it."""
    resets = (subscription["billing_thresholds"] or {}).get("reset_billing_cycle_anchor")
    fields: dict[str, Any] = {}
    if resets:
        fields = {"billing_cycle_anchor": w.now}
        fields["items"] = subscription_items.restarted({**subscription, **fields}, w.now)
    begun = arrears.billed(w, subscription, fields["items"]["data"]) if resets else []
    collects = subscription["status"] != "unpaid" and not subscription["pause_collection"]
    due = w.now + invoices.DRAFT_HOUR if collects else None
    draft = _draft(
        w,
        subscription,
        items,
        [item for item in begun if not prices.is_metered(item["price"])],
        auto_advance=collects,
        automatically_finalizes_at=due,
        next_payment_attempt=due,
    )
    draft = w.change(draft, threshold_reason=_reason(draft, reached, amount))
    for item in items:
        if resets:
            spans.begin(w, subscription, item)
        else:
            spans.note_billed(w, subscription, item)
    subscription_status.change(w, subscription, **fields, latest_invoice=draft["id"])
    w.emit("invoice.created", draft)
    if subscription["pause_collection"]:
        collection_pauses.put_aside(w, subscription, draft)


def _reason(draft: Doc, reached: list[Doc], amount: int | None) -> Doc:
    """``threshold_reason``: the amount, or the lines of the items, that made the invoice."""
    reasons = []
    for item in reached:
        ids = [line["id"] for line in draft["lines"]["data"] if arrears.is_of(line, item)]
        reasons.append({"line_item_ids": ids, "usage_gte": item["billing_thresholds"]["usage_gte"]})
    return {"amount_gte": amount, "item_reasons": reasons}
