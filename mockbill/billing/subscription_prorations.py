"""Prorations: the invoice items that a change of a subscription's items makes (stripe-behaviour.md 3.10).

Credits are reckoned from what was really billed in flexible billing mode, from the present price in classic mode.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from mockbill.billing import billed, defaults, discount_shares, lines, prices, subscription_items
from mockbill.rules import pricing, proration
from mockbill.rules.proration import Credit, Debit
from mockbill.world import Doc, Work


def of_change(w: Work, old: Doc, new: Doc, before: Doc | None, after: Doc | None, at: int) -> list[Doc]:
    """The waiting items of one changed item, in Stripe's order: what was is given back, then what comes is charged.

    ``old`` and ``new`` are the subscription before and after, whose discounts count.
    """
    return [
        *(credits(w, old, before, at) if before else ()),
        *(debits(w, new, after, at) if after else ()),
    ]


def of_moved_end(w: Work, subscription: Doc, before: Doc, after: Doc) -> list[Doc]:
    """A period that ends at another time: what was paid beyond the new end is given back, what is added is charged."""
    old, new = before["current_period_end"], after["current_period_end"]
    return credits(w, subscription, before, new) if new < old else debits(w, subscription, after, old)


def credits(w: Work, subscription: Doc, item: Doc, at: int) -> list[Doc]:
    """``Unused time on ...``: one for what was billed, or one for each bill where there are several."""
    if _is_metered(item):
        return []
    charged = billed.debits(w, subscription, item["id"])
    if not subscription_items.is_flexible(subscription):
        given = _classic_credit(w, subscription, item, charged, at)
        return [_credit(w, subscription, item, given, at, item["price"]["id"], item["quantity"])]
    return [
        _credit(w, subscription, item, credit, at, *_sold(item, credit))
        for credit in proration.credits(_worth(w, subscription, item, charged), at, itemized=_itemizes(subscription))
    ]


def debits(w: Work, subscription: Doc, item: Doc, at: int) -> list[Doc]:
    """``Remaining time on ...`` for the rest of the item's own period."""
    start, end = item["current_period_start"], item["current_period_end"]
    if _is_metered(item) or end <= at:
        return []
    worth, off = _worth_of_period(w, subscription, item)
    amount, taken = proration.itemized(worth, off, start, end, at)
    return [
        _item(
            w,
            subscription,
            item,
            amount=amount,
            date=at,
            description=pricing.describe_remaining(item["quantity"], _name(w, item["price"]["id"]), at),
            period={"end": end, "start": max(at, start)},
            proration_details={"credited_items": None, "discount_amounts": _discount_amounts(taken)},
        )
    ]


def cost(w: Work, subscription: Doc, item: Doc) -> int:
    """What an item costs for a whole period; nothing is known beforehand of a metered one."""
    if _is_metered(item):
        return 0
    return prices.cost(w, item["price"], item["quantity"], subscription["currency"]).amount


def _worth_of_period(w: Work, subscription: Doc, item: Doc) -> tuple[Fraction, list[tuple[str, Fraction]]]:
    """What the period that an item is in costs, and the discounts beside it where they are itemized.

    It is less than a whole one where an anchor or a cancellation cuts it; else discounts are a part of it.
    """
    share = subscription_items.share(subscription, item)
    off = discount_shares.of_item(w, subscription, item)
    if _itemizes(subscription):
        return cost(w, subscription, item) * share, [(id, amount * share) for id, amount in off]
    return (cost(w, subscription, item) - sum(amount for _, amount in off)) * share, []


def _worth(w: Work, subscription: Doc, item: Doc, charged: list[Debit]) -> list[Debit]:
    """Charges of nothing (a trial's) are given back only for what is free, as Stripe shows a free price."""
    if any(debit.amount for debit in charged) or cost(w, subscription, item):
        return [debit for debit in charged if debit.amount]
    return charged


def _classic_credit(w: Work, subscription: Doc, item: Doc, charged: list[Debit], at: int) -> Credit:
    start, end = item["current_period_start"], item["current_period_end"]
    worth, _ = _worth_of_period(w, subscription, item)
    amount = -proration.prorate(worth, start, end, at)
    last = [debit for debit in charged if debit.until > at]
    same_bill = tuple(debit for debit in last if debit.bill == last[-1].bill)
    return Credit(same_bill, amount, max(at, start), end)


def _credit(w: Work, subscription: Doc, item: Doc, credit: Credit, at: int, price: str, quantity: int) -> Doc:
    return _item(
        w,
        subscription,
        item,
        amount=credit.amount,
        date=at,
        description=pricing.describe_unused(quantity, _name(w, price), at),
        period={"end": credit.end, "start": credit.start},
        pricing=lines.pricing_of(prices.known(w, price), None),
        quantity=quantity,
        proration_details={
            "credited_items": _credited(credit),
            "discount_amounts": _discount_amounts(credit.discounts),
        },
    )


def _discount_amounts(taken: Sequence[tuple[str, int]]) -> list[Doc]:
    return [{"amount": amount, "discount": id} for id, amount in taken]


def _sold(item: Doc, credit: Credit) -> tuple[str, int]:
    """Price and quantity of what is given back.  A tiered price has several lines, and flat amounts count one each."""
    first = credit.debits[0]
    if len(credit.debits) > 1 and first.price == item["price"]["id"]:
        return first.price, item["quantity"]
    return first.price, sum(debit.quantity for debit in credit.debits)


def _credited(credit: Credit) -> Doc | None:
    """The lines, or the waiting item, that are given back."""
    if not credit.debits:
        return None
    first = credit.debits[0]
    if first.bill is None:
        return {"invoice_item": first.id, "type": "invoice_item"}
    return {
        "invoice_line_item_details": {
            "invoice": first.bill,
            "invoice_line_items": [debit.id for debit in credit.debits],
        },
        "type": "invoice_line_items",
    }


def _item(w: Work, subscription: Doc, item: Doc, **fields: Any) -> Doc:
    """A stored invoice item of a subscription item, and ``invoiceitem.created``."""
    price = item["price"]
    quantity = fields.setdefault("quantity", item["quantity"])
    taken = sum(each["amount"] for each in fields["proration_details"]["discount_amounts"])
    made = defaults.add(
        w,
        "invoiceitem",
        **{
            "currency": subscription["currency"],
            "customer": subscription["customer"],
            "discountable": False,
            "net_amount": fields["amount"] - taken,
            "parent": {
                "subscription_details": {"subscription": subscription["id"], "subscription_item": item["id"]},
                "type": "subscription_details",
            },
            "pricing": lines.pricing_of(price, None),
            "proration": True,
            "quantity_decimal": str(quantity),
            "tax_rates": item["tax_rates"],
            "test_clock": subscription["test_clock"],
            **fields,
        },
    )
    w.emit("invoiceitem.created", made)
    return made


def _name(w: Work, price_id: str) -> str:
    price = prices.known(w, price_id)
    product = w.get("product", price["product"]) or {}
    return str(product.get("name") or price["product"])


def _is_metered(item: Doc) -> bool:
    return bool(item["price"]["recurring"]["usage_type"] == "metered")


def _itemizes(subscription: Doc) -> bool:
    return bool((subscription["billing_mode"]["flexible"] or {}).get("proration_discounts") == "itemized")
