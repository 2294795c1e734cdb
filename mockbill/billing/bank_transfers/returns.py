"""Cash that goes back to the bank account it came from: refunds with ``origin=customer_balance``.

Where an address is given, the customer is first asked by mail where it is to go; otherwise the account is known from
the transfer.  How long that takes at Stripe is not established.
"""

from typing import Any

from mockbill.billing import amounts, fields
from mockbill.billing.bank_transfers import cash_balance
from mockbill.rules import bank_transfers
from mockbill.world import Doc, Problem, Work


def check(w: Work, params: dict[str, Any]) -> Doc:
    """The customer whose cash is to go back; Problem for what is not there, or not allowed together."""
    for name in ("customer", "amount", "currency"):
        if name not in params:
            raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
    for name in ("charge", "payment_intent"):
        if params.get(name):
            raise Problem(f"You may only specify one of these parameters: origin, {name}.", code="parameters_exclusive")
    customer = w.need("customer", params["customer"], "customer")
    currency = amounts.currency(params["currency"])
    has = cash_balance.available(w, customer["id"], currency)
    if not 0 < params["amount"] <= has:
        raise Problem(
            "The amount must be positive, and no more than the customer's cash balance.",
            code="parameter_invalid_integer",
            param="amount",
        )
    return customer


def create(w: Work, customer: Doc, params: dict[str, Any], waiting: dict[str, Any]) -> Doc:
    """The refund, and the cash that leaves for it: ``return_initiated``."""
    currency = params["currency"].lower()
    type = bank_transfers.TYPES[currency]
    refund = w.add(
        "refund",
        amount=params["amount"],
        currency=currency,
        customer=customer["id"],
        destination_details={type: {"reference": None, "reference_status": "pending"}, "type": type},
        metadata=fields.merge({}, params.get("metadata") or {}),
        reason=params.get("reason"),
        **waiting,
    )
    cash_balance.move(w, customer["id"], -refund["amount"], currency, "return_initiated")
    return refund


def undo(w: Work, refund: Doc) -> None:
    """It did not arrive, or was called off: ``return_canceled``."""
    cash_balance.move(w, refund["customer"], refund["amount"], refund["currency"], "return_canceled")


def keep(w: Work, refund: Doc) -> None:
    """A payment made from cash is given back as cash, at once: ``refunded_from_payment``."""
    owner, amount, currency = refund["customer"], refund["amount"], refund["currency"]
    cash_balance.move(w, owner, amount, currency, "refunded_from_payment", refund=refund["id"])
