"""Meter events by the v2 API, as the official SDK sends them."""

from typing import Any

import pytest
import requests
import stripe
from api.life import DAY, START, Life
from api.test_meters import thin
from api.usage import meter, report

from mockbill.server import LocalServer


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def read(life: Life, meter: str, customer: str) -> float:
    span: Any = {"customer": customer, "start_time": START - DAY, "end_time": START + DAY}
    return life.client.v1.billing.meters.event_summaries.list(meter, span).data[0].aggregated_value


def streaming(server: LocalServer, token: str) -> stripe.StripeClient:
    """A client as Stripe's guide has it: the session's token in the place of a key."""
    return stripe.StripeClient(token, base_addresses={"meter_events": server.url}, max_network_retries=0)


def test_an_event_and_its_cancellation(life: Life) -> None:
    calls, customer = meter(life), life.customer()
    sent = life.client.v2.billing.meter_events.create(
        {
            "event_name": "api_calls",
            "payload": {"stripe_customer_id": customer.id, "value": "3"},
            "identifier": "first",
            "timestamp": "2026-01-31T09:30:00Z",
        }
    )
    assert sent.to_dict() == {
        "object": "v2.billing.meter_event",
        "created": "2026-01-31T10:00:00.000Z",
        "event_name": "api_calls",
        "identifier": "first",
        "livemode": False,
        "payload": {"stripe_customer_id": customer.id, "value": "3"},
        "timestamp": "2026-01-31T09:30:00.000Z",
    }
    report(life, customer.id, 1, identifier="by v1")
    assert read(life, calls.id, customer.id) == 4
    for identifier in ("first", "by v1"):
        adjusted = life.client.v2.billing.meter_event_adjustments.create(
            {"event_name": "api_calls", "type": "cancel", "cancel": {"identifier": identifier}}
        )
        assert (adjusted.object, adjusted.status) == ("v2.billing.meter_event_adjustment", "complete")
    assert read(life, calls.id, customer.id) == 0


def test_a_session_takes_many_events_at_a_time(life: Life, server: LocalServer) -> None:
    calls, customer = meter(life), life.customer()
    session = life.client.v2.billing.meter_event_session.create()
    assert session.object == "v2.billing.meter_event_session"
    assert session.expires_at > session.created
    payload = {"stripe_customer_id": customer.id, "value": "2"}
    stream = streaming(server, session.authentication_token).v2.billing.meter_event_stream
    stream.create({"events": [{"event_name": "api_calls", "payload": payload} for _ in range(100)]})
    assert read(life, calls.id, customer.id) == 200
    with pytest.raises(stripe.InvalidRequestError, match="Up to 100 events"):
        stream.create({"events": [{"event_name": "api_calls", "payload": payload} for _ in range(101)]})


def test_what_is_wrong_with_events_of_a_stream_is_told_afterwards(life: Life, server: LocalServer) -> None:
    calls, customer = meter(life), life.customer().id
    life.client.v1.billing.meters.deactivate(meter(life, event_name="closed").id)
    right = {"stripe_customer_id": customer, "value": "2"}
    sent: Any = [
        {"event_name": "api_calls", "payload": right, "identifier": "once"},
        {"event_name": "api_calls", "payload": right, "identifier": "once"},  # sent again: no error, and not counted
        {"event_name": "api_calls", "payload": {**right, "value": "x"}, "identifier": "x"},
        {"event_name": "api_calls", "payload": {**right, "value": "y"}, "identifier": "y"},
        {"event_name": "api_calls", "payload": {"value": "1"}, "identifier": "whose"},
        {"event_name": "closed", "payload": right, "identifier": "late"},
        {"event_name": "nobody", "payload": right, "identifier": "lost"},
    ]
    token = life.client.v2.billing.meter_event_session.create().authentication_token
    streaming(server, token).v2.billing.meter_event_stream.create({"events": sent})
    assert read(life, calls.id, customer) == 2
    reports = [event.data.reason.error_types for event in thin(life, "v1.billing.meter.error_report_triggered")]
    told = [[(each.code, [one.request.identifier for one in each.sample_errors]) for each in one] for one in reports]
    assert sorted(told) == [
        [("archived_meter", ["late"])],
        [("meter_event_invalid_value", ["x", "y"]), ("meter_event_no_customer_defined", ["whose"])],
    ]
    [lost] = thin(life, "v1.billing.meter.no_meter_found")
    assert lost.data.reason.error_types[0].sample_errors[0].request.identifier == "lost"


def test_a_session_is_over_after_a_quarter_of_an_hour(
    client: stripe.StripeClient, server: LocalServer, account: str
) -> None:
    clock = f"{server.url}/_mockbill/clock"
    requests.post(clock, json={"account": account, "now": START, "mode": "frozen"}, timeout=10)
    token = client.v2.billing.meter_event_session.create().authentication_token
    stream = streaming(server, token).v2.billing.meter_event_stream
    stream.create({"events": []})
    requests.post(f"{clock}/advance", json={"account": account, "by": "15 minutes"}, timeout=10).raise_for_status()
    with pytest.raises(stripe.TemporarySessionExpiredError) as refusal:
        stream.create({"events": []})
    assert refusal.value.code == "billing_meter_event_session_expired"


def test_a_token_streams_and_does_nothing_else(client: stripe.StripeClient, server: LocalServer) -> None:
    token = client.v2.billing.meter_event_session.create().authentication_token
    holder = stripe.StripeClient(token, base_addresses={"api": server.url}, max_network_retries=0)
    with pytest.raises(stripe.AuthenticationError, match="only be used to send events"):
        holder.v1.customers.list()
    with pytest.raises(stripe.AuthenticationError, match="token of a meter event session"):
        streaming(server, client._requestor.api_key or "").v2.billing.meter_event_stream.create({"events": []})
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key"):
        streaming(server, "mes_test_nobody").v2.billing.meter_event_stream.create({"events": []})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"event_name": "nobody"}, "no_meter"),
        ({"timestamp": "2025-12-01T00:00:00Z"}, "timestamp_too_far_in_past"),
        ({"timestamp": "2026-01-31T11:00:00+00:00"}, "timestamp_in_future"),
        ({"timestamp": "yesterday"}, "invalid_fields"),
        ({"payload": {"value": "1"}}, "meter_event_no_customer_defined"),
    ],
)
def test_errors_have_the_shape_of_v2(life: Life, change: Any, code: str) -> None:
    meter(life)
    sent: Any = {"event_name": "api_calls", "payload": {"stripe_customer_id": life.customer().id, "value": "1"}}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.client.v2.billing.meter_events.create({**sent, **change})
    assert refusal.value.http_status == 400
    assert refusal.value.json_body == {
        "error": {"code": code, "message": refusal.value.user_message, "type": "invalid_request_error"}
    }
