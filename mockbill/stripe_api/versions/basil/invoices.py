"""Invoices, their lines and invoice items before basil: what they bill, their price, tax and payment stand on them."""

from fractions import Fraction
from typing import Any

from mockbill.billing import invoices, prices, taxing
from mockbill.billing.connect import terms
from mockbill.rules import money
from mockbill.stripe_api.older_fields import Older
from mockbill.world import Doc, Work


def _details(doc: Doc, name: str) -> Doc:
    """One of the hashes in ``parent``, which says what an object is for; {} where it is for something else."""
    found: Doc | None = (doc.get("parent") or {}).get(name)
    return found or {}


def levies(taxes: list[Doc] | None) -> list[Doc]:
    """``taxes`` and ``total_taxes`` by their older names: ``tax_amounts``."""
    return [
        {
            "amount": levy["amount"],
            "inclusive": levy["tax_behavior"] == "inclusive",
            "tax_rate": (levy.get("tax_rate_details") or {}).get("tax_rate"),
            "taxability_reason": None if reason == "not_available" else reason,
            "taxable_amount": levy["taxable_amount"],
        }
        for levy in taxes or ()
        for reason in (levy["taxability_reason"],)
    ]


LEVIED = {"tax_rate": ("tax_rate",)}
"""What expands in them."""


def only_discount(w: Work, doc: Doc) -> Doc | None:
    """``discount``: the one that there is; several were never shown in it."""
    found = doc.get("discounts") or []
    if len(found) != 1:
        return None
    return found[0] if isinstance(found[0], dict) else w.get("discount", found[0])


def price_of(w: Work, doc: Doc) -> Doc | None:
    """The price of a line or an invoice item, as it is now."""
    details = (doc.get("pricing") or {}).get("price_details") or {}
    named = details.get("price")
    return named if isinstance(named, dict) else w.get("price", named)


def _plan_of(w: Work, doc: Doc) -> Doc | None:
    price = price_of(w, doc)
    return prices.plan_of(price) if price is not None and price["recurring"] else None


# invoices


def _intent(w: Work, invoice: Doc) -> str | None:
    """None for a draft: the intent comes with the finalization."""
    if "id" not in invoice or invoice["status"] == "draft":
        return None
    payment = invoices.payment_of(w, invoice)
    return payment["payment"].get("payment_intent") if payment else None


def _charge(w: Work, invoice: Doc) -> str | None:
    """The latest one; None before the first attempt."""
    if not invoice["attempted"]:
        return None
    intent = w.get("payment_intent", _intent(w, invoice))
    return intent["latest_charge"] if intent else None


def _subscription_details(w: Work, invoice: Doc) -> Doc:
    return {"metadata": _details(invoice, "subscription_details").get("metadata")}


def _tax(w: Work, invoice: Doc) -> int | None:
    found = invoice.get("total_taxes") or ()
    return sum(levy["amount"] for levy in found) if found else None


def _fee(w: Work, invoice: Doc) -> int | None:
    fee: int | None = _passed_on(w, invoice).get("application_fee_amount")
    return fee


def _transfer_data(w: Work, invoice: Doc) -> Doc | None:
    data = _passed_on(w, invoice).get("transfer_data")
    return {"amount": data.get("amount"), "destination": data["destination"]} if data else None


def _passed_on(w: Work, invoice: Doc) -> Doc:
    """What an invoice passes on to its payment, or has passed on."""
    return w.get("payment_intent", _intent(w, invoice)) or terms.of_invoice(w, invoice)


INVOICE = {
    "application_fee_amount": Older(_fee),
    "charge": Older(_charge, ("charge",)),
    "discount": Older(only_discount, ("discount",)),
    "paid": Older(lambda w, invoice: invoice["status"] == "paid"),
    "paid_out_of_band": Older(lambda w, invoice: bool(invoice.get("amount_paid_off_stripe"))),
    "payment_intent": Older(_intent, ("payment_intent",)),
    "quote": Older(lambda w, invoice: _details(invoice, "quote_details").get("quote"), ("quote",)),
    "subscription": Older(
        lambda w, invoice: _details(invoice, "subscription_details").get("subscription"), ("subscription",)
    ),
    "subscription_details": Older(_subscription_details),
    "subscription_proration_date": Older(
        lambda w, invoice: _details(invoice, "subscription_details").get("subscription_proration_date")
    ),
    "tax": Older(_tax),
    "total_tax_amounts": Older(lambda w, invoice: levies(invoice.get("total_taxes")), members=LEVIED),
    "transfer_data": Older(_transfer_data),
}


def older_invoice(invoice: Doc) -> Doc:
    """Without what took the place of those; an upcoming invoice had no id."""
    gone = {"amount_overpaid", "confirmation_secret", "parent", "payments", "total_taxes"}
    if invoice.get("id", "").startswith("upcoming_in"):
        gone.add("id")
    if invoice["subscription_proration_date"] is None:
        gone.add("subscription_proration_date")
    return {name: value for name, value in invoice.items() if name not in gone}


# lines


def _of_line(line: Doc) -> Doc:
    return _details(line, "subscription_item_details") or _details(line, "invoice_item_details")


def _without_tax(w: Work, line: Doc) -> int:
    """The amount of a line before discounts, less the tax that is in it."""
    return int(line["amount"]) - (taxing.included_in_subtotal(w, line) if line["taxes"] else 0)


def _unit_without_tax(w: Work, line: Doc) -> str | None:
    units = line["quantity"]
    return _each(_without_tax(w, line), units) if units else None


def _each(amount: int, units: int) -> str:
    """Exact, or with twelve decimals, which is as many as Stripe writes."""
    return money.decimal_string(Fraction(round(Fraction(amount * 10**12, units)), 10**12))


def _rates(w: Work, line: Doc) -> list[Doc]:
    return taxing.own_rates(w, line)


LINE = {
    "amount_excluding_tax": Older(_without_tax),
    "invoice_item": Older(lambda w, line: _of_line(line).get("invoice_item"), ("invoiceitem",)),
    "plan": Older(_plan_of, ("plan",)),
    "price": Older(price_of, ("price",)),
    "proration": Older(lambda w, line: bool(_of_line(line).get("proration"))),
    "proration_details": Older(lambda w, line: _of_line(line).get("proration_details") or {"credited_items": None}),
    "subscription_item": Older(lambda w, line: _of_line(line).get("subscription_item"), ("subscription_item",)),
    "tax_amounts": Older(lambda w, line: levies(line.get("taxes")), members=LEVIED),
    "tax_rates": Older(_rates, ("tax_rate",)),
    "type": Older(lambda w, line: "invoiceitem" if _of_line(line).get("invoice_item") else "subscription"),
    "unit_amount_excluding_tax": Older(_unit_without_tax),
}


# invoice items


def _of_item(name: str) -> Any:
    return lambda w, item: _details(item, "subscription_details").get(name)


def _unit(w: Work, item: Doc) -> str | None:
    """Of a proration, which is no multiple of its price, the amount of each unit."""
    told: str | None = (item.get("pricing") or {}).get("unit_amount_decimal")
    if told is None and item["quantity"]:
        return _each(item["amount"], item["quantity"])
    return told


def _whole_unit(w: Work, item: Doc) -> int | None:
    told = _unit(w, item)
    return int(told) if told is not None and "." not in told else None


INVOICE_ITEM = {
    "plan": Older(_plan_of, ("plan",)),
    "price": Older(price_of, ("price",)),
    "subscription": Older(_of_item("subscription"), ("subscription",)),
    "subscription_item": Older(_of_item("subscription_item")),
    "unit_amount": Older(_whole_unit),
    "unit_amount_decimal": Older(_unit),
}
