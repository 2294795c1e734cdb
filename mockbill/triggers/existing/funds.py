"""The account's money that exists under way: payouts, top-ups, transfers, application fees."""

from mockbill.billing.funds import payouts, topups
from mockbill.rules.payouts import failure
from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import on
from mockbill.world import Doc

PAYOUT, TOPUP = "payout", "topup"
_UNDER_WAY = ("pending", "in_transit")


@on(PAYOUT, "payout.paid")
def arrive(c: Cause, payout: Doc) -> None:
    _check_under_way(c, payout)
    with c.work_on(payout) as w:
        payouts.arrive(w, payout)


@on(PAYOUT, "payout.failed")
def fail(c: Cause, payout: Doc) -> None:
    """The bank sends it back: the account there is closed."""
    _check_under_way(c, payout)
    with c.work_on(payout) as w:
        closed = failure("000111111113")
        assert closed is not None
        payouts.fail(w, payout, closed)


@on(PAYOUT, "payout.canceled", sets="POST /v1/payouts/{payout}/cancel")
def cancel(c: Cause, payout: Doc) -> None:
    c.post(f"/v1/payouts/{payout['id']}/cancel")


@on(PAYOUT, "payout.reconciliation_completed")
def reconcile(c: Cause, payout: Doc) -> None:
    if not payout["automatic"]:
        raise c.not_now(f"{payout['id']} was made by hand: only payouts of a schedule are reconciled.")
    with c.work_on(payout) as w:
        payouts.reconcile(w, payout)


@on(TOPUP, "topup.succeeded")
def top_up(c: Cause, topup: Doc) -> None:
    if topup["status"] != "pending":
        raise c.not_now(f"{topup['id']} is {topup['status']}, not pending.")
    with c.work_on(topup) as w:
        topups.succeed(w, topup)


@on(TOPUP, "topup.canceled", sets="POST /v1/topups/{topup}/cancel")
def cancel_topup(c: Cause, topup: Doc) -> None:
    c.post(f"/v1/topups/{topup['id']}/cancel")


@on("transfer", "transfer.reversed", sets="POST /v1/transfers/{id}/reversals")
def reverse(c: Cause, transfer: Doc) -> None:
    c.post(f"/v1/transfers/{transfer['id']}/reversals")


@on("application_fee", "application_fee.refunded")
def refund_fee(c: Cause, fee: Doc) -> None:
    c.post(f"/v1/application_fees/{fee['id']}/refunds")


def _check_under_way(c: Cause, payout: Doc) -> None:
    if payout["status"] not in _UNDER_WAY:
        raise c.not_now(f"{payout['id']} is {payout['status']}, and {c.type} takes one that is under way.")
