"""Refunds of application fees: from the platform's balance back to that of the connected account.

What the account's transaction is called (``adjustment``) is not established; that it is one of its own, not a part of
the refund's, is (stripe-python issue 124).
"""

from typing import Any

from mockbill.billing import amounts, balance, fields
from mockbill.billing.connect import beside, fees
from mockbill.world import Doc, Work

KIND = "fee_refund"
_SHOWN = 10  # of a fee's refunds, newest first


def create(w: Work, fee: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/application_fees/{id}/refunds``: all that is left, or ``amount``; ``application_fee.refunded``."""
    amount = params.get("amount", fees.left_of(fee))
    amounts.check_positive(amount)
    fees.check_refund(fee, amount)
    return give_back(w, fee, amount, **fields.fields_of(KIND, params, {}, but=("amount",)))


def give_back(w: Work, fee: Doc, amount: int, **values: Any) -> Doc:
    """So much of a fee back to its account, which is no more than is left of it."""
    refund = w.build(KIND, **values, amount=amount, currency=fee["currency"], fee=fee["id"])
    refund = w.put(KIND, {**refund, "balance_transaction": balance.fee_refunded(w, refund)["id"]})
    total, known = fee["amount_refunded"] + amount, fee["refunds"]
    data = [refund, *known["data"]]
    counted = w.change(
        fee,
        amount_refunded=total,
        refunded=total == fee["amount"],
        refunds={
            **known,
            "data": data[:_SHOWN],
            "has_more": known["has_more"] or len(data) > _SHOWN,
            "total_count": known["total_count"] + 1,
        },
    )
    balance.fee_given_back(beside.account(w, fee["account"]), refund, fee["charge"])
    w.emit("application_fee.refunded", counted, fee)
    return refund


def update(w: Work, refund: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../refunds/{id}``: only its metadata; ``application_fee.refund.updated``."""
    changed = w.change(refund, **fields.fields_of(KIND, params, refund))
    if changed == refund:
        return refund
    fee = w.need(fees.KIND, refund["fee"])
    data = [changed if each["id"] == changed["id"] else each for each in fee["refunds"]["data"]]
    w.change(fee, refunds={**fee["refunds"], "data": data})
    w.emit("application_fee.refund.updated", changed, refund)
    return changed
