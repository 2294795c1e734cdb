"""What a quote comes to: its acceptance is rehearsed and taken back, so that it says what its invoice will say.

Of what waits for the customer's next invoice a quote says nothing, as Stripe documents.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockbill.billing import automatic_tax, customers, taxing
from mockbill.billing.quotes import acceptance, items, offers
from mockbill.world import Doc, Work

_ITEM = ("amount_subtotal", "amount_discount", "amount_tax", "amount_total")


@dataclass(frozen=True, slots=True)
class Sums:
    """What an invoice comes to, in minor units: as a whole, and for each line item of its quote.

    ``discounts`` and ``levies`` are what each discount and each tax rate comes to, for each line item.
    """

    subtotal: int
    discount: int
    tax: int
    total: int
    items: list[dict[str, int]]
    discounts: list[list[Doc]]
    levies: list[list[Doc]]
    tax_status: str | None

    @property
    def breakdown(self) -> Doc:
        """What each discount and each tax rate comes to, by their ids."""
        off = _added_up([each for own in self.discounts for each in own], "discount", "amount")
        taxes = _added_up([each for own in self.levies for each in own], "rate", "amount", "taxable_amount")
        return {"discounts": off, "taxes": taxes}

    @property
    def members(self) -> dict[str, Any]:
        """As a quote tells it, of itself and of what it computes."""
        details = {"amount_discount": self.discount, "amount_shipping": 0, "amount_tax": self.tax}
        return {"amount_subtotal": self.subtotal, "amount_total": self.total, "total_details": details}


_NOTHING = Sums(0, 0, 0, 0, [], [], [], None)


def reckoned(w: Work, quote: Doc) -> Doc:
    """The quote with all its amounts, and its line items with theirs, as things are now."""
    sold = items.of_quote(w, quote)
    free = {**quote, "subscription_data": {**quote["subscription_data"], "effective_date": None}}
    paid = {**free, "subscription_data": {**free["subscription_data"], "trial_period_days": None}}
    _keep_automatic_rates(w, quote, sold)
    whole = _rehearsed(w, paid, sold)
    upfront = whole if not quote["subscription_data"]["trial_period_days"] else _rehearsed(w, free, sold)
    recurring = [item for item in sold if item["price"]["recurring"]]
    renewal = _rehearsed(w, paid, recurring, lasting=True) if recurring else None
    sold = _with_amounts(w, sold, whole)
    w.keep(
        "quote",
        quote["id"],
        items=sold,
        upfront=[{**item, **each} for item, each in zip(sold, upfront.items, strict=True)],
        breakdowns={
            "whole": whole.breakdown,
            "upfront": upfront.breakdown,
            "recurring": renewal and renewal.breakdown,
        },
    )
    return w.change(
        quote,
        **whole.members,
        automatic_tax={**_automatic(quote), "status": whole.tax_status},
        computed={
            "recurring": renewal and {**renewal.members, **_interval(recurring[0]["price"])},
            "upfront": upfront.members,
        },
    )


def _automatic(quote: Doc) -> Doc:
    on = automatic_tax.is_on(quote)
    return {"enabled": on, "liability": {"type": "self"} if on else None, "provider": "stripe" if on else None}


def _interval(price: Doc) -> Doc:
    return {name: price["recurring"][name] for name in ("interval", "interval_count")}


def _with_amounts(w: Work, sold: Sequence[Doc], sums: Sums) -> list[Doc]:
    for item, levies, discounts in zip(sold, sums.levies, sums.discounts, strict=True):
        w.keep("item_taxes", item["id"], levies=levies)
        w.keep("item_discounts", item["id"], discounts=discounts)
    return [{**item, **each} for item, each in zip(sold, sums.items, strict=True)]


def _keep_automatic_rates(w: Work, quote: Doc, sold: Sequence[Doc]) -> None:
    """A rate that is first needed in a rehearsal would be gone after it, and the quote names it."""
    customer = w.get("customer", quote["customer"])
    if customer is None or not automatic_tax.is_on(quote):
        return
    if automatic_tax.location(customer["address"], customer["shipping"]) is None:
        return
    buyer = automatic_tax.buyer_of(w, customer)
    for item in sold:
        product = w.get("product", item["price"]["product"]) or {}
        automatic_tax.rate_of(w, buyer, item["price"], product, item["currency"])


def _rehearsed(w: Work, quote: Doc, sold: Sequence[Doc], *, lasting: bool = False) -> Sums:
    """What the first invoice of these line items would say."""
    if not sold:
        return _NOTHING
    with w.rehearsal():
        customer = w.get("customer", quote["customer"]) or customers.create(w, {})
        for item in w.find("invoiceitem", customer=customer["id"], invoice=None):
            w.remove(item)
        if lasting and customer.get("discount") and not offers.is_lasting(w, customer["discount"]):
            customer = w.change(customer, discount=None)
        made = acceptance.make(w, quote, customer, sold, lasting=lasting)
        return _sums(w, made, quote, sold)


def _sums(w: Work, made: acceptance.Made, quote: Doc, sold: Sequence[Doc]) -> Sums:
    lines = made.invoice["lines"]["data"] if made.invoice else []
    own = [[line for line in lines if _holder_of(line) == holder] for holder in made.holders]
    found = [_amounts(each) for each in own]
    subtotal, discount, tax, total = (sum(each[name] for each in found) for name in _ITEM)
    names = _names(w, quote, sold)
    return Sums(
        subtotal=subtotal,
        discount=discount,
        tax=tax,
        total=made.invoice["total"] if made.invoice else total,
        items=found,
        discounts=[_taken(w, each, names) for each in own],
        levies=[_levied(each) for each in own],
        tax_status=made.invoice["automatic_tax"]["status"] if made.invoice else None,
    )


def _holder_of(line: Doc) -> str | None:
    """The id of the subscription item or invoice item that a line is of."""
    parent = line["parent"] or {}
    of_item = (parent.get("subscription_item_details") or {}).get("subscription_item")
    found: str | None = of_item or (parent.get("invoice_item_details") or {}).get("invoice_item")
    return found


def _amounts(lines: Sequence[Doc]) -> dict[str, int]:
    subtotal = sum(line["amount"] for line in lines)
    off = sum(each["amount"] for line in lines for each in line["discount_amounts"])
    tax = sum(levy["amount"] for line in lines for levy in line["taxes"])
    return dict(zip(_ITEM, (subtotal, off, tax, subtotal - off + taxing.on_top(lines)), strict=True))


def _names(w: Work, quote: Doc, sold: Sequence[Doc]) -> Mapping[str, str]:
    """The discounts of a quote and its items by their coupons: those that the rehearsal made of these are gone."""
    ids = [*(id for item in sold for id in items.offered_on(w, item)), *quote["discounts"]]
    return {w.need("discount", id)["source"]["coupon"]: id for id in ids}


def _taken(w: Work, lines: Sequence[Doc], names: Mapping[str, str]) -> list[Doc]:
    """What each discount takes off a line item."""
    off = []
    for each in (each for line in lines for each in line["discount_amounts"]):
        discount = w.need("discount", each["discount"])
        off.append({"amount": each["amount"], "discount": names.get(discount["source"]["coupon"], discount["id"])})
    return _added_up(off, "discount", "amount")


def _levied(lines: Sequence[Doc]) -> list[Doc]:
    """What each tax rate comes to on a line item, as it is kept for its ``taxes``."""
    levies = [
        {
            "amount": levy["amount"],
            "rate": levy["tax_rate_details"]["tax_rate"],
            "taxability_reason": None if levy["taxability_reason"] == "not_available" else levy["taxability_reason"],
            "taxable_amount": levy["taxable_amount"],
        }
        for line in lines
        for levy in line["taxes"]
    ]
    return _added_up(levies, "rate", "amount", "taxable_amount")


def _added_up(entries: Sequence[Doc], key: str, *amounts: str) -> list[Doc]:
    """One entry for each value of ``key``, in the order in which they come, with its amounts added up."""
    sums: dict[str, Doc] = {}
    for entry in entries:
        before = sums.get(entry[key])
        sums[entry[key]] = {**entry, **{name: before[name] + entry[name] for name in amounts}} if before else entry
    return list(sums.values())
