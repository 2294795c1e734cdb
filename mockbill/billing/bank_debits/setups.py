"""Saving a bank account with a setup intent: a mandate for all payments to come, after micro-deposits where needed."""

from typing import Any

from mockbill.billing import setup_attempts, setup_intents
from mockbill.billing.bank_debits import accounts, mandates, micro_deposits
from mockbill.world import Doc, Work


def attempt(w: Work, intent: Doc, method: Doc) -> Doc:
    """Try to save the account now: succeeded, or requires_action where it has to be verified."""
    if accounts.is_verified(w, method):
        return succeed(w, intent, method)
    try_ = setup_attempts.record(w, intent, method, "requires_action")
    intent = w.change(
        intent,
        last_setup_error=None,
        latest_attempt=try_["id"],
        next_action=micro_deposits.next_action(w, intent, method),
        status="requires_action",
    )
    w.emit("setup_intent.requires_action", intent)
    return intent


def verify(w: Work, intent: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/setup_intents/{intent}/verify_microdeposits``: the account is the customer's, and saved."""
    return succeed(w, intent, micro_deposits.check(w, "setup_intent", intent, params, setup_intents.fail))


def succeed(w: Work, intent: Doc, method: Doc) -> Doc:
    """The account is saved, and whoever owns it has agreed to be debited."""
    own = (w.private("setup_intent", intent["id"]) or {}).get("mandate")
    mandate = own or (mandates.standing(w, method) or {}).get("id")
    return setup_intents.succeed(w, w.change(intent, mandate=mandate), method)
