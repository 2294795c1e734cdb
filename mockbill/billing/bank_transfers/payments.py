"""Paying an intent by bank transfer: with the cash that the customer has, and what she sends afterwards.

The payment method ``customer_balance`` pays at once where the cash suffices.  Otherwise the intent waits
(``requires_action``, ``display_bank_transfer_instructions``) and takes what comes in, in parts as well
(``payment_intent.partially_funded``), until it is whole.
"""

from typing import Any

from mockbill.billing import (
    card_errors,
    charges,
    defaults,
    intent_parameters,
    payment_attempts,
    payment_methods,
)
from mockbill.billing.bank_transfers import cash_balance, instructions
from mockbill.rules import bank_transfers, declines
from mockbill.rules.bank_transfers import Open
from mockbill.world import Doc, Problem, Work
from mockbill.world.ids import as_payment
from mockbill.world.work import merged

TYPE = "customer_balance"


def check(intent: Doc) -> None:
    """Problem where an intent cannot be confirmed with ``customer_balance``: nobody's, or it says not how."""
    if intent["customer"] is None:
        raise Problem(
            "A PaymentIntent with a customer_balance payment method needs the `customer` parameter.",
            code="parameter_missing",
            param="customer",
        )
    if intent["currency"] not in bank_transfers.TYPES:
        raise Problem(
            f"The currency provided ({intent['currency']}) is invalid. Payments with customer_balance support the "
            f"following currencies: {', '.join(bank_transfers.TYPES)}.",
            param="currency",
        )
    asked = _asked(intent)
    if asked is not None:
        instructions.check(asked, intent["currency"], "payment_method_options[customer_balance][bank_transfer]")


def attempt(w: Work, intent: Doc, method: Doc) -> Doc:
    """Pay with the cash at hand, or wait for more; never raises."""
    intent = w.change(intent, payment_method=method["id"])
    has = cash_balance.available(w, intent["customer"], intent["currency"])
    automatic = cash_balance.is_automatic(w, intent["customer"])
    if missing(w, intent) <= 0:
        return _paid(w, intent)
    if has >= missing(w, intent):
        return give(w, intent, missing(w, intent))
    if _asked(intent) is None:
        error = card_errors.told(
            "payment_intent_payment_attempt_failed",
            "The customer's cash balance does not suffice, and payment_method_options say nothing of a bank transfer.",
            method,
        )
        return payment_attempts.fail(w, intent, error)
    intent = w.change(intent, last_payment_error=None, next_action=_next_action(w, intent), status="requires_action")
    w.emit("payment_intent.requires_action", intent)
    return give(w, intent, has) if has and automatic else intent


def apply(w: Work, intent: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/payment_intents/{intent}/apply_customer_balance``: by hand, all that is there or ``amount`` of it."""
    if not awaits(intent):
        raise intent_parameters.unexpected(
            "payment_intent",
            intent,
            f"This PaymentIntent's status is {intent['status']}: a cash balance can only be applied to one that waits "
            "for a bank transfer.",
        )
    if params.get("currency") not in (None, intent["currency"]):
        raise Problem("The currency is not that of the PaymentIntent.", param="currency")
    has = cash_balance.available(w, intent["customer"], intent["currency"])
    amount = params["amount"] if "amount" in params else min(has, missing(w, intent))
    if not 0 < amount <= min(has, missing(w, intent)):
        raise Problem(
            "The amount must be positive, and no more than the customer's cash balance and the amount that is missing.",
            code="parameter_invalid_integer",
            param="amount",
        )
    intent = give(w, intent, amount)
    return payment_attempts.tell(w, intent) if intent["status"] == "succeeded" else intent


def method_of(w: Work, customer_id: str) -> Doc:
    """The payment method that stands for a customer's cash, made when it is first needed."""
    found = w.find("payment_method", customer=customer_id, type=TYPE)
    return found[0] if found else w.change(payment_methods.of_params(w, {"type": TYPE}, ""), customer=customer_id)


def has_instructions(options: Doc | None) -> bool:
    """Whether ``payment_method_options`` say by which transfer the cash balance is funded."""
    asked = (options or {}).get(TYPE) or {}
    return asked.get("funding_type") == "bank_transfer" and bool(asked.get("bank_transfer"))


def awaits(intent: Doc) -> bool:
    """Whether an intent waits for a transfer."""
    action = (intent["next_action"] or {}).get("type")
    return bool(intent["status"] == "requires_action" and action == "display_bank_transfer_instructions")


def missing(w: Work, intent: Doc) -> int:
    """What an intent still wants, in the smallest unit."""
    return int(intent["amount"] - cash_balance.funded(w, intent))


def as_open(w: Work, intent: Doc) -> Open:
    """The same for ``rules.bank_transfers``."""
    told = (intent["next_action"] or {}).get("display_bank_transfer_instructions") or {}
    return Open(intent["id"], missing(w, intent), told.get("reference"))


def give(w: Work, intent: Doc, amount: int) -> Doc:
    """Take this much of the cash balance for an intent: paid, or partially funded.  The caller tells the listeners."""
    cash_balance.move(
        w, intent["customer"], -amount, intent["currency"], "applied_to_payment", payment_intent=intent["id"]
    )
    w.keep("payment_intent", intent["id"], funded=cash_balance.funded(w, intent) + amount)
    if missing(w, intent) > 0:
        before, intent = intent, w.change(intent, next_action=_next_action(w, intent))
        w.emit("payment_intent.partially_funded", intent, before)
        return intent
    return _paid(w, intent)


def repriced(w: Work, intent: Doc) -> Doc:
    """One that waits has another amount: it asks for the rest, or is paid with what it has already.

    The caller tells the listeners of one that succeeds.
    """
    if not awaits(intent):
        return intent
    if missing(w, intent) <= 0:
        return _paid(w, intent)
    return w.change(intent, next_action=_next_action(w, intent))


def _paid(w: Work, intent: Doc) -> Doc:
    """Paid with what it was given; what is too much goes back."""
    cash_balance.give_back(w, intent, keeps=intent["amount"])
    charge = _charged(w, intent)
    intent = w.change(
        intent,
        amount_received=intent["amount"],
        last_payment_error=None,
        latest_charge=charge["id"],
        next_action=None,
        status="succeeded",
    )
    w.emit("payment_intent.succeeded", intent)
    return intent


def _asked(intent: Doc) -> Doc | None:
    options = intent["payment_method_options"]
    return options[TYPE]["bank_transfer"] if has_instructions(options) else None


def _next_action(w: Work, intent: Doc) -> Doc:
    asked = _asked(intent) or {}
    where = instructions.of(w, intent["customer"], asked)
    return {
        "display_bank_transfer_instructions": {
            "amount_remaining": missing(w, intent),
            "currency": intent["currency"],
            "financial_addresses": where["financial_addresses"],
            "hosted_instructions_url": f"{w.site_url}/instructions/{intent['id']}",
            "reference": where["reference"],
            "type": asked["type"],
        },
        "type": "display_bank_transfer_instructions",
    }


def _charged(w: Work, intent: Doc) -> Doc:
    """The charge that shows it: there is no bank to ask any more."""
    values = charges.of_intent(w, intent)
    id = as_payment(values["id"])
    outcome = {name: value for name, value in declines.outcome(None, "not_assessed", 0).items() if name != "risk_score"}
    method = w.need("payment_method", intent["payment_method"], "payment_method")
    charge = w.build_on(
        defaults.blank("charge"),
        {
            **values,
            "id": id,
            "amount_captured": intent["amount"],
            "billing_details": method["billing_details"],
            "captured": True,
            "outcome": outcome,
            "paid": True,
            "payment_method": method["id"],
            "payment_method_details": {TYPE: {}, "type": TYPE},
            "receipt_url": f"{w.site_url}/receipts/{id}",
            "status": "succeeded",
        },
    )
    fee = bank_transfers.fee(intent["amount"])
    charge = w.put("charge", merged(charge, charges.funded(w, charge, intent["amount"], fee=fee, type="payment")))
    w.emit("charge.succeeded", charge)
    return charge
