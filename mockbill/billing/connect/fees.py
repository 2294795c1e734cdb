"""Application fees: what a platform takes of what its connected accounts are paid (recorded for destination charges).

A direct charge is the connected account's: the fee is kept back from its balance transaction.  Of a destination charge
all goes on to the account, where the fee is kept back from the payment that arrives; Stripe's own fee is the platform's
to pay.  Either way the fee is an object of the platform, and its earning available when the payment's funds are.
"""

from dataclasses import dataclass
from typing import Any

from mockbill.billing import balance
from mockbill.billing.connect import beside
from mockbill.rules.money import format_amount
from mockbill.world import Doc, Problem, Work, World

KIND = "application_fee"
_NEITHER = (
    "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an OAuth "
    "key or Stripe-Account header) or destination payment (using `transfer_data[destination]`)."
)


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee that is being taken: the id that its object will have, and what the account's transaction says of it."""

    id: str
    amount: int
    detail: Doc  # of ``fee_details``


def check(w: Work, fee: Any, amount: int | None, *, destination: str | None) -> None:
    """Problem for a fee of nobody's payment, one below zero, or one of more than the payment (the last wording: ours).

    A fee of nothing is taken for none (witnessed)."""
    if fee in (None, ""):
        return
    if fee < 0:
        raise Problem("Invalid non-negative integer", code="parameter_invalid_integer", param="application_fee_amount")
    if destination is None and w.world.platform is None:
        raise Problem(_NEITHER, code="parameter_missing", param="application_fee_amount")
    if amount is not None and fee > amount:
        raise Problem(
            "The application_fee_amount must be no more than the amount of the payment.",
            code="parameter_invalid_integer",
            param="application_fee_amount",
        )


def of_direct(w: Work, charge: Doc) -> Fee | None:
    """The fee of a charge that a connected account makes itself; no more than was captured."""
    asked = charge["application_fee_amount"]
    platform = w.world.platform
    if not asked or charge["transfer_data"] or platform is None:
        return None
    return begun(w, platform, min(asked, charge["amount_captured"]), charge["currency"])


def of_destination(w: Work, charge: Doc, sent: int) -> Fee | None:
    """The fee of a charge whose funds go on; no more than what does."""
    asked = charge["application_fee_amount"]
    return begun(w, w.world, min(asked, sent), charge["currency"]) if asked else None


def begun(w: Work, platform: World, amount: int, currency: str) -> Fee:
    """A fee to be collected once the payment that it is taken of is there."""
    detail = {
        "amount": amount,
        "application": beside.application_of(platform),
        "currency": currency,
        "description": f"{platform.name} application fee",
        "type": KIND,
    }
    return Fee(w.id(KIND), amount, detail)


def collect(w: Work, fee: Fee, account: str, payment: str, available_on: int, *, origin: str | None = None) -> Doc:
    """The fee as the platform has it: ``application_fee.created``.

    ``payment`` is the charge in the account, ``origin`` that of the platform which went on to be it.
    """
    holder = w.get("account", account) or {}
    earned = w.build(
        KIND,
        id=fee.id,
        account=account,
        amount=fee.amount,
        application=fee.detail["application"],
        charge=payment,
        currency=fee.detail["currency"],
        fee_source={"charge": payment, "type": "charge"},
        originating_transaction=origin,
        refunds={
            "object": "list",
            "data": [],
            "has_more": False,
            "total_count": 0,
            "url": f"/v1/application_fees/{fee.id}/refunds",
        },
    )
    of = f"Application fee from application {w.world.name} for {holder.get('email') or account} ({account})"
    transaction = balance.fee_earned(w, earned, of, available_on)
    earned = w.put(KIND, {**earned, "balance_transaction": transaction["id"]})
    w.emit("application_fee.created", earned)
    return earned


def collect_direct(w: Work, fee: Fee, charge: Doc, available_on: int) -> None:
    """The same for a charge of a connected account."""
    there = beside.platform(w)
    assert there is not None
    collect(there, fee, w.world.account_id, charge["id"], available_on)


def needed(w: Work, charge: Doc) -> tuple[Work, Doc]:
    """The fee of a charge, and the work on the platform that has it; Problem where there is none."""
    there = beside.platform(w) if w.world.platform is not None and not charge["transfer_data"] else w
    fee = there.get(KIND, charge["application_fee"]) if there is not None else None
    if there is None or fee is None:
        raise Problem(
            f"Attempting to refund_application_fee on {charge['id']}, but it has no application fee",
            param="refund_application_fee",
        )
    return there, fee


def left_of(fee: Doc) -> int:
    """What of a fee has not been refunded; Problem where that is nothing (wording: not established)."""
    left: int = fee["amount"] - fee["amount_refunded"]
    if left <= 0:
        raise Problem(f"Application fee {fee['id']} has already been refunded.")
    return left


def check_refund(fee: Doc, amount: int) -> None:
    """Problem for more than is left of a fee."""
    if amount > (left := left_of(fee)):
        asked, most = (format_amount(each, fee["currency"]) for each in (amount, left))
        raise Problem(f"Refund amount ({asked}) is greater than unrefunded amount on fee ({most})", param="amount")
