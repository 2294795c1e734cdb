"""The clock: read, set, and advanced through all that falls due."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from control.api import START, Control

Subscribe = Callable[..., stripe.Subscription]


def test_a_new_account_lives_in_real_time(control: Control) -> None:
    clock = control.get("clock")
    assert clock["mode"] == "real"
    now = datetime.now(UTC)  # noqa: TID251  (what real time is compared with)
    assert abs(datetime.fromisoformat(clock["now"]) - now).total_seconds() < 5


def test_an_empty_account_may_be_set_back_and_stands_still(control: Control) -> None:
    control.post("clock", now="2030-01-01", mode="frozen")
    assert control.post("clock", now=1_769_853_600) == {
        **{"now": START, "mode": "frozen"},
        **{"events": [], "moments": 0, "undelivered": 0},
    }
    assert control.get("clock") == {"now": START, "mode": "frozen"}


def test_an_offset_clock_runs_on_from_where_it_was_set(control: Control) -> None:
    assert control.post("clock", now=START)["mode"] == "offset"
    assert START <= control.get("clock")["now"] < "2026-01-31T10:00:10Z"


def test_a_running_clock_is_stopped_where_it_is(control: Control, client: stripe.StripeClient) -> None:
    control.post("clock", now=START, mode="offset")
    client.v1.customers.create({})
    stopped = control.post("clock", mode="frozen")
    assert START <= stopped["now"] < "2026-01-31T10:00:10Z"
    assert control.get("clock") == {"now": stopped["now"], "mode": "frozen"}


def test_real_time_is_the_past_for_an_account_that_lives_later(control: Control, client: stripe.StripeClient) -> None:
    control.post("clock", now="2100-01-01", mode="frozen")
    client.v1.customers.create({})
    assert control.try_post("clock", mode="real").status == 409
    control.post("reset")
    assert control.post("clock", mode="real")["mode"] == "real"


def test_webhook_endpoints_do_not_keep_the_clock_from_going_back(control: Control, client: stripe.StripeClient) -> None:
    client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
    assert control.post("clock", now="2020-01-01", mode="frozen")["now"] == "2020-01-01T00:00:00Z"


def test_with_documents_the_clock_only_goes_forward(control: Control, subscribe: Subscribe) -> None:
    subscribe()
    for path, body in (("clock", {"now": "2026-01-01"}), ("clock/advance", {"to": "2026-01-01"})):
        refused = control.try_post(path, **body)
        assert (refused.status, refused.error["code"]) == (409, "clock_only_goes_forward")
        assert START in refused.error["message"]
        assert "reset" in refused.error["message"]
    assert control.get("clock")["now"] == START


def test_setting_the_clock_forward_runs_what_falls_due_on_the_way(control: Control, subscribe: Subscribe) -> None:
    subscribe()
    answer = control.post("clock", now="2026-03-01")
    assert answer["moments"] == 3  # the warning, the renewal, its invoice's collection
    assert "invoice.paid" in answer["events"]


def test_advancing_answers_the_events_in_order_once_all_is_done(
    control: Control, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    answer = control.post("clock/advance", by="1 month 1 hour")
    assert answer["now"] == "2026-02-28T11:00:00Z"
    assert answer["moments"] == 3
    assert answer["events"][:3] == ["invoice.upcoming", "customer.subscription.updated", "invoice.created"]
    logged = [event.type for event in client.v1.events.list({"limit": 100}).data]
    assert logged[: len(answer["events"])] == answer["events"][::-1]
    renewed = client.v1.subscriptions.retrieve(subscription.id)
    assert renewed["items"].data[0].current_period_start == 1_772_272_800


def test_advancing_tells_how_many_deliveries_were_tried_in_vain(
    control: Control, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscribe()
    client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["invoice.paid"]})
    assert control.post("clock/advance", by="3 days")["undelivered"] == 0
    assert control.post("clock/advance", to="next renewal")["undelivered"] == 1
    assert control.post("clock", now="2026-04-01")["undelivered"] == 2


def test_advancing_where_nothing_falls_due_only_moves_the_clock(control: Control) -> None:
    control.post("clock", now=START, mode="frozen")
    answer = control.post("clock/advance", by="3 days 2 hours")
    assert answer == {"now": "2026-02-03T12:00:00Z", "events": [], "moments": 0, "undelivered": 0}


def test_the_next_renewal_is_gone_through_until_it_is_paid(control: Control, subscribe: Subscribe) -> None:
    subscription = subscribe()
    answer = control.post("clock/advance", to="next renewal")
    assert answer["renewal"] == {"subscription": subscription.id, "at": "2026-02-28T10:00:00Z"}
    assert answer["now"] == "2026-02-28T11:00:00Z"
    assert answer["events"].count("invoice.paid") == 1


def test_the_next_renewal_is_that_of_the_subscription_that_was_named(control: Control, subscribe: Subscribe) -> None:
    subscribe()
    control.post("clock/advance", by="10 days")
    later = subscribe()
    answer = control.post("clock/advance", to="next-renewal", subscription=later.id)
    assert answer["renewal"] == {"subscription": later.id, "at": "2026-03-10T10:00:00Z"}


def test_a_subscription_on_a_test_clock_advances_that_clock_alone(
    control: Control, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": 1_769_853_600})
    subscription = subscribe(test_clock=clock.id)
    before = control.get("clock")
    answer = control.post("clock/advance", to="next renewal", subscription=subscription.id)
    assert (answer["test_clock"], answer["now"]) == (clock.id, "2026-02-28T11:00:00Z")
    assert "invoice.paid" in answer["events"]
    moved = client.v1.test_helpers.test_clocks.retrieve(clock.id)
    assert (moved.frozen_time, moved.status) == (1_772_276_400, "ready")
    assert control.get("clock")["mode"] == before["mode"] == "real"


def test_a_canceled_subscription_has_no_next_renewal(
    control: Control, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    subscription = subscribe()
    client.v1.subscriptions.cancel(subscription.id)
    named = control.try_post("clock/advance", to="next renewal", subscription=subscription.id)
    assert (named.status, named.error["code"]) == (409, "subscription_not_renewing")
    unnamed = control.try_post("clock/advance", to="next renewal")
    assert (unnamed.status, unnamed.error["code"]) == (409, "no_renewal")


def test_a_subscription_that_does_not_exist_is_missing(control: Control) -> None:
    refused = control.try_post("clock/advance", by="1 day", subscription="sub_none")
    assert (refused.status, refused.error["param"]) == (404, "subscription")


@pytest.mark.parametrize(
    ("path", "body", "code", "param", "words"),
    [
        ("clock/advance", {}, "fields_invalid", None, 'needs either "by" or "to"'),
        ("clock/advance", {"by": "1 day", "to": 5}, "fields_invalid", None, 'needs either "by" or "to"'),
        ("clock/advance", {"by": "1 mont"}, "field_invalid", "by", "did you mean months?"),
        ("clock/advance", {"by": ""}, "field_invalid", "by", '"1 month"'),
        ("clock/advance", {"by": "9999 years"}, "field_invalid", "by", "outside the years"),
        ("clock/advance", {"by": ["1 day"]}, "field_invalid", "by", "must be text"),
        ("clock/advance", {"by": True}, "field_invalid", "by", "must be text"),
        ("clock/advance", {"to": "tomorrow"}, "field_invalid", "to", "2026-03-01T00:00:00Z"),
        ("clock/advance", {"bye": "1 day"}, "field_unknown", "bye", "did you mean by?"),
        ("clock/advance", {"by": "9" * 99 + " days"}, "field_invalid", "by", "past the year 9999"),
        ("clock/advance", {"to": -1}, "field_invalid", "to", "before 1970"),
        ("clock", {"now": "1969-12-31"}, "field_invalid", "now", "before 1970"),
        ("clock", {"now": 10**17}, "field_invalid", "now", "past the year 9999"),
        ("clock", {}, "fields_invalid", None, 'needs "now", "mode" or both'),
        ("clock", {"now": START, "mode": "real"}, "fields_invalid", None, "offset"),
        ("clock", {"mode": "stopped"}, "field_invalid", "mode", "real, offset, frozen"),
        ("clock", {"now": None}, "field_invalid", "now", "null"),
    ],
)
def test_a_mistake_is_named_beside_what_would_be_right(
    control: Control, path: str, body: dict[str, Any], code: str, param: str | None, words: str
) -> None:
    refused = control.try_post(path, **body)
    assert (refused.status, refused.error["code"], refused.error.get("param")) == (422, code, param)
    assert words in refused.error["message"]
