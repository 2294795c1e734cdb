"""Capturing what a card holds: all of it, a part, several parts, or more than was authorized; and holding more.

What was not established of several captures (``final_capture=false``): each has a balance transaction of its own, of
which the charge shows the newest; the charge counts as captured with the last one; canceling after a first one ends
the payment with what has been captured.
"""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import charges, fields, intent_lines, intent_parameters
from mockbill.billing.connect import naming
from mockbill.billing.payment_attempts import tell
from mockbill.billing.tax import associations
from mockbill.rules import authorizations, money
from mockbill.world import Doc, Problem, Work

KIND = "payment_intent"


def capture(w: Work, intent: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../capture``: all of it or ``amount_to_capture``; what is left of the authorization is released, unless
    this is not the ``final_capture``."""
    _check_holds(intent, "captured")
    associations.check(w, params)
    charge = w.need("charge", intent["latest_charge"], "charge")
    amount = params["amount_to_capture"] if "amount_to_capture" in params else intent["amount_capturable"]
    _check_amount(intent, charge, amount)
    naming.check(w, params, None, "authorized payments", known=intent)  # no more is taken than was captured
    is_final = params.get("final_capture", True)
    if not is_final and _status(charge, "multicapture") != "available":
        raise Problem(
            "This PaymentIntent can only be captured once: `final_capture` needs "
            "`payment_method_options[card][request_multicapture]`.",
            param="final_capture",
        )
    shared = {**fields.fields_of(KIND, params, intent), **intent_lines.told(w, intent["id"], params, amount, intent)}
    charge = _going_on(w, charge, shared)
    received = intent["amount_received"] + amount
    left = intent["amount_capturable"] - amount
    if not is_final and left > 0:
        charges.captured_in_part(w, charge, amount)
        intent = w.change(intent, **shared, amount_capturable=left, amount_received=received)
        w.emit("payment_intent.amount_capturable_updated", intent)
        return intent
    charges.captured(w, charge, amount, **charges.statement({**charge, **shared}))
    intent = w.change(intent, **shared, amount_capturable=0, amount_received=received, status="succeeded")
    w.emit("payment_intent.succeeded", intent)
    return tell(w, intent)


def close(w: Work, intent: Doc) -> Doc:
    """No more of it is captured: what has been is the whole payment."""
    charges.closed(w, w.need("charge", intent["latest_charge"], "charge"))
    intent = w.change(intent, amount_capturable=0, status="succeeded")
    w.emit("payment_intent.succeeded", intent)
    return intent


def increment(w: Work, intent: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../increment_authorization``: hold ``amount`` instead of what was authorized; test cards agree.

    ``charge.updated``, ``payment_intent.amount_capturable_updated``.
    """
    _check_holds(intent, "incremented")
    associations.check(w, params)
    charge = w.need("charge", intent["latest_charge"], "charge")
    if _status(charge, "incremental_authorization") != "available" or intent["amount_received"]:
        raise Problem(
            "This PaymentIntent is not eligible for incremental authorization: it needs "
            "`payment_method_options[card][request_incremental_authorization]`, and nothing may have been captured."
        )
    times = (w.private(KIND, intent["id"]) or {}).get("increments", 0) + 1
    if times > authorizations.MOST_INCREMENTS:
        raise Problem(f"A PaymentIntent can be incremented {authorizations.MOST_INCREMENTS} times at most.")
    amount = params["amount"]
    if amount <= intent["amount"] or amount > money.MAXIMUM_CHARGE:
        raise Problem(
            f"The amount must be greater than the {money.format_amount(intent['amount'], intent['currency'])} that are "
            "authorized.",
            code="parameter_invalid_integer",
            param="amount",
        )
    naming.check(w, params, amount, "authorized payments", known=intent)
    w.keep(KIND, intent["id"], increments=times)
    shared = fields.fields_of(KIND, params, intent, but=("amount",))
    shared |= intent_lines.told(w, intent["id"], params, amount, intent)
    w.emit("charge.updated", charges.grown(w, _going_on(w, charge, shared), amount), charge)
    intent = w.change(intent, **shared, amount=amount, amount_capturable=amount)
    w.emit("payment_intent.amount_capturable_updated", intent)
    return intent


def _going_on(w: Work, charge: Doc, shared: Mapping[str, Any]) -> Doc:
    """An authorized charge with what its capture says anew of the fee and of what goes on."""
    fresh: dict[str, Any] = {}
    if "application_fee_amount" in shared:
        fresh["application_fee_amount"] = shared["application_fee_amount"]
    if "transfer_data" in shared:
        fresh |= charges.going_on(shared["transfer_data"])
    return w.change(charge, **fresh) if fresh else charge


def _check_holds(intent: Doc, verb: str) -> None:
    if intent["status"] != "requires_capture":
        raise intent_parameters.unexpected(
            KIND,
            intent,
            f"This PaymentIntent could not be {verb} because it has a status of {intent['status']}. Only a "
            f"PaymentIntent with one of the following statuses may be {verb}: requires_capture.",
        )


def _check_amount(intent: Doc, charge: Doc, amount: int) -> None:
    most = intent["amount_capturable"]
    if _status(charge, "overcapture") == "available" and not intent["amount_received"]:
        most = charge["payment_method_details"]["card"]["overcapture"]["maximum_amount_capturable"]
    if not 0 < amount <= most:
        raise Problem(
            f"The requested capture amount ({money.format_amount(amount, intent['currency'])}) must be positive and "
            f"not exceed the capturable amount ({money.format_amount(most, intent['currency'])}).",
            code="amount_too_large" if amount > 0 else "parameter_invalid_integer",
            param="amount_to_capture",
        )


def _status(charge: Doc, feature: str) -> str:
    card = (charge["payment_method_details"] or {}).get("card") or {}
    return str((card.get(feature) or {}).get("status", "unavailable"))
