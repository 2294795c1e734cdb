"""Payouts, by hand and by schedule: from what is available to the account's bank (amounts in minor units)."""

from typing import Any

from mockbill.billing import amounts, balance, fields, unmodelled
from mockbill.billing.funds import banks
from mockbill.rules.payouts import Failure, failure
from mockbill.rules.periods import DAY, MINUTE
from mockbill.world import Doc, Problem, Work, World

KIND = "payout"
_STANDARD = 2 * DAY  # at midnight UTC; how long a payout takes differs by country, and by test account
_INSTANT = 30 * MINUTE
_OURS = ("amount", "currency", "destination", "method", "source_type")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/payouts``: leaves the balance at once and arrives later; ``payout.created``, then ``payout.paid``."""
    unmodelled.refuse(params, ("payout_method",), "payouts")
    currency, amount = amounts.currency(params["currency"]), params["amount"]
    amounts.check_positive(amount)
    if not banks.allowed(w):
        raise Problem("Payouts have been disabled on the connected account.", code="payouts_not_allowed")
    bank = banks.for_payout(w, currency, params.get("destination"))
    if amount > balance.available(w, currency):
        raise Problem(
            "You have insufficient funds in your Stripe account for this transfer. Your card balance is too low. You "
            "can use the /v1/balance endpoint to view your Stripe balance (for more details, see "
            "stripe.com/docs/api#balance).",
            code="balance_insufficient",
            param="amount",
        )
    method = params.get("method") or "standard"
    return _sent(
        w,
        **fields.fields_of(KIND, params, {}, but=_OURS),
        amount=amount,
        arrival_date=w.now + _INSTANT if method == "instant" else _midnight(w.now + _STANDARD),
        currency=currency,
        destination=bank["id"],
        method=method,
        source_type=params.get("source_type") or "card",
        type=bank["object"],
    )


def automatic(w: Work, amount: int, bank: Doc, descriptor: str | None) -> Doc:
    """The payout of a schedule; ``payout.created``."""
    return _sent(
        w,
        amount=amount,
        arrival_date=_midnight(w.now + _STANDARD),
        automatic=True,
        currency=bank["currency"],
        description="STRIPE PAYOUT",
        destination=bank["id"],
        method="standard",
        reconciliation_status="in_progress",
        source_type="card",
        statement_descriptor=descriptor,
        type=bank["object"],
    )


def reconcile(w: Work, payout: Doc) -> None:
    """What was paid out in it can be listed: ``payout.reconciliation_completed``."""
    w.emit("payout.reconciliation_completed", w.change(payout, reconciliation_status="completed"))


def update(w: Work, payout: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/payouts/{payout}``: only its metadata; ``payout.updated``."""
    changed = w.change(payout, **fields.fields_of(KIND, params, payout))
    if changed != payout:
        w.emit("payout.updated", changed, payout)
    return changed


def cancel(w: Work, payout: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../cancel``, while it is pending: its amount is back on the balance; ``payout.canceled``."""
    if payout["status"] != "pending":
        raise Problem(f"Payouts can only be canceled while they are pending; this one is {payout['status']}.")
    returned = balance.payout_returned(w, payout)
    canceled = w.change(payout, failure_balance_transaction=returned["id"], status="canceled")
    w.emit("payout.canceled", canceled)
    return canceled


def reverse(w: Work, payout: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../reverse``, once it is paid: a payout of the same amount below zero comes back; once."""
    if payout["status"] != "paid" or payout["amount"] < 0:
        raise Problem(f"Only payouts that are paid can be reversed; this one is {payout['status']}.")
    if payout["reversed_by"]:
        raise Problem(f"This payout has already been reversed, by {payout['reversed_by']}.")
    taken_over = {name: payout[name] for name in ("currency", "destination", "method", "source_type", "type")}
    back = _sent(
        w,
        **taken_over,
        amount=-payout["amount"],
        arrival_date=_midnight(w.now + _STANDARD),
        metadata=fields.merge({}, params.get("metadata") or {}),
        original_payout=payout["id"],
    )
    w.change(payout, reversed_by=back["id"])
    return back


def due(world: World, payout: Doc) -> tuple[int, str] | None:
    """When it is sent to the bank, where that takes days, and when it arrives there."""
    if payout["status"] == "pending" and payout["method"] == "standard":
        return payout["arrival_date"] - DAY, "payout.leave"
    return (payout["arrival_date"], "payout.arrive") if payout["status"] in ("pending", "in_transit") else None


def leave(w: Work, payout: Doc) -> None:
    """It is on its way, and can no longer be canceled: ``payout.updated``."""
    w.emit("payout.updated", w.change(payout, status="in_transit"), payout)


def arrive(w: Work, payout: Doc) -> None:
    """It is on the bank account: ``payout.paid``; or comes back from there, as test numbers do."""
    kept = w.private("external_account", payout["destination"])
    if (failed := failure(kept["number"] if kept else None)) is not None:
        fail(w, payout, failed)
        return
    trace = {"status": "supported", "value": w.world.ids.digits(payout["id"], 15)}
    w.emit("payout.paid", w.change(payout, status="paid", trace_id=trace))


def fail(w: Work, payout: Doc, failed: Failure) -> None:
    """``payout.failed``: the amount is back, and no schedule pays out to that external account until it is updated.

    The account still says ``payouts_enabled``; at Stripe it may not.
    """
    returned = balance.payout_failed(w, payout)
    changed = w.change(
        payout,
        failure_balance_transaction=returned["id"],
        failure_code=failed.code,
        failure_message=failed.message,
        status="failed",
    )
    w.emit("payout.failed", changed)
    bank = w.get("bank_account", payout["destination"]) or w.get("card", payout["destination"])
    if bank is not None and bank.get("status") != "errored":
        w.emit("account.external_account.updated", w.change(bank, status="errored"), bank)


def _sent(w: Work, **values: Any) -> Doc:
    payout = w.build(
        KIND,
        **{"reconciliation_status": "not_applicable", "status": "pending", **values},
        trace_id={"status": "pending", "value": None},
    )
    payout = w.put(KIND, {**payout, "balance_transaction": balance.paid_out(w, payout)["id"]})
    w.emit("payout.created", payout)
    return payout


def _midnight(at: int) -> int:
    return at - at % DAY
