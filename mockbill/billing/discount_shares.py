"""What the discounts of a subscription take off one of its items, for what is charged of it in mid period."""

from mockbill.billing import discounting, lines, prices
from mockbill.world import Doc, Work


def of_item(w: Work, subscription: Doc, item: Doc) -> list[tuple[str, int]]:
    """Discount ids, and what each takes off a whole period of the item, in minor units.

    As on the invoice of a whole period: percentages one after the other, fixed amounts shared with the other items of
    the same period.  ``item`` may not be on the subscription yet, or be there in another version.
    """
    whole = discounting.of_subscription(w, subscription, w.need("customer", subscription["customer"], "customer"))
    if not whole and not item["discounts"]:
        return []
    others = [each for each in subscription["items"]["data"] if each["id"] != item["id"] and _together(each, item)]
    sold = [_whole(w, subscription, each) for each in (item, *others)]
    shared = discounting.spread(w, {"currency": subscription["currency"], "discounts": whole}, sold)
    return [(each["discount"], each["amount"]) for each in shared[0]["discount_amounts"]]


def _together(one: Doc, other: Doc) -> bool:
    return bool(one["current_period_end"] == other["current_period_end"])


def _whole(w: Work, subscription: Doc, item: Doc) -> Doc:
    """As much of a line for a whole period as discounts look at."""
    metered = item["price"]["recurring"]["usage_type"] == "metered"
    cost = 0 if metered else prices.cost(w, item["price"], item["quantity"], subscription["currency"]).amount
    return {
        "amount": cost,
        "discount_amounts": [],
        "discountable": True,
        "discounts": item["discounts"],
        "parent": None,
        "pricing": lines.pricing_of(item["price"], None),
    }
