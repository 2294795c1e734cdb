"""Invoice lines: what a subscription item or an invoice item puts on an invoice."""

from typing import Any

from mockbill.billing import defaults
from mockbill.rules import pricing
from mockbill.world import Doc, Work


def of_item(w: Work, subscription: Doc, item: Doc, start: int, end: int, *, trial: bool = False) -> Doc:
    """The line of a licensed item for its period ``start`` to ``end``; a trial's is free."""
    price, quantity = item["price"], item.get("quantity", 1)
    product = w.get("product", price["product"]) or {}
    name, unit = product.get("name") or price["product"], product.get("unit_label")
    if trial:
        description = pricing.describe_trial(
            quantity, name, price, flexible=_is_flexible(subscription), unit_label=unit
        )
    else:
        description = pricing.describe_line(quantity, name, price, unit_label=unit)
    return _line(
        w,
        amount=0 if trial else pricing.line_amount(price, quantity),
        currency=price["currency"],
        description=description,
        metadata=subscription["metadata"],
        parent={
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": subscription["id"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        },
        period={"end": end, "start": start},
        pricing=pricing_of(price, "0" if trial else price["unit_amount_decimal"]),
        quantity=quantity,
        subscription=subscription["id"],
    )


def of_invoice_item(w: Work, item: Doc) -> Doc:
    """The line that an invoice item becomes."""
    details = (item["parent"] or {}).get("subscription_details") or {}
    told = {
        "invoice_item": item["id"],
        "proration": item["proration"],
        "proration_details": {"credited_items": None},
        "subscription": details.get("subscription"),
    }
    of_item = details.get("subscription_item")  # a proration belongs to an item of the subscription
    return _line(
        w,
        amount=item["amount"],
        currency=item["currency"],
        description=item["description"],
        discountable=item["discountable"],
        metadata=item["metadata"],
        parent={
            "invoice_item_details": None if of_item else told,
            "subscription_item_details": {**told, "subscription_item": of_item} if of_item else None,
            "type": "subscription_item_details" if of_item else "invoice_item_details",
        },
        period=item["period"],
        pricing=item["pricing"],
        quantity=item["quantity"],
        subscription=details.get("subscription"),
    )


def of_checkout_item(w: Work, subscription: Doc, item: Doc) -> Doc:
    """The line of a one-time price that was bought together with a subscription."""
    price = item["price"]
    return _line(
        w,
        amount=item["amount_total"],
        currency=price["currency"],
        description=item["description"],
        metadata=item["metadata"],
        parent={
            "invoice_item_details": {
                "invoice_item": w.id("invoiceitem"),
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": subscription["id"],
            },
            "subscription_item_details": None,
            "type": "invoice_item_details",
        },
        period={"end": w.now, "start": w.now},
        pricing=pricing_of(price, price["unit_amount_decimal"]),
        quantity=item["quantity"],
        subscription=subscription["id"],
    )


def pricing_of(price: Doc, unit_amount_decimal: str | None) -> Doc:
    """The ``pricing`` member of a line: which price, and what one unit cost."""
    return {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": unit_amount_decimal,
    }


def _line(w: Work, **fields: Any) -> Doc:
    units = 1 if fields["quantity"] is None else fields["quantity"]
    return defaults.build(w, "line_item", subtotal=fields["amount"], quantity_decimal=str(units), **fields)


def _is_flexible(subscription: Doc) -> bool:
    return bool(subscription["billing_mode"]["type"] == "flexible")
