"""Refunds that exist: they fail, or are noted upon."""

from mockbill.billing import refunds
from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import on
from mockbill.world import Doc

KIND = "refund"


@on(KIND, "refund.updated", "charge.refund.updated", sets="POST /v1/refunds/{refund}")
def update(c: Cause, refund: Doc) -> None:
    c.post(f"/v1/refunds/{refund['id']}", metadata=c.another(refund))


@on(KIND, "refund.failed")
def fail(c: Cause, refund: Doc) -> None:
    """The bank sends it back: its amount returns to the balance, and its charge is refunded by less."""
    if refund["status"] not in ("succeeded", "pending", "requires_action"):
        raise c.not_now(f"{refund['id']} is {refund['status']} already.")
    with c.work_on(refund) as w:
        refunds.fail(w, refund)
