"""Tax associations: payments that name a tax calculation (``hooks``), which is recorded when they succeed.

The transaction's reference is the payment intent, and a refund's reversal has that of the refund (from memory).  A
refund that fails later does not undo its reversal.
"""

from collections.abc import Mapping
from typing import Any

from mockbill.billing.tax import calculations, transactions
from mockbill.world import Doc, Problem, Work

KIND = "tax.association"
_WHERE = "hooks[inputs][tax][calculation]"


def check(w: Work, params: Mapping[str, Any]) -> None:
    """Problem where the hooks of a payment intent name a calculation that is not there, or has expired."""
    if named := _named(params):
        calculations.need(w, named, _WHERE)


def find(w: Work, params: dict[str, Any]) -> Doc:
    """``GET /v1/tax/associations/find`` by payment intent."""
    intent = w.need("payment_intent", params["payment_intent"], "payment_intent")
    found = w.find(KIND, payment_intent=intent["id"])
    if not found:
        raise Problem(
            f"No tax association for the payment intent '{intent['id']}'.",
            code="resource_missing",
            param="payment_intent",
            status=404,
        )
    return found[0]


def follow(w: Work) -> None:
    """At the end of each unit of work: record what payments with a calculation have brought, or what refunds took back.

    Costs a look into an empty table where nothing was ever calculated.
    """
    if not w.world.table(calculations.KIND).keys:
        return
    timeline = w.timeline
    w.use_clock_of(None)  # calculations expire on the account's own clock
    for id, doc in [*w.changed.items()]:
        if doc["object"] == "payment_intent" and (intent := w.get("payment_intent", id)):
            _follow_payment(w, intent)
        elif doc["object"] == "refund" and (refund := w.get("refund", id)):
            _follow_refund(w, refund)
    w.use_clock_of({"test_clock": timeline})


def _named(holder: Mapping[str, Any]) -> str | None:
    """The calculation in the hooks of an intent, or of the parameters of one."""
    tax = ((holder.get("hooks") or {}).get("inputs") or {}).get("tax") or {}
    return tax.get("calculation") or None


def _follow_payment(w: Work, intent: Doc) -> None:
    named = _named(intent)
    if named is None:
        return
    known = w.find(KIND, payment_intent=intent["id"])
    association = known[0] if known else w.add(KIND, calculation=named, payment_intent=intent["id"])
    if association["tax_transaction_attempts"]:
        return
    if association["calculation"] != named:
        association = w.change(association, calculation=named)
    if intent["status"] != "succeeded":
        return
    if reason := _obstacle(w, association, intent):
        _tried(w, association, intent["id"], errored={"reason": reason})
        return
    asked = {"calculation": named, "reference": intent["id"]}
    made = transactions.create_from_calculation(w, asked)
    _tried(w, association, intent["id"], committed={"transaction": made["id"]})


def _obstacle(w: Work, association: Doc, intent: Doc) -> str | None:
    """Why a calculation cannot be recorded for a payment, in Stripe's words."""
    calculation = w.need(calculations.KIND, association["calculation"])
    if calculation["expires_at"] <= w.now:
        return "calculation_expired"
    if any(_recorded(other) for other in w.find(KIND, calculation=calculation["id"])):
        return "another_payment_associated_with_calculation"
    if calculation["currency"] != intent["currency"]:
        return "currency_mismatch"
    return "unique_reference_violation" if w.find(transactions.KIND, reference=intent["id"]) else None


def _follow_refund(w: Work, refund: Doc) -> None:
    """A refund takes its part of the recorded sale back, or what is left of that."""
    known = w.find(KIND, payment_intent=refund["payment_intent"]) if refund["payment_intent"] else []
    recorded = _recorded(known[0]) if known else None
    if recorded is None or refund["status"] not in ("succeeded", "pending"):
        return
    if any(attempt["source"] == refund["id"] for attempt in known[0]["tax_transaction_attempts"]):
        return
    sale = w.need(transactions.KIND, recorded)
    amount = min(refund["amount"], transactions.worth_left(w, sale))
    if not amount:
        _tried(w, known[0], refund["id"], errored={"reason": "original_transaction_voided"})
    elif w.find(transactions.KIND, reference=refund["id"]):
        _tried(w, known[0], refund["id"], errored={"reason": "unique_reference_violation"})
    else:
        asked = {"mode": "partial", "flat_amount": -amount, "original_transaction": recorded}
        made = transactions.create_reversal(w, {**asked, "reference": refund["id"]})
        _tried(w, known[0], refund["id"], committed={"transaction": made["id"]})


def _recorded(association: Doc) -> str | None:
    """The transaction of the payment."""
    for attempt in association["tax_transaction_attempts"] or ():
        if attempt["source"] == association["payment_intent"] and "committed" in attempt:
            return str(attempt["committed"]["transaction"])
    return None


def _tried(w: Work, association: Doc, source: str, **outcome: Doc) -> None:
    attempt = {**outcome, "source": source, "status": next(iter(outcome))}
    w.change(association, tax_transaction_attempts=[*(association["tax_transaction_attempts"] or ()), attempt])
