"""A customer pays an invoice on the page that ``hosted_invoice_url`` leads to."""

from mockbill.billing import collection, invoices, payment_attempts
from mockbill.world import Doc, Problem, Work

PAYABLE = ("open", "uncollectible")


def pay(w: Work, invoice: Doc, method: str) -> Doc:
    """Try to pay with a payment method that was just typed: what ``POST .../pay`` does, by the customer herself.

    So she may be asked to authenticate, and a card that is declined is an attempt that stays; never raises for it.
    The card becomes the customer's where the invoice's intent says so (``setup_future_usage``, as a subscription's
    does); else it is used once.
    """
    if invoice["status"] not in PAYABLE:
        raise Problem(f"This invoice is {invoice['status']}: it cannot be paid.")
    if collection.is_processing(w, invoice):
        raise Problem("This invoice cannot be paid now: a payment of it is processing.")
    return collection.attempt(w, invoice, method=method, off_session=False, automatic=False)


def waiting(w: Work, invoice: Doc) -> Doc | None:
    """The intent of an invoice whose customer has yet to pass 3-D Secure."""
    intent = invoices.intent_of(w, invoice) if invoice["status"] in PAYABLE else None
    return intent if intent is not None and payment_attempts.awaits_authentication(intent) else None


def authenticate(w: Work, intent: Doc, succeeded: bool) -> None:
    """She has passed 3-D Secure, or not: the invoice follows."""
    payment_attempts.complete_action(w, intent, succeeded)
