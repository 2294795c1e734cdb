"""Payments that were made elsewhere and are attached to an invoice: in parts, in full, or too much of it.

``POST /v1/invoices/{invoice}/attach_payment``.  What was established: an intent that succeeded is credited at once,
another one when it succeeds; several may pay one invoice; what is too much becomes credit of the customer
(``invoice_overpaid``).  ``amount_paid`` stops at the amount due here; ``amount_overpaid`` has the rest.
"""

from typing import Any

from mockbill.billing import (
    collection,
    customer_balance,
    defaults,
    invoices,
    payment_attempts,
    payment_intents,
    unmodelled,
)
from mockbill.billing.bank_transfers import payments as transfers
from mockbill.world import Doc, Problem, Work


def attach(w: Work, invoice: Doc, params: dict[str, Any]) -> Doc:
    """The invoice with one more payment; credited now if its intent has succeeded already."""
    unmodelled.refuse(params, ("payment_record",), "payments of invoices")
    if not params.get("payment_intent"):
        raise Problem("Missing required param: payment_intent.", code="parameter_missing", param="payment_intent")
    intent = w.need("payment_intent", params["payment_intent"], "payment_intent")
    _check(w, invoice, intent)
    payment = defaults.add(
        w,
        "invoice_payment",
        amount_requested=intent["amount"],
        currency=intent["currency"],
        invoice=invoice["id"],
        is_default=False,
        payment={"payment_intent": intent["id"], "type": "payment_intent"},
    )
    return _credit(w, invoice, payment, intent) if intent["status"] == "succeeded" else invoice


def on_intent(w: Work, intent: Doc) -> None:
    """An attached intent succeeds, or is canceled."""
    for payment in w.find("invoice_payment", {"payment.payment_intent": intent["id"]}, status="open"):
        if payment["is_default"]:
            continue
        invoice = w.need("invoice", payment["invoice"])
        if intent["status"] == "canceled":
            w.change(payment, status="canceled", status_transitions=_at(w, payment, "canceled_at"))
        elif intent["status"] == "succeeded" and invoice["status"] in ("open", "uncollectible"):
            _credit(w, invoice, payment, intent)
        elif intent["status"] == "succeeded" and invoice["status"] == "paid":
            _credit_late(w, invoice, payment, intent)


def _check(w: Work, invoice: Doc, intent: Doc) -> None:
    if invoice["status"] not in ("open", "uncollectible"):
        raise Problem(f"You can only attach payments to open invoices; this one is {invoice['status']}.")
    if intent["customer"] not in (None, invoice["customer"]):
        raise Problem(f"The payment intent {intent['id']} belongs to another customer.", param="payment_intent")
    if intent["currency"] != invoice["currency"]:
        raise Problem(
            f"The payment intent is in {intent['currency']}, the invoice in {invoice['currency']}.",
            param="payment_intent",
        )
    if intent["status"] == "canceled":
        raise Problem(f"The payment intent {intent['id']} is canceled.", param="payment_intent")
    if w.find("invoice_payment", {"payment.payment_intent": intent["id"]}):
        raise Problem(f"The payment intent {intent['id']} is attached to an invoice already.", param="payment_intent")


def _credit(w: Work, invoice: Doc, payment: Doc, intent: Doc) -> Doc:
    received, open_amount = intent["amount_received"], invoice["amount_remaining"]
    paid = _paid(w, payment, received)
    if received < open_amount:
        changed = _in_part(w, invoice, received)
    else:
        collection.drop_payment(w, invoice, "void_invoice")
        changed = _in_full(w, invoice, received - open_amount)
    w.emit("invoice_payment.paid", paid)
    return changed


def _credit_late(w: Work, invoice: Doc, payment: Doc, intent: Doc) -> None:
    """Something else has paid the invoice meanwhile: all of this one is too much."""
    received = intent["amount_received"]
    paid = _paid(w, payment, received)
    changed = w.change(invoice, amount_overpaid=invoice["amount_overpaid"] + received)
    w.emit("invoice.updated", changed, invoice)
    _overpaid(w, changed, received)
    w.emit("invoice_payment.paid", paid)


def _paid(w: Work, payment: Doc, received: int) -> Doc:
    return w.change(payment, status="paid", amount_paid=received, status_transitions=_at(w, payment, "paid_at"))


def _in_part(w: Work, invoice: Doc, received: int) -> Doc:
    """The invoice stays open; its own intent asks for what is left."""
    left = invoice["amount_remaining"] - received
    changed = w.change(invoice, amount_paid=invoice["amount_paid"] + received, amount_remaining=left)
    w.emit("invoice.updated", changed, invoice)
    ask_for_the_rest(w, changed)
    return w.need("invoice", invoice["id"])


def ask_for_the_rest(w: Work, invoice: Doc) -> None:
    """The invoice's own payment asks for what now remains.  No event, unless the cash that it has been given suffices:
    then the invoice is paid."""
    left = invoice["amount_remaining"]
    own, intent = invoices.payment_of(w, invoice), invoices.intent_of(w, invoice)
    if own is not None and own["status"] == "open":
        w.change(own, amount_requested=left)
        if intent is not None and intent["status"] in payment_intents.CONFIRMABLE:
            repriced = transfers.repriced(w, w.change(intent, amount=left))
            if repriced["status"] == "succeeded":
                payment_attempts.tell(w, repriced)


def _in_full(w: Work, invoice: Doc, too_much: int) -> Doc:
    overpaid: dict[str, Any] = {"amount_overpaid": too_much} if too_much else {}
    paid = collection.announce_paid(w, invoice, **overpaid)
    if too_much:
        _overpaid(w, paid, too_much)
    return paid


def _overpaid(w: Work, invoice: Doc, too_much: int) -> None:
    w.emit("invoice.overpaid", invoice)
    customer = w.need("customer", invoice["customer"])
    customer_balance.move(w, customer, -too_much, invoice["currency"], "invoice_overpaid", invoice=invoice["id"])


def _at(w: Work, payment: Doc, moment: str) -> Doc:
    return {**payment["status_transitions"], moment: w.now}
