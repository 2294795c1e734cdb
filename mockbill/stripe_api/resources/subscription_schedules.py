"""Subscription schedules."""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.billing.schedules import creation, endings, updates
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import resource
from mockbill.world import Doc, Work

_TIMES = ("canceled_at", "completed_at", "released_at")


def _chosen(w: Work, params: Mapping[str, Any]) -> Callable[[Doc], bool] | None:
    """Only those that have not begun (``scheduled``), and by when they ended."""
    asked = {name: params[name] for name in _TIMES if name in params}
    waiting = params.get("scheduled")
    if not asked and not waiting:
        return None
    return lambda doc: (
        all(doc[name] is not None and lists.in_range(doc[name], when) for name, when in asked.items())
        and (not waiting or doc["status"] == "not_started")
    )


resource(
    "subscription_schedule",
    "/v1/subscription_schedules/{schedule}",
    create=creation.create,
    update=updates.update,
    actions={"cancel": endings.cancel, "release": endings.release},
    filters={"customer": "customer", "customer_account": "customer_account"},
    keep=_chosen,
    on_clocks=True,
)
