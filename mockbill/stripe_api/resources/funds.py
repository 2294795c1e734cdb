"""Payouts and top-ups."""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.billing.funds import payouts, topups
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import resource
from mockbill.world import Doc, Work


def _arriving(w: Work, params: Mapping[str, Any]) -> Callable[[Doc], bool] | None:
    asked = params.get("arrival_date")
    return None if asked is None else lambda payout: lists.in_range(payout["arrival_date"], asked)


def _of_amount(w: Work, params: Mapping[str, Any]) -> Callable[[Doc], bool] | None:
    asked = params.get("amount")
    return None if asked is None else lambda topup: lists.in_range(topup["amount"], asked)


resource(
    "payout",
    "/v1/payouts/{payout}",
    create=payouts.create,
    update=payouts.update,
    actions={"cancel": payouts.cancel, "reverse": payouts.reverse},
    filters={"destination": "destination", "status": "status"},
    keep=_arriving,
)
resource(
    "topup",
    "/v1/topups/{topup}",
    create=topups.create,
    update=topups.update,
    actions={"cancel": topups.cancel},
    filters={"status": "status"},
    keep=_of_amount,
)
