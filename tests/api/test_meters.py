"""Meters, their events, adjustments and summaries, through the official SDK."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life
from api.usage import meter, metered, refused, report


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def read(life: Life, meter: str, customer: str, start: int = START - 40 * DAY, end: int = START + DAY) -> float:
    """What a customer has used by a meter."""
    [whole] = life.client.v1.billing.meters.event_summaries.list(
        meter, {"customer": customer, "start_time": start, "end_time": end}
    ).data
    return whole.aggregated_value


def test_the_life_of_a_meter(life: Life) -> None:
    meters = life.client.v1.billing.meters
    made = meters.create({"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}})
    assert made.id.startswith("mtr_test_")
    assert made.to_dict() == {
        "id": made.id,
        "object": "billing.meter",
        "created": made.created,
        "customer_mapping": {"event_payload_key": "stripe_customer_id", "type": "by_id"},
        "default_aggregation": {"formula": "sum"},
        "display_name": "Calls",
        "event_name": "calls",
        "event_time_window": None,
        "livemode": False,
        "status": "active",
        "status_transitions": {"deactivated_at": None},
        "updated": made.created,
        "value_settings": {"event_payload_key": "value"},
    }
    assert meters.update(made.id, {"display_name": "API calls"}).display_name == "API calls"
    stopped = meters.deactivate(made.id)
    assert (stopped.status, stopped.status_transitions.deactivated_at) == ("inactive", stopped.updated)
    assert [each.id for each in meters.list({"status": "inactive"}).data] == [made.id]
    assert meters.list({"status": "active"}).data == []
    started = meters.reactivate(made.id)
    assert (started.status, started.status_transitions.deactivated_at) == ("active", None)
    assert meters.retrieve(made.id).to_dict() == started.to_dict()
    told = [(event.type, event.to_dict()["data"].get("previous_attributes")) for event in life.new_events()]
    assert told == [
        ("billing.meter.created", None),
        ("billing.meter.updated", {"display_name": "Calls"}),
        ("billing.meter.deactivated", {"status": "active", "status_transitions": {"deactivated_at": None}}),
        (
            "billing.meter.reactivated",
            {"status": "inactive", "status_transitions": {"deactivated_at": stopped.updated}},
        ),
    ]


def thin(life: Life, type: str) -> list[Any]:
    """The thin events of a type, with what they say to who fetches them."""
    events = life.client.v2.core.events
    return [events.retrieve(event.id) for event in events.list().data if event.type == type]


def test_an_event_name_belongs_to_one_active_meter(life: Life) -> None:
    first = meter(life)
    refused(lambda: meter(life), "must be unique among active meters", param="event_name")
    life.client.v1.billing.meters.deactivate(first.id)
    second = meter(life)
    refused(lambda: life.client.v1.billing.meters.reactivate(first.id), "must be unique", param="event_name")
    life.client.v1.billing.meters.deactivate(second.id)
    assert life.client.v1.billing.meters.reactivate(first.id).status == "active"


def test_an_event_is_answered_as_it_was_taken(life: Life) -> None:
    meter(life)
    customer = life.customer()
    sent = report(life, customer.id, "2.50", identifier="call-1", timestamp=START - HOUR)
    assert sent.to_dict() == {
        "object": "billing.meter_event",
        "created": START,
        "event_name": "api_calls",
        "identifier": "call-1",
        "livemode": False,
        "payload": {"stripe_customer_id": customer.id, "value": "2.50"},
        "timestamp": START - HOUR,
    }
    plain = report(life, customer.id, 1)
    assert (plain.timestamp, len(plain.identifier)) == (START, 32)


@pytest.mark.parametrize(("formula", "reads"), [("sum", 6.75), ("count", 4), ("last", 0.25)])
def test_a_meter_reads_as_its_formula_says(life: Life, formula: str, reads: float) -> None:
    calls, customer, other = meter(life, formula), life.customer(), life.customer()
    report(life, customer.id, "0.25")  # 0.25 + 1.5 + 2 + 3 = 6.75, and it has the latest time of the four
    report(life, customer.id, "1.5", timestamp=START - 60)
    report(life, customer.id, "2", timestamp=START - 30 * DAY)
    report(life, customer.id, "3", timestamp=START - HOUR)
    report(life, other.id, "100")
    assert read(life, calls.id, customer.id) == reads
    assert read(life, calls.id, customer.id, START - 60, START) == {"sum": 1.5, "count": 1, "last": 1.5}[formula]
    assert read(life, calls.id, customer.id, START - DAY, START - 2 * HOUR) == 0


def test_keys_of_the_payload_can_have_other_names(life: Life) -> None:
    tokens = meter(
        life,
        event_name="tokens",
        customer_mapping={"type": "by_id", "event_payload_key": "who"},
        value_settings={"event_payload_key": "how_many"},
    )
    customer = life.customer()
    life.client.v1.billing.meter_events.create(
        {"event_name": "tokens", "payload": {"who": customer.id, "how_many": "7"}}
    )
    assert read(life, tokens.id, customer.id) == 7


def test_usage_by_the_hour_and_by_the_day(life: Life) -> None:
    calls, customer = meter(life), life.customer()
    report(life, customer.id, 1)  # START is 10:00
    report(life, customer.id, 2, timestamp=START - HOUR)
    report(life, customer.id, 4, timestamp=START - DAY)
    listing = life.client.v1.billing.meters.event_summaries
    midnight = START - 10 * HOUR
    span: Any = {"customer": customer.id, "start_time": midnight - DAY, "end_time": midnight + DAY}
    days = listing.list(calls.id, {**span, "value_grouping_window": "day"}).data
    assert [(day.start_time, day.end_time, day.aggregated_value) for day in days] == [
        (midnight, midnight + DAY, 3),
        (midnight - DAY, midnight, 4),
    ]
    hours = listing.list(calls.id, {**span, "value_grouping_window": "hour", "limit": 20})
    assert hours.has_more
    every = list(hours.auto_paging_iter())
    assert len(every) == len({hour.id for hour in every}) == 48
    assert {hour.start_time: hour.aggregated_value for hour in every if hour.aggregated_value} == {
        START: 1,
        START - HOUR: 2,
        START - DAY: 4,
    }


@pytest.mark.parametrize(
    ("span", "param"),
    [
        ({"start_time": START + 1}, "start_time"),
        ({"end_time": START + 30}, "end_time"),
        ({"start_time": START + 60, "value_grouping_window": "hour"}, "start_time"),
        ({"value_grouping_window": "day"}, "start_time"),  # 10:00
        ({"end_time": START}, "end_time"),
    ],
)
def test_summaries_keep_to_their_boundaries(life: Life, span: dict[str, Any], param: str) -> None:
    calls, customer = meter(life), life.customer()
    asked: Any = {"customer": customer.id, "start_time": START, "end_time": START + HOUR, **span}
    refused(lambda: life.client.v1.billing.meters.event_summaries.list(calls.id, asked), "", param=param)


@pytest.mark.parametrize(("name", "code"), [("nobody", "no_meter"), ("closed", "archived_meter")])
def test_what_no_meter_counts_is_refused(life: Life, name: str, code: str) -> None:
    customer = life.customer()
    life.client.v1.billing.meters.deactivate(meter(life, event_name="closed").id)
    refused(lambda: report(life, customer.id, 1, event_name=name), name, code=code, param="event_name")


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (
            {"payload": {"value": "1"}},
            "meter_event_no_customer_defined",
            "Customer mapping key stripe_customer_id not found in payload.",
        ),
        (
            {"payload": {"stripe_customer_id": "cus_x", "value": "1"}},
            "meter_event_customer_not_found",
            "No such customer: 'cus_x'",
        ),
        ({"value": ""}, "meter_event_value_not_found", "missing the value key"),
        ({"value": "many"}, "meter_event_invalid_value", "many"),
        ({"value": "1e3"}, "meter_event_invalid_value", "1e3"),
        ({"value": "1234567890.123456"}, "meter_event_value_too_many_digits", "15 digits"),
        ({"timestamp": START - 35 * DAY - 1}, "timestamp_too_far_in_past", "35 days"),
        ({"timestamp": START + 301}, "timestamp_in_future", "5 minutes"),
    ],
)
def test_an_event_that_cannot_be_counted_is_taken_and_reported(
    life: Life, change: dict[str, Any], code: str, message: str
) -> None:
    calls, customer = meter(life), life.customer()
    payload = {"stripe_customer_id": customer.id, "value": change.pop("value", "1")}
    sent: Any = {"event_name": "api_calls", "payload": payload, "identifier": "wrong", **change}
    assert life.client.v1.billing.meter_events.create(sent).identifier == "wrong"
    assert read(life, calls.id, customer.id) == 0
    [told] = thin(life, "v1.billing.meter.error_report_triggered")
    assert told.related_object.to_dict() == {
        "id": calls.id,
        "type": "billing.meter",
        "url": f"/v1/billing/meters/{calls.id}",
    }
    [error] = told.data.reason.error_types
    assert (told.data.reason.error_count, error.code, error.error_count) == (1, code, 1)
    [sample] = error.sample_errors
    assert message in sample.error_message
    assert sample.request.identifier == "wrong"
    assert told.data.developer_message_summary == "There is 1 invalid event"
    assert told.data.validation_start <= told.created < told.data.validation_end
    report(life, customer.id, 3, identifier="wrong")  # what was not counted can be sent again
    assert read(life, calls.id, customer.id) == 3


def test_times_and_values_at_the_edge_are_taken(life: Life) -> None:
    calls, customer = meter(life), life.customer()
    report(life, customer.id, "999999999999999", timestamp=START - 35 * DAY)
    report(life, customer.id, "-0.000000000000001", timestamp=START - 35 * DAY)
    report(life, customer.id, "1", timestamp=START + 300)
    assert read(life, calls.id, customer.id, START, START + DAY) == 1
    assert read(life, calls.id, customer.id, START - 36 * DAY, START) == pytest.approx(999999999999999)


def test_an_identifier_is_one_events_own_for_a_day(life: Life) -> None:
    calls, customer = meter(life), life.customer()
    report(life, customer.id, 1, identifier="once")
    again = lambda: report(life, customer.id, 1, identifier="once")  # noqa: E731
    refused(again, "An event already exists with identifier once.", param="identifier")
    life.advance(DAY - 1)
    refused(again, "An event already exists", param="identifier")
    life.advance(1)
    again()
    assert read(life, calls.id, customer.id, START, START + 2 * DAY) == 2
    refused(lambda: report(life, customer.id, 1, identifier="x" * 101), "at most 100", param="identifier")


def cancel(life: Life, identifier: str, **params: Any) -> stripe.billing.MeterEventAdjustment:
    sent: Any = {"event_name": "api_calls", "type": "cancel", "cancel": {"identifier": identifier}, **params}
    return life.client.v1.billing.meter_event_adjustments.create(sent)


@pytest.mark.parametrize(("formula", "before", "after"), [("sum", 7, 3), ("count", 3, 2), ("last", 4, 2)])
def test_a_canceled_event_never_happened(life: Life, formula: str, before: int, after: int) -> None:
    calls, customer = meter(life, formula), life.customer()
    report(life, customer.id, 1)
    report(life, customer.id, 2, identifier="second")
    report(life, customer.id, 4, identifier="wrong")  # of one second, the last to arrive is the last
    assert read(life, calls.id, customer.id) == before
    assert cancel(life, "wrong").to_dict() == {
        "object": "billing.meter_event_adjustment",
        "cancel": {"identifier": "wrong"},
        "event_name": "api_calls",
        "livemode": False,
        "status": "complete",
        "type": "cancel",
    }
    assert read(life, calls.id, customer.id) == after
    refused(lambda: cancel(life, "wrong"), "already canceled", param="cancel[identifier]")
    refused(lambda: cancel(life, "unheard"), "No such meter event", param="cancel[identifier]")
    life.advance(DAY + 1)
    refused(lambda: cancel(life, "second"), "more than 24 hours ago", param="cancel[identifier]")


def test_a_meter_that_is_not_there_measures_nothing(life: Life) -> None:
    summaries = life.client.v1.billing.meters.event_summaries
    customer = life.customer()
    span: Any = {"customer": customer.id, "start_time": START, "end_time": START + 60}
    with pytest.raises(stripe.InvalidRequestError, match="No such"):
        summaries.list("mtr_x", span)
    calls = meter(life)
    refused(lambda: summaries.list(calls.id, {**span, "customer": "cus_x"}), "No such customer", param="customer")


@pytest.mark.parametrize(
    ("recurring", "param"),
    [
        ({"usage_type": "metered"}, "recurring[meter]"),
        ({"usage_type": "licensed", "meter": "mtr_x"}, "recurring[meter]"),
        ({"usage_type": "metered", "meter": "mtr_x"}, "recurring[meter]"),
    ],
)
def test_a_metered_price_names_its_meter_and_no_other_does(life: Life, recurring: Any, param: str) -> None:
    refused(lambda: life.price(**recurring), "", param=param)


def test_a_metered_price_is_found_by_its_meter(life: Life) -> None:
    calls = meter(life)
    price = metered(life, calls)
    assert price.recurring
    assert (price.recurring.usage_type, price.recurring.meter) == ("metered", calls.id)
    life.price()
    prices = life.client.v1.prices
    assert [each.id for each in prices.list({"recurring": {"meter": calls.id}}).data] == [price.id]
    assert [each.id for each in prices.list({"recurring": {"usage_type": "metered"}}).data] == [price.id]
    assert life.client.v1.plans.retrieve(price.id).meter == calls.id
    life.client.v1.billing.meters.deactivate(calls.id)
    refused(lambda: metered(life, calls), "inactive", param="recurring[meter]")


def test_of_a_window_that_is_told_of_as_a_whole_the_last_event_counts(life: Life) -> None:
    hourly, customer = meter(life, event_time_window="hour"), life.customer()
    report(life, customer.id, 5, timestamp=START - HOUR)
    report(life, customer.id, 8, timestamp=START - HOUR + 60, identifier="corrected")
    report(life, customer.id, 1, timestamp=START)  # of the next hour
    assert read(life, hourly.id, customer.id) == 9
    report(life, customer.id, 7, timestamp=START - HOUR, identifier="again")  # older, but it came later
    assert read(life, hourly.id, customer.id) == 8
    cancel(life, "corrected")  # which did not count any more
    assert read(life, hourly.id, customer.id) == 8
    cancel(life, "again")
    assert read(life, hourly.id, customer.id) == 6


@pytest.mark.parametrize("formula", ["count", "last"])
def test_a_window_is_one_event_for_every_formula(life: Life, formula: str) -> None:
    daily, customer = meter(life, formula, event_time_window="day"), life.customer()
    for value in (4, 2):
        report(life, customer.id, value)
    assert read(life, daily.id, customer.id) == {"count": 1, "last": 2}[formula]
