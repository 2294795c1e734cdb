"""Money that has come in pays what waits for it, where the customer's reconciliation is automatic.

That are her intents that wait for a transfer, and her open invoices that name ``customer_balance`` among their payment
methods and how it is funded, in the order in which they came.
"""

from typing import Any

from mockbill.billing import collection, invoices, payment_attempts
from mockbill.billing.bank_transfers import cash_balance, payments
from mockbill.rules import bank_transfers
from mockbill.rules.bank_transfers import Open
from mockbill.world import Doc, Work


def fund(w: Work, customer: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/test_helpers/customers/{customer}/fund_cash_balance``.

    ``cash_balance.funds_available`` tells of what is left when all that waits is paid.
    """
    transaction = cash_balance.fund(w, customer, params)
    currency = transaction["currency"]
    if cash_balance.is_automatic(w, customer["id"]):
        _spread(w, customer["id"], currency, params.get("reference"))
    if cash_balance.available(w, customer["id"], currency):
        w.emit("cash_balance.funds_available", cash_balance.of(w, customer["id"]))
    return transaction


def _spread(w: Work, customer_id: str, currency: str, reference: str | None) -> None:
    waiting = [payments.as_open(w, intent) for intent in _intents(w, customer_id, currency)]
    waiting += [
        Open(invoice["id"], invoice["amount_remaining"], invoice["number"])
        for invoice in _invoices(w, customer_id, currency)
    ]
    for id, amount in bank_transfers.shares(cash_balance.available(w, customer_id, currency), waiting, reference):
        if invoice := w.get("invoice", id):
            _pay_invoice(w, invoice)
        else:
            _tell(w, payments.give(w, w.need("payment_intent", id), amount))


def _intents(w: Work, customer_id: str, currency: str) -> list[Doc]:
    found = w.find("payment_intent", customer=customer_id, status="requires_action")
    return [intent for intent in found if intent["currency"] == currency and payments.awaits(intent)]


def _invoices(w: Work, customer_id: str, currency: str) -> list[Doc]:
    """Open invoices whose intent does not wait already: it is made, or tried, when the money is there."""
    found = []
    for invoice in w.find("invoice", customer=customer_id, status="open"):
        types = invoice["payment_settings"]["payment_method_types"] or ()
        intent = invoices.intent_of(w, invoice)
        if invoice["currency"] == currency and payments.TYPE in types and not (intent and payments.awaits(intent)):
            found.append(invoice)
    return found


def _pay_invoice(w: Work, invoice: Doc) -> None:
    has = cash_balance.available(w, invoice["customer"], invoice["currency"])
    if has < invoice["amount_remaining"] and not payments.has_instructions(_options(invoice)):
        return  # nor could it wait for the rest
    method = payments.method_of(w, invoice["customer"])
    intent = invoices.intent_of(w, invoice) or collection.open_payment(w, invoice)
    _tell(w, payment_attempts.attempt(w, intent, method_id=method["id"], off_session=True))


def _options(invoice: Doc) -> Doc | None:
    options: Doc | None = invoice["payment_settings"]["payment_method_options"]
    return options


def _tell(w: Work, intent: Doc) -> None:
    if intent["status"] == "succeeded":
        payment_attempts.tell(w, intent)
