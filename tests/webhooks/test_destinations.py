"""Event destinations of the v2 API and thin events, as the official SDK uses them."""

from collections.abc import Callable
from typing import Any, cast

import pytest
import requests
import stripe
from stripe.v2.core import EventNotification
from webhooks.stage import Mockbill, Receiver, listen

from mockbill.world import thin_events


def destination(client: stripe.StripeClient, url: str, *types: str, **params: Any) -> stripe.v2.core.EventDestination:
    """A destination for thin events of these types, or as the parameters say; the answer shows URL and secret."""
    wanted: Any = {
        "name": "Receiver",
        "type": "webhook_endpoint",
        "event_payload": "thin",
        "enabled_events": list(types) or ["*"],
        "webhook_endpoint": {"url": url},
        "include": ["webhook_endpoint.signing_secret", "webhook_endpoint.url"],
        **params,
    }
    return client.v2.core.event_destinations.create(wanted)


def secret_of(made: stripe.v2.core.EventDestination) -> str:
    assert made.webhook_endpoint is not None
    return made.webhook_endpoint.signing_secret or ""


def parsed(client: stripe.StripeClient, got: Any, secret: str) -> Any:
    """What a receiver makes of a request: verified and typed."""
    return client.parse_event_notification(got.body, got.headers["Stripe-Signature"], secret)


def test_a_thin_event_is_verified_and_leads_to_its_object(mockbill: Mockbill, receive: Callable[..., Receiver]) -> None:
    client, receiver = mockbill.client(), receive()
    made = destination(client, receiver.url, "v1.customer.created")
    customer = client.v1.customers.create({"email": "ada@example.com"}, {"idempotency_key": "once"})
    client.v1.products.create({"name": "not wanted"})
    (got,) = receiver.wait_for(1)
    snapshot = client.v1.events.list({"type": "customer.created"}).data[0]
    assert got.event == {
        "id": got.event["id"],
        "object": "v2.core.event",
        "context": None,
        "created": got.event["created"],
        "livemode": False,
        "reason": {"type": "request", "request": {"id": snapshot.request.id, "idempotency_key": "once"}},
        "related_object": {"id": customer.id, "type": "customer", "url": f"/v1/customers/{customer.id}"},
        "snapshot_event": snapshot.id,
        "type": "v1.customer.created",
    }
    notification = parsed(client, got, secret_of(made))
    assert isinstance(notification, stripe.events.V1CustomerCreatedEventNotification)
    assert notification.fetch_related_object().email == "ada@example.com"
    event = notification.fetch_event()
    assert (event.id, event.type, event.snapshot_event) == (got.event["id"], "v1.customer.created", snapshot.id)
    assert event.fetch_related_object().id == customer.id
    with pytest.raises(stripe.SignatureVerificationError):
        parsed(client, got, "whsec_of_somebody_else")
    mockbill.drain()
    assert receiver.types == ["v1.customer.created"]


def test_a_snapshot_destination_gets_what_an_endpoint_gets(
    mockbill: Mockbill, receive: Callable[..., Receiver]
) -> None:
    client, old, new = mockbill.client(), receive(), receive()
    endpoint = listen(client, old.url, "invoice.created", api_version="2024-06-20")
    made = destination(client, new.url, "invoice.created", event_payload="snapshot", snapshot_api_version="2024-06-20")
    assert (made.snapshot_api_version, made.events_from) == ("2024-06-20", ["@self"])
    customer = client.v1.customers.create({})
    client.v1.invoices.create({"customer": customer.id})
    (by_v1,), (by_v2,) = old.wait_for(1), new.wait_for(1)
    assert by_v1.body == by_v2.body
    assert (by_v1.event["pending_webhooks"], by_v1.event["api_version"]) == (2, "2024-06-20")
    assert "paid_out_of_band" in by_v2.event["data"]["object"]
    event = client.construct_event(by_v2.body, by_v2.headers["Stripe-Signature"], secret_of(made))
    assert event.type == "invoice.created"
    assert endpoint.secret != secret_of(made)


def test_the_life_of_a_destination(mockbill: Mockbill, receive: Callable[..., Receiver]) -> None:
    client, receiver, other = mockbill.client(), receive(), receive()
    destinations = client.v2.core.event_destinations
    made = destination(client, receiver.url, "v1.product.created", description="a", metadata={"a": "1", "b": "2"})
    assert made.to_dict() == {
        "id": made.id,
        "object": "v2.core.event_destination",
        "created": made.created,
        "description": "a",
        "enabled_events": ["v1.product.created"],
        "event_payload": "thin",
        "events_from": ["@self"],
        "livemode": False,
        "metadata": {"a": "1", "b": "2"},
        "name": "Receiver",
        "snapshot_api_version": None,
        "status": "enabled",
        "status_details": None,
        "type": "webhook_endpoint",
        "updated": made.created,
        "webhook_endpoint": {"signing_secret": secret_of(made), "url": receiver.url},
    }
    assert (made.id[:8], secret_of(made)[:6]) == ("ed_test_", "whsec_")
    assert destinations.retrieve(made.id).to_dict()["webhook_endpoint"] == {"signing_secret": None, "url": None}
    shown = destinations.retrieve(made.id, {"include": ["webhook_endpoint.url"]}).to_dict()["webhook_endpoint"]
    assert shown == {"signing_secret": None, "url": receiver.url}

    changed = destinations.update(
        made.id,
        {
            "name": "Other",
            "description": "",
            "metadata": {"a": None, "c": "3"},
            "enabled_events": ["v1.product.created", "v1.product.updated"],
            "webhook_endpoint": {"url": other.url},
        },
    )
    assert (changed.name, changed.description) == ("Other", "")
    assert changed.to_dict()["metadata"] == {"b": "2", "c": "3"}
    client.v1.products.create({"name": "first"})
    other.wait_for(1)

    off = destinations.disable(made.id)
    assert (off.status, off.to_dict()["status_details"]) == ("disabled", {"disabled": {"reason": "user"}})
    client.v1.products.create({"name": "second"})
    with pytest.raises(stripe.InvalidRequestError, match="is disabled: enable it before you ping it"):
        destinations.ping(made.id)
    on = destinations.enable(made.id)
    assert (on.status, on.status_details) == ("enabled", None)
    client.v1.products.create({"name": "third"})
    mockbill.drain()
    assert (other.types, receiver.got) == (["v1.product.created"] * 2, [])

    gone = destinations.delete(made.id)
    assert gone.id == made.id
    with pytest.raises(stripe.InvalidRequestError) as caught:
        destinations.retrieve(made.id)
    assert (caught.value.http_status, caught.value.code) == (404, "not_found")


def test_a_ping_reaches_one_destination_whatever_it_listens_to(
    mockbill: Mockbill, receive: Callable[..., Receiver]
) -> None:
    client, pinged, other = mockbill.client(), receive(), receive()
    made = destination(client, pinged.url, "customer.created", event_payload="snapshot")
    destination(client, other.url)
    ping = client.v2.core.event_destinations.ping(made.id)
    notification = parsed(client, pinged.wait_for(1)[0], secret_of(made))
    assert isinstance(notification, stripe.events.V2CoreEventDestinationPingEventNotification)
    assert (notification.id, notification.fetch_event().id) == (ping.id, ping.id)
    assert notification.fetch_related_object().id == made.id
    mockbill.drain()
    assert (len(pinged.got), other.got) == (1, [])


def test_events_that_have_no_snapshot_are_kept_and_delivered(
    mockbill: Mockbill, receive: Callable[..., Receiver]
) -> None:
    client, receiver = mockbill.client(), receive()
    type = "v1.billing.meter.error_report_triggered"
    made = destination(client, receiver.url, type)
    meter = client.v1.billing.meters.create(
        {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
    )
    data = {
        "developer_message_summary": "There is 1 invalid event",
        "reason": {"error_count": 1, "error_types": []},
        "validation_end": "2026-01-31T10:00:10.000Z",
        "validation_start": "2026-01-31T10:00:00.000Z",
    }
    with mockbill.world().work() as work:
        thin_events.emit(work, type, work.need("billing.meter", meter.id), data)
    notification = parsed(client, receiver.wait_for(1)[0], secret_of(made))
    assert "data" not in receiver.got[0].event
    event = notification.fetch_event()
    assert isinstance(event, stripe.events.V1BillingMeterErrorReportTriggeredEvent)
    assert event.data.reason.error_count == 1
    assert event.fetch_related_object().event_name == "calls"
    assert [each.id for each in client.v2.core.events.list({"object_id": meter.id, "types": [type]})] == [event.id]


def test_context_names_the_connected_account(mockbill: Mockbill, receive: Callable[..., Receiver]) -> None:
    client, ours, theirs = mockbill.client(), receive(), receive()
    destination(client, ours.url, "v1.product.created")
    made = destination(client, theirs.url, "v1.product.created", events_from=["other_accounts"])
    assert made.events_from == ["@accounts"]
    account = client.v1.accounts.create({"type": "standard"})
    product = client.v1.products.create({"name": "theirs"}, {"stripe_account": account.id})
    client.v1.products.create({"name": "ours"})
    notification = parsed(client, theirs.wait_for(1)[0], secret_of(made))
    assert str(notification.context) == account.id
    assert notification.fetch_related_object().id == product.id
    assert notification.fetch_event().fetch_related_object().name == "theirs"
    mockbill.drain()
    assert (len(ours.got), len(theirs.got)) == (1, 1)


def test_the_finer_events_of_a_subscription(mockbill: Mockbill, receive: Callable[..., Receiver]) -> None:
    client, receiver = mockbill.client(), receive()
    told = ("created", "active", "updated", "item_quantity_changed")
    destination(client, receiver.url, *(f"v1.customer.subscription.{name}" for name in told))
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 500, "recurring": {"interval": "month"}, "product_data": {"name": "Pro"}}
    )
    customer = client.v1.customers.create(
        {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    )
    subscription = client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]})
    item = subscription["items"].data[0]
    client.v1.subscriptions.update(
        subscription.id, {"items": [{"id": item.id, "quantity": 2}], "proration_behavior": "none"}
    )
    mockbill.drain()
    names = [type.removeprefix("v1.customer.subscription.") for type in receiver.types]
    assert tuple(names) == told
    about = client.v2.core.events.list({"object_id": subscription.id, "limit": 3})
    assert [event.type for event in about.auto_paging_iter()] == receiver.types[::-1]


def test_events_are_listed_newest_first_by_page(mockbill: Mockbill) -> None:
    client = mockbill.client()
    for name in ("a", "b", "c", "d", "e"):
        client.v1.products.create({"name": name})
    every = [event.id for event in client.v2.core.events.list({"limit": 2}).auto_paging_iter()]
    assert len(every) == len(set(every)) == 5
    first = client.v2.core.events.list({"limit": 2, "types": ["v1.product.created"]})
    assert ([event.id for event in first], first["previous_page_url"]) == (every[:2], None)
    second = client.raw_request("get", cast(str, first.next_page_url)).data
    assert [event["id"] for event in second["data"]] == every[2:4]
    back = client.raw_request("get", second["previous_page_url"]).data
    assert [event["id"] for event in back["data"]] == every[:2]
    assert (back["previous_page_url"], back["next_page_url"]) == (None, first.next_page_url)
    created = client.v2.core.events.retrieve(every[0]).created
    assert client.v2.core.events.list({"created": {"gt": created}}).data == []
    assert len(client.v2.core.events.list({"created": {"gte": "2026-01-01T00:00:00Z"}}).data) == 5


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"enabled_events": ["customer.created"]}, "customer.created is no type of thin event"),
        ({"event_payload": "snapshot", "enabled_events": ["v1.customer.created"]}, "is no type of snapshot event"),
        ({"enabled_events": []}, "at least one type"),
        ({"webhook_endpoint": {"url": "localhost"}}, "Invalid URL"),
        ({"webhook_endpoint": None}, "webhook_endpoint.url is required"),
        ({"snapshot_api_version": "2024-06-20"}, "cannot be given for thin events"),
        (
            {"event_payload": "snapshot", "enabled_events": ["*"], "snapshot_api_version": "2024-06-21"},
            "Invalid Stripe",
        ),
        ({"events_from": ["everybody"]}, "Invalid events_from: everybody"),
        ({"event_payload": "fat"}, "event_payload"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_no_destination_can_be(mockbill: Mockbill, params: dict[str, Any], message: str) -> None:
    client = mockbill.client()
    with pytest.raises(stripe.InvalidRequestError, match=message):
        destination(client, "http://127.0.0.1:9/hook", **params)
    assert client.v2.core.event_destinations.list().data == []


def test_unreachable_clouds_are_refused(mockbill: Mockbill) -> None:
    with pytest.raises(stripe.APIError, match="does not simulate destinations of type amazon_eventbridge"):
        destination(mockbill.client(), "http://127.0.0.1:9/hook", type="amazon_eventbridge")


def test_a_thin_event_can_be_sent_again(mockbill: Mockbill, receive: Callable[..., Receiver]) -> None:
    client, receiver = mockbill.client(), receive()
    made = destination(client, receiver.url, "v1.product.created")
    client.v1.products.create({"name": "again"})
    (got,) = receiver.wait_for(1)
    mockbill.app.webhooks.resend(mockbill.world(), got.event["id"])
    mockbill.drain()
    assert [each.body for each in receiver.got] == [got.body] * 2
    (delivery,) = mockbill.log(endpoint=made.id)
    assert (delivery["event"], delivery["type"], delivery["attempt"]) == (got.event["id"], "v1.product.created", 2)
    assert isinstance(parsed(client, receiver.got[1], secret_of(made)), EventNotification)


def test_the_clock_of_an_account_with_nothing_but_destinations_can_be_set_back(mockbill: Mockbill) -> None:
    client = mockbill.client()
    made = destination(client, "http://127.0.0.1:9/hook")
    set_back = requests.post(f"{mockbill.url}/_mockbill/clock", json={"now": "2020-03-01T00:00:00Z"}, timeout=60)
    assert (set_back.status_code, set_back.json()["now"]) == (200, "2020-03-01T00:00:00Z")
    client.v1.products.create({"name": "then"})
    assert client.v2.core.events.list().data[0].created.startswith("2020-03-01T00:00")
    refused = requests.post(f"{mockbill.url}/_mockbill/clock", json={"now": "2019-03-01T00:00:00Z"}, timeout=60)
    assert refused.status_code == 409
    assert client.v2.core.event_destinations.list().data[0].id == made.id
