"""Parameters of payments that name a connected account: ``on_behalf_of`` and ``transfer_data[destination]``."""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import unmodelled
from mockbill.billing.connect import transfers
from mockbill.world import Problem, Work


def check(w: Work, params: Mapping[str, Any], amount: int | None, where: str, *, known: bool = False) -> None:
    """400 for an account that is not there or cannot take transfers, and for more than ``amount`` (minor units).

    A transfer needs a destination, unless one is ``known`` from before.  Application fees are not simulated: 501.
    """
    unmodelled.refuse(params, ("application_fee_amount",), where)
    if account := params.get("on_behalf_of"):
        w.need("account", account, "on_behalf_of")
    if data := params.get("transfer_data"):
        unmodelled.refuse(data, ("payment_data",), f"the transfers of {where}")
        if "destination" in data:
            transfers.check_destination(w, data["destination"], "transfer_data[destination]")
        elif not known:
            raise Problem(
                "Missing required param: transfer_data[destination].",
                code="parameter_missing",
                param="transfer_data[destination]",
            )
        sent = data.get("amount")
        if sent is not None and (sent <= 0 or (amount is not None and sent > amount)):
            raise Problem(
                "The transfer_data[amount] must be positive and no more than the amount of the payment.",
                code="parameter_invalid_integer",
                param="transfer_data[amount]",
            )
