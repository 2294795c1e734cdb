"""How disputes go on and end: evidence, the bank's decision, time that passes, and what comes back."""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import balance, fields
from mockbill.billing.disputes import opening
from mockbill.rules import disputes
from mockbill.rules.cards import Dispute
from mockbill.world import Doc, Problem, Work, World

_FILES = (
    "cancellation_policy", "customer_communication", "customer_signature", "duplicate_charge_documentation", "receipt",
    "refund_policy", "service_documentation", "shipping_documentation", "uncategorized_file",
)  # fmt: skip
_MOST_EVIDENCE = 150_000  # characters of all fields together


def update(w: Work, dispute: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/disputes/{dispute}``: evidence, which is submitted unless ``submit`` is false, and metadata.

    In test mode ``evidence[uncategorized_text]``
    decides: ``winning_evidence``, ``losing_evidence``, ``escalate_inquiry_evidence``.  With any other text the
    dispute stays under review.
    """
    w.use_clock_of(_charge_of(w, dispute)["customer"])
    submits = bool(params.get("submit", "evidence" in params))
    if (submits or "evidence" in params) and dispute["status"] not in disputes.ANSWERABLE:
        raise Problem(f"Evidence can no longer be given for this dispute: it has a status of {dispute['status']}.")
    _check_files(w, params.get("evidence") or {})
    changed = {**dispute, **fields.fields_of("dispute", params, dispute)}
    _check_length(changed["evidence"])
    details = {**dispute["evidence_details"], "has_evidence": _has_evidence(changed["evidence"])}
    if submits:
        details = _submitted(w, changed["evidence"], details)
        changed["status"] = disputes.ANSWERABLE[dispute["status"]]
    told = w.change(dispute, **{**changed, "evidence_details": details})
    if told != dispute:
        w.emit("charge.dispute.updated", told, dispute)
    return _decided(w, told) if submits else told


def on_debit(w: Work, charge: Doc, reason: str) -> None:
    """The holder of a bank account has a debit returned: nobody can contest that, so that it is lost at once."""
    for dispute in opening.open_all(w, charge, Dispute(reason)):
        _end(w, dispute, "lost")


def close(w: Work, dispute: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../close``: it is accepted, and so lost; an inquiry is only closed."""
    w.use_clock_of(_charge_of(w, dispute)["customer"])
    if dispute["status"] not in disputes.ANSWERABLE:
        raise Problem(f"This dispute cannot be closed: it has a status of {dispute['status']}.")
    return _end(w, dispute, "lost")


def due(world: World, dispute: Doc) -> tuple[int, str] | None:
    """When time decides it."""
    at = disputes.next_moment(dispute["status"], dispute["created"], dispute["evidence_details"]["due_by"])
    return (at, "dispute.lapse") if at is not None else None


def lapse(w: Work, dispute: Doc) -> None:
    """Nobody answered in time, or nothing came of the inquiry."""
    _end(w, dispute, "lost")


def settle_inquiries(w: Work, charge: Doc) -> None:
    """A charge is wholly refunded: nothing is left for an inquiry to become, so it is closed (not established)."""
    if not charge["disputed"] or not charge["refunded"]:
        return
    for dispute in w.find("dispute", charge=charge["id"]):
        if dispute["status"] in disputes.INQUIRIES and dispute["status"] != "warning_closed":
            _end(w, dispute, "lost")


def refusal_to_refund(w: Work, charge: Doc) -> Problem | None:
    """Why a disputed charge cannot be refunded: the bank still decides, or has given all of it back already."""
    if not charge["disputed"]:
        return None
    found = w.find("dispute", charge=charge["id"])
    if any(each["status"] in disputes.UNDECIDED for each in found) or taken(w, charge) >= charge["amount_captured"]:
        return Problem(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    return None


def taken(w: Work, charge: Doc) -> int:
    """What lost disputes have taken of a charge for good, in minor units."""
    if not charge["disputed"]:
        return 0
    return sum(each["amount"] for each in w.find("dispute", charge=charge["id"], status="lost"))


def _decided(w: Work, dispute: Doc) -> Doc:
    verdict = disputes.verdict(dispute["evidence"]["uncategorized_text"])
    if verdict is None:
        return dispute
    if verdict == "escalated":
        charge = _charge_of(w, dispute)
        return opening.escalate(w, dispute, charge) if dispute["status"] in disputes.INQUIRIES else dispute
    return _end(w, dispute, verdict)


def _end(w: Work, dispute: Doc, verdict: disputes.Verdict) -> Doc:
    """``charge.dispute.closed``; a chargeback that is won gives the funds back: ``charge.dispute.funds_reinstated``."""
    status = disputes.closed_as(dispute["status"], verdict)
    won = status == "won"
    ended = w.change(dispute, is_charge_refundable=status != "lost", status=status)
    if won:
        ended = w.change(ended, balance_transactions=[*ended["balance_transactions"], balance.dispute_won(w, ended)])
    w.emit("charge.dispute.closed", ended)
    if won:
        w.emit("charge.dispute.funds_reinstated", ended)
    return ended


def _submitted(w: Work, evidence: Doc, details: Doc) -> Doc:
    """``evidence_details`` of evidence that goes to the bank; a compliance dispute wants its fee acknowledged first."""
    eligible = details["enhanced_eligibility"]
    if "visa_compliance" in eligible:
        acknowledged = (evidence["enhanced_evidence"].get("visa_compliance") or {}).get("fee_acknowledged")
        if not acknowledged:
            raise Problem(
                "To counter a compliance dispute you have to acknowledge its fee.",
                param="evidence[enhanced_evidence][visa_compliance][fee_acknowledged]",
            )
        eligible = {**eligible, "visa_compliance": {"status": "fee_acknowledged"}}
    return {
        **details,
        "enhanced_eligibility": eligible,
        "past_due": w.now > details["due_by"],
        "submission_count": details["submission_count"] + 1,
        "submission_method": "manual",
    }


def _check_files(w: Work, evidence: Mapping[str, Any]) -> None:
    """Documents are named by the ids of files that were uploaded."""
    for name in _FILES:
        if id := evidence.get(name):
            w.need("file", id, f"evidence[{name}]")


def _check_length(evidence: Doc) -> None:
    length = sum(len(value) for value in evidence.values() if isinstance(value, str))
    if length > _MOST_EVIDENCE:
        raise Problem(
            f"The combined length of all evidence fields may be at most {_MOST_EVIDENCE} characters; {length} were "
            "sent.",
            param="evidence",
        )


def _has_evidence(evidence: Doc) -> bool:
    return any(value for value in evidence.values())


def _charge_of(w: Work, dispute: Doc) -> Doc:
    return w.need("charge", dispute["charge"], "charge")
