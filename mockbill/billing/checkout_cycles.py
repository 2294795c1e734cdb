"""The billing cycle that a checkout's subscription is anchored to, and what the time until that anchor costs today.

What is shown and paid is reckoned at one instant, which is kept with the session: the subscription begins there, so
that its first invoice says the same to the cent (that Stripe reckons once more when the page is paid is not
established).  Where the anchor has passed by then the billing cycle begins with the payment (not established).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mockbill.billing import checkout_items, prices, subscription_items, subscription_timeline, subscriptions
from mockbill.rules import money, proration
from mockbill.world import Doc, Problem, Work

_ANCHORS = ("billing_cycle_anchor", "billing_cycle_anchor_config")


def check(w: Work, params: Mapping[str, Any], items: Sequence[Doc]) -> None:
    """Problem for an anchor that no subscription over these ``items`` could have, or that comes beside a trial."""
    data = params.get("subscription_data") or {}
    if not (named := [name for name in _ANCHORS if data.get(name)]):
        return
    if trial := next((name for name in ("trial_end", "trial_period_days") if data.get(name)), None):
        raise Problem(
            f"You may only specify one of these parameters: subscription_data[{named[0]}], subscription_data[{trial}].",
            code="parameters_exclusive",
            param=f"subscription_data[{named[0]}]",
        )
    try:
        _timeline(w, data, items)
    except Problem as problem:
        problem.param = f"subscription_data[{problem.param or named[0]}]"
        raise


def data_of(w: Work, session: Doc, asked: Mapping[str, Any]) -> dict[str, Any]:
    """``subscription_data`` for a subscription whose first period begins when the session was last reckoned."""
    data = dict(asked.get("subscription_data") or {})
    if not any(data.get(name) for name in _ANCHORS):
        return data
    at = int((w.private("checkout", session["id"]) or {}).get("reckoned_at") or w.now)
    if (data.get("billing_cycle_anchor") or at + 1) <= at:
        return {name: value for name, value in data.items() if name not in (*_ANCHORS, "proration_behavior")}
    return data if at == w.now else {**data, "backdate_start_date": at}


def prorated(w: Work, session: Doc, asked: Mapping[str, Any], items: Sequence[Doc]) -> tuple[list[Doc], bool]:
    """The items as they cost today, and whether what recurs is charged today at all; notes the time of this."""
    data = asked.get("subscription_data") or {}
    if not any(data.get(name) for name in _ANCHORS):
        return list(items), True
    w.keep("checkout", session["id"], reckoned_at=w.now)
    timeline = _timeline(w, data_of(w, session, asked), items)
    return [_now(w, timeline, item) for item in items], bool(timeline.charged(_periods(timeline, items)))


def whole(w: Work, item: Doc) -> Doc:
    """An item as it costs for a whole period."""
    cost = prices.upfront(w, item["price"], item["quantity"], item["currency"])
    return {**item, "amount_subtotal": cost, "amount_total": cost}


def _timeline(w: Work, data: Mapping[str, Any], items: Sequence[Doc]) -> subscription_timeline.Timeline:
    picked = checkout_items.recurring(w, list(items))
    return subscription_timeline.of(w, dict(data), picked, flexible=subscriptions.is_flexible(dict(data)))


def _periods(timeline: subscription_timeline.Timeline, items: Sequence[Doc]) -> list[Doc]:
    """The recurring items as items of a subscription, of which only price and period matter."""
    return [
        subscription_items.moved({"price": item["price"]}, *timeline.periods_of(item["price"])[-1])
        for item in items
        if item["price"]["recurring"]
    ]


def _now(w: Work, timeline: subscription_timeline.Timeline, item: Doc) -> Doc:
    price = item["price"]
    if not price["recurring"] or prices.is_metered(price):
        return item
    start, end = timeline.periods_of(price)[-1]
    share = proration.share(timeline.anchor, *subscription_items.interval_of(price), start, end)
    cost = money.round_half_up(prices.upfront(w, price, item["quantity"], item["currency"]) * share)
    return {**item, "amount_subtotal": cost, "amount_total": cost}
