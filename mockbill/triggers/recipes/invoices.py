"""Invoices: made by hand for a customer, then finalized, paid, failed, voided, sent."""

from typing import Any

from mockbill.triggers.cause import Cause
from mockbill.triggers.recipes.plain import NOTED
from mockbill.triggers.registry import fresh
from mockbill.world import Doc

_ITEM, _CREATE = "POST /v1/invoiceitems", "POST /v1/invoices"
_DAY = 86_400  # seconds


def draft(c: Cause, card: str | None = None, **params: Any) -> Doc:
    """A draft that leaves 20.00 to pay in one item; ``card`` becomes its customer's default."""
    customer = params.pop("customer", None) or c.customer(card)
    terms = {"auto_advance": False, "currency": c.currency, **c.without_gift(), **params}
    invoice: Doc = c.post("/v1/invoices", {"customer": customer, **terms})
    item = {"amount": c.beyond_credit(2000), "currency": invoice["currency"]}
    c.post("/v1/invoiceitems", customer=customer, invoice=invoice["id"], **item)
    return invoice


def opened(c: Cause, card: str | None = None, **params: Any) -> Doc:
    """The same, finalized."""
    invoice: Doc = c.post(f"/v1/invoices/{draft(c, card, **params)['id']}/finalize")
    return invoice


def sent(c: Cause) -> Doc:
    """One that is sent, to be paid within a week."""
    invoice = draft(c, collection_method="send_invoice", days_until_due=7)
    done: Doc = c.post(f"/v1/invoices/{invoice['id']}/send")
    return done


@fresh("invoice.created", sets=_CREATE)
def created(c: Cause) -> None:
    draft(c)


@fresh("invoice.updated", sets="POST /v1/invoices/{invoice}")
def updated(c: Cause) -> None:
    c.post(f"/v1/invoices/{draft(c)['id']}", NOTED)


@fresh("invoice.deleted")
def deleted(c: Cause) -> None:
    c.delete(f"/v1/invoices/{draft(c)['id']}")


@fresh("invoice.finalized", sets=_ITEM)
def finalized(c: Cause) -> None:
    opened(c)


@fresh("invoice.finalization_failed", sets=_ITEM)
def finalization_failed(c: Cause) -> None:
    """Automatic tax has no address of the customer's to go by."""
    invoice = draft(c, customer=_nowhere(c), automatic_tax={"enabled": True})
    c.refused(f"/v1/invoices/{invoice['id']}/finalize", "customer_tax_location_invalid")


def _nowhere(c: Cause) -> str:
    """A customer of whom no address is known: a fresh one in any case, for that of another stays."""
    customer: Doc = c.post("/v1/customers", name="Jenny Rosen")
    return str(customer["id"])


@fresh("invoice.paid", "invoice.payment_succeeded", "invoice_payment.paid", sets=_ITEM)
def paid(c: Cause) -> None:
    c.post(f"/v1/invoices/{draft(c, 'pm_card_visa')['id']}/pay")


@fresh("invoice.payment_failed", sets=_ITEM)
def payment_failed(c: Cause) -> None:
    c.declined(f"/v1/invoices/{draft(c, 'pm_card_chargeCustomerFail')['id']}/pay")


@fresh("invoice.payment_action_required", sets=_ITEM)
def payment_action_required(c: Cause) -> None:
    c.declined(f"/v1/invoices/{draft(c, 'pm_card_authenticationRequired')['id']}/pay")


@fresh("invoice.voided", sets=_ITEM)
def voided(c: Cause) -> None:
    c.post(f"/v1/invoices/{opened(c)['id']}/void")


@fresh("invoice.marked_uncollectible", sets=_ITEM)
def marked_uncollectible(c: Cause) -> None:
    c.post(f"/v1/invoices/{opened(c)['id']}/mark_uncollectible")


@fresh("invoice.sent", sets=_ITEM)
def was_sent(c: Cause) -> None:
    sent(c)


@fresh("invoice.overpaid")
def overpaid(c: Cause) -> None:
    """A payment that another way had been found for is attached as well."""
    customer = c.customer()
    invoice = opened(c, customer=customer, collection_method="send_invoice", days_until_due=7)
    intent: Doc = c.post(
        "/v1/payment_intents",
        amount=invoice["amount_due"] + 500,
        currency=invoice["currency"],
        customer=customer,
        payment_method="pm_card_visa",
        confirm=True,
        automatic_payment_methods={"enabled": True, "allow_redirects": "never"},
    )
    c.post(f"/v1/invoices/{invoice['id']}/attach_payment", payment_intent=intent["id"])


@fresh("invoice.upcoming", sets="POST /v1/subscriptions")
def upcoming(c: Cause) -> None:
    """Days before the next period begins, on a test clock."""
    customer, clock = c.timed_customer()
    subscription = c.subscription(customer)
    c.advance(clock, subscription["items"]["data"][0]["current_period_end"] - _DAY)


def _late(c: Cause, setting: str, days: int) -> None:
    """Days around its due date, which an account's settings have word of."""
    customer, clock = c.timed_customer(None)
    with c.setting(setting, days):
        invoice = opened(c, customer=customer, collection_method="send_invoice", days_until_due=7)
        c.advance(clock, invoice["due_date"] + 2 * _DAY)


@fresh("invoice.will_be_due", sets=_ITEM)
def will_be_due(c: Cause) -> None:
    _late(c, "will_be_due_days", 3)


@fresh("invoice.overdue", sets=_ITEM)
def overdue(c: Cause) -> None:
    _late(c, "overdue_days", 1)


@fresh("invoiceitem.created", sets=_ITEM)
def item_created(c: Cause) -> None:
    _item(c)


@fresh("invoiceitem.deleted")
def item_deleted(c: Cause) -> None:
    c.delete(f"/v1/invoiceitems/{_item(c)['id']}")


def _item(c: Cause) -> Doc:
    item: Doc = c.post("/v1/invoiceitems", customer=c.customer(None), amount=2000, currency=c.currency)
    return item


# credit notes


@fresh("credit_note.created", sets="POST /v1/credit_notes")
def credited(c: Cause) -> None:
    _credit(c)


@fresh("credit_note.updated", sets="POST /v1/credit_notes/{id}")
def credit_updated(c: Cause) -> None:
    c.post(f"/v1/credit_notes/{_credit(c)['id']}", NOTED)


@fresh("credit_note.voided")
def credit_voided(c: Cause) -> None:
    c.post(f"/v1/credit_notes/{_credit(c)['id']}/void")


def _credit(c: Cause) -> Doc:
    lines = [{"type": "custom_line_item", "description": "Credit", "quantity": 1, "unit_amount": 1000}]
    note: Doc = c.post("/v1/credit_notes", invoice=opened(c)["id"], lines=lines)
    return note
