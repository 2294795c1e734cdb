"""Events: listed, waited for on the server, sent again."""

import threading
import time
from typing import Any

import pytest
import stripe
from control.api import Control


@pytest.fixture
def three(client: stripe.StripeClient) -> list[str]:
    """The ids of three customers, the last of them deleted."""
    ids = [client.v1.customers.create({}).id for _ in range(3)]
    client.v1.customers.delete(ids[2])
    return ids


def test_events_are_listed_oldest_first(control: Control, three: list[str]) -> None:
    listed = control.get("events")
    assert [event["type"] for event in listed["data"]] == [*["customer.created"] * 3, "customer.deleted"]
    assert listed["has_more"] is False


def test_a_limit_keeps_the_newest(control: Control, three: list[str]) -> None:
    listed = control.get("events", limit=2)
    assert [event["type"] for event in listed["data"]] == ["customer.created", "customer.deleted"]
    assert listed["has_more"] is True


def test_events_that_follow_one_come_page_by_page(control: Control, three: list[str]) -> None:
    every = [event["id"] for event in control.get("events")["data"]]
    first = control.get("events", after=every[0], limit=2)
    assert ([event["id"] for event in first["data"]], first["has_more"]) == (every[1:3], True)
    second = control.get("events", after=every[2], limit=2)
    assert ([event["id"] for event in second["data"]], second["has_more"]) == (every[3:], False)


@pytest.mark.parametrize(("type", "count"), [("customer.deleted", 1), ("customer.*", 4), ("*", 4), ("invoice.*", 0)])
def test_events_are_filtered_by_type(control: Control, three: list[str], type: str, count: int) -> None:
    assert len(control.get("events", type=type)["data"]) == count


def test_events_are_filtered_by_the_customer_that_they_concern(
    control: Control, client: stripe.StripeClient, three: list[str]
) -> None:
    client.v1.payment_methods.attach("pm_card_visa", {"customer": three[0]})
    types = [event["type"] for event in control.get("events", customer=three[0])["data"]]
    assert types == ["customer.created", "payment_method.attached"]


def test_an_event_to_follow_must_exist(control: Control) -> None:
    refused = control.ask("GET", f"events?account={control.account}&after=evt_none")
    assert (refused.status, refused.error["param"]) == (404, "after")


def test_waiting_for_what_has_happened_already_answers_at_once(control: Control, three: list[str]) -> None:
    waited = control.post("events/wait", type="customer.created", count=2)["data"]
    assert [event["data"]["object"]["id"] for event in waited] == three[1:]


def test_waiting_ends_when_the_event_comes(control: Control, client: stripe.StripeClient) -> None:
    answers: list[Any] = []
    waiter = threading.Thread(target=lambda: answers.append(control.post("events/wait", type="customer.*", timeout=20)))
    waiter.start()
    waiter.join(0.3)
    assert waiter.is_alive()
    client.v1.products.create({"name": "Pro"})  # another event wakes it, in vain
    waiter.join(0.2)
    assert waiter.is_alive()
    started = time.monotonic()
    customer = client.v1.customers.create({})
    waiter.join(10)
    assert time.monotonic() - started < 2
    (event,) = answers[0]["data"]
    assert event["data"]["object"]["id"] == customer.id


def test_waiting_can_be_for_what_follows_an_event(
    control: Control, client: stripe.StripeClient, three: list[str]
) -> None:
    last = control.get("events", limit=1)["data"][0]["id"]
    refused = control.try_post("events/wait", type="customer.created", after=last, timeout=0.05)
    assert refused.status == 409
    customer = client.v1.customers.create({})
    (event,) = control.post("events/wait", type="customer.created", after=last)["data"]
    assert event["data"]["object"]["id"] == customer.id


def test_waiting_in_vain_tells_what_came_instead(control: Control, three: list[str]) -> None:
    refused = control.try_post("events/wait", type="invoice.paid", timeout=0.05)
    assert (refused.status, refused.error["code"]) == (409, "wait_timed_out")
    assert "0 of 1 invoice.paid" in refused.error["message"]
    assert "customer.created, customer.created, customer.deleted" in refused.error["message"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "type"),
        ({"type": "x", "count": 0}, "count"),
        ({"type": "x", "timeout": 1e6}, "timeout"),
        ({"typ": "x"}, "typ"),
    ],
)
def test_a_wait_that_makes_no_sense_is_refused(control: Control, body: dict[str, object], param: str) -> None:
    refused = control.try_post("events/wait", **body)
    assert (refused.status, refused.error["param"]) == (422, param)
