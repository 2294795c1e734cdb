"""Setup intents that exist: the card is saved, refused, or its holder is asked to authenticate."""

from mockbill.billing import payment_attempts, setup_intents
from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import on
from mockbill.world import Doc

KIND = "setup_intent"
_CONFIRM = "POST /v1/setup_intents/{intent}/confirm"
_OPEN = ("requires_payment_method", "requires_confirmation")


@on(KIND, "setup_intent.succeeded", sets=_CONFIRM)
def succeed(c: Cause, intent: Doc) -> None:
    if payment_attempts.awaits_authentication(intent):
        _complete(c, intent, succeeded=True)
    else:
        _confirm(c, intent, "pm_card_visa")


@on(KIND, "setup_intent.setup_failed", sets=_CONFIRM)
def fail(c: Cause, intent: Doc) -> None:
    """By a challenge that is not passed, or a card that cannot be saved."""
    if payment_attempts.awaits_authentication(intent):
        _complete(c, intent, succeeded=False)
        return
    _check(c, intent)
    card = {"payment_method": "pm_card_chargeDeclined", "return_url": "https://example.com/return"}
    c.declined(f"/v1/setup_intents/{intent['id']}/confirm", card)


@on(KIND, "setup_intent.requires_action", sets=_CONFIRM)
def require_action(c: Cause, intent: Doc) -> None:
    _confirm(c, intent, "pm_card_authenticationRequired")


@on(KIND, "setup_intent.canceled", sets="POST /v1/setup_intents/{intent}/cancel")
def cancel(c: Cause, intent: Doc) -> None:
    c.post(f"/v1/setup_intents/{intent['id']}/cancel")


def _confirm(c: Cause, intent: Doc, card: str) -> None:
    _check(c, intent)
    sent = {"payment_method": card, "return_url": "https://example.com/return"}
    c.post(f"/v1/setup_intents/{intent['id']}/confirm", sent)


def _check(c: Cause, intent: Doc) -> None:
    if intent["status"] not in _OPEN:
        raise c.not_now(f"{intent['id']} is {intent['status']}, and {c.type} takes one that is {' or '.join(_OPEN)}.")


def _complete(c: Cause, intent: Doc, *, succeeded: bool) -> None:
    with c.work_on(intent) as w:
        setup_intents.complete_action(w, intent, succeeded)
