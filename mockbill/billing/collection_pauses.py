"""``pause_collection``: a subscription goes on, but the invoices of that time are put aside (section 3.9)."""

from typing import Any

from mockbill.billing import collection, discounts, invoices, subscription_status
from mockbill.world import Doc, Problem, Work


def fields(w: Work, params: dict[str, Any]) -> dict[str, Any]:
    """What the parameter makes of the subscription: another pause, or none (``""``)."""
    if "pause_collection" not in params:
        return {}
    asked = params["pause_collection"] or None
    if asked is None:
        return {"pause_collection": None}
    resumes_at = asked.get("resumes_at") or None
    if resumes_at is not None and resumes_at <= w.now:
        raise Problem("Invalid timestamp: must be in the future", param="pause_collection[resumes_at]")
    return {"pause_collection": {"behavior": asked["behavior"], "resumes_at": resumes_at}}


def put_aside(w: Work, subscription: Doc, draft: Doc) -> Doc:
    """An invoice that came while collection is paused, its ``invoice.created`` told: Stripe does this at once.

    ``keep_as_draft`` leaves it a draft that does not advance; the others finalize it, so that the customer's balance
    is applied, and write it off or void it.  One over nothing is paid by that; to void means that nothing is used up,
    so an invoice that only billing credits or the customer's balance would have paid is void too, and both come back.
    """
    behavior = subscription["pause_collection"]["behavior"]
    if behavior == "keep_as_draft":
        return invoices.hold(w, draft)
    opened = invoices.finalize(w, draft)
    w.emit("invoice.finalized", opened)
    if behavior != "void":  # a void invoice has used up nothing
        discounts.used(w, opened)
    if opened["amount_due"] == 0 and (behavior != "void" or not _uses_up(opened)):
        return collection.announce_paid(w, opened)
    if behavior == "void":
        return collection.void(w, opened)
    written_off = invoices.mark_uncollectible(w, opened, "subscription_paused")
    w.emit("invoice.marked_uncollectible", written_off)
    return written_off


def _uses_up(opened: Doc) -> bool:
    """Whether an invoice has taken of its customer's credits or balance."""
    credits = any(each["type"] == "credit_balance_transaction" for each in opened["total_pretax_credit_amounts"])
    return credits or bool(opened["ending_balance"] > opened["starting_balance"])


def resume(w: Work, subscription: Doc) -> None:
    """``resumes_at`` has come."""
    subscription_status.change(w, subscription, pause_collection=None)
