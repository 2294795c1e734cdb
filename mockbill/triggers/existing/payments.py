"""Payment intents and charges that exist: confirmed, declined, captured, refunded, disputed."""

from mockbill.billing import payment_attempts, payment_intents
from mockbill.rules.bank_transfers import TYPES
from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import on
from mockbill.world import Doc

INTENT, CHARGE = "payment_intent", "charge"
_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_BANKS = {
    "usd": "pm_usBankAccount_success",
    "eur": "pm_success_de",
    "gbp": "pm_bacsDebit_success",
    "aud": "pm_auBecsDebit_success",
}
_CONFIRM = "POST /v1/payment_intents/{intent}/confirm"


@on(INTENT, "payment_intent.succeeded", "charge.succeeded", sets=_CONFIRM)
def succeed(c: Cause, intent: Doc) -> None:
    """It is confirmed with a good card; a challenge is passed, a bank has paid, what is authorized is captured."""
    if intent["status"] == "requires_capture" and c.type == "payment_intent.succeeded":
        c.post(f"{_path(intent)}/capture")
    elif intent["status"] == "processing":
        c.fall_due(INTENT, intent["id"])
    elif payment_attempts.awaits_authentication(intent):
        with c.work_on(intent) as w:
            payment_attempts.complete_action(w, intent, succeeded=True)
    else:
        confirm(c, intent)


@on(INTENT, "payment_intent.payment_failed", "charge.failed", sets=_CONFIRM)
def fail(c: Cause, intent: Doc) -> None:
    """The payment is declined, whatever the card; of one that waits for a challenge, that is failed."""
    if payment_attempts.awaits_authentication(intent) and c.type == "payment_intent.payment_failed":
        with c.work_on(intent) as w:
            payment_attempts.complete_action(w, intent, succeeded=False)
        return
    _check(c, intent, *_OPEN)
    card = c.paying_card(intent)
    with c.refusing(intent["customer"], "card_declined"):
        c.declined(f"{_path(intent)}/confirm", payment_method=card, return_url="https://example.com/return")


@on(INTENT, "payment_intent.requires_action", sets=_CONFIRM)
def require_action(c: Cause, intent: Doc) -> None:
    """The bank wants the card's holder to authenticate."""
    _check(c, intent, "requires_payment_method", "requires_confirmation")
    card = c.paying_card(intent)
    with c.refusing(intent["customer"], "authentication_required"):
        c.post(f"{_path(intent)}/confirm", payment_method=card, return_url="https://example.com/return")


@on(INTENT, "payment_intent.processing", "charge.pending", sets=_CONFIRM)
def debit(c: Cause, intent: Doc) -> None:
    """A bank account is to be debited, and the bank is asked."""
    _check(c, intent, "requires_payment_method", "requires_confirmation")
    account = _BANKS.get(intent["currency"])
    if account is None:
        raise c.not_now(f"{intent['id']} is in {intent['currency']}: bank debits are in {', '.join(_BANKS)}.")
    c.post(
        f"{_path(intent)}/confirm",
        payment_method=account,
        mandate_data={"customer_acceptance": {"type": "offline"}},
        return_url="https://example.com/return",
    )


@on(INTENT, "payment_intent.amount_capturable_updated", sets=_CONFIRM)
def authorize(c: Cause, intent: Doc) -> None:
    _check(c, intent, "requires_payment_method", "requires_confirmation")
    if intent["capture_method"] != "manual":
        c.post(_path(intent), capture_method="manual")
    confirm(c, intent)


@on(INTENT, "charge.captured", sets="POST /v1/payment_intents/{intent}/capture")
def capture(c: Cause, intent: Doc) -> None:
    if intent["status"] != "requires_capture":
        raise c.not_now(
            f"{intent['id']} is {intent['status']}: only what is authorized (requires_capture) is captured."
        )
    c.post(f"{_path(intent)}/capture")


@on(INTENT, "charge.expired")
def expire(c: Cause, intent: Doc) -> None:
    """What was authorized was not captured in time."""
    _check(c, intent, "requires_capture")
    with c.work_on(intent) as w:
        payment_intents.expire(w, intent)


@on(INTENT, "payment_intent.canceled", sets="POST /v1/payment_intents/{intent}/cancel")
def cancel(c: Cause, intent: Doc) -> None:
    c.post(f"{_path(intent)}/cancel")


@on(INTENT, "payment_intent.partially_funded")
def fund_in_part(c: Cause, intent: Doc) -> None:
    """Half of it comes by bank transfer."""
    action = (intent["next_action"] or {}).get("type")
    if action != "display_bank_transfer_instructions" or intent["currency"] not in TYPES:
        raise c.not_now(f"{intent['id']} does not wait for a bank transfer: confirm it with customer_balance first.")
    half = {"amount": max(1, intent["amount"] // 2), "currency": intent["currency"]}
    c.post(f"/v1/test_helpers/customers/{intent['customer']}/fund_cash_balance", half)


def confirm(c: Cause, intent: Doc) -> None:
    """With a good card."""
    _check(c, intent, *_OPEN)
    c.post(f"{_path(intent)}/confirm", payment_method=c.paying_card(intent), return_url="https://example.com/return")


@on(CHARGE, "charge.updated", sets="POST /v1/charges/{charge}")
def update_charge(c: Cause, charge: Doc) -> None:
    c.post(f"/v1/charges/{charge['id']}", metadata=c.another(charge))


@on(CHARGE, "charge.captured")
def capture_charge(c: Cause, charge: Doc) -> None:
    if charge["captured"] or charge["status"] != "succeeded" or charge["refunded"]:
        raise c.not_now(f"{charge['id']} is not an authorization that waits to be captured.")
    if charge["payment_intent"]:
        c.post(f"/v1/payment_intents/{charge['payment_intent']}/capture")
    else:
        c.post(f"/v1/charges/{charge['id']}/capture")


@on(CHARGE, "charge.refunded", "refund.created", sets="POST /v1/refunds")
def refund(c: Cause, charge: Doc) -> None:
    """All that is left of it."""
    c.post("/v1/refunds", charge=charge["id"])


@on(INTENT, "charge.refunded", "refund.created", sets="POST /v1/refunds")
def refund_intent(c: Cause, intent: Doc) -> None:
    c.post("/v1/refunds", payment_intent=intent["id"])


def _check(c: Cause, intent: Doc, *statuses: str) -> None:
    if intent["status"] not in statuses:
        raise c.not_now(
            f"{intent['id']} is {intent['status']}, and {c.type} takes one that is {' or '.join(statuses)}."
        )


def _path(intent: Doc) -> str:
    return f"/v1/payment_intents/{intent['id']}"
