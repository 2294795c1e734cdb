"""Payouts by hand: from what is available on the balance to the account's bank (amounts in minor units).

Automatic payouts are off here, so that a story is not interrupted by one every day: what is earned stays on the balance
until it is paid out.
"""

from typing import Any

from mockbill.billing import amounts, balance, fields, unmodelled
from mockbill.billing.funds import banks
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
    bank = banks.of_currency(w, currency)
    if params.get("destination") not in (None, "", bank["id"]):
        raise Problem(f"No such external account: '{params['destination']}'", code="resource_missing",
                      param="destination")  # fmt: skip
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
    )


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
    taken_over = {name: payout[name] for name in ("currency", "destination", "method", "source_type")}
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
    """When it arrives."""
    return (payout["arrival_date"], "payout.arrive") if payout["status"] == "pending" else None


def arrive(w: Work, payout: Doc) -> None:
    """It is on the bank account: ``payout.paid``."""
    trace = {"status": "supported", "value": w.world.ids.digits(payout["id"], 15)}
    w.emit("payout.paid", w.change(payout, status="paid", trace_id=trace))


def _sent(w: Work, **values: Any) -> Doc:
    payout = w.build(
        KIND,
        **{"type": "bank_account", "reconciliation_status": "not_applicable", "status": "pending", **values},
        trace_id={"status": "pending", "value": None},
    )
    payout = w.put(KIND, {**payout, "balance_transaction": balance.paid_out(w, payout)["id"]})
    w.emit("payout.created", payout)
    return payout


def _midnight(at: int) -> int:
    return at - at % DAY
