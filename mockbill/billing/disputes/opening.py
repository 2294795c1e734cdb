"""How disputes begin: with the test cards that bring them, as soon as their charge has been captured."""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import balance
from mockbill.billing.disputes import early_warnings
from mockbill.rules import disputes, money
from mockbill.rules.cards import Card, Dispute
from mockbill.world import Doc, Work

_ELIGIBLE: Mapping[str, Mapping[str, Any]] = {
    "4000000404000038": {
        "visa_compelling_evidence_3": {
            "required_actions": ["missing_prior_undisputed_transactions"],
            "status": "requires_action",
        }
    },
    "4000008400000779": {"visa_compliance": {"status": "requires_fee_acknowledgement"}},
}
"""``evidence_details.enhanced_eligibility`` by the number of the test card."""


def on_charge(w: Work, charge_id: str, card: Card) -> None:
    """A charge has been captured: what its card brings follows at the end of the same unit of work.

    Stripe takes some seconds; the reference has it at once in test mode, so that a test need not wait for it.  What
    a holder has authenticated for is not disputed.
    """
    if card.dispute is None and not card.early_fraud_warning:
        return

    def follow() -> None:
        charge = w.get("charge", charge_id)
        if charge is None or charge["disputed"] or _was_authenticated(charge):
            return
        w.use_clock_of(charge["customer"])
        if card.early_fraud_warning:
            early_warnings.issue(w, charge)
        if card.dispute is not None:
            open_all(w, charge, card.dispute, _ELIGIBLE.get(card.number))

    w.at_the_end(follow)


def open_all(w: Work, charge: Doc, rule: Dispute, eligible: Mapping[str, Any] | None = None) -> list[Doc]:
    """The disputes of a charge: one of all of it, or several of parts that add up to it."""
    parts = money.allocate(charge["amount_captured"], [1] * rule.times)
    return [open(w, w.need("charge", charge["id"]), amount, rule, eligible or {}) for amount in parts]


def open(w: Work, charge: Doc, amount: int, rule: Dispute, eligible: Mapping[str, Any]) -> Doc:
    """One dispute: ``charge.dispute.created``, the funds withdrawn unless it is an inquiry, ``charge.updated``."""
    inquiry = rule.status in disputes.INQUIRIES
    dispute = w.add(
        "dispute",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=sorted(eligible),
        evidence_details=_unanswered(w.now if _is_card(charge) else None, eligible),
        is_charge_refundable=inquiry,
        payment_intent=charge["payment_intent"],
        reason=rule.reason,
        status=rule.status,
        **_by_method(charge, rule),
    )
    if not inquiry:
        dispute = w.change(dispute, balance_transactions=[balance.dispute(w, dispute)])
    w.emit("charge.dispute.created", dispute)
    if not inquiry:
        w.emit("charge.dispute.funds_withdrawn", dispute)
    disputed = w.change(charge, dispute=dispute["id"], disputed=True)
    w.emit("charge.updated", disputed, charge)
    early_warnings.settle(w, disputed)
    return dispute


def escalate(w: Work, inquiry: Doc, charge: Doc) -> Doc:
    """An inquiry becomes a chargeback of what has not been refunded: the funds are withdrawn, an answer is due anew."""
    details = inquiry["payment_method_details"]
    chargeback = w.change(
        inquiry,
        amount=charge["amount"] - charge["amount_refunded"],
        evidence_details={**inquiry["evidence_details"], "due_by": disputes.due_by(w.now)},
        is_charge_refundable=False,
        payment_method_details={**details, "card": {**details["card"], "case_type": "chargeback"}},
        status="needs_response",
    )
    chargeback = w.change(chargeback, balance_transactions=[balance.dispute(w, chargeback)])
    w.emit("charge.dispute.updated", chargeback, inquiry)
    w.emit("charge.dispute.funds_withdrawn", chargeback)
    return chargeback


def _by_method(charge: Doc, rule: Dispute) -> dict[str, Any]:
    """What a dispute says of how the charge was paid; of bank debits the declared shape knows nothing."""
    card = (charge["payment_method_details"] or {}).get("card")
    if card is None:
        return {}
    code = disputes.network_reason_code(card["network"], rule.reason)
    details = {
        "brand": card["brand"],
        "case_type": rule.case_type,
        "network": card["network"],
        "network_reason_code": code,
    }
    return {"network_reason_code": code, "payment_method_details": {"card": details, "type": "card"}}


def _unanswered(now: int | None, eligible: Mapping[str, Any]) -> Doc:
    return {
        "due_by": 0 if now is None else disputes.due_by(now),  # 0: no answer is allowed
        "enhanced_eligibility": dict(eligible),
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
        "submission_method": "not_submitted",
    }


def _is_card(charge: Doc) -> bool:
    return "card" in (charge["payment_method_details"] or {})


def _was_authenticated(charge: Doc) -> bool:
    card = (charge["payment_method_details"] or {}).get("card") or {}
    return card.get("three_d_secure") is not None
