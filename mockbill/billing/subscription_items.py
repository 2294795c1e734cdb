"""The items of a subscription: what is asked for, checked against Stripe's rules, and as they stand on the wire."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from mockbill.billing import amounts, defaults, fields, prices, taxing, unmodelled
from mockbill.rules import periods, proration
from mockbill.world import Doc, Problem, Work

MOST = 20
_LATER = ("current_trial", "trial")


def chosen(w: Work, sent: list[dict[str, Any]], where: str = "items", *, mixed: bool) -> list[Doc]:
    """``[{"price": doc, "quantity": n, "metadata": {...}}]`` of the ``items`` parameter; Problem where they clash.

    Intervals may be ``mixed`` in flexible billing mode.
    """
    if not sent:
        raise Problem("Missing required param: items.", code="parameter_missing", param="items")
    check_number(sent, where)
    picked = [one(w, item, f"{where}[{position}]") for position, item in enumerate(sent)]
    check_together([pick["price"] for pick in picked], where, mixed=mixed)
    check_once([pick["price"]["id"] for pick in picked], where)
    return picked


def check_number(items: Sequence[Any], where: str) -> None:
    """Problem for more items than a subscription can have."""
    if len(items) > MOST:
        raise Problem(f"A subscription can have up to {MOST} items; these are {len(items)}.", param=where)


def built(w: Work, subscription_id: str, pick: Doc, start: int, end: int) -> Doc:
    """An item in wire shape, for the period from ``start`` to ``end``."""
    return defaults.build(
        w,
        "subscription_item",
        current_period_start=start,
        current_period_end=end,
        metadata=pick["metadata"],
        subscription=subscription_id,
        **priced(pick),
    )


def priced(pick: Doc) -> Doc:
    """The members of an item that say what is sold, how much of it, and what else was asked for: taxes, a threshold."""
    asked: Doc = {name: pick[name] for name in ("billing_thresholds", "tax_rates") if name in pick}
    return {"plan": prices.plan_of(pick["price"]), "price": pick["price"], "quantity": pick["quantity"], **asked}


def edited(item: Doc, **members: Any) -> Doc:
    """The item with other members; a metered one has no quantity."""
    new = {**item, **members}
    if new.get("quantity", 0) is None:
        del new["quantity"]
    return new


def worth(w: Work, picked: list[Doc], currency: str) -> int:
    """What a period of these items comes to before discounts and taxes, in minor units."""
    return sum(worth_of(w, pick, currency) for pick in picked)


def worth_of(w: Work, pick: Doc, currency: str) -> int:
    """What one of them comes to; of a metered one nothing is known beforehand."""
    return prices.upfront(w, pick["price"], pick["quantity"], currency)


def merged_metadata(item: Doc, entry: dict[str, Any]) -> dict[str, str]:
    """The metadata of an item after an update."""
    return fields.merge(item["metadata"], entry.get("metadata", {}))


def as_list(subscription_id: str, items: list[Doc]) -> Doc:
    """The embedded list object."""
    return {
        "object": "list",
        "data": items,
        "has_more": False,
        "total_count": len(items),
        "url": f"/v1/subscription_items?subscription={subscription_id}",
    }


def in_period(items: Doc, start: int, end: int) -> Doc:
    """The embedded list with every item moved to a period."""
    return {**items, "data": [moved(item, start, end) for item in items["data"]]}


def moved(item: Doc, start: int, end: int) -> Doc:
    """The item in another period."""
    return {**item, "current_period_start": start, "current_period_end": end}


def period_of(subscription: Doc) -> tuple[int, int]:
    """Start and end, in seconds, of the period that ends next; the shortest one where several end together."""
    data = subscription["items"]["data"]
    first = data[0] if len(data) == 1 else min(data, key=_by_end)
    return first["current_period_start"], first["current_period_end"]


def _by_end(item: Doc) -> tuple[int, int]:
    return item["current_period_end"], -item["current_period_start"]


def renewed(subscription: Doc, at: int) -> tuple[Doc, list[Doc]]:
    """The embedded list after the renewal at ``at``, and what is billed of it: the items in their new period.

    A planned cancellation ends the new period.  Metered items are billed for the period that has ended, unless that
    was a trial.
    """
    in_arrears = subscription["status"] != "trialing"
    anchor, last, data = subscription["billing_cycle_anchor"], subscription["cancel_at"], []
    billed = []
    for item in subscription["items"]["data"]:
        if item["current_period_end"] == at:
            end = period_end(anchor, item["price"], at)
            ended = item
            item = moved(item, at, end if last is None else min(end, max(last, at)))
            billed.append(ended if in_arrears and prices.is_metered(item["price"]) else item)
        data.append(item)
    return {**subscription["items"], "data": data}, billed


def restarted(subscription: Doc, at: int) -> Doc:
    """The embedded list with every item in its first period of a billing cycle that begins, or goes on, at ``at``."""
    anchor, items = subscription["billing_cycle_anchor"], subscription["items"]
    return {**items, "data": [moved(item, at, period_end(anchor, item["price"], at)) for item in items["data"]]}


def ended(subscription: Doc, at: int) -> bool:
    """Whether the periods of all items are over at an instant: the renewal of that second is still to come."""
    return all(item["current_period_end"] <= at for item in subscription["items"]["data"])


def next_end(subscription: Doc, at: int) -> int:
    """The first end of any item's period after an instant, as the billing cycle goes on."""
    anchor = subscription["billing_cycle_anchor"]
    return min(period_end(anchor, item["price"], at) for item in subscription["items"]["data"])


def period_end(anchor: int, price: Doc, after: int) -> int:
    """The first end of a period of this price later than ``after``, counted from the billing cycle anchor."""
    recurring = price["recurring"]
    return periods.next_boundary(anchor, recurring["interval"], recurring["interval_count"], after)


def share(subscription: Doc, item: Doc) -> Fraction:
    """How much of a whole period an item's period is: less than 1 where the anchor or a cancellation cuts it short.

    In classic billing a backdated stretch of time can be more than one period.
    """
    start, end = item["current_period_start"], item["current_period_end"]
    whole = proration.share(subscription["billing_cycle_anchor"], *interval_of(item["price"]), start, end)
    return min(whole, Fraction(1)) if is_flexible(subscription) else whole


def period_for(subscription: Doc, price: Doc, at: int) -> tuple[int, int]:
    """The period in which an item of this price is at an instant: that of an item with the same interval, or its own.

    Its own lies on the grid of the billing cycle anchor; on trial all items share the trial's.
    """
    for item in subscription["items"]["data"]:
        if subscription["status"] == "trialing" or same_interval(item["price"], price):
            return item["current_period_start"], item["current_period_end"]
    return periods.period_containing(subscription["billing_cycle_anchor"], *interval_of(price), at)


def same_interval(one: Doc, other: Doc) -> bool:
    """Whether two prices are billed equally often."""
    return interval_of(one) == interval_of(other)


def is_flexible(subscription: Doc) -> bool:
    """Whether its billing mode is flexible, not classic."""
    return bool(subscription["billing_mode"]["type"] == "flexible")


def interval_of(price: Doc) -> tuple[periods.Interval, int]:
    """How often a price is billed: the unit, and how many of them."""
    return price["recurring"]["interval"], price["recurring"]["interval_count"]


def face(items: list[Doc]) -> dict[str, Any]:
    """The undocumented top-level ``plan`` and ``quantity``: those of the only item, else null."""
    only = items[0] if len(items) == 1 else {}
    return {"plan": only.get("plan"), "quantity": only.get("quantity")}


def one(w: Work, item: dict[str, Any], where: str, before: Doc | None = None) -> Doc:
    """One entry of ``items``, checked; price and tax rates that the item had ``before`` may be archived by now.

    So may the ``known_price`` and ``known_tax_rates`` of an entry that a schedule has checked when it was planned.
    """
    known = before["price"] if before else item.get("known_price")
    unmodelled.refuse(item, _LATER, "subscription items")
    named, data = item.get("price") or item.get("plan"), item.get("price_data")
    if item.get("price") and item.get("plan"):
        raise Problem("You may only specify one of these parameters: plan, price.", param=f"{where}[plan]")
    prices.check_one(named, data, where)
    if known is not None and named == known["id"]:
        price = known
    else:
        price = _sold(w, item, where)
    if not price["recurring"]:
        raise Problem(
            f"The price specified is set to `type=one_time` but this field only accepts prices with "
            f"`type=recurring`. Price: {price['id']}",
            param=f"{where}[price]",
        )
    quantity = _quantity(w, price, item, where)
    allowed = [*(before["tax_rates"] if before else ()), *item.get("known_tax_rates", ())]
    rates = taxing.fields_named(w, item, "tax_rates", allowed, where)
    asked = {name: item[name] for name in ("discounts",) if name in item}  # redeemed when the item has an id
    if "billing_thresholds" in item:
        asked["billing_thresholds"] = _thresholds(price, item["billing_thresholds"], where)
    return {"price": price, "quantity": quantity, "metadata": item.get("metadata") or {}, **rates, **asked}


def _quantity(w: Work, price: Doc, item: dict[str, Any], where: str) -> int | None:
    """How many are sold; None for a metered price, of which nobody knows beforehand."""
    if prices.is_metered(price):
        prices.check_no_quantity(item, where)
        return None
    quantity: int = item.get("quantity", 1)
    amounts.check_quantity(quantity, f"{where}[quantity]")
    worth = prices.cost(w, price, quantity, price["currency"])
    amounts.check_amount(worth.amount, worth.currency, where, most=amounts.MOST_ON_AN_INVOICE)
    return quantity


def _thresholds(price: Doc, asked: Any, where: str) -> Doc | None:
    """``billing_thresholds``; only usage can reach one (the wording of the refusals is not established)."""
    if not asked:
        return None
    param = f"{where}[billing_thresholds][usage_gte]"
    if not prices.is_metered(price):
        raise Problem("`billing_thresholds[usage_gte]` can only be set on items with a metered price.", param=param)
    amounts.check_least(asked["usage_gte"], param)
    return {"usage_gte": asked["usage_gte"]}


def _sold(w: Work, item: dict[str, Any], where: str) -> Doc:
    if data := item.get("price_data"):
        return prices.new(w, data, f"{where}[price_data]")
    name = "price" if item.get("price") else "plan"
    return prices.usable(w, item[name], f"{where}[{name}]")


def check_together(chosen_prices: list[Doc], where: str, *, mixed: bool) -> None:
    """Problem where prices cannot be on one subscription; intervals may be ``mixed`` in flexible billing mode.

    The wording of the refusals is not established.
    """
    if not mixed and len({interval_of(price) for price in chosen_prices}) > 1:
        raise Problem(
            "All prices on a subscription must have the same `recurring.interval` and `recurring.interval_count`, "
            "unless its billing mode is flexible.",
            param=where,
        )


def check_once(price_ids: list[str], where: str) -> None:
    """Problem where a price stands on a subscription twice."""
    for id in price_ids:
        if price_ids.count(id) > 1:
            raise Problem(
                f"Cannot add multiple subscription items with the same price: {id}. Use a quantity instead.",
                param=where,
            )
