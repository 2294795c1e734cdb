"""--data FILE: what was acknowledged is there after a restart or a kill, in a file that any TinyDB opens."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
import stripe
from api.life import DAY, Life
from tinydb import TinyDB

from mockbill.app import Application, create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings
from mockbill.world.journal import Unreadable
from mockbill.world.table import LiveTable

MONTH = 31 * DAY


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "world.json"


@contextmanager
def serving(data: Path, **settings: Any) -> Iterator[tuple[Application, stripe.StripeClient]]:
    app = create_app(Settings.load({"data": str(data), "check_answers": True, **settings}, environ={}))
    with LocalServer(app) as server:
        yield app, stripe.StripeClient("sk_test_ada", base_addresses={"api": server.url}, max_network_retries=0)


def dump(app: Application) -> Any:
    """All that is kept: documents under their keys, ids and clocks, what falls due."""
    return {
        world.name: [
            {kind: dict(rows(table)) for kind, table in world.tables.items() if table.rows},
            world.ids.counter,
            [world.clock.mode, world.clock.base],
            sorted((id, moment.at, moment.verb) for id, (_, moment) in world.due.current.items()),
        ]
        for world in app.worlds.all()
    }


def rows(table: LiveTable) -> Iterator[tuple[str, Any]]:
    for id, key in table.keys.items():
        yield id, [key, table.rows[key]]


def copied(data: Path) -> Path:
    """The files as a kill would leave them at this moment."""
    other = data.with_name("killed.json")
    for suffix in ("", ".journal"):
        source = data.with_name(data.name + suffix)
        if source.exists():
            other.with_name(other.name + suffix).write_bytes(source.read_bytes())
    return other


def live_a_little(client: stripe.StripeClient) -> None:
    life = Life.begin(client)
    life.subscribe(life.customer(), life.price())
    life.advance(MONTH)
    client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["coupon.created"]})
    gone = client.v1.customers.create({"email": "gone@example.com"})
    client.v1.customers.delete(gone.id)
    client.v1.coupons.create({"id": "SUMMER", "percent_off": 10})
    client.v1.accounts.create({"country": "SE"})


def test_a_restart_keeps_everything(data: Path) -> None:
    with serving(data, clock="2026-01-31") as (app, client):
        live_a_little(client)
        app.worlds.of("ada").advance(app.worlds.of("ada").clock.now + DAY)
        before = dump(app)
        later = client.v1.customers.create({}).id
    with serving(data) as (app, client):
        client.v1.customers.delete(later)  # leaves a tombstone and an event, and nothing else
        kept = dump(app)["ada"]
        old = before["ada"]
        assert kept[2] == old[2]
        assert kept[3] == old[3] != []
        for kind in old[0].keys() - {"event"}:
            assert kept[0][kind].items() >= old[0][kind].items()
        assert kept[0]["event"].items() >= old[0]["event"].items()
        assert client.v1.webhook_endpoints.list().data[0].url == "http://127.0.0.1:9/"
        assert app.worlds.of("ada").table("_webhook_endpoint").rows


def test_a_kill_loses_nothing_that_was_acknowledged(data: Path) -> None:
    with serving(data, clock="2026-01-31") as (app, client):
        live_a_little(client)
        killed, before = copied(data), dump(app)
        assert not killed.exists() or killed.stat().st_size < killed.with_name("killed.json.journal").stat().st_size
    with serving(killed, clock="2026-01-31") as (app, _):
        assert dump(app) == before


def test_ids_go_on_where_they_were(data: Path) -> None:
    made = set()
    for _ in range(3):
        with serving(data, clock="2026-01-31") as (_, client):
            made |= {client.v1.customers.create({}).id for _ in range(3)}
    assert len(made) == 9


def test_a_kill_between_the_snapshot_and_the_emptied_journal_does_no_harm(data: Path) -> None:
    with serving(data, clock="2026-01-31") as (app, client):
        live_a_little(client)
        journal = data.with_name("world.json.journal").read_bytes()
        before = dump(app)
    data.with_name("world.json.journal").write_bytes(journal)
    with serving(data, clock="2026-01-31") as (app, _):
        assert dump(app) == before


def test_any_tinydb_opens_the_snapshot(data: Path) -> None:
    with serving(data) as (_, client):
        made = client.v1.customers.create({"email": "ada@example.com"})
    with TinyDB(data) as db:
        [customer] = db.table("ada/customer").all()
        assert customer == json.loads(json.dumps(made.to_dict()))
        assert [account["name"] for account in db.table("accounts").all()] == ["ada"]
        assert [event["type"] for event in db.table("ada/event").all()] == ["customer.created"]


def test_half_a_last_line_is_dropped(data: Path) -> None:
    with serving(data) as (_, client):
        kept = client.v1.customers.create({}).id
        client.v1.customers.create({})
        killed = copied(data)
    journal = killed.with_name("killed.json.journal")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]) + lines[-1][:40])
    with serving(killed) as (_, client):
        assert [each.id for each in client.v1.customers.list().data] == [kept]
        client.v1.customers.create({})
    with serving(killed) as (_, client):
        assert len(client.v1.customers.list().data) == 2


def test_a_journal_that_is_broken_in_the_middle_is_refused_and_left_as_it_is(data: Path) -> None:
    with serving(data) as (_, client):
        client.v1.customers.create({})
        client.v1.customers.create({})
        killed = copied(data)
    journal = killed.with_name("killed.json.journal")
    lines = journal.read_bytes().splitlines(keepends=True)
    broken = lines[0][:40] + b"\n" + b"".join(lines[1:])
    journal.write_bytes(broken)
    with pytest.raises(Unreadable, match=r"killed\.json\.journal:1 is no line of a journal"):
        create_app(Settings.load({"data": str(killed)}, environ={}))
    assert journal.read_bytes() == broken


@pytest.mark.parametrize(
    "content",
    [
        b"hello",
        b"[]",
        b"{}",
        b"null",
        b'{"_default": {"1": {"name": "mine"}}}',
        b'{"accounts": {"1": {"name": "mine"}}}',
        b'{"accounts": [1]}',
        b'{"accounts": {}, "x/y": {"a": {}}}',
    ],
)
def test_a_file_that_is_not_ours_is_refused_and_left_as_it_is(data: Path, content: bytes) -> None:
    data.write_bytes(content)
    with pytest.raises(Unreadable, match=r"world\.json is no mockbill data file .*; it is left as it is"):
        create_app(Settings.load({"data": str(data)}, environ={}))
    assert data.read_bytes() == content


def test_an_empty_file_is_a_new_world(data: Path) -> None:
    data.touch()
    with serving(data) as (_, client):
        assert client.v1.customers.list().data == []


def test_a_folder_that_is_not_there_is_told(data: Path) -> None:
    with pytest.raises(Unreadable, match="No such file or directory"):
        create_app(Settings.load({"data": str(data.parent / "nowhere" / "world.json")}, environ={}))


def test_two_servers_cannot_have_one_file(data: Path) -> None:
    with serving(data) as (_, client):
        client.v1.customers.create({})
        for _ in range(2):
            with pytest.raises(Unreadable, match=r"world\.json is in use by another mockbill"):
                create_app(Settings.load({"data": str(data)}, environ={}))
        client.v1.customers.create({})
        killed = copied(data)
    for kept in (data, killed):
        with serving(kept) as (_, client):
            assert len(client.v1.customers.list().data) == 2


def test_an_emptied_account_stays_empty(data: Path) -> None:
    with serving(data) as (app, client):
        for _ in range(3):  # ids begin anew, so that one of these will be given again
            client.v1.customers.create({})
        app.forget(app.worlds.of("ada"))
        after = client.v1.customers.create({"email": "after@example.com"}).id
        killed = copied(data)
    for kept in (data, killed):
        with serving(kept) as (_, client):
            assert [each.id for each in client.v1.customers.list().data] == [after]
            assert len(client.v1.events.list().data) == 1


def test_a_clock_that_was_being_advanced_arrives_after_the_restart(data: Path) -> None:
    with serving(data) as (app, client):
        life = Life.begin(client)
        subscription = life.subscribe(life.customer(), life.price())
        target = life.clock.frozen_time + MONTH
        world = app.worlds.of("ada")
        with world.advancing:  # the advance is promised and cannot begin
            client.v1.test_helpers.test_clocks.advance(life.clock.id, {"frozen_time": target})
            killed = copied(data)
    with serving(killed) as (_, client):
        for _ in range(2_000):
            clock = client.v1.test_helpers.test_clocks.retrieve(life.clock.id)
            if clock.status == "ready":
                break
        assert (clock.status, clock.frozen_time) == ("ready", target)
        assert len(client.v1.invoices.list({"subscription": subscription.id}).data) == 2


def test_requests_while_it_stops_do_not_hang(data: Path) -> None:
    app = create_app(Settings.load({"data": str(data)}, environ={}))
    world, stop = app.worlds.of("ada"), threading.Event()

    def write() -> None:
        while not stop.is_set():
            with world.work() as w:
                w.add("customer")

    writers = [threading.Thread(target=write, daemon=True) for _ in range(4)]
    for writer in writers:
        writer.start()
    closing = threading.Thread(target=app.close, daemon=True)
    closing.start()
    closing.join(20)
    stop.set()
    for writer in writers:
        writer.join(20)
    assert not closing.is_alive()
    assert not any(writer.is_alive() for writer in writers)


def test_kill_9_in_the_midst_of_writing_loses_no_answer(data: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mockbill", "--port", "0", "--data", str(data)],
        stdout=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("MOCKBILL_")},
    )
    assert process.stdout is not None
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    url = next(line for line in process.stdout if "http://127.0.0.1:" in line)
    url = "http://127.0.0.1:" + url.split("http://127.0.0.1:")[1].split()[0].strip(".,/")
    acknowledged: list[str] = []

    def create() -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.headers["Authorization"] = "Bearer sk_test_ada"
            try:
                while True:
                    answer = session.post(f"{url}/v1/customers", data={"email": "ada@example.com"}, timeout=10)
                    acknowledged.append(answer.json()["id"])
            except requests.RequestException:
                return

    clients = [threading.Thread(target=create) for _ in range(4)]
    for each in clients:
        each.start()
    while len(acknowledged) < 200 and any(each.is_alive() for each in clients):
        clients[0].join(0.02)
    process.send_signal(signal.SIGKILL)
    for each in clients:
        each.join(20)
    process.wait(20)
    process.stdout.close()
    watchdog.cancel()
    assert len(acknowledged) >= 200
    with serving(data) as (app, _):
        assert set(acknowledged) <= app.worlds.of("ada").table("customer").keys.keys()
    assert orjson.loads(data.read_bytes())["accounts"]["1"]["name"] == "ada"
