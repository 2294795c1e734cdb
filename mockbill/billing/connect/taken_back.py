"""What a refund takes back from other accounts: ``reverse_transfer`` and ``refund_application_fee``.

Of a part of a charge it is a proportional part, of the rest of it all that is left.  A refund that fails later leaves
both as they are then (not established).
"""

from collections.abc import Mapping
from typing import Any

from mockbill.billing.connect import fee_refunds, fees, reversals
from mockbill.rules import fees as rules
from mockbill.world import Doc, Problem, Work


def check(w: Work, charge: Doc, params: Mapping[str, Any]) -> None:
    """Problem where a charge has no transfer or fee, or nothing is left of it; or is itself what a transfer brought,
    which the platform takes back by a reversal (that an account cannot refund it is not established)."""
    if charge["source_transfer"]:
        raise Problem(
            f"Charge {charge['id']} was made by the transfer {charge['source_transfer']}: it is given back by "
            "reversing that.",
            param="charge",
        )
    if params.get("reverse_transfer"):
        reversals.check_left(_transfer_of(w, charge))
    if params.get("refund_application_fee"):
        _, fee = fees.needed(w, charge)
        fees.left_of(fee)
        if charge.get("transfer") and not params.get("reverse_transfer"):
            raise Problem(
                "The application fee of a charge with a destination can only be refunded together with its transfer: "
                "set `reverse_transfer` as well.",
                param="refund_application_fee",
            )


def take(w: Work, charge: Doc, refund: Doc, params: Mapping[str, Any]) -> Doc:
    """The refund with what it takes back; ``charge`` is as it was before it."""
    is_rest = refund["amount"] == charge["amount"] - charge["amount_refunded"]
    part, of = refund["amount"], charge["amount_captured"]
    if params.get("reverse_transfer"):
        transfer = _transfer_of(w, charge)
        left = reversals.check_left(transfer)
        amount = rules.share(transfer["amount"], left, part, of, is_rest=is_rest)
        if amount:
            reversal = reversals.reverse(w, transfer, amount, source_refund=refund["id"])
            refund = w.change(refund, transfer_reversal=reversal["id"])
    if params.get("refund_application_fee"):
        there, fee = fees.needed(w, charge)
        amount = rules.share(fee["amount"], fees.left_of(fee), part, of, is_rest=is_rest)
        if amount:
            fee_refunds.give_back(there, fee, amount)
    return refund


def _transfer_of(w: Work, charge: Doc) -> Doc:
    transfer = w.get("transfer", charge["transfer"]) if charge.get("transfer") else None
    if transfer is None:
        raise Problem(
            f"Cannot reverse transfer on charge {charge['id']} because it does not have an associated transfer.",
            param="reverse_transfer",
        )
    return transfer
