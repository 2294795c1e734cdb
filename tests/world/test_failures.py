"""What happens when something of ours breaks: nothing is half done, and time goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mockbill.app import Application, create_app
from mockbill.billing import customers, engine, renewal
from mockbill.settings import Settings
from mockbill.world import Doc, Work, World
from mockbill.world.world import MomentsFailed

START = 1_769_853_600  # 2026-01-31T10:00:00Z
DAY = 86_400


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    settings = {"clock": "2026-01-31T10:00:00Z", "data": str(tmp_path / "world.json")}
    app = create_app(Settings.load(settings, environ={}))
    yield app
    app.close()


def subscribers(world: World, number: int) -> list[str]:
    from world.test_time_travel import join

    for _ in range(number):
        join(world, {"interval": "month", "trial": None, "card": "pm_card_visa", "cancels": False})
    return [doc["id"] for doc in world.table("subscription").select()]


def test_a_moment_that_fails_holds_up_nobody_and_is_tried_again(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = application.worlds.of("failures")
    broken, fine = subscribers(world, 2)

    def renew(w: Work, subscription: Doc) -> None:
        if subscription["id"] == broken:
            raise RuntimeError("a bug")
        renewal.renew(w, subscription)

    with monkeypatch.context() as patched:
        patched.setitem(engine.ENGINE.handlers, "subscription.renew", renew)
        with pytest.raises(MomentsFailed, match=f"of {broken}: RuntimeError: a bug"):
            world.advance(START + 40 * DAY)
    assert world.clock.now == START + 40 * DAY
    assert len(invoices(world, fine)) == 2
    assert len(invoices(world, broken)) == 1
    world.advance(START + 41 * DAY)
    assert len(invoices(world, broken)) == 2
    world.advance(START + 100 * DAY)
    assert len(invoices(world, broken)) == len(invoices(world, fine)) == 4


def test_what_cannot_be_made_durable_has_not_happened(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = application.worlds.of("failures")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    assert world.keeper is not None
    drawn = world.ids.counter
    with monkeypatch.context() as patched:
        patched.setattr(world.keeper, "commit", full)
        with pytest.raises(OSError, match="No space left"), world.work() as w:
            customers.create(w, {"email": "ada@example.com"})
    assert not world.table("customer").rows
    assert not world.table("event").rows
    assert world.ids.counter == drawn


def invoices(world: World, subscription: str) -> list[Doc]:
    return list(world.table("invoice").select({"parent.subscription_details.subscription": subscription}))
