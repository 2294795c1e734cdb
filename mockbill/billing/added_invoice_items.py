"""``add_invoice_items``: what is sold once along with a subscription, on its first or its next invoice."""

from typing import Any

from mockbill.billing import invoice_items, prices
from mockbill.world import Doc, Problem, Work

MOST = 20
_PASSED = (
    "discountable",
    "discounts",
    "known_price",
    "known_tax_rates",
    "metadata",
    "price_data",
    "quantity",
    "tax_rates",
)


def add(w: Work, subscription: Doc, sent: list[dict[str, Any]]) -> None:
    """``invoiceitem.created`` for each; they wait for the subscription's next invoice."""
    if len(sent) > MOST:
        raise Problem(f"You can add up to {MOST} invoice items; {len(sent)} were sent.", param="add_invoice_items")
    for position, entry in enumerate(sent):
        _add(w, subscription, entry, f"add_invoice_items[{position}]")


def _add(w: Work, subscription: Doc, entry: dict[str, Any], where: str) -> None:
    named, data = entry.get("price"), entry.get("price_data")
    prices.check_one(named, data, where)
    asked = {name: entry[name] for name in _PASSED if name in entry}
    if named:
        asked["pricing"] = {"price": named}
    try:
        invoice_items.create(
            w,
            {
                **asked,
                "currency": subscription["currency"],
                "customer": subscription["customer"],
                "period": _period(w, subscription, entry.get("period") or {}, where),
                "subscription": subscription["id"],
            },
        )
    except Problem as problem:
        problem.param = f"{where}[{'price' if named else 'price_data'}]" if problem.param else None
        raise


def _period(w: Work, subscription: Doc, asked: dict[str, Any], where: str) -> dict[str, int]:
    """From the latest start to the earliest end of the items' periods, unless the request says otherwise."""
    items = subscription["items"]["data"]
    begins, ends = asked.get("start") or {}, asked.get("end") or {}
    words = {
        "max_item_period_start": max(item["current_period_start"] for item in items),
        "min_item_period_end": min(item["current_period_end"] for item in items),
        "now": w.now,
    }
    start = words.get(begins.get("type", "max_item_period_start"), begins.get("timestamp"))
    end = words.get(ends.get("type", "min_item_period_end"), ends.get("timestamp"))
    if start is None or end is None:
        missing = "start" if start is None else "end"
        raise Problem(
            f"Missing required param: {where}[period][{missing}][timestamp].",
            code="parameter_missing",
            param=f"{where}[period][{missing}][timestamp]",
        )
    period = {"end": end, "start": start}
    invoice_items.check_period(period, f"{where}[period][end]")
    return period
