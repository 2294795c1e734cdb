"""The items of a subscription: what is asked for, checked against Stripe's rules, and as they stand on the wire."""

from typing import Any

from mockbill.billing import amounts, defaults, fields, prices, taxing, unmodelled
from mockbill.rules import periods
from mockbill.world import Doc, Problem, Work

MOST = 20
_LATER = ("discounts", "billing_thresholds", "current_trial", "trial")


def chosen(w: Work, sent: list[dict[str, Any]], where: str = "items") -> list[Doc]:
    """``[{"price": doc, "quantity": n, "metadata": {...}}]`` of the ``items`` parameter; Problem where they clash."""
    if not sent:
        raise Problem("Missing required param: items.", code="parameter_missing", param="items")
    if len(sent) > MOST:
        raise Problem(f"A subscription can have up to {MOST} items; {len(sent)} were sent.", param=where)
    picked = [one(w, item, f"{where}[{position}]") for position, item in enumerate(sent)]
    check_together([pick["price"] for pick in picked], where)
    check_once([pick["price"]["id"] for pick in picked], where)
    return picked


def built(w: Work, subscription_id: str, picked: list[Doc], start: int, end: int) -> list[Doc]:
    """The items in wire shape, for the period from ``start`` to ``end``."""
    return [
        defaults.build(
            w,
            "subscription_item",
            current_period_start=start,
            current_period_end=end,
            metadata=pick["metadata"],
            subscription=subscription_id,
            **priced(pick),
        )
        for pick in picked
    ]


def priced(pick: Doc) -> Doc:
    """The members of an item that say what is sold, how much of it, and with which tax where that was asked for."""
    taxed = {"tax_rates": pick["tax_rates"]} if "tax_rates" in pick else {}
    return {"plan": prices.plan_of(pick["price"]), "price": pick["price"], "quantity": pick["quantity"], **taxed}


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
    moved = [{**item, "current_period_start": start, "current_period_end": end} for item in items["data"]]
    return {**items, "data": moved}


def period_of(subscription: Doc) -> tuple[int, int]:
    """Start and end of the current period, in seconds; all items of a subscription share it here."""
    first = subscription["items"]["data"][0]
    return first["current_period_start"], first["current_period_end"]


def next_boundary(subscription: Doc, after: int) -> int:
    """The first period end after an instant, counted from the billing cycle anchor."""
    recurring = subscription["items"]["data"][0]["price"]["recurring"]
    return periods.next_boundary(
        subscription["billing_cycle_anchor"], recurring["interval"], recurring["interval_count"], after
    )


def face(items: list[Doc]) -> dict[str, Any]:
    """The undocumented top-level ``plan`` and ``quantity``: those of the only item, else null."""
    only = items[0] if len(items) == 1 else {}
    return {"plan": only.get("plan"), "quantity": only.get("quantity")}


def one(w: Work, item: dict[str, Any], where: str, before: Doc | None = None) -> Doc:
    """One entry of ``items``, checked; price and tax rates that the item had ``before`` may be archived by now."""
    known = before["price"] if before else None
    unmodelled.refuse(item, _LATER, "subscription items")
    named, data = item.get("price") or item.get("plan"), item.get("price_data")
    if bool(named) == bool(data):
        raise Problem(
            "You may only specify one of these parameters: price, price_data."
            if named
            else f"Missing required param: {where}[price].",
            code=None if named else "parameter_missing",
            param=f"{where}[price]",
        )
    if known is not None and named == known["id"]:
        price = known
    else:
        price = prices.usable(w, named, f"{where}[price]") if named else prices.new(w, data or {}, where)
    if not price["recurring"]:
        raise Problem(
            f"The price specified is set to `type=one_time` but this field only accepts prices with "
            f"`type=recurring`. Price: {price['id']}",
            param=f"{where}[price]",
        )
    quantity = item.get("quantity", 1)
    amounts.check_quantity(quantity, f"{where}[quantity]")
    worth = prices.cost(w, price, quantity, price["currency"])
    amounts.check_amount(worth.amount, worth.currency, where, most=amounts.MOST_ON_AN_INVOICE)
    rates = taxing.fields_named(w, item, "tax_rates", before["tax_rates"] if before else (), where)
    return {"price": price, "quantity": quantity, "metadata": item.get("metadata") or {}, **rates}


def check_together(chosen_prices: list[Doc], where: str) -> None:
    """Problem where prices cannot be on one subscription."""
    if len({price["currency"] for price in chosen_prices}) > 1:
        raise Problem("All prices on a subscription must be in the same currency.", param=where)
    intervals = {(p["recurring"]["interval"], p["recurring"]["interval_count"]) for p in chosen_prices}
    if len(intervals) > 1:
        raise Problem(
            "mockbill does not simulate items with different billing intervals on one subscription yet; use one "
            "subscription for each interval.",
            code="mockbill_unsupported",
            param=where,
            status=501,
            headers={"Stripe-Should-Retry": "false"},
        )


def check_once(price_ids: list[str], where: str) -> None:
    """Problem where a price stands on a subscription twice."""
    for id in price_ids:
        if price_ids.count(id) > 1:
            raise Problem(
                f"Cannot add multiple subscription items with the same price: {id}. Use a quantity instead.",
                param=where,
            )
