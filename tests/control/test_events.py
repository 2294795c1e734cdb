"""Events: listed, waited for on the server, sent again."""

import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
import stripe
from control.api import Control

from mockbill.app import create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings

Subscribe = Callable[..., stripe.Subscription]


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


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({"type": "customer.deleted,product.*"}, [3]),
        ({"q": "type:customer.* -type:*.created"}, [3]),
        ({"q": 'email:x"'}, None),
        ({"since": "2100-01-01"}, []),
        ({"before": "2100-01-01"}, [0, 1, 2, 3]),
        ({"q": "after:2000-01-01T00:00:00Z type:*.deleted"}, [3]),
        ({"text": "DELETED"}, [3]),
        ({"request": "req_none"}, []),
    ],
)
def test_events_are_searched(
    control: Control, three: list[str], query: dict[str, str], places: list[int] | None
) -> None:
    every = control.get("events")["data"]
    if places is None:
        refused = control.ask("GET", f"events?account={control.account}&q=email:x")
        assert (refused.status, refused.error["code"], refused.error["param"]) == (422, "query_invalid", "q")
    else:
        assert control.get("events", **query)["data"] == [every[place] for place in places]


def test_an_object_finds_the_events_about_it_and_about_what_belongs_to_it(
    control: Control, client: stripe.StripeClient, subscribe: Subscribe
) -> None:
    one, other = subscribe(), subscribe()
    assert one.id != other.id
    types = [event["type"] for event in control.get("events", **{"for": one.id, "type": "invoice.*"})["data"]]
    assert types == ["invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_succeeded"]
    (created,) = control.get("events", q=f"type:customer.subscription.* for:{one.id}")["data"]
    assert created["data"]["object"]["id"] == one.id
    before = control.get("events", **{"for": one.id, "before": created["id"]})["data"]
    since = control.get("events", **{"for": one.id, "since": created["id"]})["data"]
    assert [*before, *since] == control.get("events", **{"for": one.id})["data"]
    assert since[0] == created
    payer = str(one.customer)
    assert {event["type"] for event in control.get("events", customer=payer)["data"]} >= {"charge.succeeded"}
    assert control.get("events", q=f"customer:{payer} text:{other.id}")["data"] == []


@pytest.mark.parametrize(
    ("query", "status", "param"),
    [
        ({"since": "yesterday"}, 422, "since"),
        ({"before": "evt_none"}, 404, "before"),
        ({"status": "lost"}, 422, "status"),
        ({"q": "typ:invoice.paid"}, 422, "q"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(
    control: Control, query: dict[str, str], status: int, param: str
) -> None:
    refused = control.ask("GET", f"events?{urlencode({'account': control.account, **query})}")
    assert (refused.status, refused.error["param"]) == (status, param)


def test_an_event_and_the_call_that_caused_it_lead_to_each_other(control: Control, three: list[str]) -> None:
    event = control.get("events")["data"][3]
    shown = control.get(f"events/{event['id']}")
    assert {name: shown[name] for name in event} == event
    assert (shown["caused_by"]["method"], shown["caused_by"]["path"]) == ("DELETE", f"/v1/customers/{three[2]}")
    assert shown["deliveries"] == []
    call = control.get(f"requests/{shown['caused_by']['id']}")
    assert call["events"] == [{"id": event["id"], "type": "customer.deleted", "object": three[2]}]
    assert control.get("events", request=call["id"])["data"] == [event]
    assert control.ask("GET", f"events/evt_none?account={control.account}").status == 404


def test_waiting_can_be_for_an_order_of_events(control: Control, client: stripe.StripeClient, three: list[str]) -> None:
    last = control.get("events", limit=1)["data"][0]["id"]
    answers: list[Any] = []
    order = ["customer.*", "product.created", "customer.deleted"]
    waiter = threading.Thread(
        target=lambda: answers.append(control.post("events/wait", types=order, after=last, timeout=20))
    )
    waiter.start()
    ada = client.v1.customers.create({}).id
    client.v1.customers.delete(ada)
    client.v1.products.create({"name": "Pro"})
    bob = client.v1.customers.create({}).id
    waiter.join(0.2)
    assert waiter.is_alive()
    client.v1.customers.delete(bob)
    waiter.join(10)
    told = [(event["type"], event["data"]["object"]["id"]) for event in answers[0]["data"]]
    assert (told[0], told[1][0], told[2]) == (("customer.created", ada), "product.created", ("customer.deleted", bob))


def test_waiting_in_vain_tells_all_that_came_since_the_call_or_since_an_event(
    control: Control, client: stripe.StripeClient, three: list[str]
) -> None:
    first = control.get("events")["data"][0]["id"]
    refused = control.try_post("events/wait", type="customer.updated", after=first, timeout=0)
    assert refused.error["came"] == ["customer.created", "customer.created", "customer.deleted"]
    assert f"What came since {first}: customer.created, " in refused.error["message"]
    answers: list[Any] = []
    waiter = threading.Thread(
        target=lambda: answers.append(
            control.try_post("events/wait", **{"type": "customer.deleted", "for": "cus_none", "timeout": 0.6})
        )
    )
    waiter.start()
    waiter.join(0.2)
    client.v1.products.create({"name": "Pro"})
    waiter.join(10)
    assert answers[0].error["came"] == ["product.created"]
    assert "0 of 1 customer.deleted for cus_none. What came meanwhile: product.created." in answers[0].error["message"]


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        ({"type": "invoice.payed"}, "type", "invoice.paid"),
        ({"types": ["invoice.paid", "customer.create"]}, "types", "customer.created"),
        ({"type": "v1.customer.created"}, "type", "wait for customer.created"),
        ({"type": "nothing.*"}, "type", "is no event"),
    ],
)
def test_nobody_waits_for_an_event_that_does_not_exist(
    control: Control, body: dict[str, Any], param: str, words: str
) -> None:
    refused = control.try_post("events/wait", **body)
    assert (refused.status, refused.error["code"], refused.error["param"]) == (422, "type_unknown", param)
    assert words in refused.error["message"]


def test_the_logs_say_how_much_they_had_to_let_go(account: str) -> None:
    small = create_app(Settings.load({"event_log": 3, "request_log": 2, "delivery_log": 1}, environ={}))
    with LocalServer(small) as server:
        control = Control(server.url, account)
        client = stripe.StripeClient(f"sk_test_{account}", base_addresses={"api": server.url})
        first = client.v1.customers.create({})
        client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
        for _ in range(4):
            client.v1.customers.create({})
        listed = control.get("events")
        assert (len(listed["data"]), listed["fallen"]) == (3, 2)
        assert control.get("events", **{"for": first.id})["data"] == []
        calls, deliveries = control.get("requests"), control.get("deliveries")
        assert (len(calls["data"]), calls["fallen"]) == (2, 4)
        assert (len(deliveries["data"]), deliveries["fallen"]) == (1, 3)
