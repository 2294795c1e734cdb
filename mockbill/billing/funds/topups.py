"""Top-ups: money from the account's bank to its balance (amounts in minor units)."""

from typing import Any

from mockbill.billing import amounts, balance, fields, unmodelled
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Problem, Work, World

KIND = "topup"
_TAKES = 5 * DAY  # Stripe documents five to six business days
_OURS = ("amount", "currency")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/topups``: pending until the money comes; ``topup.created``, then ``topup.succeeded``."""
    unmodelled.refuse(params, ("payment_method", "payment_method_options", "source"), "top-ups")
    currency, amount = amounts.currency(params["currency"]), params["amount"]
    amounts.check_positive(amount)
    amounts.check_amount(amount, currency, "amount")
    topup = w.add(
        KIND,
        **fields.fields_of(KIND, params, {}, but=_OURS),
        amount=amount,
        currency=currency,
        expected_availability_date=w.now + _TAKES,
        status="pending",
    )
    w.emit("topup.created", topup)
    return topup


def update(w: Work, topup: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/topups/{topup}``: description and metadata.  There is no event for it."""
    return w.change(topup, **fields.fields_of(KIND, params, topup))


def cancel(w: Work, topup: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../cancel``, while it is pending; ``topup.canceled``."""
    if topup["status"] != "pending":
        raise Problem(f"Top-ups can only be canceled while they are pending; this one is {topup['status']}.")
    canceled = w.change(topup, status="canceled")
    w.emit("topup.canceled", canceled)
    return canceled


def due(world: World, topup: Doc) -> tuple[int, str] | None:
    """When its money comes."""
    return (topup["expected_availability_date"], "topup.succeed") if topup["status"] == "pending" else None


def succeed(w: Work, topup: Doc) -> None:
    """The money is on the balance: ``topup.succeeded``."""
    transaction = balance.topped_up(w, topup)
    w.emit("topup.succeeded", w.change(topup, balance_transaction=transaction["id"], status="succeeded"))
