"""Work that goes on in a connected account: both accounts keep it, or neither does."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mockbill.app import Application, create_app
from mockbill.billing import balance
from mockbill.billing.connect import beside, transfers
from mockbill.settings import Settings
from mockbill.world import Doc, Problem, Work, World


def started(tmp_path: Path) -> Application:
    settings = {"clock": "2026-01-31T10:00:00Z", "data": str(tmp_path / "world.json")}
    return create_app(Settings.load(settings, environ={}))


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    app = started(tmp_path)
    yield app
    app.close()


def connected(platform: World) -> World:
    with platform.work() as w:
        active = {"capabilities": {"transfers": "active"}, "external_accounts": None}
        account = w.add("account", **active)
        balance.topped_up(w, {"id": "tu_1", "amount": 5000, "currency": "usd", "description": None})
    return platform.connected(account["id"])


def transfer(w: Work, account: World) -> Doc:
    return transfers.create(w, {"amount": 1000, "currency": "usd", "destination": account.account_id})


def state(*worlds: World) -> Any:
    return [({kind: dict(table.rows) for kind, table in world.tables.items() if table.rows}, world.ids.counter)
            for world in worlds]  # fmt: skip


def test_what_fails_in_the_account_has_not_happened_on_the_platform(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = application.worlds.of("platform")
    account = connected(platform)
    before = state(platform, account)

    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr(balance, "received", broken)
        with pytest.raises(RuntimeError, match="a bug"), platform.work() as w:
            transfer(w, account)
    assert state(platform, account) == before
    with monkeypatch.context() as patched:
        patched.setattr(platform.keeper, "commit", broken)
        with pytest.raises(RuntimeError, match="a bug"), platform.work() as w:
            transfer(w, account)
    assert state(platform, account) == before
    with platform.work() as w:
        transfer(w, account)
    assert state(platform, account) != before


def test_what_is_taken_back_is_so_in_both(application: Application) -> None:
    platform = application.worlds.of("platform")
    account = connected(platform)
    with platform.work() as w:
        transfer(w, account)
        before = state(platform, account)
        with w.rehearsal():
            transfer(w, account)
        point = w.savepoint()
        transfer(w, account)
        w.back_to(point)
        assert state(platform, account) == before
    with platform.work() as w:
        with w.rehearsal():
            transfer(w, account)
            assert [event["type"] for event in w.events] == ["transfer.created"]
        assert w.parts == [w]
    assert len(account.table("charge").rows) == len(platform.table("transfer").rows) == 1
    with pytest.raises(Problem, match="No such destination"), platform.work() as w:
        transfers.create(w, {"amount": transfer(w, account)["amount"], "currency": "usd", "destination": "acct_none"})
    assert len(account.table("charge").rows) == len(platform.table("transfer").rows) == 1


def test_both_are_kept_by_one_line_of_the_journal(tmp_path: Path) -> None:
    app = started(tmp_path)
    platform = app.worlds.of("platform")
    account = connected(platform)
    with platform.work() as w:
        transfer(w, account)
    kept = state(platform, account)
    journal = (tmp_path / "world.json.journal").read_bytes()
    assert len(journal.splitlines()) == 2  # the account, and the transfer
    (tmp_path / "killed").mkdir()
    (tmp_path / "killed" / "world.json.journal").write_bytes(journal)
    app.close()
    again = started(tmp_path / "killed")
    try:
        assert state(again.worlds.of("platform"), again.worlds.of(account.name)) == kept
        there = again.worlds.of(account.name)
        assert there.lock is again.worlds.of("platform").lock
    finally:
        again.close()


def test_both_sides_can_write_into_the_other_at_once(application: Application) -> None:
    platform = application.worlds.of("platform")
    account = connected(platform)

    def down(_: int) -> None:
        with platform.work() as w:
            beside.account(w, account.account_id).add("product")

    def up(_: int) -> None:
        with account.work() as w:
            there = beside.platform(w)
            assert there is not None
            there.add("product")

    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(act, number) for number in range(50) for act in (up, down)]
        for call in calls:
            call.result(timeout=20)
    assert len(platform.table("product").rows) == len(account.table("product").rows) == 50
