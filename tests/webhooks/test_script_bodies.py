"""Scripts about what is sent: badly signed, stale, in an older version, slow, cut off."""

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import stripe
from webhooks.stage import PATIENCE, Got, Mockbill, listen, products, until
from webhooks.weather import Receive, Serve, occasions, script, verify

from mockbill.webhooks import post


@pytest.mark.parametrize(
    ("do", "complaint"),
    [
        ({"corrupt": True}, "No signatures found matching"),
        ({"corrupt": "body"}, "No signatures found matching"),
        ({"wrong_secret": True}, "No signatures found matching"),
        ({"stale": True}, "Timestamp outside the tolerance zone"),
        ({"stale": 301}, "Timestamp outside the tolerance zone"),
    ],
)
def test_stripes_sdk_refuses_what_is_badly_signed_and_takes_the_retry(
    mockbill: Mockbill, receive: Receive, do: dict[str, Any], complaint: str
) -> None:
    client, receiver = mockbill.client(), receive()
    endpoint = listen(client, receiver.url)
    problems: list[str] = []

    def behave(got: Got) -> int:
        try:
            verify(got, endpoint)
        except stripe.SignatureVerificationError as problem:
            problems.append(str(problem))
            return 400
        return 200

    receiver.behave = behave
    id = script(mockbill, do, times=1)
    products(client, "a")
    assert mockbill.drain()["drained"]
    assert complaint in problems[0]
    (delivery,) = mockbill.log()
    assert occasions(delivery) == [("first", 400, [id]), ("retry", 200, [])]
    assert delivery["state"] == "delivered"


def test_raw_bytes_are_corrupted_too(mockbill: Mockbill, receive: Receive) -> None:
    receiver = receive()
    endpoint = listen(mockbill.client(), receiver.url)
    script(mockbill, {"corrupt": "body"}, times=1)
    for _ in range(2):
        mockbill.app.webhooks.send_raw(mockbill.world(), b'{"id": "evt_1", "object": "event"}')
    assert mockbill.drain()["drained"]
    corrupted, sent = receiver.got
    assert sent.body == b'{"id": "evt_1", "object": "event"}'
    assert corrupted.event == sent.event
    assert not _is_genuine(corrupted, endpoint)


def test_retries_are_as_bad_where_the_rule_says_so(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    endpoint = listen(client, receiver.url)
    receiver.behave = lambda got: 200 if _is_genuine(got, endpoint) else 400
    id = script(mockbill, {"wrong_secret": True, "retries": True}, times=1)
    products(client, *"ab")
    mockbill.drain()
    good, bad = mockbill.log()
    assert occasions(bad) == [("first", 400, [id]), ("retry", 400, [id]), ("retry", 400, [id])]
    assert (bad["state"], good["state"]) == ("failed", "delivered")


def _is_genuine(got: Got, endpoint: stripe.WebhookEndpoint) -> bool:
    try:
        return bool(verify(got, endpoint))
    except stripe.SignatureVerificationError:
        return False


def test_an_event_comes_in_an_older_version(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    endpoint = listen(client, receiver.url, "customer.created")
    script(mockbill, {"api_version": "2020-03-02"}, times=1)
    for _ in range(2):
        client.v1.customers.create({"name": "Ada"})
    old, new = [verify(got, endpoint).to_dict() for got in receiver.wait_for(2)]
    assert (old["api_version"], new["api_version"]) == ("2020-03-02", "2026-10-28.endive")
    assert "sources" in old["data"]["object"]
    assert "sources" not in new["data"]["object"]


def test_a_slow_body_is_whole_in_the_end(mockbill: Mockbill, receive: Receive) -> None:
    client, receiver = mockbill.client(), receive()
    endpoint = listen(client, receiver.url)
    script(mockbill, {"slow": {"chunks": 4, "pause": 0.05}}, times=1)
    products(client, *"ab")
    assert mockbill.drain()["drained"]
    assert [verify(got, endpoint).type for got in receiver.got] == ["product.created"] * 2
    assert mockbill.log()[1]["milliseconds"] >= 150  # three pauses of 50


def test_a_body_slower_than_the_timeout_is_no_receivers_fault(
    receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver, passed = receive(), [0.0]
    clock = SimpleNamespace(perf_counter=lambda: time.perf_counter() + passed[0])
    monkeypatch.setattr(post, "time", clock)

    def pieces() -> Iterator[bytes]:
        yield b"{"
        passed[0] = 2 * PATIENCE
        yield b"}"

    reply = post.Poster().post(receiver.url, {}, b"{}", PATIENCE, pieces())
    assert (reply.status, reply.error) == (200, None)
    assert reply.milliseconds >= 2 * PATIENCE * 1_000


def test_closing_ends_the_pauses_of_a_slow_body(serve: Serve, receive: Receive) -> None:
    mockbill = serve()
    client, receiver = mockbill.client(), receive()
    endpoint = listen(client, receiver.url)
    script(mockbill, {"slow": {"chunks": 10, "pause": 60}})
    products(client, "a")
    mockbill.app.webhooks.close()
    assert until(lambda: not any(endpoint.id in thread.name for thread in threading.enumerate()))  # nine minutes else


@pytest.mark.parametrize("cut", [0, 25, 1_000_000])
def test_a_connection_that_is_cut_is_a_failure_and_the_retry_arrives(
    mockbill: Mockbill, receive: Receive, cut: int
) -> None:
    client, receiver = mockbill.client(), receive()
    endpoint = listen(client, receiver.url)
    script(mockbill, {"cut": cut}, times=1)
    products(client, "a")
    assert mockbill.drain()["drained"]
    (delivery,) = mockbill.log()
    assert occasions(delivery) == [("first", None, ["script_1"]), ("retry", 200, [])]
    first, second = receiver.wait_for(2)
    assert verify(second, endpoint).type == "product.created"
    assert first.body == second.body[:cut]  # all of it, where the cut comes before the answer
    assert f"a script cut the connection after {len(first.body)} bytes" in delivery["attempts"][0]["error"]
