"""When events are delivered: behind the caller's back, before the call is answered, or when a test pulls them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe
from control.api import Control
from webhooks.stage import PATIENCE, Got, Mockbill, Receiver, listen, products, until

from mockbill.webhooks import looking

Receive = Callable[..., Receiver]
Serve = Callable[..., Mockbill]


def test_inline_a_call_is_answered_after_its_events_were_delivered(serve: Serve, receive: Receive) -> None:
    client, receivers = serve(webhooks="inline").client(), [receive(), receive()]
    for receiver in receivers:
        listen(client, receiver.url)
    for number in range(1, 21):
        products(client, f"Chair {number}")
        assert [len(receiver.got) for receiver in receivers] == [number, number]


def test_inline_a_failed_attempt_is_enough_and_the_retry_comes_later(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhooks="inline", webhook_retries="1h")
    listen(mockbill.client(), receive(lambda _: 500).url)
    products(mockbill.client(), "Chair")
    assert [(entry["state"], entry["attempt"]) for entry in mockbill.log()] == [("retrying", 1)]


def test_inline_a_receiver_may_call_back_and_its_call_does_not_wait_for_itself(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhooks="inline")
    client, receiver = mockbill.client(), receive()

    def rename(got: Got) -> int:
        if got.event["type"] == "product.created":
            client.v1.products.update(got.event["data"]["object"]["id"], {"name": "Renamed"})
        return 200

    receiver.behave = rename
    listen(client, receiver.url)
    products(client, "Chair")
    assert receiver.names[0] == "Chair"
    assert mockbill.drain()["drained"]
    assert receiver.names == ["Chair", "Renamed"]
    assert [entry["state"] for entry in mockbill.log()] == ["delivered", "delivered"]  # and nothing timed out


def test_inline_calls_at_the_same_time_each_wait_for_their_own_events(
    serve: Serve, receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "COURTESY", PATIENCE)  # however slow this machine is
    mockbill, receiver = serve(webhooks="inline"), receive()
    listen(mockbill.client(), receiver.url)

    def create(letter: str) -> list[bool]:
        client, known = mockbill.client(), []
        for number in range(8):
            products(client, f"{letter}{number}")
            known.append(f"{letter}{number}" in receiver.names)
        return known

    with ThreadPoolExecutor() as pool:
        assert list(pool.map(create, "abcd")) == [[True] * 8] * 4


def test_inline_a_hanging_receiver_holds_a_call_for_the_webhook_timeout_and_the_next_ones_not_at_all(
    serve: Serve, receive: Receive
) -> None:
    mockbill, held = serve(webhooks="inline", webhook_timeout=0.5, webhook_retries="none"), threading.Event()
    hanging = receive(lambda _: 200 if held.wait(PATIENCE) else 500)
    listen(mockbill.client(), hanging.url)
    products(mockbill.client(), "a")
    assert until(lambda: [entry["error"] for entry in mockbill.log()] == ["no answer within 0.5 seconds"])
    mockbill.grow_patient()
    products(mockbill.client(), *"bcdefghijk")
    assert len(mockbill.log(state="pending")) == 10  # nobody waited until the receiver let go
    held.set()


def test_inline_other_accounts_deliver_as_the_server_says(serve: Serve, receive: Receive) -> None:
    mockbill, held = serve(), threading.Event()
    hanging = receive(lambda _: 200 if held.wait(PATIENCE) else 500)
    listen(mockbill.client("ada"), hanging.url)
    assert Control(mockbill.url, "bob").post("settings", webhooks="inline")["own"] == ["webhooks"]
    products(mockbill.client("ada"), "Chair")  # is answered although nobody lets the receiver go
    held.set()
    quick = receive()
    listen(mockbill.client("bob"), quick.url)
    products(mockbill.client("bob"), "Table")
    assert quick.names == ["Table"]


def test_inline_what_a_page_and_the_control_api_cause_is_delivered_as_well(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhooks="inline")
    client, control, receiver = mockbill.client(), Control(mockbill.url, "mockbill"), receive()
    listen(client, receiver.url, "checkout.session.completed", "checkout.session.expired")
    asked = {"mode": "setup", "currency": "usd", "success_url": "http://shop.example"}
    paid, expired = client.v1.checkout.sessions.create(asked), client.v1.checkout.sessions.create(asked)
    control.post(f"checkout/{paid.id}/pay")
    assert receiver.types == ["checkout.session.completed"]
    control.post(f"checkout/{expired.id}/expire")
    assert receiver.types == ["checkout.session.completed", "checkout.session.expired"]


def test_inline_a_call_for_a_connected_account_waits_for_its_platforms_receiver(serve: Serve, receive: Receive) -> None:
    client, receiver = serve(webhooks="inline").client(), receive()
    listen(client, receiver.url, "product.created", connect=True)
    account = client.v1.accounts.create({"type": "standard"}).id
    client.v1.products.create({"name": "Chair"}, {"stripe_account": account})
    assert receiver.names == ["Chair"]


@pytest.fixture
def manual(serve: Serve) -> Mockbill:
    return serve(webhooks="manual", webhook_retries="none")


def test_manual_nothing_is_sent_until_it_is_pulled(manual: Mockbill, receive: Receive) -> None:
    client, control, receiver = manual.client(), Control(manual.url, "mockbill"), receive()
    endpoint = listen(client, receiver.url)
    products(client, "a", "b")
    client.v1.customers.create({"name": "c"})
    assert manual.drain() == {"drained": False, "pending": 3, "retrying": 0, "failed": 0}
    waiting = control.get("deliveries", state="pending")["data"]
    assert [delivery["type"] for delivery in waiting] == ["product.created", "product.created", "customer.created"]
    assert receiver.got == []
    pulled = control.post("deliveries/pull")["data"]
    assert [delivery["id"] for delivery in pulled] == [delivery["id"] for delivery in waiting]
    assert [(delivery["state"], delivery["status"]) for delivery in pulled] == [("delivered", 200)] * 3
    assert receiver.names == ["a", "b", "c"]
    for got in receiver.got:
        stripe.Webhook.construct_event(got.body, got.headers["Stripe-Signature"], endpoint.secret)
    assert control.get("deliveries", state="pending")["data"] == control.post("deliveries/pull")["data"] == []
    assert manual.drain()["drained"]


def test_manual_a_pull_takes_the_types_endpoints_and_numbers_that_it_names(manual: Mockbill, receive: Receive) -> None:
    client, control, first, second = manual.client(), Control(manual.url, "mockbill"), receive(), receive()
    one, _ = listen(client, first.url), listen(client, second.url)
    products(client, "a")
    client.v1.customers.create({"name": "b"})
    products(client, "c")
    assert len(control.post("deliveries/pull", type="customer.*", endpoint=one.id)["data"]) == 1
    assert (first.names, second.names) == (["b"], [])
    assert len(control.post("deliveries/pull", limit=2)["data"]) == 2
    assert (first.names, second.names) == (["b", "a"], ["a"])
    assert len(control.post("deliveries/pull", endpoint=second.url)["data"]) == 2
    assert (first.names, second.names) == (["b", "a"], ["a", "b", "c"])


def test_manual_a_retry_waits_to_be_pulled_when_its_time_has_come(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhooks="manual", webhook_retries="1h", webhook_retry_clock="world", clock="2026-01-01")
    control, receiver = Control(mockbill.url, "mockbill"), receive()
    receiver.behave = lambda _: 500 if len(receiver.got) == 1 else 200
    listen(mockbill.client(), receiver.url)
    products(mockbill.client(), "Chair")
    (pulled,) = control.post("deliveries/pull")["data"]
    assert (pulled["state"], pulled["next_retry"]) == ("retrying", "2026-01-01T01:00:00Z")
    assert control.post("deliveries/pull")["data"] == []
    control.post("clock/advance", by="1 hour")
    assert len(receiver.got) == 1
    (pulled,) = control.post("deliveries/pull")["data"]
    assert (pulled["state"], pulled["attempt"]) == ("delivered", 2)


def test_manual_a_delivery_that_is_resent_and_taken_waits_no_more(manual: Mockbill, receive: Receive) -> None:
    control, receiver = Control(manual.url, "mockbill"), receive()
    listen(manual.client(), receiver.url)
    products(manual.client(), "Chair")
    control.post(f"deliveries/{manual.log()[0]['id']}/resend")
    assert manual.drain()["drained"]
    assert receiver.names == ["Chair"]


def test_what_was_held_is_sent_when_the_mode_changes(manual: Mockbill, receive: Receive) -> None:
    receiver = receive()
    listen(manual.client(), receiver.url)
    products(manual.client(), *"abc")
    Control(manual.url, "mockbill").post("settings", webhooks="background")
    assert manual.drain()["drained"]
    assert receiver.names == ["a", "b", "c"]


def test_an_emptied_account_holds_nothing(manual: Mockbill, receive: Receive) -> None:
    receiver = receive()
    listen(manual.client(), receiver.url)
    products(manual.client(), "Chair")
    Control(manual.url, "mockbill").post("reset")
    assert Control(manual.url, "mockbill").post("deliveries/pull")["data"] == []
    assert manual.drain() == {"drained": True, "pending": 0, "retrying": 0, "failed": 0}


def test_a_mode_that_is_none_is_refused(manual: Mockbill) -> None:
    refused = Control(manual.url, "mockbill").try_post("settings", webhooks="sometimes")
    assert (refused.status, refused.error["param"]) == (422, "webhooks")
    assert "must be one of background, inline, manual" in refused.error["message"]
