"""What arrives at receivers, where, in which order, and what it costs the others when one of them is slow or dead."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
import stripe
from webhooks.stage import PATIENCE, Got, Mockbill, Receiver, listen, products, until

from mockbill.webhooks.post import Poster

Receive = Callable[..., Receiver]
Serve = Callable[..., Mockbill]


def test_stripes_sdk_verifies_what_an_endpoint_gets(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    endpoint = listen(client, receiver.url)
    (product,) = products(client, "Chair")
    (got,) = receiver.wait_for(1)
    event = stripe.Webhook.construct_event(got.body, got.headers["Stripe-Signature"], endpoint.secret)
    assert (event.type, event.data.object.id) == ("product.created", product.id)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(got.body, got.headers["Stripe-Signature"], "whsec_another")
    assert got.headers["Content-Type"] == "application/json; charset=utf-8"
    assert got.headers["User-Agent"] == "Stripe/1.0 (+https://stripe.com/docs/webhooks)"
    assert got.body.startswith(b'{\n  "id": "evt_')


def test_the_signature_carries_wall_time_however_the_account_moves_its_own(serve: Serve, receive: Receive) -> None:
    mockbill = serve(clock="2019-01-31")
    client, receiver = mockbill.client(), receive()
    endpoint = listen(client, receiver.url)
    products(client, "Chair")
    (got,) = receiver.wait_for(1)
    event = stripe.Webhook.construct_event(got.body, got.headers["Stripe-Signature"], endpoint.secret, tolerance=10)
    assert event.created == 1_548_892_800


def test_each_endpoint_gets_every_event_once_and_in_order(mockbill: Mockbill, receive: Receive) -> None:
    client, receivers = mockbill.client(), [receive(), receive()]
    for receiver in receivers:
        listen(client, receiver.url)
    names = [f"Chair {number}" for number in range(40)]
    products(client, *names)
    assert mockbill.drain() == {"drained": True, "pending": 0, "retrying": 0, "failed": 0}
    for receiver in receivers:
        assert receiver.names == names


def test_events_of_calls_made_at_the_same_time_arrive_in_the_order_of_their_log(
    mockbill: Mockbill, receive: Receive
) -> None:
    client, receiver = mockbill.client(), receive()
    listen(client, receiver.url)
    threads = [threading.Thread(target=products, args=(mockbill.client(), *"abcdefgh")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mockbill.drain()["drained"]
    log = [event.id for event in client.v1.events.list({"limit": 100})]
    assert len(log) == 32
    assert [got.event["id"] for got in receiver.got] == log[::-1]


def test_an_endpoint_gets_the_types_that_it_enabled(mockbill: Mockbill, receive: Receive) -> None:
    client, some, other, every = mockbill.client(), receive(), receive(), receive()
    listen(client, some.url, "product.created", "customer.deleted")
    listen(client, other.url, "invoice.paid")
    listen(client, every.url, "*")
    client.v1.products.create({"name": "Chair"})
    customer = client.v1.customers.create({"name": "Ada"})
    client.v1.customers.delete(customer.id)
    assert mockbill.drain()["drained"]
    assert some.types == ["product.created", "customer.deleted"]
    assert other.types == []
    assert every.types == ["product.created", "customer.created", "customer.deleted"]


def test_a_change_of_the_endpoint_counts_from_the_next_event_on(mockbill: Mockbill, receive: Receive) -> None:
    client, old, new = mockbill.client(), receive(), receive()
    endpoint = listen(client, old.url, "product.created")
    products(client, "a")
    mockbill.drain()
    client.v1.webhook_endpoints.update(endpoint.id, {"url": new.url})
    products(client, "b")
    client.v1.webhook_endpoints.update(endpoint.id, {"enabled_events": ["customer.created"]})
    products(client, "c")
    client.v1.customers.create({"name": "d"})
    mockbill.drain()  # a disabled endpoint gets nothing more, not even what is under way
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    client.v1.customers.create({"name": "e"})
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": False})
    client.v1.customers.create({"name": "f"})
    mockbill.drain()
    assert old.names == ["a"]
    assert new.names == ["b", "d", "f"]


def test_an_account_hears_nothing_of_another(mockbill: Mockbill, receive: Receive) -> None:
    mine, theirs = receive(), receive()
    listen(mockbill.client("mine"), mine.url)
    listen(mockbill.client("theirs"), theirs.url)
    products(mockbill.client("mine"), "Chair")
    products(mockbill.client("theirs"), "Table")
    assert mockbill.drain("mine")["drained"]
    assert mockbill.drain("theirs")["drained"]
    assert (mine.names, theirs.names) == (["Chair"], ["Table"])


def test_forward_to_gets_the_events_of_every_account(serve: Serve, receive: Receive) -> None:
    receivers = [receive(), receive()]
    mockbill = serve(forward_to=[receiver.url for receiver in receivers], webhook_secret="whsec_forwarded")
    products(mockbill.client(), "Chair")
    products(mockbill.client("other"), "Table")
    assert mockbill.app.webhooks.drain(None, PATIENCE)["drained"]
    for receiver in receivers:
        assert receiver.names == ["Chair", "Table"]
        for got in receiver.got:
            stripe.Webhook.construct_event(got.body, got.headers["Stripe-Signature"], "whsec_forwarded")
    assert [entry["endpoint"] for entry in mockbill.log("other")] == ["forward_2", "forward_1"]


def test_an_endpoint_gets_events_in_its_own_version(mockbill: Mockbill, receive: Receive) -> None:
    client, pinned, default = mockbill.client(), receive(), receive()
    listen(client, pinned.url, api_version="2025-09-30.clover")
    listen(client, default.url)
    products(client, "Chair")
    assert pinned.wait_for(1)[0].event["api_version"] == "2025-09-30.clover"
    assert default.wait_for(1)[0].event["api_version"] == "2026-10-28.endive"
    assert client.v1.events.list().data[0].api_version == "2026-10-28.endive"


def test_the_object_of_an_event_has_the_shape_of_its_endpoint(mockbill: Mockbill, receive: Receive) -> None:
    client, old, today = mockbill.client(), receive(), receive()
    for receiver, version in ((old, {"api_version": "2024-06-20"}), (today, {})):
        listen(client, receiver.url, "customer.subscription.updated", "invoice.paid", **version)
    card = "pm_card_visa"
    customer = client.v1.customers.create(
        {"payment_method": card, "invoice_settings": {"default_payment_method": card}}
    )
    monthly = {"currency": "usd", "recurring": {"interval": "month"}, "product_data": {"name": "Pro"}}
    price = client.v1.prices.create({**monthly, "unit_amount": 2000})
    made = client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]})
    client.v1.subscriptions.update(made.id, {"trial_end": made.start_date + 86_400})
    told = [got.event for got in old.wait_for(3)]
    invoice = told[0]["data"]["object"]
    assert [event["type"] for event in told].count("invoice.paid") == 2
    assert {event["api_version"] for event in told} == {"2024-06-20"}
    assert (invoice["paid"], invoice["subscription"], "parent" in invoice) == (True, made.id, False)
    assert client.v1.payment_intents.retrieve(invoice["payment_intent"]).latest_charge == invoice["charge"]
    [change] = [event["data"] for event in told if event["type"] == "customer.subscription.updated"]
    item = client.v1.subscriptions.retrieve(made.id)["items"].data[0]
    assert change["object"]["current_period_end"] == item.current_period_end
    assert change["previous_attributes"]["current_period_end"] != item.current_period_end
    now = today.wait_for(3)[0].event["data"]["object"]
    assert (now["id"], now["parent"]["subscription_details"]["subscription"]) == (invoice["id"], made.id)


def test_pending_webhooks_counts_down_to_nothing(mockbill: Mockbill, receive: Receive) -> None:
    client = mockbill.client()
    good, late = receive(), receive()
    held = threading.Event()
    late.behave = lambda _: 200 if held.wait(PATIENCE) else 500
    listen(client, good.url)
    listen(client, late.url)
    products(client, "Chair")
    (got,) = good.wait_for(1)
    late.wait_for(1)
    assert got.event["pending_webhooks"] == 2
    assert until(lambda: _newest(client).pending_webhooks == 1)
    held.set()
    assert mockbill.drain()["drained"]
    assert _newest(client).pending_webhooks == 0
    assert {**_newest(client).to_dict(), "pending_webhooks": 2} == got.event


def test_an_event_that_was_not_taken_stays_pending(mockbill: Mockbill, receive: Receive) -> None:
    client = mockbill.client()
    listen(client, receive(lambda _: 500).url)
    products(client, "Chair")
    assert mockbill.drain()["drained"]
    assert _newest(client).pending_webhooks == 1


def test_without_endpoints_nothing_is_kept(mockbill: Mockbill) -> None:
    products(mockbill.client(), "Chair")
    assert mockbill.log() == []
    assert _newest(mockbill.client()).pending_webhooks == 0


def test_events_of_a_call_that_failed_are_never_delivered(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver, world = mockbill.client(), receive(), mockbill.world()
    listen(client, receiver.url)

    def fail() -> None:
        with world.work() as work:
            work.emit("product.created", work.add("product", name="Nothing"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    products(client, "Chair")
    assert mockbill.drain()["drained"]
    assert receiver.names == ["Chair"]


def test_endpoints_of_a_call_that_failed_get_nothing(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver, world = mockbill.client(), receive(), mockbill.world()
    endpoint = listen(client, receiver.url)

    def fail() -> None:
        with world.work() as work:
            work.change(work.need("webhook_endpoint", endpoint.id), enabled_events=["invoice.paid"])
            assert mockbill.app.webhooks.receivers(world, {"type": "product.created"}) == 0
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    products(client, "Chair")
    assert mockbill.drain()["drained"]
    assert receiver.names == ["Chair"]


def test_a_receiver_may_call_the_api_while_it_is_delivered_to(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()

    def rename(got: Got) -> int:
        if got.event["type"] == "product.created":
            id = got.event["data"]["object"]["id"]
            mockbill.client().v1.products.update(id, {"name": "Renamed"})
        return 200

    receiver.behave = rename
    listen(client, receiver.url)
    products(client, "Chair")
    assert mockbill.drain()["drained"]
    assert receiver.types == ["product.created", "product.updated"]
    assert receiver.names == ["Chair", "Renamed"]
    assert [entry["state"] for entry in mockbill.log()] == ["delivered", "delivered"]


def test_one_hanging_receiver_among_many_delays_neither_the_others_nor_the_api(serve: Serve, receive: Receive) -> None:
    mockbill = serve()
    client, held = mockbill.client(), threading.Event()
    hanging = receive(lambda _: 200 if held.wait(PATIENCE) else 500)
    others = [receive() for _ in range(9)]
    listen(client, hanging.url)
    for other in others:
        listen(client, other.url)
    started = time.perf_counter()
    products(client, *"abcdef")
    for other in others:
        other.wait_for(6)
    assert time.perf_counter() - started < PATIENCE / 2
    assert hanging.names == ["a"]
    held.set()
    assert mockbill.drain()["drained"]
    assert hanging.names == list("abcdef")


def test_settling_waits_for_first_attempts(mockbill: Mockbill, receive: Receive) -> None:
    client, world, hub = mockbill.client(), mockbill.world(), mockbill.app.webhooks
    receiver, held = receive(), threading.Event()
    receiver.behave = lambda _: 500 if held.wait(PATIENCE) else 200
    listen(client, receiver.url)
    products(client, "Chair")
    receiver.wait_for(1)
    threading.Timer(0.1, held.set).start()
    hub.settle(world)
    assert held.is_set()
    (entry,) = mockbill.log()
    assert entry["attempts"][0]["status"] == 500


def test_settling_gives_up_on_a_receiver_that_hangs_and_then_does_not_wait_for_it_again(
    serve: Serve, receive: Receive
) -> None:
    mockbill = serve(webhook_timeout=0.5, webhook_retries="1h")
    client, world, hub, held = mockbill.client(), mockbill.world(), mockbill.app.webhooks, threading.Event()
    receiver = receive(lambda _: 200 if held.wait(PATIENCE) else 500)
    listen(client, receiver.url)
    products(client, *"abcdefgh")
    hub.settle(world)
    mockbill.grow_patient()
    for _ in range(8):
        hub.settle(world)
    assert len(mockbill.log(state="pending")) >= 1  # nobody waited until the receiver let go
    held.set()
    assert until(lambda: len(mockbill.log(state="delivered")) > 0)


def test_settling_waits_again_for_a_receiver_that_answers_again(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhook_timeout=0.5, webhook_retries="1h")
    client, world, hub, held = mockbill.client(), mockbill.world(), mockbill.app.webhooks, threading.Event()
    receiver = receive()
    receiver.behave = lambda _: (held.wait(PATIENCE) if len(receiver.got) == 1 else time.sleep(0.1)) or 200
    listen(client, receiver.url)
    products(client, "hanging")
    hub.settle(world)
    assert until(lambda: mockbill.log()[0]["error"] == "no answer within 0.5 seconds")
    mockbill.grow_patient()
    held.set()
    products(client, "slow")
    assert until(lambda: mockbill.log()[0]["state"] == "delivered")
    products(client, "slow again")
    hub.settle(world)
    assert mockbill.log()[0]["state"] == "delivered"


def test_a_receiver_may_advance_the_clock_that_waits_for_it(serve: Serve, receive: Receive) -> None:
    """It waits for itself: both calls end all the same, and what it did not answer in time is retried."""
    mockbill = serve(webhook_timeout=0.5, clock="2026-01-01", webhook_retries="0.1")
    client, world, receiver = mockbill.client(), mockbill.world(), receive()
    times = iter(range(1, 100))

    def advance(_: Got) -> int:
        mockbill.app.webhooks.settle(world)
        world.advance(world.clock.now + next(times))
        return 200

    receiver.behave = advance
    listen(client, receiver.url)
    products(client, "Chair")
    started = time.perf_counter()
    mockbill.app.webhooks.settle(world)
    assert time.perf_counter() - started < PATIENCE / 2
    assert mockbill.drain()["drained"]
    assert mockbill.log()[0]["state"] in ("delivered", "failed")


def test_an_emptied_account_delivers_nothing_more_to_the_endpoints_that_it_gets_next(
    serve: Serve, receive: Receive
) -> None:
    mockbill = serve(webhook_retries="1h", webhook_retry_clock="world", clock="2026-01-01")
    client, old, new = mockbill.client(), receive(lambda _: 500), receive(lambda _: 500)
    before = listen(client, old.url)
    products(client, "Chair")
    assert until(lambda: mockbill.log()[0]["state"] == "retrying")
    mockbill.app.forget(mockbill.world())
    assert mockbill.log() == []
    assert mockbill.drain()["pending"] == 0
    after = listen(client, new.url)
    assert after.id == before.id  # same seed, same clock, same calls
    products(client, "Table")
    mockbill.world().advance(mockbill.world().clock.now + 3_600)  # the Chair's, to an endpoint of the same id, is off
    assert new.names == ["Table", "Table"]
    assert old.names == ["Chair"]


def _newest(client: stripe.StripeClient) -> stripe.Event:
    return client.v1.events.list({"limit": 1}).data[0]


@pytest.mark.parametrize("head", ["Content-Length: 100000", "Transfer-Encoding: chunked", "Connection: close"])
def test_a_receiver_whose_answer_trickles_has_the_timeout_for_all_of_it(head: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.recv(65_536)
                connection.sendall(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode())
                for _ in range(200):  # far longer than the timeout, but not for ever
                    time.sleep(0.05)
                    connection.sendall(b"1\r\nx\r\n" if "chunked" in head else b"x")

        trickling = threading.Thread(target=trickle)
        trickling.start()
        reply = Poster().post(f"http://127.0.0.1:{server.getsockname()[1]}/", {}, b"{}", 0.5)
        trickling.join()
    assert (reply.status, reply.error) == (None, "no answer within 0.5 seconds")
