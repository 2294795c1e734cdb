"""Invoice lines: what a subscription item or an invoice item puts on an invoice."""

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

from mockbill.billing import checkout_items, defaults, discounting, prices, taxing
from mockbill.rules import money, pricing
from mockbill.world import Doc, Work

_CREDITS_NOTHING: Doc = {"credited_items": None}


def of_item(
    w: Work,
    subscription: Doc,
    item: Doc,
    start: int,
    end: int,
    *,
    trial: bool = False,
    used: pricing.Units | None = None,
    beyond: pricing.Units = 0,
) -> list[Doc]:
    """The lines of an item for its period ``start`` to ``end``: one, of a tiered price one for each tier.

    A tier's flat amount has a line of its own, after that of its units: so each line is its quantity times its unit
    amount.  (How Stripe shows flat amounts is not established.)  A trial has one line, which is free.  What was
    ``used`` of a metered item stands in the place of its quantity; it comes ``beyond`` what was billed of its period.
    """
    quantity = item.get("quantity", 1) if used is None else used
    price = prices.in_currency(w, item["price"], subscription["currency"])
    product = w.get("product", price["product"]) or {}
    name, unit = product.get("name") or price["product"], product.get("unit_label")
    head = {
        "currency": price["currency"],
        "discounts": discounting.running(w, item["discounts"]),
        "metadata": subscription["metadata"],
        "parent": _parent_of_item(subscription, item),
        "period": {"end": end, "start": start},
        "subscription": subscription["id"],
    }
    if trial:
        flexible = _is_flexible(subscription)
        described = pricing.describe_trial(quantity, name, price, flexible=flexible, unit_label=unit)
        return [_line(w, amount=0, description=described, pricing=pricing_of(price, "0"), quantity=quantity, **head)]
    cost = prices.cost(w, price, quantity, price["currency"], beyond=beyond)
    if not cost.tiers:
        described = pricing.describe_line(quantity, name, price, unit_label=unit)
        worth = pricing_of(price, price["unit_amount_decimal"])
        own = {"amount": cost.amount, "description": described, "pricing": worth, "quantity": quantity}
        return [_built(w, head | own)]
    return [
        _line(w, amount=amount, description=text, pricing=pricing_of(price, each), quantity=units, **head)
        for amount, text, each, units in _tiered(price, cost.tiers, name, unit)
    ]


def of_nothing_used(w: Work, subscription: Doc, item: Doc, start: int, end: int) -> Doc:
    """The line of a metered item whose period has only begun, as the first invoice has it in classic billing."""
    price = prices.in_currency(w, item["price"], subscription["currency"])
    product = w.get("product", price["product"]) or {}
    name, unit = product.get("name") or price["product"], product.get("unit_label")
    return _line(
        w,
        amount=0,
        currency=price["currency"],
        description=pricing.describe_usage(0, name, price, unit_label=unit),
        metadata=subscription["metadata"],
        parent=_parent_of_item(subscription, item),
        period={"end": end, "start": start},
        pricing=pricing_of(price, price["unit_amount_decimal"]),
        quantity=0,
        subscription=subscription["id"],
    )


def amounts_of(cost: pricing.Cost) -> list[int]:
    """The amounts of the lines that a cost becomes: a whole, or for each tier its units and its flat amount."""
    if not cost.tiers:
        return [cost.amount]
    parts = []
    for charge in cost.tiers:
        if charge.unit_amount is not None:
            parts.append(charge.amount - (charge.flat or 0))
        if charge.flat is not None:
            parts.append(charge.flat)
    return parts


def _tiered(
    price: Doc, charges: tuple[pricing.TierCharge, ...], name: str, unit: str | None
) -> Iterator[tuple[int, str, str, pricing.Units]]:
    """Amount, description, exact unit amount and quantity of each line of a tiered price."""
    for charge in charges:
        if charge.unit_amount is not None:
            text = pricing.describe_line(charge.quantity, name, price, unit_label=unit, tier=charge)
            each = money.decimal_string(charge.unit_amount)
            yield charge.amount - (charge.flat or 0), text, each, charge.quantity
        if charge.flat is not None:
            yield charge.flat, pricing.describe_flat(name, price, charge), str(charge.flat), 1


def _parent_of_item(subscription: Doc, item: Doc) -> Doc:
    return {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": None,
            "proration": False,
            "proration_details": _CREDITS_NOTHING,
            "subscription": subscription["id"],
            "subscription_item": item["id"],
        },
        "type": "subscription_item_details",
    }


def of_part(w: Work, subscription: Doc, item: Doc, share: Fraction) -> list[Doc]:
    """The line of an item whose period is only a part of a whole one: of all tiers together, rounded once."""
    start, end = item["current_period_start"], item["current_period_end"]
    price = prices.in_currency(w, item["price"], subscription["currency"])
    product = w.get("product", price["product"]) or {}
    quantity = item.get("quantity", 1)
    parent = _parent_of_item(subscription, item)
    details = {**parent["subscription_item_details"], "proration": True}
    return [
        _line(
            w,
            amount=money.round_half_up(prices.cost(w, price, quantity, price["currency"]).amount * share),
            currency=price["currency"],
            description=pricing.describe_time(quantity, product.get("name") or price["product"], start, end),
            discounts=discounting.running(w, item["discounts"]),
            metadata=subscription["metadata"],
            parent={**parent, "subscription_item_details": details},
            period={"end": end, "start": start},
            pricing=pricing_of(price, None),
            quantity=quantity,
            subscription=subscription["id"],
        )
    ]


def of_invoice_item(w: Work, item: Doc) -> Doc:
    """The line that an invoice item becomes."""
    details = (item["parent"] or {}).get("subscription_details") or {}
    told = {
        "invoice_item": item["id"],
        "proration": item["proration"],
        "proration_details": {"credited_items": _credited(w, item)},
        "subscription": details.get("subscription"),
    }
    of_item = details.get("subscription_item")  # a proration belongs to an item of the subscription
    return _line(
        w,
        amount=item["amount"],
        currency=item["currency"],
        description=item["description"],
        discountable=item["discountable"],
        discounts=discounting.running(w, item["discounts"] or ()),
        metadata=item["metadata"],
        parent={
            "invoice_item_details": None if of_item else told,
            "subscription_item_details": {**told, "subscription_item": of_item} if of_item else None,
            "type": "subscription_item_details" if of_item else "invoice_item_details",
        },
        discount_amounts=(item.get("proration_details") or {}).get("discount_amounts") or [],
        period=item["period"],
        pricing=item["pricing"],
        quantity=_units_of(item),
        subscription=details.get("subscription"),
    )


def _units_of(item: Doc) -> pricing.Units:
    """How many an invoice item is over, exactly: usage can be no whole number."""
    exact: str = item["quantity_decimal"]
    return money.parse_decimal(exact) if "." in exact else int(item["quantity"])


def of_checkout_item(w: Work, subscription: Doc, item: Doc) -> Doc:
    """The line of a one-time price that was bought together with a subscription."""
    price = item["price"]
    line = _line(
        w,
        amount=item["amount_subtotal"],
        currency=item["currency"],
        description=item["description"],
        metadata=item["metadata"],
        parent={
            "invoice_item_details": {
                "invoice_item": w.id("invoiceitem"),
                "proration": False,
                "proration_details": _CREDITS_NOTHING,
                "subscription": subscription["id"],
            },
            "subscription_item_details": None,
            "type": "invoice_item_details",
        },
        period={"end": w.now, "start": w.now},
        pricing=pricing_of(price, prices.in_currency(w, price, item["currency"])["unit_amount_decimal"]),
        quantity=item["quantity"],
        subscription=subscription["id"],
    )
    if rates := checkout_items.rates_of(w, item):
        taxing.override(w, line["id"], rates)
    return line


def _credited(w: Work, item: Doc) -> Doc | None:
    """The lines of another invoice that a proration gives back (those of its own are known once it is drafted)."""
    credited = (item.get("proration_details") or {}).get("credited_items") or {}
    told: Doc | None = credited.get("invoice_line_item_details")
    return told


def pricing_of(price: Doc, unit_amount_decimal: str | None) -> Doc:
    """The ``pricing`` member of a line: which price, and what one unit cost."""
    return _pricing(price["id"], price["product"], unit_amount_decimal)


@lru_cache(maxsize=1024)  # prices come again on every line, and documents never change
def _pricing(price: str, product: str, unit_amount_decimal: str | None) -> Doc:
    return {
        "price_details": {"price": price, "product": product},
        "type": "price_details",
        "unit_amount_decimal": unit_amount_decimal,
    }


def _line(w: Work, /, **fields: Any) -> Doc:
    return _built(w, fields)


def _built(w: Work, fields: dict[str, Any]) -> Doc:
    """A line of these fields, which are its own from now on."""
    units = fields["quantity"]
    if type(units) is Fraction:  # usage that is no whole number: the exact one is beside it
        fields["quantity"] = int(units)
    exact = "1" if units is None else str(units) if type(units) is int else money.decimal_string(units)
    fields |= {"subtotal": fields["amount"], "quantity_decimal": exact}
    return w.build_on(defaults.blank("line_item"), fields)


def _is_flexible(subscription: Doc) -> bool:
    return bool(subscription["billing_mode"]["type"] == "flexible")
