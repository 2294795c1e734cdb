"""Failed deliveries: tried again, given up, resent, and told of in the log."""

import threading
import time
from collections.abc import Callable

import pytest
import stripe
from webhooks.stage import PATIENCE, Got, Mockbill, Receiver, listen, products, until

from mockbill.world import Problem

Receive = Callable[..., Receiver]
Serve = Callable[..., Mockbill]


def test_a_failed_delivery_is_tried_again_until_it_is_taken(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    receiver.behave = lambda _: 200 if len(receiver.got) > 2 else 503
    endpoint = listen(client, receiver.url)
    products(client, "Chair")
    assert mockbill.drain()["drained"]
    first, second, third = receiver.got
    assert first.body == second.body == third.body
    for got in receiver.got:
        stripe.Webhook.construct_event(got.body, got.headers["Stripe-Signature"], endpoint.secret)
    (entry,) = mockbill.log()
    assert (entry["state"], entry["attempt"], entry["status"], entry["next_retry"]) == ("delivered", 3, 200, None)
    assert [attempt["status"] for attempt in entry["attempts"]] == [503, 503, 200]
    assert [attempt["occasion"] for attempt in entry["attempts"]] == ["first", "retry", "retry"]
    assert client.v1.events.list().data[0].pending_webhooks == 0


def test_a_dead_receiver_is_tried_as_often_as_the_setting_says(mockbill: Mockbill, nobody: str) -> None:
    listen(mockbill.client(), nobody)
    products(mockbill.client(), "Chair")
    assert mockbill.drain() == {"drained": True, "pending": 0, "retrying": 0, "failed": 1}
    assert (mockbill.app.webhooks.undelivered("mockbill"), mockbill.app.webhooks.undelivered("another")) == (1, 0)
    (entry,) = mockbill.log()
    assert (entry["state"], entry["attempt"], entry["status"], entry["next_retry"]) == ("failed", 3, None, None)
    assert all("Connection refused" in attempt["error"] for attempt in entry["attempts"])


def test_the_waits_are_those_of_the_setting(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhook_retries=(0.1, 0.4))
    moments: list[float] = []
    receiver = receive(lambda _: moments.append(time.monotonic()) or 500)
    listen(mockbill.client(), receiver.url)
    products(mockbill.client(), "Chair")
    assert mockbill.drain()["drained"]
    first, second, third = moments
    assert second - first >= 0.1
    assert third - second >= 0.4
    assert third - first < PATIENCE


def test_a_failing_delivery_does_not_hold_up_later_events(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhook_retries="1h", webhook_retry_clock="world", clock="2026-01-31")
    client, receiver = mockbill.client(), receive()
    failing = {"a"}

    def behave(got: Got) -> int:
        name = got.event["data"]["object"]["name"]
        return 500 if name in failing and not failing.discard(name) else 200

    receiver.behave = behave
    listen(client, receiver.url)
    products(client, "a", "b", "c")
    assert mockbill.drain()["retrying"] == 1
    assert receiver.names == ["a", "b", "c"]
    mockbill.world().advance(mockbill.world().clock.now + 3_600)
    assert receiver.names == ["a", "b", "c", "a"]


@pytest.mark.parametrize("status", [300, 302, 307, 404, 410, 500])
def test_only_2xx_is_success_and_redirects_are_not_followed(mockbill: Mockbill, receive: Receive, status: int) -> None:
    elsewhere = receive()
    receiver = receive(lambda _: status, headers={"Location": elsewhere.url})
    listen(mockbill.client(), receiver.url)
    products(mockbill.client(), "Chair")
    assert mockbill.drain()["drained"]
    assert mockbill.log()[0]["state"] == "failed"
    assert [attempt["status"] for attempt in mockbill.log()[0]["attempts"]] == [status] * 3
    assert elsewhere.got == []


@pytest.mark.parametrize("status", [201, 202, 204])
def test_every_2xx_is_success(mockbill: Mockbill, receive: Receive, status: int) -> None:
    listen(mockbill.client(), receive(lambda _: status, answer=b"").url)
    products(mockbill.client(), "a", "b")
    assert mockbill.drain()["drained"]
    assert [entry["status"] for entry in mockbill.log(state="delivered")] == [status, status]


def test_a_receiver_that_answers_too_late_has_failed(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhook_timeout=0.2, webhook_retries="1h", webhook_retry_clock="world", clock="2026-01-31")
    receiver, held = receive(), threading.Event()
    receiver.behave = lambda _: 200 if len(receiver.got) > 1 or held.wait(PATIENCE) else 500
    listen(mockbill.client(), receiver.url)
    products(mockbill.client(), "Chair")
    assert mockbill.drain()["retrying"] == 1
    mockbill.grow_patient()
    mockbill.world().advance(mockbill.world().clock.now + 3_600)
    assert mockbill.drain()["drained"]
    held.set()
    late, good = mockbill.log()[0]["attempts"]
    assert late["error"] == "no answer within 0.2 seconds"
    assert late["milliseconds"] >= 200
    assert good["status"] == 200


def test_a_disabled_endpoint_is_not_tried_again(serve: Serve, receive: Receive) -> None:
    mockbill, held = serve(webhook_retries=(0.05,)), threading.Event()
    client, receiver = mockbill.client(), receive(lambda _: 500 if held.wait(PATIENCE) else 200)
    endpoint = listen(client, receiver.url)
    products(client, "Chair")
    receiver.wait_for(1)
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    held.set()
    assert mockbill.drain()["drained"]
    (entry,) = mockbill.log()
    assert (entry["state"], entry["attempt"]) == ("failed", 1)
    assert entry["error"] == "the endpoint is disabled or deleted"


def test_an_endpoint_enabled_again_before_the_next_try_gets_it(serve: Serve, receive: Receive) -> None:
    mockbill, held = serve(webhook_retries=(0.05,)), threading.Event()
    client, receiver = mockbill.client(), receive()
    receiver.behave = lambda _: 500 if held.wait(PATIENCE) and len(receiver.got) == 1 else 200
    endpoint = listen(client, receiver.url)
    products(client, "Chair")
    receiver.wait_for(1)
    for disabled in (True, False):
        client.v1.webhook_endpoints.update(endpoint.id, {"disabled": disabled})
    held.set()
    assert mockbill.drain()["drained"]
    assert mockbill.log()[0]["state"] == "delivered"


def test_a_deleted_endpoint_gets_nothing_of_what_was_waiting_for_it(serve: Serve, receive: Receive) -> None:
    mockbill = serve()
    client, held = mockbill.client(), threading.Event()
    receiver = receive(lambda _: 500 if held.wait(PATIENCE) else 200)
    endpoint = listen(client, receiver.url)
    products(client, "a", "b", "c")
    receiver.wait_for(1)
    client.v1.webhook_endpoints.delete(endpoint.id)
    held.set()
    assert until(lambda: len(mockbill.log(state="failed")) == 2)
    assert receiver.names == ["a"]


def test_draining_says_what_is_left_when_its_time_is_up(serve: Serve, nobody: str) -> None:
    mockbill = serve(webhook_retries="1h")
    listen(mockbill.client(), nobody)
    products(mockbill.client(), "a", "b")
    assert until(lambda: mockbill.drain(timeout=0.01)["retrying"] == 2)
    assert mockbill.drain(timeout=0.1) == {"drained": False, "pending": 2, "retrying": 2, "failed": 0}
    assert mockbill.app.webhooks.drain(None, 0.1)["pending"] == 2
    assert mockbill.drain("another") == {"drained": True, "pending": 0, "retrying": 0, "failed": 0}
    newest = mockbill.log()[0]
    assert newest["state"] == "retrying"
    assert newest["next_retry"] > newest["at"]


def test_the_log_tells_all_of_an_attempt_and_nothing_of_the_secret(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive(answer=b"x" * 50_000)
    endpoint = listen(client, receiver.url)
    (product,) = products(client, "Chair")
    assert mockbill.drain()["drained"]
    (entry,) = mockbill.log()
    event = client.v1.events.list().data[0]
    assert entry["id"].startswith("dlv_")
    assert (entry["account"], entry["event"], entry["type"]) == ("mockbill", event.id, "product.created")
    assert (entry["endpoint"], entry["url"]) == (endpoint.id, receiver.url)
    (attempt,) = entry["attempts"]
    assert attempt["request_headers"]["Stripe-Signature"] == receiver.got[0].headers["Stripe-Signature"]
    assert attempt["response_body"] == "x" * 10_000
    assert attempt["milliseconds"] > 0
    assert attempt["at"].endswith("Z")
    assert endpoint.secret not in str(entry)
    assert product.name == "Chair"
    assert mockbill.app.webhooks.delivery("mockbill", entry["id"]) == entry
    assert mockbill.app.webhooks.delivery("mockbill", "dlv_none") is None


def test_the_log_is_bounded_newest_first_and_can_be_searched(serve: Serve, receive: Receive) -> None:
    mockbill = serve(delivery_log=5)
    client, receiver = mockbill.client(), receive()
    endpoint = listen(client, receiver.url)
    products(client, *"abcd")
    client.v1.customers.create({"name": "e"})
    client.v1.customers.create({"name": "f"})
    assert mockbill.drain()["drained"]
    log = mockbill.log()
    assert [entry["event"] for entry in log] == [event.id for event in client.v1.events.list({"limit": 5})]
    assert len(receiver.got) == 6
    assert mockbill.log(type="customer.*") == mockbill.log(type="customer.created") == log[:2]
    assert mockbill.log(type="customer") == []
    assert mockbill.log(event=log[3]["event"]) == [log[3]]
    assert mockbill.log(endpoint=endpoint.id, limit=2) == log[:2]
    assert mockbill.log(endpoint=receiver.url) == mockbill.log(state="delivered") == log
    assert mockbill.log(state="failed") == mockbill.log("other") == []


def test_a_delivery_or_an_event_can_be_sent_once_more(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver, hub = mockbill.client(), receive(), mockbill.app.webhooks
    endpoint = listen(client, receiver.url)
    products(client, "Chair")
    mockbill.drain()
    (entry,) = mockbill.log()
    hub.resend(mockbill.world(), entry["id"])
    hub.resend(mockbill.world(), entry["event"], endpoint.id)
    hub.resend(mockbill.world(), entry["event"])
    assert mockbill.drain()["drained"]
    assert {got.event["id"] for got in receiver.got} == {entry["event"]}
    (entry,) = mockbill.log()
    assert [attempt["occasion"] for attempt in entry["attempts"]] == ["first", "resend", "resend", "resend"]
    assert client.v1.events.list().data[0].pending_webhooks == 0


def test_an_event_can_be_sent_to_an_endpoint_that_came_after_it(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    products(client, "Chair")
    endpoint = listen(client, receiver.url, "invoice.paid")
    event = client.v1.events.list().data[0]
    mockbill.app.webhooks.resend(mockbill.world(), event.id, endpoint.id)
    assert mockbill.drain()["drained"]
    assert receiver.names == ["Chair"]


def test_a_resent_delivery_is_not_retried_any_more_once_it_is_taken(serve: Serve, receive: Receive) -> None:
    mockbill = serve(webhook_retries="1h", webhook_retry_clock="world", clock="2026-01-31")
    client, receiver = mockbill.client(), receive()
    receiver.behave = lambda _: 500 if len(receiver.got) == 1 else 200
    listen(client, receiver.url)
    products(client, "Chair")
    assert until(lambda: mockbill.log()[0]["state"] == "retrying")
    mockbill.app.webhooks.resend(mockbill.world(), mockbill.log()[0]["id"])
    assert mockbill.drain()["drained"]
    mockbill.world().advance(mockbill.world().clock.now + 7_200)
    assert len(receiver.got) == 2
    assert mockbill.log()[0]["state"] == "delivered"
    assert client.v1.events.list().data[0].pending_webhooks == 0


def test_a_failed_resend_stays_with_what_was_planned(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    receiver.behave = lambda _: 200 if len(receiver.got) == 1 else 500
    listen(client, receiver.url)
    products(client, "Chair")
    mockbill.drain()
    mockbill.app.webhooks.resend(mockbill.world(), mockbill.log()[0]["id"])
    assert mockbill.drain()["drained"]
    (entry,) = mockbill.log()
    assert (entry["state"], entry["status"], len(receiver.got)) == ("delivered", 500, 2)


def test_a_failed_resend_plans_nothing_of_its_own(serve: Serve, nobody: str) -> None:
    mockbill = serve(webhook_retries="1h")
    listen(mockbill.client(), nobody)
    products(mockbill.client(), "Chair")
    assert until(lambda: mockbill.log()[0]["state"] == "retrying")
    planned = mockbill.log()[0]["next_retry"]
    mockbill.app.webhooks.resend(mockbill.world(), mockbill.log()[0]["id"])
    assert until(lambda: mockbill.log()[0]["attempt"] == 2)
    assert until(lambda: mockbill.drain(timeout=0.01)["pending"] == 1)
    assert (mockbill.log()[0]["state"], mockbill.log()[0]["next_retry"]) == ("retrying", planned)


def test_a_resend_counts_down_only_what_is_still_owed(mockbill: Mockbill, receive: Receive) -> None:
    client, good, bad = mockbill.client(), receive(), receive(lambda _: 500)
    taken, refused = listen(client, good.url), listen(client, bad.url)
    products(client, "Chair")
    mockbill.drain()
    event = client.v1.events.list().data[0]
    mockbill.app.webhooks.resend(mockbill.world(), event.id, taken.id)
    mockbill.drain()
    assert client.v1.events.retrieve(event.id).pending_webhooks == 1
    bad.behave = lambda _: 200
    mockbill.app.webhooks.resend(mockbill.world(), event.id, refused.id)
    mockbill.drain()
    assert client.v1.events.retrieve(event.id).pending_webhooks == 0


@pytest.mark.parametrize(
    ("id", "endpoint", "message"),
    [
        ("dlv_none", None, "No such delivery: 'dlv_none'"),
        ("evt_none", None, "No such event: 'evt_none'"),
        ("evt_none", "we_none", "No such webhook endpoint: 'we_none'"),
    ],
)
def test_what_is_not_there_cannot_be_resent(mockbill: Mockbill, id: str, endpoint: str | None, message: str) -> None:
    with pytest.raises(Problem, match=message):
        mockbill.app.webhooks.resend(mockbill.world(), id, endpoint)


def test_closing_does_not_wait_for_receivers_that_hang(serve: Serve, receive: Receive) -> None:
    mockbill = serve()
    client, held = mockbill.client(), threading.Event()
    receiver = receive(lambda _: 200 if held.wait(PATIENCE) else 500)
    listen(client, receiver.url)
    products(client, "Chair")
    receiver.wait_for(1)
    waiting = threading.Thread(target=mockbill.app.webhooks.drain, args=(None, PATIENCE))
    waiting.start()
    started = time.perf_counter()
    mockbill.app.webhooks.close()
    waiting.join()
    assert time.perf_counter() - started < PATIENCE / 2
    held.set()


def test_threads_end_when_there_is_nothing_left_to_deliver(mockbill: Mockbill, receive: Receive) -> None:
    receiver = receive()
    endpoint = listen(mockbill.client(), receiver.url)

    def working() -> bool:
        return any(endpoint.id in thread.name for thread in threading.enumerate())

    receiver.behave = lambda _: 200 if working() else 500
    products(mockbill.client(), "Chair")
    assert mockbill.drain()["drained"]
    assert mockbill.log()[0]["attempts"][0]["status"] == 200
    assert until(lambda: not working())  # it lingers, for what may follow
