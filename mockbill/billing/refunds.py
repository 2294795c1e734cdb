"""Refunds: a captured charge given back, wholly or in parts (stripe-behaviour.md 2.6)."""

from typing import Any

from mockbill.billing import balance, fields, payment_attempts, payment_methods
from mockbill.billing.disputes import answering, early_warnings
from mockbill.rules import money
from mockbill.world import Doc, Problem, Work, World

_LATER = 3600  # seconds until a refund that is pending comes through, or one that fails does so


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/refunds``, by charge or by payment intent: all that is left of it, or ``amount``.

    A charge that is only authorized is released, which moves no money and cancels its payment intent.
    """
    charge = _charge_of(w, params)
    w.use_clock_of(charge["customer"])
    amount = _amount(w, charge, params)
    if not charge["captured"]:
        return _give_up(w, charge, params)
    how = payment_methods.refund_of(w, w.need("payment_method", charge["payment_method"]))
    refund = _refund(
        w,
        charge,
        amount,
        **_told(params),
        status="pending" if how == "pending" else "succeeded",
    )
    if refund["status"] == "pending":
        refund = w.change(refund, pending_reason="processing")
    transaction = balance.give_back(w, refund)
    refund = w.change(refund, balance_transaction=transaction["id"])
    if how != "succeeds":
        w.keep("refund", refund["id"], due=w.now + _LATER, ends=how)
    w.emit("refund.created", refund)
    counted, before = _counted(w, charge, amount)
    w.emit("charge.refunded", counted, before)
    early_warnings.settle(w, counted)
    answering.settle_inquiries(w, counted)
    return refund


def update(w: Work, refund: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/refunds/{refund}``: only metadata."""
    changed = w.change(refund, **fields.fields_of("refund", params, refund))
    _announce(w, changed, refund)
    return changed


def cancel(w: Work, refund: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../cancel``: only refunds that wait for the customer can be canceled, which those to cards never do."""
    raise Problem(f"The refund {refund['id']} cannot be canceled because it has a status of {refund['status']}.")


def release(w: Work, charge: Doc) -> None:
    """Give up an authorization that was not captured: it shows as a refund, which moves no money."""
    _refund(w, charge, charge["amount"], reason=None, status="succeeded")
    w.emit("charge.refunded", *_counted(w, charge, charge["amount"]))


def due(world: World, refund: Doc) -> tuple[int, str] | None:
    """When a refund of the cards that take their time comes to its end."""
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
    transaction = balance.take_back(w, refund)
    failed = w.change(
        refund,
        failure_balance_transaction=transaction["id"],
        failure_reason="expired_or_canceled_card",
        status="failed",
    )
    w.emit("refund.failed", failed)
    _announce(w, failed, refund)
    charge = w.need("charge", refund["charge"], "charge")
    changed = w.change(charge, amount_refunded=charge["amount_refunded"] - refund["amount"], refunded=False)
    w.emit("charge.updated", changed, charge)


def of_charge(w: Work, charge: Doc) -> Doc:
    """``charge.refunds``, when it is expanded: newest first."""
    found = w.find("refund", charge=charge["id"])[::-1]
    return {
        "object": "list",
        "data": found[:10],
        "has_more": len(found) > 10,
        "total_count": len(found),
        "url": f"/v1/charges/{charge['id']}/refunds",
    }


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
    if left == 0:
        raise Problem(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount: int = params.get("amount", left)
    if amount <= 0:
        raise Problem(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if amount > left:
        currency = charge["currency"]
        raise Problem(
            f"Refund amount ({money.format_amount(amount, currency)}) is greater than unrefunded amount on charge "
            f"({money.format_amount(left, currency)})",
            param="amount",
        )
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
    if type != "card":
        return {"type": type}
    card = {
        "reference_status": "pending",
        "reference_type": "acquirer_reference_number",
        "type": "refund" if charge["captured"] else "reversal",
    }
    return {"card": card, "type": "card"}


def _counted(w: Work, charge: Doc, amount: int) -> tuple[Doc, Doc]:
    """The charge with this much more refunded, and as it was."""
    total = charge["amount_refunded"] + amount
    return w.change(charge, amount_refunded=total, refunded=total == charge["amount"]), charge


def _announce(w: Work, refund: Doc, before: Doc) -> None:
    if refund != before:
        w.emit("refund.updated", refund, before)
        w.emit("charge.refund.updated", refund, before)
