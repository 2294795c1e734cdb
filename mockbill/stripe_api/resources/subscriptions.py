"""Subscriptions and their items."""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.billing import subscription_status, subscriptions
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, resource
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing

_STATUSES = (
    *("active", "past_due", "unpaid", "canceled", "incomplete", "incomplete_expired", "trialing", "paused"),
    *("all", "ended"),
)


def _by_status(w: Work, params: Mapping[str, Any]) -> Callable[[Doc], bool] | None:
    """Ended subscriptions are hidden unless asked for."""
    status = params.get("status")
    if status == "all":
        return None
    if status is None:
        return lambda doc: doc["status"] not in subscription_status.ENDED
    if status == "ended":
        return lambda doc: doc["status"] in subscription_status.ENDED
    if status not in _STATUSES:
        raise Problem(f"Invalid status: must be one of {', '.join(_STATUSES[:-1])}, or ended", param="status")
    return lambda doc: doc["status"] == status


resource(
    "subscription",
    "/v1/subscriptions/{subscription_exposed_id}",
    create=subscriptions.create,
    update=subscriptions.update,
    filters={
        "collection_method": "collection_method",
        "customer": "customer",
        "price": "items.data[].price.id",
        "test_clock": "test_clock",
    },
    keep=_by_status,
    on_clocks=True,
)


@handles("DELETE /v1/subscriptions/{subscription_exposed_id}")
def _cancel(call: Call) -> Doc:
    subscription = call.work.need("subscription", call.id)
    call.work.use_clock_of(subscription)
    return subscriptions.cancel(call.work, subscription, call.params)


@handles("GET /v1/subscription_items")
def _items(call: Call) -> Doc:
    subscription = call.work.need("subscription", call.params["subscription"], "subscription")
    return lists.page_of(subscription["items"]["data"], call.params, call.path, "subscription_item")


@handles("GET /v1/subscription_items/{item}")
def _item(call: Call) -> Doc:
    for subscription in call.work.find("subscription", {"items.data[].id": call.id}):
        for item in subscription["items"]["data"]:
            if item["id"] == call.id:
                return dict(item)
    raise missing("subscription_item", call.id, "id")
