"""Deleting a customer, with all that hangs on it."""

from mockbill.billing import detaching, invoices, subscription_cancellation
from mockbill.billing.quotes import endings as quotes
from mockbill.billing.schedules import endings
from mockbill.billing.subscription_status import ENDED
from mockbill.world import Doc, Work


def delete(w: Work, customer: Doc) -> Doc:
    """``DELETE /v1/customers/{customer}``: later reads find the tombstone.

    Cancels the customer's subscriptions at once and lets its payment methods go.
    """
    for subscription in w.find("subscription", customer=customer["id"]):
        if subscription["status"] not in ENDED:
            subscription_cancellation.cancel(w, subscription, {})
    for schedule in w.find("subscription_schedule", customer=customer["id"], status="not_started"):
        endings.cancel(w, schedule, {})
    quotes.cancel_all_of(w, customer)
    for status in ("draft", "open"):
        for invoice in w.find("invoice", customer=customer["id"], status=status):
            invoices.hold(w, invoice)
    for method in w.find("payment_method", customer=customer["id"]):
        detaching.detach(w, method, {})
    for bank in w.find("bank_account", customer=customer["id"]):
        w.remove(bank)
    for tax_id in w.find("tax_id", customer=customer["id"]):
        w.remove(tax_id)
    customer = w.need("customer", customer["id"])
    answer = w.remove(customer, tombstone=True)
    w.emit("customer.deleted", customer)
    return answer
