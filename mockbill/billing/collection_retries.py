"""Retrying an open invoice as its schedule says, where there is hope (stripe-behaviour.md 3.6)."""

from mockbill.billing import collection, default_methods, invoices
from mockbill.billing.bank_debits import accounts, payments
from mockbill.rules import dunning
from mockbill.world import Doc, Work


def retry(w: Work, invoice: Doc) -> None:
    """The scheduled retry of an open invoice; made only where there is hope (stripe-behaviour.md 3.6)."""
    if _is_hopeless(w, invoice):
        collection.skip(w, invoice)
    else:
        collection.attempt(w, invoice)


def _is_hopeless(w: Work, invoice: Doc) -> bool:
    """Nothing to pay with, or the very card that was declined for good, or that waits for its holder."""
    method = default_methods.method_for(w, invoice)
    if method is None:
        return True
    account = w.need("payment_method", method)
    if accounts.is_bank_account(account) and not payments.can_be_debited(w, account):
        return True
    intent = invoices.intent_of(w, invoice) or {}
    error = intent.get("last_payment_error") or {}
    tried = intent.get("payment_method") or (error.get("payment_method") or {}).get("id")
    if tried != method:
        return False
    if intent["status"] == "requires_action":
        return not dunning.is_retried("authentication_required", w.settings.hard_declines)
    charge = w.get("charge", intent.get("latest_charge")) or {}
    said = (error.get("decline_code"), error.get("code"), (charge.get("outcome") or {}).get("reason"))
    return not all(dunning.is_retried(code, w.settings.hard_declines) for code in said)
