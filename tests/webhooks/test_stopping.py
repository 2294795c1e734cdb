"""A server that stops with deliveries still to be made: it says so and, with a data file, goes on after its restart."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from control.api import Control
from webhooks.stage import PATIENCE, Mockbill, Receiver, listen, products, until

from mockbill.app import create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings

Receive = Callable[..., Receiver]


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., LocalServer]:
    """A server over one and the same data file."""

    def make(**settings: Any) -> LocalServer:
        given = {"data": str(tmp_path / "world.json"), "check_answers": True, **settings}
        return LocalServer(create_app(Settings.load(given, {})))

    return make


def _of(server: LocalServer) -> Mockbill:
    return Mockbill(server.url, server.wsgi)  # type: ignore[arg-type]


def _last_line(caplog: pytest.LogCaptureFixture) -> str:
    return [record.getMessage() for record in caplog.records if record.name.startswith("mockbill.webhooks")][-1]


def test_what_waits_behind_a_hanging_receiver_is_delivered_after_the_restart(
    start: Callable[..., LocalServer], receive: Receive, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    held = threading.Event()
    receiver = receive(lambda _: 200 if held.wait(PATIENCE) else 500)
    with start() as server:
        endpoint = listen(_of(server).client(), receiver.url)
        products(_of(server).client(), *"abc")
        receiver.wait_for(1)
    assert _last_line(caplog) == (
        f"stopped with 3 deliveries to 1 receiver still to be made: kept in {tmp_path / 'world.json'}"
    )
    receiver.behave = lambda _: 200
    held.set()
    with start() as server:
        assert _of(server).drain() == {"drained": True, "pending": 0, "retrying": 0, "failed": 0}
        assert receiver.names == ["a", "a", "b", "c"]  # the first one was cut off, so it comes again
        log = _of(server).log()[::-1]
        assert [(entry["endpoint"], entry["state"]) for entry in log] == [(endpoint.id, "delivered")] * 3
        client = _of(server).client()
        assert [event.pending_webhooks for event in client.v1.events.list({"type": "product.created"})] == [0, 0, 0]
        products(client, "d")
        assert _of(server).drain()["drained"]
        assert len({entry["id"] for entry in _of(server).log()}) == 4
    with start() as server:
        assert _of(server).log() == []


def test_retries_on_the_accounts_clock_keep_their_date_and_their_number(
    start: Callable[..., LocalServer], receive: Receive
) -> None:
    settings = {"webhook_retries": "1h,2h", "webhook_retry_clock": "world", "clock": "2026-01-31"}
    receiver = receive(lambda _: 503)
    with start(**settings) as server:
        listen(_of(server).client(), receiver.url)
        products(_of(server).client(), "a")
        Control(server.url, "mockbill").post("clock/advance", by="1 hour")
        assert len(receiver.got) == 2
    with start(**settings) as server:
        control = Control(server.url, "mockbill")
        (kept,) = control.get("deliveries")["data"]
        assert (kept["state"], kept["attempt"], kept["next_retry"]) == ("retrying", 2, "2026-01-31T03:00:00Z")
        assert [(told["occasion"], told["status"]) for told in kept["attempts"]] == [("first", 503), ("retry", 503)]
        control.post("clock/advance", by="119 minutes")
        assert len(receiver.got) == 2
        control.post("clock/advance", by="1 day")
        assert len(receiver.got) == 3
        assert _of(server).log()[0]["state"] == "failed"


def test_retries_on_real_time_go_on_as_well(start: Callable[..., LocalServer], receive: Receive) -> None:
    receiver = receive(lambda _: 503)
    with start(webhook_retries=",".join(["1"] * 100)) as server:  # it is between two of them, however slow all is
        listen(_of(server).client(), receiver.url)
        products(_of(server).client(), "a")
        assert until(lambda: bool(_of(server).log(state="retrying")))
    receiver.behave = lambda _: 200
    with start() as server:
        assert _of(server).drain()["drained"]
        assert _of(server).log()[0]["state"] == "delivered"


def test_what_was_to_be_pulled_still_is(start: Callable[..., LocalServer], receive: Receive) -> None:
    receiver = receive()
    with start(webhooks="manual") as server:
        listen(_of(server).client(), receiver.url)
        products(_of(server).client(), "a", "b")
    with start(webhooks="manual") as server:
        control = Control(server.url, "mockbill")
        assert len(control.get("deliveries", state="pending")["data"]) == 2
        assert len(control.post("deliveries/pull", limit=1)["data"]) == 1
    with start(webhooks="manual") as server:
        Control(server.url, "mockbill").post("deliveries/pull")
    assert receiver.names == ["a", "b"]


def test_a_retry_that_was_to_be_pulled_is_one_still(start: Callable[..., LocalServer], receive: Receive) -> None:
    settings = {"webhooks": "manual", "webhook_retries": "1h", "webhook_retry_clock": "world", "clock": "2026-01-31"}
    receiver = receive(lambda _: 503)
    with start(**settings) as server:
        control = Control(server.url, "mockbill")
        listen(_of(server).client(), receiver.url)
        products(_of(server).client(), "a")
        control.post("deliveries/pull")
        control.post("clock/advance", by="1 hour")
    with start(**settings) as server:
        (pulled,) = Control(server.url, "mockbill").post("deliveries/pull")["data"]
        assert [told["occasion"] for told in pulled["attempts"]] == ["first", "retry"]
        assert (pulled["state"], pulled["next_retry"]) == ("failed", None)


def test_without_a_data_file_the_line_says_that_they_are_lost(
    receive: Receive, caplog: pytest.LogCaptureFixture
) -> None:
    with LocalServer(create_app(Settings.load({"webhooks": "manual"}, {}))) as server:
        listen(_of(server).client(), receive().url)
        listen(_of(server).client("ada"), receive().url)
        products(_of(server).client(), "a")
        products(_of(server).client("ada"), "b")
    assert _last_line(caplog) == (
        "stopped with 2 deliveries to 2 receivers still to be made: lost, for there is no --data FILE"
    )


def test_nothing_is_said_where_nothing_is_left(
    start: Callable[..., LocalServer], receive: Receive, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with start() as server:
        listen(_of(server).client(), receive().url)
        products(_of(server).client(), "a")
        assert _of(server).drain()["drained"]
    assert [record for record in caplog.records if record.name.startswith("mockbill.webhooks")] == []
