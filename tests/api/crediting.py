"""Invoices that are billed and paid, and what is credited of them."""

from typing import Any

import pytest
import stripe
from api.life import Life


def billed(life: Life, *amounts: int, card: str | None = "pm_card_visa", **params: Any) -> stripe.Invoice:
    """A finalized invoice of $15.00, or of these amounts, that nobody has tried to charge."""
    customer = life.customer(card)
    for amount in amounts or (1500,):
        item: Any = {"customer": customer.id, "amount": amount, "currency": "usd", "description": f"Work for {amount}"}
        life.client.v1.invoice_items.create(item)
    made = life.client.v1.invoices.create(
        {"customer": customer.id, "pending_invoice_items_behavior": "include", **params}
    )
    opened = life.client.v1.invoices.finalize_invoice(made.id)
    life.events()
    return opened


def paid(life: Life, *amounts: int, **params: Any) -> stripe.Invoice:
    invoice = life.client.v1.invoices.pay(billed(life, *amounts, **params).id)
    life.events()
    return invoice


def credit(life: Life, invoice: stripe.Invoice, **params: Any) -> stripe.CreditNote:
    return life.client.v1.credit_notes.create({"invoice": invoice.id, **params})


def refused(life: Life, invoice: stripe.Invoice, **params: Any) -> stripe.InvalidRequestError:
    life.events()
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        credit(life, invoice, **params)
    assert life.events() == []
    return refusal.value


def now(life: Life, invoice: stripe.Invoice) -> stripe.Invoice:
    return life.client.v1.invoices.retrieve(invoice.id)


def charge_of(life: Life, invoice: stripe.Invoice) -> str:
    [payment] = life.client.v1.invoice_payments.list({"invoice": invoice.id, "status": "paid"}).data
    intent = life.client.v1.payment_intents.retrieve(str(payment.payment.payment_intent))
    return str(intent.latest_charge)


def by_line(invoice: stripe.Invoice, at: int = 0, **how: Any) -> dict[str, Any]:
    return {"type": "invoice_line_item", "invoice_line_item": invoice.lines.data[at].id, **how}


def vat(life: Life, percentage: float, *, inclusive: bool = False) -> str:
    rate: Any = {"display_name": "VAT", "percentage": percentage, "inclusive": inclusive}
    return life.client.v1.tax_rates.create(rate).id
