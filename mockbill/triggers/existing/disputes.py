"""Disputes: opened on a charge that exists, answered, won and lost; warnings of fraud."""

from mockbill.billing.disputes import early_warnings, opening
from mockbill.rules.cards import Dispute
from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import on
from mockbill.world import Doc

KIND = "dispute"
_ANSWER = "POST /v1/disputes/{dispute}"


@on("charge", "charge.dispute.created", "charge.dispute.funds_withdrawn")
def open_dispute(c: Cause, charge: Doc) -> None:
    """The card's holder disputes all of it: the bank takes the funds."""
    if not charge["captured"] or charge["status"] != "succeeded" or charge["refunded"]:
        raise c.not_now(f"{charge['id']} has taken no money that is not given back: nothing could be disputed.")
    if charge["disputed"]:
        raise c.not_now(f"{charge['id']} is disputed already.")
    with c.work_on(charge) as w:
        opening.open_all(w, charge, Dispute("fraudulent"))


@on(KIND, "charge.dispute.updated", sets=_ANSWER)
def update(c: Cause, dispute: Doc) -> None:
    c.post(_path(dispute), metadata=c.another(dispute))


@on(KIND, "charge.dispute.closed", sets="POST /v1/disputes/{dispute}/close")
def close(c: Cause, dispute: Doc) -> None:
    """It is accepted, and lost; one that is under review is lost by what the bank decides."""
    _check_undecided(c, dispute)
    if dispute["status"] in ("needs_response", "warning_needs_response"):
        c.post(f"{_path(dispute)}/close")
    else:
        c.fall_due(KIND, dispute["id"])


@on(KIND, "charge.dispute.funds_reinstated", sets=_ANSWER)
def win(c: Cause, dispute: Doc) -> None:
    """The evidence convinces the bank."""
    _check_undecided(c, dispute)
    c.post(_path(dispute), evidence={"uncategorized_text": "winning_evidence"})


@on("charge", "radar.early_fraud_warning.created")
def warn(c: Cause, charge: Doc) -> None:
    if charge["status"] != "succeeded" or charge["disputed"] or charge["refunded"]:
        raise c.not_now(
            f"{charge['id']} is {charge['status']}, disputed or refunded: the bank warns of no such charge."
        )
    with c.work_on(charge) as w:
        early_warnings.issue(w, charge)


def _check_undecided(c: Cause, dispute: Doc) -> None:
    if dispute["status"] in ("won", "lost", "warning_closed", "prevented"):
        raise c.not_now(f"{dispute['id']} is {dispute['status']}: it has come to its end.")


def _path(dispute: Doc) -> str:
    return f"/v1/disputes/{dispute['id']}"
