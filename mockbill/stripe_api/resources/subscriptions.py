"""Subscriptions and their items."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from mockbill.billing import (
    subscription_cancellation,
    subscription_pauses,
    subscription_resumption,
    subscription_status,
    subscription_updates,
    subscriptions,
)
from mockbill.billing.usage import record_verbs
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, resource, subject
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing

_STATUSES = (
    *("active", "past_due", "unpaid", "canceled", "incomplete", "incomplete_expired", "trialing", "paused"),
    *("all", "ended"),
)
_PERIODS = ("current_period_start", "current_period_end")


def _by_status(params: Mapping[str, Any]) -> Callable[[Doc], bool] | None:
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


def _chosen(w: Work, params: Mapping[str, Any]) -> Callable[[Doc], bool] | None:
    """By status, and by the periods of the items."""
    tests = [test for test in (_by_status(params), *map(partial(_by_period, params), _PERIODS)) if test]
    return (lambda doc: all(test(doc) for test in tests)) if tests else None


def _by_period(params: Mapping[str, Any], bound: str) -> Callable[[Doc], bool] | None:
    asked = params.get(bound)
    if asked is None:
        return None
    return lambda doc: any(lists.in_range(item[bound], asked) for item in doc["items"]["data"])


resource(
    "subscription",
    "/v1/subscriptions/{subscription_exposed_id}",
    create=subscriptions.create,
    update=subscription_updates.update,
    filters={
        "automatic_tax.enabled": "automatic_tax.enabled",
        "collection_method": "collection_method",
        "customer": "customer",
        "customer_account": "customer_account",
        "plan": "items.data[].price.id",  # a plan and its price share the id
        "price": "items.data[].price.id",
        "test_clock": "test_clock",
    },
    keep=_chosen,
    on_clocks=True,
)


@handles("POST /v1/subscriptions/{subscription}/migrate")
def _migrate(call: Call) -> Doc:
    return subscriptions.migrate(call.work, subject(call, "subscription"), call.params)


@handles("DELETE /v1/subscriptions/{subscription_exposed_id}")
def _cancel(call: Call) -> Doc:
    return subscription_cancellation.cancel(call.work, subject(call, "subscription"), call.params)


@handles("POST /v1/subscriptions/{subscription}/pause")
def _pause(call: Call) -> Doc:
    return subscription_pauses.pause(call.work, subject(call, "subscription"), call.params)


@handles("POST /v1/subscriptions/{subscription}/resume")
def _resume(call: Call) -> Doc:
    return subscription_resumption.resume(call.work, subject(call, "subscription"), call.params)


@handles("GET /v1/subscription_items")
def _items(call: Call) -> Doc:
    subscription = call.work.need("subscription", call.params["subscription"], "subscription")
    return lists.page_of(subscription["items"]["data"], call.params, call.path, "subscription_item")


@handles("GET /v1/subscription_items/{item}")
def _item(call: Call) -> Doc:
    return _one_of(_owner(call), call.id)


@handles("POST /v1/subscription_items")
def _add_item(call: Call) -> Doc:
    subscription = call.work.need("subscription", call.params.pop("subscription"), "subscription")
    known = {item["id"] for item in subscription["items"]["data"]}
    changed = _with_item(call, subscription, {})
    pending = (changed["pending_update"] or {}).get("subscription_items") or ()  # where it waits for its payment
    return next(item for item in (*changed["items"]["data"], *pending) if item["id"] not in known)


@handles("POST /v1/subscription_items/{item}")
def _update_item(call: Call) -> Doc:
    changed = _with_item(call, _owner(call), {"id": call.id})
    return next(item for item in changed["items"]["data"] if item["id"] == call.id)


@handles("DELETE /v1/subscription_items/{item}")
def _delete_item(call: Call) -> Doc:
    _with_item(call, _owner(call), {"id": call.id, "deleted": True})
    return {"id": call.id, "object": "subscription_item", "deleted": True}


@handles("POST /v1/subscription_items/{subscription_item}/usage_records")
def _usage_record(call: Call) -> Doc:
    subscription = _owner(call)
    call.work.use_clock_of(subscription)
    return record_verbs.create(call.work, subscription, _one_of(subscription, call.id), call.params)


@handles("GET /v1/subscription_items/{subscription_item}/usage_record_summaries")
def _usage_record_summaries(call: Call) -> Doc:
    subscription = _owner(call)
    found = record_verbs.summaries(call.work, subscription, _one_of(subscription, call.id))
    return lists.page_of(found, call.params, call.path, "usage_record_summary")


def _one_of(subscription: Doc, item: str) -> Doc:
    found: Doc = next(each for each in subscription["items"]["data"] if each["id"] == item)
    return found


_OF_THE_CHANGE = ("off_session", "payment_behavior", "proration_behavior", "proration_date")


def _with_item(call: Call, subscription: Doc, entry: dict[str, Any]) -> Doc:
    """The subscription updated by one entry of ``items``, which is what these calls are short for."""
    call.work.use_clock_of(subscription)
    how = {name: value for name, value in call.params.items() if name in _OF_THE_CHANGE}
    what = {name: value for name, value in call.params.items() if name not in _OF_THE_CHANGE}
    return subscription_updates.update(call.work, subscription, {**how, "items": [{**what, **entry}]})


def _owner(call: Call) -> Doc:
    for subscription in call.work.find("subscription", {"items.data[].id": call.id}):
        return subscription
    raise missing("subscription_item", call.id, "id")
