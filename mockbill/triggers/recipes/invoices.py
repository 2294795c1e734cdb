"""Invoices: made by hand for a customer, then finalized, paid, failed, voided, sent."""

from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import fresh
from mockbill.world import Doc

_ITEM = "POST /v1/invoiceitems"


def draft(c: Cause, card: str | None = None) -> Doc:
    """A draft over one item of 20.00; ``card`` becomes its customer's default."""
    customer = c.customer(card)
    invoice: Doc = c.post("/v1/invoices", customer=customer, auto_advance=False)
    c.post("/v1/invoiceitems", customer=customer, invoice=invoice["id"], amount=2000, currency="usd")
    return invoice


@fresh("invoice.payment_failed", sets=_ITEM)
def payment_failed(c: Cause) -> None:
    c.declined(f"/v1/invoices/{draft(c, 'pm_card_chargeCustomerFail')['id']}/pay")


@fresh("invoice.paid", "invoice.payment_succeeded", sets=_ITEM)
def paid(c: Cause) -> None:
    c.post(f"/v1/invoices/{draft(c, 'pm_card_visa')['id']}/pay")
