"""Deliveries through the control API: the log, waiting, draining, making them once more."""

import threading
from collections.abc import Iterator

import pytest
import stripe
from control.api import Control

from mockbill.scenario.receiver import Receiver


@pytest.fixture
def receiver(client: stripe.StripeClient) -> Iterator[Receiver]:
    """An application that hears of the test's account."""
    with Receiver() as receiver:
        endpoint = client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
        receiver.secret = str(endpoint.secret)
        yield receiver


def test_draining_answers_when_all_is_delivered(
    control: Control, client: stripe.StripeClient, receiver: Receiver
) -> None:
    for _ in range(20):
        client.v1.customers.create({})
    assert control.post("drain") == {"drained": True, "pending": 0, "retrying": 0, "failed": 0}
    assert [got.problem for got in receiver.received] == [None] * 20


def test_draining_gives_up_after_its_timeout(control: Control, client: stripe.StripeClient) -> None:
    held = threading.Event()
    with _SlowReceiver(held) as receiver:
        client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
        client.v1.customers.create({})
        try:
            drained = control.post("drain", timeout=0.05)
            assert (drained["drained"], drained["pending"]) == (False, 1)
        finally:
            held.set()
        assert control.post("drain")["drained"] is True


def test_the_log_tells_each_delivery_oldest_first(
    control: Control, client: stripe.StripeClient, receiver: Receiver
) -> None:
    client.v1.customers.create({})
    client.v1.products.create({"name": "Pro"})
    control.post("drain")
    log = control.get("deliveries")["data"]
    assert [delivery["type"] for delivery in log] == ["customer.created", "product.created"]
    assert {(delivery["state"], delivery["status"], delivery["url"]) for delivery in log} == {
        ("delivered", 200, receiver.url)
    }
    assert log[0]["attempts"][0]["milliseconds"] > 0
    assert control.get(f"deliveries/{log[1]['id']}") == log[1]
    assert control.get("deliveries", type="product.*")["data"] == log[1:]
    assert control.get("deliveries", limit=1)["data"] == log[1:]
    assert control.get("deliveries", state="failed")["data"] == []


def test_waiting_ends_when_the_delivery_is_made(
    control: Control, client: stripe.StripeClient, receiver: Receiver
) -> None:
    answers: list[dict[str, list[dict[str, str]]]] = []
    waiter = threading.Thread(target=lambda: answers.append(control.post("deliveries/wait", type="customer.created")))
    waiter.start()
    waiter.join(0.2)
    assert waiter.is_alive()
    client.v1.customers.create({})
    waiter.join(5)
    assert [delivery["state"] for delivery in answers[0]["data"]] == ["delivered"]


def test_waiting_in_vain_is_a_conflict(control: Control, receiver: Receiver) -> None:
    refused = control.try_post("deliveries/wait", type="invoice.paid", timeout=0.05)
    assert (refused.status, refused.error["code"]) == (409, "wait_timed_out")
    assert "0 of 1 delivered invoice.paid" in refused.error["message"]


def test_an_event_and_a_delivery_can_be_sent_once_more(
    control: Control, client: stripe.StripeClient, receiver: Receiver
) -> None:
    client.v1.customers.create({})
    control.post("drain")
    (delivery,) = control.get("deliveries")["data"]
    (again,) = control.post(f"events/{delivery['event']}/resend")["data"]
    assert again["id"] == delivery["id"]
    control.post(f"deliveries/{delivery['id']}/resend")
    control.post("drain")
    assert [got.event["id"] for got in receiver.received] == [delivery["event"]] * 3
    assert control.get(f"deliveries/{delivery['id']}")["attempt"] == 3


@pytest.mark.parametrize("path", ["deliveries/dlv_none/resend", "events/evt_none/resend"])
def test_what_is_not_there_cannot_be_sent_again(control: Control, path: str) -> None:
    refused = control.try_post(path)
    assert (refused.status, refused.error["param"]) == (404, "id")


def test_resending_to_an_unknown_endpoint_is_refused(control: Control, client: stripe.StripeClient) -> None:
    client.v1.customers.create({})
    event = control.get("events")["data"][0]["id"]
    refused = control.try_post(f"events/{event}/resend", endpoint="we_none")
    assert refused.status == 400
    assert "we_none" in refused.error["message"]


def test_waiting_in_vain_tells_what_was_delivered_instead(
    control: Control, client: stripe.StripeClient, receiver: Receiver
) -> None:
    client.v1.customers.create({})
    control.post("deliveries/wait", type="customer.created")
    refused = control.try_post("deliveries/wait", type="invoice.paid", timeout=0.05)
    assert refused.error["came"] == []
    assert "The last deliveries were customer.created (delivered)." in refused.error["message"]
    (first,) = control.get("events")["data"]
    client.v1.products.create({"name": "Pro"})
    control.post("drain")
    refused = control.try_post("deliveries/wait", after=first["id"], count=2, timeout=0)
    assert refused.error["came"] == ["product.created (delivered)"]
    assert f"1 of 2 delivered deliveries. What came since {first['id']}" in refused.error["message"]


def test_deliveries_are_searched_by_what_the_event_is_about_and_by_what_became_of_them(
    control: Control, client: stripe.StripeClient, receiver: Receiver
) -> None:
    dead = client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["customer.created"]})
    ada, bob = (client.v1.customers.create({}) for _ in range(2))
    client.v1.products.create({"name": "Pro"})
    control.post("drain")

    def found(**query: str) -> list[tuple[str, str]]:
        return [(told["type"], told["endpoint"]) for told in control.get("deliveries", **query)["data"]]

    assert found(q="is:failed") == [("customer.created", dead.id)] * 2
    assert found(**{"for": ada.id, "status": "failed"}) == [("customer.created", dead.id)]
    assert len(found(customer=bob.id)) == 2
    assert found(status="2xx", q=f"-customer:{ada.id} -type:product.*") == found(status="200", customer=bob.id)
    assert found(q=f"-endpoint:{dead.id} since:2100-01-01") == []
    refused = control.ask("GET", f"deliveries?account={control.account}&status=lost")
    assert (refused.status, refused.error["param"]) == (422, "status")


def test_events_are_found_and_waited_for_by_what_became_of_their_deliveries(
    control: Control, client: stripe.StripeClient, receiver: Receiver
) -> None:
    answers: list[dict[str, list[dict[str, str]]]] = []
    waiter = threading.Thread(
        target=lambda: answers.append(control.post("events/wait", type="customer.created", status="failed"))
    )
    waiter.start()
    client.v1.products.create({"name": "Pro"})
    client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["customer.created"]})
    waiter.join(0.2)
    assert waiter.is_alive()
    client.v1.customers.create({})
    waiter.join(10)
    (failed,) = answers[0]["data"]
    control.post("drain")
    assert [event["id"] for event in control.get("events", q="is:failed")["data"]] == [failed["id"]]
    assert [event["type"] for event in control.get("events", status="delivered")["data"]] == ["product.created"]
    assert control.get("events", q="-is:failed -is:delivered")["data"] == []
    shown = control.get(f"events/{failed['id']}")
    assert {told["state"] for told in shown["deliveries"]} == {"delivered", "failed"}
    refused = control.try_post("events/wait", type="product.created", status="failed", timeout=0.05)
    assert (refused.status, refused.error["code"]) == (409, "wait_timed_out")


def test_waiting_can_be_for_what_is_still_to_be_delivered(
    control: Control, client: stripe.StripeClient, receiver: Receiver
) -> None:
    control.post("settings", webhooks="manual")
    answers: list[dict[str, list[dict[str, str]]]] = []
    waiter = threading.Thread(target=lambda: answers.append(control.post("deliveries/wait", state="pending")))
    waiter.start()
    waiter.join(0.2)
    assert waiter.is_alive()
    client.v1.customers.create({})
    waiter.join(5)
    assert [told["type"] for told in answers[0]["data"]] == ["customer.created"]
    assert receiver.received == []


class _SlowReceiver(Receiver):
    """Answers when it is let go."""

    def __init__(self, go: threading.Event) -> None:
        super().__init__()
        self._go = go

    def take(self, body: bytes, header: str) -> str | None:
        self._go.wait(10)
        return super().take(body, header)
