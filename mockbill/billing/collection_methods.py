"""How a subscription's invoices are collected: charged automatically, or sent with days to pay (2.11, 3.3)."""

from typing import Any

from mockbill.billing import invoices
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Problem, Work

SENT = "send_invoice"
_MOST_DAYS = 3_650  # ours: Stripe's limit is not established, and a date must stay one
_OF_SENT_ONLY = "You can only set `days_until_due` on subscriptions with `collection_method=send_invoice`."


def fields_of(params: dict[str, Any], before: Doc | None = None) -> dict[str, Any]:
    """The fields by which a subscription collects, of its creation or an update; Problem where they contradict."""
    if not {"collection_method", "days_until_due"} & params.keys():
        return {}
    method = params.get("collection_method") or (before["collection_method"] if before else None)
    days = params.get("days_until_due", before["days_until_due"] if before else None)
    if method != SENT:
        if params.get("days_until_due") not in (None, ""):
            raise Problem(_OF_SENT_ONLY, param="days_until_due")
        return {"collection_method": method or "charge_automatically", "days_until_due": None}
    if days in (None, ""):
        raise Problem(
            "Missing required param: days_until_due. Subscriptions with `collection_method=send_invoice` need it.",
            code="parameter_missing",
            param="days_until_due",
        )
    if not 0 <= days <= _MOST_DAYS:
        raise Problem(f"Invalid days_until_due: must be between 0 and {_MOST_DAYS}.", param="days_until_due")
    return {"collection_method": method, "days_until_due": days}


def inherited(w: Work, subscription: Doc) -> dict[str, Any]:
    """What a subscription's invoice has of this: a draft's due date is as if it were finalized now."""
    if subscription["collection_method"] != SENT:
        return {}
    return {
        "collection_method": SENT,
        "due_date": w.now + subscription["days_until_due"] * DAY,
        "next_payment_attempt": None,
    }


def hour_of_draft(w: Work, subscription: Doc, *, waits: bool) -> dict[str, Any]:
    """A sent invoice can be changed for an hour, the first one too; one that is charged if it ``waits``.

    Others finalize when their verb says so.
    """
    at = w.now + invoices.DRAFT_HOUR
    if subscription["collection_method"] == SENT:
        return {"automatically_finalizes_at": at}
    return {"automatically_finalizes_at": at, "next_payment_attempt": at} if waits else {}
