"""Paying an intent by debit: processing for seconds, minutes or days, then succeeded or failed.

``payment_intent.processing`` and ``charge.pending`` at once; what the bank says falls due later
(``rules.bank_debits.settles_at``; the setting ``bank_debits`` chooses between Stripe's test mode and real life).
"""

from typing import Any

from mockbill.billing import card_errors, payment_attempts, payment_methods
from mockbill.billing.bank_debits import accounts, charges, mandates, micro_deposits
from mockbill.billing.disputes import answering
from mockbill.rules import bank_debits
from mockbill.rules.bank_debits import Failure
from mockbill.world import Doc, Work, World

_NO_MANDATE = Failure("payment_intent_mandate_invalid", mandates.none_found("payment_intent"))
_CALLED_OFF = Failure("payment_intent_canceled", "The payment was canceled before the bank was asked.")


def attempt(w: Work, intent: Doc, method: Doc) -> Doc:
    """Try to pay by debit; the intent as it then is: processing, requires_action (micro-deposits) or
    requires_payment_method.  Never raises."""
    scheme, account = accounts.scheme_of(method), accounts.account_of(w, method)
    mandate = mandates.of_intent(w, intent, method)
    if mandate is None:
        return payment_attempts.fail(w, intent, _error(_NO_MANDATE, method))
    if intent["currency"] != scheme.currency:
        wrong = Failure(
            "payment_method_currency_mismatch", f"A {scheme.type} payment method pays in {scheme.currency} alone."
        )
        return payment_attempts.fail(w, intent, _error(wrong, method))
    if not accounts.is_verified(w, method):
        return _await_verification(w, intent, method)
    if account.failure is not None and account.failure.blocked:
        charge = charges.blocked(w, intent, method, mandate["id"], account.failure)
        intent = w.change(intent, latest_charge=charge["id"])
        return payment_attempts.fail(w, intent, _error(account.failure, method, charge["id"]))
    return _begin(w, intent, method, mandate["id"])


def _begin(w: Work, intent: Doc, method: Doc, mandate: str) -> Doc:
    account = accounts.account_of(w, method)
    charge = charges.pending(w, intent, method, mandate)
    if mandates.saves(intent, method):
        if intent["customer"] is not None and method["customer"] is None:
            payment_methods.join(w, method, intent["customer"])
    else:
        payment_methods.spend(w, method)
    live = w.settings.bank_debits == "live"
    at = bank_debits.settles_at(accounts.scheme_of(method), account, w.now, live=live)
    w.keep("payment_intent", intent["id"], debited=True, settles=at)
    types = intent["payment_method_types"]
    intent = w.change(
        intent,
        last_payment_error=None,
        latest_charge=charge["id"],
        next_action=None,
        payment_method=method["id"],
        payment_method_types=types if method["type"] in types else [*types, method["type"]],
        status="processing",
        transfer_group=charge["transfer_group"],
    )
    w.emit("payment_intent.processing", intent)
    return intent


def verify(w: Work, intent: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/payment_intents/{intent}/verify_microdeposits``: the account is the customer's, the debit begins."""
    method = micro_deposits.check(w, "payment_intent", intent, params, _unverified)
    return payment_attempts.tell(w, attempt(w, intent, method))


def _unverified(w: Work, intent: Doc, method: Doc, error: Doc) -> None:
    payment_attempts.tell(w, payment_attempts.fail(w, intent, error))


def due(world: World, intent: Doc) -> tuple[int, str] | None:
    """When the bank answers."""
    kept = world.fetch("_payment_intent", intent["id"]) or {}
    at = kept.get("settles")
    return (at, "payment_intent.settle") if at is not None else None


def settle(w: Work, intent: Doc) -> None:
    """The bank has answered."""
    charge = w.need("charge", intent["latest_charge"], "charge")
    method = w.need("payment_method", charge["payment_method"], "payment_method")
    account = accounts.account_of(w, method)
    w.keep("payment_intent", intent["id"], settles=None)
    if account.failure is not None:
        payment_attempts.tell(w, _failed(w, intent, method, charge, account.failure))
        return
    charge = charges.succeed(w, charge, method)
    intent = w.change(intent, amount_received=intent["amount"], status="succeeded")
    w.emit("payment_intent.succeeded", intent)
    payment_attempts.tell(w, intent)
    if account.dispute is not None:
        answering.on_debit(w, w.need("charge", charge["id"]), account.dispute)


def call_off(w: Work, intent: Doc) -> None:
    """A payment that is still processing is canceled: its charge fails.  (What Stripe shows of it: memory.)"""
    w.keep("payment_intent", intent["id"], settles=None)
    charges.fail(w, w.need("charge", intent["latest_charge"], "charge"), _CALLED_OFF)


def took_time(w: Work, intent: Doc) -> bool:
    """Whether what became of an intent was told after its attempt, by a bank."""
    return bool((w.private("payment_intent", intent["id"]) or {}).get("debited"))


def can_be_debited(w: Work, method: Doc) -> bool:
    """Whether trying an account again is of any use: BECS debits are never retried, nor is what has no mandate."""
    return accounts.scheme_of(method).retried and mandates.standing(w, method) is not None


def _failed(w: Work, intent: Doc, method: Doc, charge: Doc, failure: Failure) -> Doc:
    charge = charges.fail(w, charge, failure)
    intent = payment_attempts.fail(w, intent, _error(failure, method, charge["id"]))
    mandates.fall(w, charge["payment_method_details"][method["type"]]["mandate"], failure)
    return intent


def _await_verification(w: Work, intent: Doc, method: Doc) -> Doc:
    intent = w.change(
        intent,
        last_payment_error=None,
        next_action=micro_deposits.next_action(w, intent, method),
        payment_method=method["id"],
        status="requires_action",
    )
    w.emit("payment_intent.requires_action", intent)
    return intent


def _error(failure: Failure, method: Doc, charge: str | None = None) -> Doc:
    """``last_payment_error`` of a debit."""
    return card_errors.told(failure.error_code, failure.message, method, charge)
