"""Parameters of payments that name a connected account, and what the platform takes: ``on_behalf_of``,
``transfer_data`` and ``application_fee_amount``."""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import unmodelled
from mockbill.billing.connect import fees, transfers
from mockbill.world import Problem, Work


def check(
    w: Work, params: Mapping[str, Any], amount: int | None, where: str, *, known: Mapping[str, Any] | None = None
) -> None:
    """400 for an account that is not there or cannot take transfers, and for more than ``amount`` (minor units).

    A transfer needs a destination, and a fee one or an account that charges itself; ``known`` is the payment that has
    them from before.
    """
    if account := params.get("on_behalf_of"):
        w.need("account", account, "on_behalf_of")
    before = (known or {}).get("transfer_data") or {}
    data = params.get("transfer_data") or {}
    if data:
        _check_transfer(w, data, before, amount, where)
    destination = data.get("destination") or before.get("destination")
    fee = params.get("application_fee_amount", (known or {}).get("application_fee_amount"))
    fees.check(w, fee, amount, destination=destination)
    if fee and (data.get("amount") or before.get("amount")):
        raise Problem(
            "You may only specify one of these parameters: application_fee_amount, transfer_data[amount].",
            code="parameters_exclusive",
            param="application_fee_amount",
        )


def check_still(w: Work, intent: Mapping[str, Any]) -> None:
    """400 where the account that a payment was to go on to takes no transfers any more, or is gone."""
    if data := intent.get("transfer_data"):
        transfers.check_destination(w, data["destination"], "transfer_data[destination]")


def _check_transfer(
    w: Work, data: Mapping[str, Any], before: Mapping[str, Any], amount: int | None, where: str
) -> None:
    unmodelled.refuse(data, ("payment_data",), f"the transfers of {where}")
    if "destination" in data:
        transfers.check_destination(w, data["destination"], "transfer_data[destination]")
    elif not before:
        raise Problem(
            "Missing required param: transfer_data[destination].",
            code="parameter_missing",
            param="transfer_data[destination]",
        )
    sent = data.get("amount")
    if sent not in (None, "") and (sent <= 0 or (amount is not None and sent > amount)):
        raise Problem(
            "The transfer_data[amount] must be positive and no more than the amount of the payment.",
            code="parameter_invalid_integer",
            param="transfer_data[amount]",
        )
