"""What was not delivered: found, and sent once more, one by one or all of it."""

from collections.abc import Callable
from typing import Any

import pytest
from control.api import Control
from webhooks.stage import Mockbill, Receiver, listen, products

Receive = Callable[..., Receiver]
Serve = Callable[..., Mockbill]


@pytest.fixture
def mockbill(serve: Serve) -> Mockbill:
    """Its failed deliveries are given up at once, and its calls wait for them."""
    return serve(webhooks="inline", webhook_retries="none", clock="2026-01-31T10:00:00Z")


def test_events_are_listed_by_whether_all_receivers_took_them(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    receiver.behave = lambda got: 500 if got.event["data"]["object"]["name"] == "b" else 200
    listen(client, receiver.url, "product.created")
    products(client, "a", "b", "c")
    client.v1.customers.create({"name": "nobody listens"})

    def names(**params: Any) -> list[str]:
        return [event.data.object["name"] for event in client.v1.events.list(params)]

    assert names(delivery_success=False) == ["b"]
    assert names(delivery_success=True) == ["nobody listens", "c", "a"]
    assert names(delivery_success=True, type="product.*") == names(delivery_success=True, types=["product.created"])
    assert names(delivery_success=True, type="product.*", limit=1) == ["c"]
    assert names(delivery_success=False, type="customer.*") == []
    receiver.behave = lambda _: 200
    Control(mockbill.url, "mockbill").post("deliveries/resend")
    assert mockbill.drain()["drained"]
    assert names(delivery_success=False) == []


def test_all_that_failed_is_sent_once_more_in_its_order(mockbill: Mockbill, receive: Receive) -> None:
    client, control, receiver = mockbill.client(), Control(mockbill.url, "mockbill"), receive()
    listen(client, receiver.url)
    products(client, "taken")
    receiver.behave = lambda _: 500
    products(client, "a", "b", "c")
    receiver.behave = lambda _: 200
    receiver.got.clear()
    assert [delivery["state"] for delivery in control.post("deliveries/resend")["data"]] == ["failed"] * 3
    assert mockbill.drain() == {"drained": True, "pending": 0, "retrying": 0, "failed": 0}
    assert receiver.names == ["a", "b", "c"]
    assert control.post("deliveries/resend")["data"] == []


def test_or_only_since_a_time_or_an_event_of_a_type_or_to_one_endpoint(mockbill: Mockbill, receive: Receive) -> None:
    client, control = mockbill.client(), Control(mockbill.url, "mockbill")
    one, two = receive(lambda _: 500), receive(lambda _: 500)
    endpoint, _ = listen(client, one.url), listen(client, two.url)
    products(client, "early")
    control.post("clock/advance", by="1 hour")
    products(client, "late")
    client.v1.customers.create({"name": "last"})
    [event] = [event for event in client.v1.events.list() if event.data.object["name"] == "late"]
    one.got.clear()
    two.got.clear()

    def resend(**which: Any) -> list[str]:
        sent = control.post("deliveries/resend", **which)["data"]
        assert mockbill.drain()["drained"]
        return [f"{delivery['type']} to {'one' if delivery['endpoint'] == endpoint.id else 'two'}" for delivery in sent]

    product, customer = "product.created", "customer.created"
    late = [f"{product} to one", f"{product} to two", f"{customer} to one", f"{customer} to two"]
    assert sorted(resend(since="2026-01-31T11:00:00Z")) == sorted(late)
    assert sorted(resend(since=event.id)) == sorted(late)
    assert resend(since=event.id, endpoint=endpoint.id) == [f"{product} to one", f"{customer} to one"]
    assert resend(type="customer.*", endpoint=two.url) == [f"{customer} to two"]
    assert resend(state="delivered") == []
    assert len(resend()) == 6
    assert one.names == ["late", "last", "late", "last", "late", "last", "early", "late", "last"]


@pytest.mark.parametrize(
    ("asked", "status", "param"),
    [({"since": "evt_none"}, 400, "since"), ({"since": "soon"}, 422, "since"), ({"state": "lost"}, 422, "state")],
)
def test_what_cannot_be_meant_is_refused(mockbill: Mockbill, asked: dict[str, str], status: int, param: str) -> None:
    refused = Control(mockbill.url, "mockbill").try_post("deliveries/resend", **asked)
    assert (refused.status, refused.error["param"]) == (status, param)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_an_endpoint_that_takes_nothing_for_days_is_disabled(serve: Serve, receive: Receive, version: str) -> None:
    mockbill = serve(
        webhooks="inline", webhook_disable_after="3d", webhook_retries="1d,1d,1d,1d", webhook_retry_clock="world",
        clock="2026-01-31",
    )  # fmt: skip
    client, control, receiver = mockbill.client(), Control(mockbill.url, "mockbill"), receive(lambda _: 500)
    if version == "v1":
        endpoint, api = listen(client, receiver.url), client.v1.webhook_endpoints
    else:
        api = client.v2.core.event_destinations
        endpoint = api.create({
            "name": "mine", "type": "webhook_endpoint", "event_payload": "snapshot", "enabled_events": ["*"],
            "webhook_endpoint": {"url": receiver.url},
        })  # fmt: skip
    products(client, "Chair")
    control.post("clock/advance", by="2 days")
    assert (api.retrieve(endpoint.id).status, len(receiver.got)) == ("enabled", 3)
    control.post("clock/advance", by="5 days")
    assert (api.retrieve(endpoint.id).status, len(receiver.got)) == ("disabled", 4)
    assert [(entry["state"], entry["error"]) for entry in mockbill.log()] == [
        ("failed", "the endpoint is disabled or deleted")
    ]
    products(client, "Table")
    assert len(receiver.got) == 4


def test_an_endpoint_that_takes_something_now_and_then_is_not(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhooks="inline", webhook_disable_after="1d", webhook_retry_clock="world", clock="2026-01-31")
    client, control, receiver = mockbill.client(), Control(mockbill.url, "mockbill"), receive()
    endpoint = listen(client, receiver.url)
    for status in (500, 200, 500, 200, 500):
        receiver.behave = lambda _, status=status: status
        products(client, "Chair")
        control.post("clock/advance", by="20 hours")
    assert client.v1.webhook_endpoints.retrieve(endpoint.id).status == "enabled"
