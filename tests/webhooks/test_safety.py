"""What must never happen: memory that grows without end, a secret that is shown, a certificate unseen."""

import gc
import json
import logging
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from control.api import Control
from webhooks.stage import PATIENCE, Mockbill, Receiver, handler_of, listen, products

from mockbill.webhooks.delivery import Delivery
from mockbill.world import World

Receive = Callable[..., Receiver]
Serve = Callable[..., Mockbill]

SMALL = {"webhook_queue": 500, "delivery_log": 500, "event_log": 500}


def test_a_flood_at_a_receiver_that_hangs_takes_no_more_than_its_queue(serve: Serve, receive: Receive) -> None:
    mockbill, held = serve(**SMALL), threading.Event()
    receiver = receive(lambda _: 200 if held.wait(PATIENCE) else 500)
    listen(mockbill.client(), receiver.url, "product.created")
    _flood(mockbill.world(), 50_000)
    assert mockbill.drain(timeout=0)["pending"] <= 501  # with the one that is under way
    assert len(mockbill.log()) == 500
    deliveries, attempts = _alive(mockbill.world())
    assert deliveries <= 1_100
    assert attempts == 0
    held.set()


def test_a_flood_at_a_receiver_that_answers_leaves_no_more_than_its_log(serve: Serve, receive: Receive) -> None:
    mockbill, receiver = serve(webhook_queue=5_000, delivery_log=500, event_log=500), receive()
    listen(mockbill.client(), receiver.url, "product.created")
    _flood(mockbill.world(), 2_000)
    assert mockbill.drain()["drained"]
    assert len(receiver.got) == 2_000
    deliveries, attempts = _alive(mockbill.world())
    assert deliveries == attempts == 500


@pytest.mark.parametrize("clock", ["real", "world"])
def test_a_flood_at_a_dead_receiver_gives_up_the_oldest_retries(serve: Serve, nobody: str, clock: str) -> None:
    mockbill = serve(webhook_retries="live", webhook_retry_clock=clock, clock="2026-01-31", **SMALL)
    listen(mockbill.client(), nobody, "product.created")
    for _ in range(10):  # piece by piece, or the queue would overflow before there are retries
        _flood(mockbill.world(), 400)
        mockbill.app.webhooks.settle(mockbill.world())
    left = mockbill.drain(timeout=0)
    assert (left["pending"], left["retrying"]) == (500, 500)
    deliveries, attempts = _alive(mockbill.world())
    assert deliveries <= 1_600
    assert attempts <= 1_600


def test_what_is_given_up_for_want_of_room_says_so(
    serve: Serve, receive: Receive, caplog: pytest.LogCaptureFixture
) -> None:
    mockbill, held = serve(webhook_queue=2), threading.Event()
    receiver = receive(lambda _: 200 if held.wait(PATIENCE) else 500)
    listen(mockbill.client(), receiver.url)
    products(mockbill.client(), "a")
    receiver.wait_for(1)
    products(mockbill.client(), *"bcde")
    held.set()
    assert mockbill.drain()["drained"]
    assert receiver.names == ["a", "d", "e"]
    assert [entry["error"] for entry in mockbill.log(state="failed")] == [
        "given up: more than 2 were waiting for this receiver"
    ] * 2
    assert caplog.text.count("given up: more than 2 were waiting for this receiver; 1 so far") == 1


def test_long_answers_are_kept_only_up_to_a_bound(serve: Serve, receive: Receive) -> None:
    mockbill = serve()
    receiver = receive(answer=b"x" * 10_000)
    listen(mockbill.client(), receiver.url, "product.created")
    _flood(mockbill.world(), 2_000)  # 20 MB of answers
    assert mockbill.drain(timeout=60)["drained"]
    bodies = [len(attempt["response_body"]) for entry in mockbill.log() for attempt in entry["attempts"]]
    assert len(bodies) == 2_000
    assert sum(bodies) <= 16 << 20
    assert (bodies[0], bodies[-1]) == (10_000, 0)  # the newest are kept


def test_the_answer_is_kept_with_its_headers(mockbill: Mockbill, receive: Receive) -> None:
    listen(mockbill.client(), receive(headers={"X-Request-Id": "r1", "X-Long": "y" * 5_000}).url)
    products(mockbill.client(), "Chair")
    assert mockbill.drain()["drained"]
    told = mockbill.log()[0]["attempts"][0]["response_headers"]
    assert (told["X-Request-Id"], len(told["X-Long"])) == ("r1", 500)


def test_one_hanging_receiver_among_fifty_delays_none_of_the_others(serve: Serve, receive: Receive) -> None:
    held = threading.Event()
    hanging, others = receive(lambda _: 200 if held.wait(PATIENCE) else 500), [receive() for _ in range(49)]
    mockbill = serve(forward_to=[hanging.url, *(other.url for other in others)])
    products(mockbill.client(), *"abc")
    for other in others:
        other.wait_for(3)
        assert other.names == ["a", "b", "c"]
    assert (hanging.names, held.is_set()) == (["a"], False)  # it has let nobody go in the meantime
    held.set()
    assert mockbill.drain()["drained"]
    assert hanging.names == ["a", "b", "c"]


@pytest.fixture
def secure(receive: Receive, tmp_path: Path) -> Iterator[Receiver]:
    """A receiver at https:// whose certificate nobody has signed but itself."""
    certificate = tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(tmp_path / "key.pem"),
         "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    receiver = Receiver()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, tmp_path / "key.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(receiver))
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # the clients that refuse its certificate
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    receiver.url = f"https://127.0.0.1:{server.server_port}/hook"
    yield receiver
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_certificate_that_nobody_signed_is_refused(serve: Serve, secure: Receiver) -> None:
    mockbill = serve(webhook_retries="none")
    listen(mockbill.client(), secure.url)
    products(mockbill.client(), "Chair")
    assert mockbill.drain()["failed"] == 1
    assert "CERTIFICATE_VERIFY_FAILED" in mockbill.log()[0]["error"]
    assert secure.got == []


def test_unless_the_server_was_started_so(serve: Serve, secure: Receiver) -> None:
    mockbill = serve(webhook_insecure="on")
    listen(mockbill.client(), secure.url)
    products(mockbill.client(), "Chair")
    assert mockbill.drain()["drained"]
    assert secure.names == ["Chair"]


def test_no_secret_is_shown_by_anything_but_the_call_that_made_it(
    serve: Serve, receive: Receive, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    forwarded = receive(lambda _: 500)
    mockbill = serve(forward_to=forwarded.url, webhook_secret="whsec_forwarded1234", webhook_retries="none")
    client = mockbill.client()
    endpoint = listen(client, receive().url)
    listen(client, receive(lambda _: 500).url)
    destination = client.v2.core.event_destinations.create({
        "name": "mine", "type": "webhook_endpoint", "event_payload": "snapshot", "enabled_events": ["*"],
        "webhook_endpoint": {"url": receive().url}, "include": ["webhook_endpoint.signing_secret"],
    })  # fmt: skip
    products(client, "Chair")
    assert mockbill.drain()["failed"] == 2
    client.v1.webhook_endpoints.update(endpoint.id, {"metadata": {"a": "b"}})
    mockbill.app.webhooks.resend(mockbill.world(), mockbill.log()[0]["event"])
    secrets = ["whsec_forwarded1234", endpoint.secret, destination.webhook_endpoint.signing_secret]
    assert all(secret and secret.startswith("whsec_") for secret in secrets)
    paths = ("info", "deliveries", "requests", "events", "settings", "clock", "coverage")
    shown = [json.dumps(Control(mockbill.url, "mockbill").get(path)) for path in paths]
    for path in (
        "v1/webhook_endpoints",
        f"v1/webhook_endpoints/{endpoint.id}",
        "v1/events",
        "v2/core/event_destinations",
    ):
        shown.append(requests.get(f"{mockbill.url}/{path}", auth=("sk_test_mockbill", ""), timeout=PATIENCE).text)
    hub = mockbill.app.webhooks
    logged = [
        record.getMessage() for record in caplog.records if not record.name.startswith("stripe")
    ]  # not its client
    assert any("given up" in line for line in logged)
    shown += [repr(mockbill.app.settings), repr(hub._shared), repr(list(hub._ledgers.values())), *logged]
    assert [secret for secret in secrets for text in shown if secret in text] == []


def _flood(world: World, count: int) -> None:
    with world.work() as work:
        product = work.get("product", "prod_flood") or work.add("product", id="prod_flood", name="Flood")
        for _ in range(count):
            work.emit("product.created", product)


def _alive(world: World) -> tuple[int, int]:
    """How many deliveries and attempts of an account are in memory, once what nobody needs is gone."""
    gc.collect()
    found = [one for one in gc.get_objects() if type(one) is Delivery and one.ledger.world is world]
    return len(found), sum(len(one.attempts) for one in found)
