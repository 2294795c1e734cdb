"""Reversals: a transfer taken back from the connected account, wholly or in parts.

Stripe refuses a reversal that the account's balance does not cover; here the balance goes below zero.
"""

from typing import Any

from mockbill.billing import amounts, balance, fields
from mockbill.billing.connect import beside, fee_refunds, fees
from mockbill.rules import fees as rules
from mockbill.rules.money import format_amount
from mockbill.world import Doc, Problem, Work

KIND = "transfer_reversal"
_SHOWN = 10  # of a transfer's reversals, newest first


def create(w: Work, transfer: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/transfers/{id}/reversals``: all that is left of it, or ``amount``; ``transfer.reversed``.

    With ``refund_application_fee`` as much of the platform's fee goes back to the account.
    """
    left = check_left(transfer)
    fee = _fee_of(w, transfer) if params.get("refund_application_fee") else None
    amount = params.get("amount", left)
    amounts.check_positive(amount)
    if amount > left:
        asked, most = (format_amount(each, transfer["currency"]) for each in (amount, left))
        raise Problem(f"Reversal amount ({asked}) is greater than unreversed amount ({most})", param="amount")
    reversal = reverse(w, transfer, amount, **fields.fields_of(KIND, params, {}, but=("amount",)))
    if fee is not None:
        part = rules.share(fee["amount"], fees.left_of(fee), amount, transfer["amount"], is_rest=amount == left)
        if part:
            fee_refunds.give_back(w, fee, part)
    return reversal


def check_left(transfer: Doc) -> int:
    """What of a transfer has not been reversed; Problem where that is nothing."""
    left: int = transfer["amount"] - transfer["amount_reversed"]
    if left <= 0:
        raise Problem(f"The transfer {transfer['id']} is already fully reversed.")
    return left


def reverse(w: Work, transfer: Doc, amount: int, **values: Any) -> Doc:
    """So much of a transfer back, which is no more than is left of it; ``transfer.reversed``."""
    reversal = w.build(
        KIND,
        **values,
        amount=amount,
        currency=transfer["currency"],
        destination_payment_refund=w.id("refund").replace("re_", "pyr_", 1),
        transfer=transfer["id"],
    )
    reversal = w.put(KIND, {**reversal, "balance_transaction": balance.transfer_reversed(w, reversal)["id"]})
    counted = _counted(w, transfer, reversal)
    _leave(beside.account(w, transfer["destination"]), counted, reversal)
    w.emit("transfer.reversed", counted, transfer)
    return reversal


def _fee_of(w: Work, transfer: Doc) -> Doc:
    found = w.find(fees.KIND, charge=transfer["destination_payment"])
    if not found:
        raise Problem(f"Attempting to refund_application_fee on {transfer['id']}, but it has no application fee")
    fees.left_of(found[0])
    return found[0]


def update(w: Work, reversal: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../reversals/{id}``: only its metadata.  No event."""
    changed = w.change(reversal, **fields.fields_of(KIND, params, reversal))
    transfer = w.need("transfer", reversal["transfer"])
    data = [changed if each["id"] == changed["id"] else each for each in transfer["reversals"]["data"]]
    w.change(transfer, reversals={**transfer["reversals"], "data": data})
    return changed


def _counted(w: Work, transfer: Doc, reversal: Doc) -> Doc:
    total = transfer["amount_reversed"] + reversal["amount"]
    known = transfer["reversals"]
    data = [reversal, *known["data"]]
    return w.change(
        transfer,
        amount_reversed=total,
        reversals={**known, "data": data[:_SHOWN], "has_more": known["has_more"] or len(data) > _SHOWN},
        reversed=total == transfer["amount"],
    )


def _leave(there: Work, transfer: Doc, reversal: Doc) -> None:
    """In the connected account it is a refund of the charge that the transfer was.  No event."""
    payment = there.get("charge", transfer["destination_payment"])
    if payment is None:  # the account was emptied in the meantime
        return
    refund = there.build(
        "refund",
        id=reversal["destination_payment_refund"],
        amount=reversal["amount"],
        charge=payment["id"],
        currency=reversal["currency"],
        source_transfer_reversal=reversal["id"],
        status="succeeded",
    )
    there.put("refund", {**refund, "balance_transaction": balance.returned(there, refund)["id"]})
    there.change(payment, amount_refunded=transfer["amount_reversed"], refunded=transfer["reversed"])
