"""What discounts take off the lines of an invoice (stripe-behaviour.md 3.12)."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from mockbill.rules import discounts
from mockbill.world import Doc, Work


def applies(invoice: Mapping[str, Any], lines: Sequence[Doc]) -> bool:
    """Whether anything is discounted: by the invoice, by the item of a line, or since a proration was made."""
    return bool(invoice.get("discounts")) or any(line["discounts"] or line["discount_amounts"] for line in lines)


def spread(w: Work, invoice: Mapping[str, Any], lines: Sequence[Doc]) -> Sequence[Doc]:
    """The lines with their ``discount_amounts``; the very same ones where nothing is discounted."""
    if not applies(invoice, lines):
        return lines
    whole = invoice.get("discounts")
    currency = invoice["currency"]
    seen = [
        discounts.Line(
            amount=line["amount"],
            product=_product_of(line),
            own=offs(w, line["discounts"], currency),
            discountable=line["discountable"],
        )
        for line in lines
    ]
    found = discounts.taken(seen, offs(w, whole or (), currency))
    return [_with(line, taken) for line, taken in zip(lines, found, strict=True)]


def totals(invoice: Mapping[str, Any], lines: Sequence[Doc]) -> list[Doc]:
    """``total_discount_amounts``: what each discount took off all lines, in the order in which they were applied."""
    whole = invoice.get("discounts") or ()
    if not whole and not any(line["discount_amounts"] for line in lines):
        return []
    sums: dict[str, int] = {}
    own = [id for line in lines for id in line["discounts"]]
    for id in [*own, *whole]:
        sums.setdefault(id, 0)
    for line in lines:
        for each in line["discount_amounts"]:
            sums[each["discount"]] = sums.get(each["discount"], 0) + each["amount"]
    return [{"amount": amount, "discount": id} for id, amount in sums.items()]


def off(line: Doc) -> int:
    """What all discounts take off a line."""
    found = line["discount_amounts"]
    return sum(each["amount"] for each in found) if found else 0


def off_by_item(line: Doc) -> int:
    """What the discounts of its own item take off a line: ``subtotal`` is what is left after these."""
    own = line["discounts"]
    return sum(each["amount"] for each in line["discount_amounts"] if each["discount"] in own) if own else 0


def of_subscription(w: Work, subscription: Doc, customer: Doc) -> list[str]:
    """The discounts of a subscription's next invoice: its own, or the customer's where it has none."""
    own = subscription["discounts"]
    if own:
        return running(w, own)
    return of_customer(w, customer)


def of_customer(w: Work, customer: Doc) -> list[str]:
    """The customer's discount, as an invoice inherits it."""
    discount = customer.get("discount")
    return running(w, [discount["id"]]) if discount else []


def running(w: Work, ids: Sequence[str]) -> list[str]:
    """Those of the discounts that an invoice which is made now may use: ``end`` is the first second without it."""
    return [id for id in ids if _runs(w, id)]


def _runs(w: Work, id: str) -> bool:
    discount = w.get("discount", id)
    if discount is None or (discount["end"] or w.now + 1) <= w.now:
        return False
    return not (w.private("discount", id) or {}).get("over")  # used up, or its time was over on another clock


def offs(w: Work, ids: Sequence[str], currency: str) -> tuple[discounts.Off, ...]:
    """The discounts as the rules have them, by the terms of when they were made; those of other currencies left out."""
    return tuple(off for id in ids if (off := _off(w, id, currency)))


def _off(w: Work, id: str, currency: str) -> discounts.Off | None:
    """The terms of a discount as they were when it was made; None where they know no amount in this currency."""
    terms = w.private("discount", id)
    if terms is None:
        return None
    products = None if terms["products"] is None else frozenset(terms["products"])
    if terms["percent_off"] is not None:
        return discounts.Off(id, Fraction(str(terms["percent_off"])), products=products)
    option = terms["currency_options"].get(currency)
    return discounts.Off(id, amount=option["amount_off"], products=products) if option else None


def _product_of(line: Doc) -> str | None:
    details = (line["pricing"] or {}).get("price_details") or {}
    product = details.get("product")
    return product if isinstance(product, str) else None


def _with(line: Doc, taken: discounts.Taken) -> Doc:
    if _is_proration(line):
        return line  # its share of discounts is reckoned when it is made, and never again
    if not taken and not line["discount_amounts"]:
        return line
    return {**line, "discount_amounts": [{"amount": amount, "discount": id} for id, amount in taken]}


def _is_proration(line: Doc) -> bool:
    """Whether a change of its subscription made it; a first period that an anchor cuts short is discounted as any."""
    parent = line["parent"] or {}
    details = parent.get("subscription_item_details") or parent.get("invoice_item_details") or {}
    return bool(details.get("proration") and details.get("invoice_item"))
