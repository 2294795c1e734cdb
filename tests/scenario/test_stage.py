"""The verbs of a story, from Python: what they send, and how they fail."""

import subprocess
import sys
from typing import Literal

import pytest
from scenario.fake_server import FakeServer

from mockbill.scenario.client import Client, Refused, Unreachable, form_pairs
from mockbill.scenario.compare import ExpectedEvent, Unmet
from mockbill.scenario.receiver import Receiver
from mockbill.scenario.stage import Stage


@pytest.fixture
def stage(server: FakeServer, receiver: Receiver) -> Stage:
    return Stage(server.url, clock="2026-01-31T10:00:00Z", receiver=receiver)


def test_a_form_has_stripe_s_brackets() -> None:
    params = {
        "items": [{"price": {"id": "price_1", "object": "price"}, "quantity": 2}],
        "metadata": {"id": "7"},
        "off": False,
        "cancel_at": None,
    }
    assert list(form_pairs(params)) == [
        ("items[0][price]", "price_1"),
        ("items[0][quantity]", "2"),
        ("metadata[id]", "7"),
        ("off", "false"),
        ("cancel_at", ""),
    ]


def test_each_stage_has_an_account_a_frozen_clock_and_an_endpoint_of_its_own(
    server: FakeServer, receiver: Receiver
) -> None:
    one = Stage(server.url, clock="2026-01-31T10:00:00Z", receiver=receiver)
    other = Stage(server.url)
    assert one.client.api_key != other.client.api_key
    assert server.bodies == [{"account": one.client.account, "now": "2026-01-31T10:00:00Z", "mode": "frozen"}]
    assert server.keys == [f"Bearer sk_test_{one.client.account}"]
    assert server.endpoints == [(receiver.url, "whsec_fake")]
    assert one.now == 1_769_853_600


def test_paying_fills_in_the_form_of_the_page_and_answers_the_session(server: FakeServer, stage: Stage) -> None:
    session = stage.pay(stage.checkout(stage.product("Pro")), card="4242424242424242", email="ada@example.com")
    assert session["status"] == "complete"
    (sent,) = [fields for method, path, fields in server.calls if path.startswith("/c/pay/") and method == "POST"]
    assert sent == {
        "token": "t-1",
        "email": "ada@example.com",
        "name": "Ada Lovelace",
        "card": "4242424242424242",
        "exp": "12 / 34",
        "cvc": "123",
    }


def test_paying_keeps_the_email_that_the_page_already_knows(server: FakeServer, stage: Stage) -> None:
    stage.pay(stage.checkout("price_1", customer_email="bob@example.com"))
    assert [fields["email"] for method, path, fields in server.calls if path.startswith("/c/pay/") and fields] == [
        "bob@example.com"
    ]


def test_paying_with_a_declined_card_is_unmet_and_says_what_the_page_says(stage: Stage) -> None:
    session = stage.checkout("price_1")
    with pytest.raises(Unmet, match="did not take the payment") as caught:
        stage.pay(session, card="4000000000009995")
    assert caught.value.differences[0].got == "Your card has insufficient funds."


def test_a_declined_card_leaves_the_session_open(stage: Stage) -> None:
    session = stage.decline(stage.checkout("price_1"), card="4000000000009995", error="insufficient funds")
    assert session["status"] == "open"


def test_a_decline_that_says_something_else_or_does_not_come_is_unmet(stage: Stage) -> None:
    session = stage.checkout("price_1")
    with pytest.raises(Unmet, match="says something else"):
        stage.decline(session, card="4000000000009995", error="lost card")
    with pytest.raises(Unmet, match="did not decline"):
        stage.decline(session, card="4242424242424242")


def test_a_page_that_leads_elsewhere_is_unmet(server: FakeServer, stage: Stage) -> None:
    server.success_url = "https://shop.example/thanks?session={CHECKOUT_SESSION_ID}"
    with pytest.raises(Unmet, match="led elsewhere"):
        stage.pay(stage.checkout("price_1"))


def test_an_abandoned_page_must_lead_back_to_the_shop(stage: Stage) -> None:
    assert stage.abandon(stage.checkout("price_1"))["status"] == "open"
    with pytest.raises(Unmet, match="no way back"):
        stage.abandon(stage.checkout("price_1", cancel_url="https://shop.example/elsewhere"))


def test_a_paid_session_has_no_page_any_more(stage: Stage) -> None:
    session = stage.pay(stage.checkout("price_1"))
    with pytest.raises(Unmet, match="the session has no page"):
        stage.pay(session)


def test_expectations_are_about_the_object_as_it_is_now(stage: Stage) -> None:
    subscription = stage.pay(stage.checkout("price_1"))["subscription"]
    stage.expect(subscription, {"status": "active"})
    stage.advance("1 month")
    with pytest.raises(Unmet) as caught:
        stage.expect(subscription, {"status": "active"})
    assert str(caught.value).splitlines() == [
        f"{subscription} is not as expected",
        "  status  expected active",
        "          got      past_due",
    ]


def test_a_card_is_attached_and_becomes_what_the_subscription_is_charged_to(server: FakeServer, stage: Stage) -> None:
    subscription = stage.pay(stage.checkout("price_1"))["subscription"]
    attached = stage.card("4000000000000341", subscription=subscription)
    made, attach, update = [call for call in server.calls if call[0] == "POST" and "/c/pay/" not in call[1]][-3:]
    assert made[2]["card[number]"] == "4000000000000341"
    assert attach == ("POST", f"/v1/payment_methods/{attached['id']}/attach", {"customer": "cus_9"})
    assert update == ("POST", f"/v1/subscriptions/{subscription}", {"default_payment_method": attached["id"]})


def test_a_customer_s_card_becomes_the_default_of_the_invoices(server: FakeServer, stage: Stage) -> None:
    ada = stage.customer()
    attached = stage.card("4242424242424242", customer=ada)
    wanted = {"invoice_settings[default_payment_method]": attached["id"]}
    assert server.calls[-1] == ("POST", f"/v1/customers/{ada['id']}", wanted)


@pytest.mark.parametrize(
    ("when", "call"),
    [
        ("now", ("DELETE", {})),
        ("at_period_end", ("POST", {"cancel_at_period_end": "true"})),
        ("undo", ("POST", {"cancel_at_period_end": "false"})),
    ],
)
def test_a_subscription_is_canceled_now_at_the_end_of_the_period_or_not_at_all(
    server: FakeServer, stage: Stage, when: Literal["now", "at_period_end", "undo"], call: tuple[str, dict[str, str]]
) -> None:
    subscription = stage.subscribe("cus_1", "price_1", quantity=2)
    assert (subscription["items[0][price]"], subscription["items[0][quantity]"]) == ("price_1", "2")
    stage.cancel(subscription, when)
    assert server.calls[-1] == (call[0], f"/v1/subscriptions/{subscription['id']}", call[1])


def test_a_schedule_of_a_customer_begins_when_it_is_told_to(server: FakeServer, stage: Stage) -> None:
    year = {"price": "price_1", "quantity": 2, "for": "12 months", "with": {"proration_behavior": "none"}}
    made = stage.schedule(customer="cus_1", start="2026-05-01", phases=[{"price": "price_2"}, year])
    assert server.calls[-1][1:] == (
        "/v1/subscription_schedules",
        {
            "customer": "cus_1",
            "start_date": "1777593600",
            "phases[0][items][0][price]": "price_2",
            "phases[0][items][0][quantity]": "1",
            "phases[1][items][0][price]": "price_1",
            "phases[1][items][0][quantity]": "2",
            "phases[1][duration][interval]": "month",
            "phases[1][duration][interval_count]": "12",
            "phases[1][proration_behavior]": "none",
            "end_behavior": "release",
        },
    )
    stage.release(made)
    assert server.calls[-1][:2] == ("POST", f"/v1/subscription_schedules/{made['id']}/release")


def test_usage_is_told_of_by_the_id_of_the_customer(server: FakeServer, stage: Stage) -> None:
    with pytest.raises(Refused):  # this server knows no meters
        stage.report_usage({"id": "cus_1", "object": "customer"}, "api_calls", value=250, at="2026-02-27T18:00:00Z")
    assert server.calls[-1] == (
        "POST",
        "/v1/billing/meter_events",
        {
            "event_name": "api_calls",
            "payload[stripe_customer_id]": "cus_1",
            "payload[value]": "250",
            "timestamp": "1772215200",
        },
    )


def test_time_moves_on_the_account_s_clock(server: FakeServer, stage: Stage) -> None:
    stage.advance(to="next renewal", subscription=stage.subscribe("cus_1", "price_1"))
    assert server.bodies[-1] == {"account": stage.client.account, "to": "next renewal", "subscription": "sub_1"}
    assert stage.now == 1_772_272_800
    stage.advance("1 hour")
    assert server.bodies[-1] == {"account": stage.client.account, "by": "1 hour"}


def test_time_moves_on_the_customer_s_test_clock_if_there_is_one(server: FakeServer, stage: Stage) -> None:
    clock = server.add("test_clocks", {"frozen_time": 1_769_853_600, "status": "ready"})
    ada = stage.customer(test_clock=clock["id"])
    assert stage.advance("1 month", customer=ada)["status"] == "ready"
    assert stage.now == clock["frozen_time"] == 1_772_272_800
    stage.advance(to="2026-03-31T10:00:00Z", customer=ada)
    assert stage.now == 1_774_951_200
    assert "clock/advance" not in str(server.bodies)


def test_a_chain_of_events_begins_where_the_last_one_ended(stage: Stage) -> None:
    stage.product("Pro")
    stage.expect_events(["product.created"])
    stage.expect_events([])
    stage.customer(email="ada@example.com")
    with pytest.raises(Unmet) as caught:
        stage.expect_events(["customer.created", "customer.updated"])
    assert caught.value.lines() == ["  customer.created", "- customer.updated"]


def test_a_chain_may_begin_at_a_mark_and_be_asked_for_a_part_only(stage: Stage) -> None:
    stage.mark("start")
    for name in ("one", "two", "three"):
        stage.product(name)
    stage.customer()
    stage.expect_events(contains=["product.created", "customer.created"])
    stage.expect_events(["product.created"] * 3 + ["customer.created"], since="start")


def test_a_long_chain_is_read_page_by_page_in_order(server: FakeServer, stage: Stage) -> None:
    server.page_size = 2
    for number in range(5):
        stage.product(str(number))
    assert [event["data"]["object"]["name"] for event in stage.events()] == list("01234")
    stage.product("5")
    assert [event["id"] for event in stage.events()] == [event["id"] for event in server.events]


def test_the_application_must_get_everything_once_and_in_order(server: FakeServer, stage: Stage) -> None:
    stage.product("one")
    stage.expect_webhook("everything")
    server.deliveries = 2
    stage.product("two")
    with pytest.raises(Unmet) as caught:
        stage.expect_webhook("everything")
    assert caught.value.lines() == ["  product.created", "  product.created", "+ product.created"]
    server.deliveries = 0
    stage.customer()
    with pytest.raises(Unmet, match="not every event once"):
        stage.expect_webhook("everything")


def test_a_webhook_is_expected_by_type_number_and_values(stage: Stage) -> None:
    stage.product("one")
    stage.product("two")
    stage.expect_webhook("product.created", times=2)
    stage.expect_webhook(ExpectedEvent("product.created", now={"name": "two"}))
    with pytest.raises(Unmet, match=r"product\.created 2 times"):
        stage.expect_webhook("product.created", times=1)
    with pytest.raises(Unmet, match="0 times"):
        stage.expect_webhook("customer.created")
    with pytest.raises(Unmet, match="another product"):
        stage.expect_webhook(ExpectedEvent("product.created", now={"name": "one"}))


def test_a_badly_signed_webhook_is_unmet(server: FakeServer, stage: Stage) -> None:
    server.tampering = True
    stage.product("one")
    with pytest.raises(Unmet, match="came badly signed: no v1 signature matches"):
        stage.expect_webhook("product.created")


def test_a_refused_call_says_which_and_why(stage: Stage) -> None:
    with pytest.raises(Refused, match=r"POST /v1/refunds answered 404: Unrecognized request URL"):
        stage.call("POST", "/v1/refunds")


def test_a_refusal_may_be_what_is_expected(stage: Stage) -> None:
    answer = stage.call("POST", "/v1/refunds", status=404)
    stage.expect(answer, {"error.type": "invalid_request_error"})
    with pytest.raises(Unmet):
        stage.call("POST", "/v1/refunds", status=400)
    with pytest.raises(Unmet, match="was not refused"):
        stage.call("POST", "/v1/products", {"name": "Pro"}, status=400)


def test_nobody_at_the_address_is_told_as_such() -> None:
    with pytest.raises(Unreachable, match=r"no answer from http://127.0.0.1:1: .*refused"):
        Stage("http://127.0.0.1:1", clock="2026-01-31")
    with pytest.raises(Unreachable, match="is not the address of a server"):
        Client("unix:///x", "a")


def test_what_has_no_id_cannot_be_looked_at(stage: Stage) -> None:
    with pytest.raises(Unmet, match='"nothing" is not the id of an object'):
        stage.expect("nothing", {"status": "active"})


def test_the_stage_is_light_enough_for_a_command_line() -> None:
    heavy = {"flask", "marshmallow", "orjson", "requests", "yaml"}
    code = "import sys, mockbill.scenario.stage; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=30).stdout
    assert heavy.isdisjoint(loaded.split())
