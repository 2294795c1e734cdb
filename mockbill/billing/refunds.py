"""Refunds: a captured charge given back, wholly or in parts (stripe-behaviour.md 2.6)."""

from typing import Any

from mockbill.billing import amounts, balance, fields, payment_attempts, payment_methods, sublists
from mockbill.billing.bank_transfers import returns
from mockbill.billing.connect import taken_back
from mockbill.billing.disputes import answering, early_warnings
from mockbill.rules import money
from mockbill.world import Doc, Problem, Work, World

_LATER = 3600  # seconds until a refund that is pending comes through, or one that fails does so
_TO_ANSWER = 45 * 86_400  # seconds in which a customer can say where a refund is to go
_CASH = "customer_balance"
_ASKING = frozenset({"boleto", "konbini", "multibanco", "oxxo", "promptpay"})
"""Ways to pay by which nothing can be paid back: the customer is asked by mail where it is to go."""


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/refunds``, by charge or by payment intent: all that is left of it, or ``amount``.

    A charge that is only authorized is released, which moves no money and cancels its payment intent.  One that is
    called ``fraudulent`` is reported as such.
    """
    if params.get("origin"):
        return _of_cash(w, params)
    charge = _charge_of(w, params)
    w.use_clock_of(charge["customer"])
    amount = _amount(w, charge, params)
    taken_back.check(w, charge, params)
    if not charge["captured"]:
        return _give_up(w, charge, params)
    how = _way(w, charge, params)
    refund = _refund(w, charge, amount, **_told(params), **_waiting(w, how, _mail(charge, params)))
    transaction = balance.give_back(w, refund)
    refund = taken_back.take(w, charge, w.change(refund, balance_transaction=transaction["id"]), params)
    if how not in ("succeeds", "cash"):
        w.keep("refund", refund["id"], due=w.now + (_TO_ANSWER if how == "asks" else _LATER), ends=how)
    if how == "cash":
        returns.keep(w, refund)
    w.emit("refund.created", refund)
    reported = {"fraud_details": {"user_report": "fraudulent"}} if params.get("reason") == "fraudulent" else {}
    counted, before = _counted(w, charge, amount, **reported)
    w.emit("charge.refunded", counted, before)
    early_warnings.settle(w, counted)
    answering.settle_inquiries(w, counted)
    return refund


def _of_cash(w: Work, params: dict[str, Any]) -> Doc:
    """``origin=customer_balance``: cash that a customer has left goes back to her bank account."""
    customer = returns.check(w, params)
    w.use_clock_of(customer)
    mail = params.get("instructions_email")
    how = "asks" if mail else "pending"
    refund = returns.create(w, customer, params, _waiting(w, how, mail))
    w.keep("refund", refund["id"], due=w.now + (_TO_ANSWER if mail else _LATER), ends=how)
    w.emit("refund.created", refund)
    return refund


def update(w: Work, refund: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/refunds/{refund}``: only metadata."""
    changed = w.change(refund, **fields.fields_of("refund", params, refund))
    _announce(w, changed, refund)
    return changed


def cancel(w: Work, refund: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../cancel``: only refunds that wait for the customer can be canceled, which those to cards never do."""
    _check_waits(refund, "canceled")
    w.use_clock_of(refund["customer"])
    return _undone(w, refund, status="canceled")


def expire(w: Work, refund: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/test_helpers/refunds/{refund}/expire``: the customer has not said in time where it is to go."""
    _check_waits(refund, "expired")
    w.use_clock_of(refund["customer"])
    return _undone(w, refund, status="failed", failure_reason="unknown")


def release(w: Work, charge: Doc) -> None:
    """Give up an authorization that was not captured: it shows as a refund, which moves no money."""
    _refund(w, charge, charge["amount"], reason=None, status="succeeded")
    w.emit("charge.refunded", *_counted(w, charge, charge["amount"]))


def due(world: World, refund: Doc) -> tuple[int, str] | None:
    """When a refund that takes its time comes to its end."""
    kept = world.fetch("_refund", refund["id"])
    return (kept["due"], "refund.end") if kept and kept["ends"] else None


def end(w: Work, refund: Doc) -> None:
    """The refund comes through, or fails and its amount returns to the balance."""
    ends = (w.private("refund", refund["id"]) or {})["ends"]
    w.keep("refund", refund["id"], ends=None)
    if ends == "pending":
        settled = {name: value for name, value in refund.items() if name != "pending_reason"}
        _announce(w, w.put("refund", {**settled, "status": "succeeded"}), refund)
        return
    reason = "unknown" if ends == "asks" else "expired_or_canceled_card"
    _undone(w, refund, status="failed", failure_reason=reason)


def fail(w: Work, refund: Doc) -> Doc:
    """The bank sends it back although it had come through: ``refund.failed``, and the charge is refunded by less."""
    return _undone(w, refund, status="failed", failure_reason="lost_or_stolen_card")


def of_charge(w: Work, charge: Doc) -> Doc:
    """``charge.refunds``, when it is expanded: newest first."""
    found = w.find("refund", charge=charge["id"])[::-1]
    return sublists.newest(found, f"/v1/charges/{charge['id']}/refunds")


def _undone(w: Work, refund: Doc, **fields: Any) -> Doc:
    """A refund that failed or was canceled: its amount is back in the balance, and its charge refunded by less."""
    w.keep("refund", refund["id"], ends=None)
    if refund["charge"] is None:
        returns.undo(w, refund)
        moved = {}
    else:
        moved = {"failure_balance_transaction": balance.take_back(w, refund)["id"]}
    waited = {name: value for name, value in refund.items() if name not in ("next_action", "pending_reason")}
    w.put("refund", waited)
    undone = w.change(waited, **moved, **fields)
    if undone["status"] == "failed":
        w.emit("refund.failed", undone)
    _announce(w, undone, refund)
    if (charge := w.get("charge", refund["charge"])) is None:
        return undone
    changed = w.change(charge, amount_refunded=charge["amount_refunded"] - refund["amount"], refunded=False)
    w.emit("charge.updated", changed, charge)
    return undone


def _check_waits(refund: Doc, verb: str) -> None:
    if refund["status"] != "requires_action":
        raise Problem(f"The refund {refund['id']} cannot be {verb} because it has a status of {refund['status']}.")


def _way(w: Work, charge: Doc, params: dict[str, Any]) -> str:
    """How it goes: ``succeeds``, ``pending``, ``fails``, ``cash`` or ``asks``, for which a mail address is needed."""
    type = (charge["payment_method_details"] or {}).get("type")
    if type in _ASKING:
        if not _mail(charge, params):
            raise Problem(
                "Missing required param: instructions_email.", code="parameter_missing", param="instructions_email"
            )
        return "asks"
    if params.get("instructions_email"):
        raise Problem(
            "This payment is refunded to where it came from: there is nothing to ask at an instructions_email.",
            param="instructions_email",
        )
    if type == _CASH:
        return "cash"
    method = w.get("payment_method", charge["payment_method"])  # which sources of most types are not
    return payment_methods.refund_of(w, method) if method is not None else "pending"


def _waiting(w: Work, how: str, mail: str | None) -> dict[str, Any]:
    """Its status, and what it waits for."""
    if how == "pending":
        return {"pending_reason": "processing", "status": "pending"}
    if how != "asks":
        return {"status": "succeeded"}
    details = {"email_sent": {"email_sent_at": w.now, "email_sent_to": mail}, "expires_at": w.now + _TO_ANSWER}
    return {
        "instructions_email": mail,
        "next_action": {"display_details": details, "type": "display_details"},
        "status": "requires_action",
    }


def _mail(charge: Doc, params: dict[str, Any]) -> str | None:
    return params.get("instructions_email") or (charge["billing_details"] or {}).get("email")


def _charge_of(w: Work, params: dict[str, Any]) -> Doc:
    if id := params.get("charge"):
        return w.need("charge", id, "charge")
    if id := params.get("payment_intent"):
        intent = w.need("payment_intent", id, "payment_intent")
        charge = w.get("charge", intent["latest_charge"])
        if charge is None or not charge["captured"]:
            raise Problem(f"This PaymentIntent ({id}) does not have a successful charge to refund.")
        return charge
    raise Problem(
        "One of the following params should be provided for this request: payment_intent or charge.",
        code="parameter_missing",
    )


def _give_up(w: Work, charge: Doc, params: dict[str, Any]) -> Doc:
    """The refund of an authorization: as ``release``, but asked for, and the end of its payment intent."""
    refund = _refund(w, charge, charge["amount"], **_told(params), status="succeeded")
    w.emit("refund.created", refund)
    w.emit("charge.refunded", *_counted(w, charge, charge["amount"]))
    if intent := w.get("payment_intent", charge["payment_intent"]):
        payment_attempts.tell(w, payment_attempts.canceled(w, intent, params.get("reason")))
    return refund


def _told(params: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": fields.merge({}, params.get("metadata") or {}), "reason": params.get("reason")}


def _amount(w: Work, charge: Doc, params: dict[str, Any]) -> int:
    left = charge["amount"] - charge["amount_refunded"] - answering.taken(w, charge)
    if refusal := answering.refusal_to_refund(w, charge):
        raise refusal
    if not charge["paid"]:
        raise Problem(f"Charge {charge['id']} was not successful; there is nothing to refund.")
    if charge["amount_captured"] and not charge["captured"]:
        raise Problem(
            f"Charge {charge['id']} has been captured in part and more can be captured. Capture the rest of it with "
            "`final_capture`, or cancel its PaymentIntent, and refund it then."
        )
    if left == 0:
        raise Problem(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount: int = params.get("amount", left)
    amounts.check_least(amount, "amount")
    if amount > left:
        currency = charge["currency"]
        raise Problem(
            f"Refund amount ({money.format_amount(amount, currency)}) is greater than unrefunded amount on charge "
            f"({money.format_amount(left, currency)})",
            param="amount",
        )
    if str(params.get("currency") or charge["currency"]).lower() != charge["currency"]:
        raise Problem(f"The charge {charge['id']} is in {charge['currency']}.", param="currency")
    if amount < left and not charge["captured"]:
        raise Problem(
            f"Charge {charge['id']} has not been captured and cannot be refunded in part. Instead, capture it for an "
            "amount less than the original amount.",
            param="amount",
        )
    return amount


def _refund(w: Work, charge: Doc, amount: int, **values: Any) -> Doc:
    return w.add(
        "refund",
        **{
            "id": _id(w, charge),
            "amount": amount,
            "charge": charge["id"],
            "currency": charge["currency"],
            "customer": charge["customer"],
            "destination_details": _destination(charge),
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "payment_method": charge["payment_method"],
            **values,
        },
    )


def _id(w: Work, charge: Doc) -> str:
    """``re_...`` for cards, ``pyr_...`` for payments that were made otherwise."""
    id = w.id("refund", like=charge["id"])
    return f"pyr_{id.partition('_')[2]}" if charge["id"].startswith("py_") else id


def _destination(charge: Doc) -> Doc:
    type = (charge["payment_method_details"] or {}).get("type", "card")
    if type == _CASH:
        return {"customer_cash_balance": {}, "type": "customer_cash_balance"}
    if type != "card":
        return {"type": type}
    card = {
        "reference_status": "pending",
        "reference_type": "acquirer_reference_number",
        "type": "refund" if charge["captured"] else "reversal",
    }
    return {"card": card, "type": "card"}


def _counted(w: Work, charge: Doc, amount: int, **reported: Any) -> tuple[Doc, Doc]:
    """The charge with this much more refunded, and as it was."""
    total = charge["amount_refunded"] + amount
    return w.change(charge, amount_refunded=total, refunded=total == charge["amount"], **reported), charge


def _announce(w: Work, refund: Doc, before: Doc) -> None:
    if refund != before:
        w.emit("refund.updated", refund, before)
        if refund["charge"]:
            w.emit("charge.refund.updated", refund, before)
