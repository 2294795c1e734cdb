"""A call that fails changes nothing: proved by failing at every single step of a subscription's creation."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest

from mockbill.app import create_app
from mockbill.billing import customers, prices, subscriptions
from mockbill.settings import Settings
from mockbill.world import Doc, Problem, Work, World


class Crash(Exception):
    """Something that no code expects."""


@pytest.fixture
def world() -> Iterator[World]:
    app = create_app(Settings.load({"clock": "2026-01-31T10:00:00Z"}, environ={}))
    yield app.worlds.of("rollback")
    app.close()


def dump(world: World) -> bytes:
    """All that an account is: documents, their order, indexes, ids, time, and what falls due."""
    tables = {
        name: [table.rows, table.keys, table.order, {path: index.postings for path, index in table.indexes.items()}]
        for name, table in world.tables.items()
        if table.rows
    }
    due = sorted((id, moment.at, moment.verb) for id, (_, moment) in world.due.current.items())
    whole = [tables, world.ids.counter, world.clock.now, due]
    return orjson.dumps(whole, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS)


@contextmanager
def failing_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Crash at the n-th change or event of a unit of work; the list tells what came before."""
    done: list[str] = []

    def counting(name: str) -> Any:
        original = getattr(Work, name)

        def step_or_crash(self: Work, *args: Any, **kwargs: Any) -> Any:
            if len(done) == step:
                raise Crash(name)
            done.append(name)
            return original(self, *args, **kwargs)

        return step_or_crash

    with monkeypatch.context() as patched:
        for name in ("put", "emit"):
            patched.setattr(Work, name, counting(name))
        yield done


def subscriber(world: World, card: str) -> dict[str, Any]:
    with world.work() as w:
        price = prices.create(
            w,
            {
                "currency": "usd",
                "unit_amount": 2000,
                "recurring": {"interval": "month"},
                "product_data": {"name": "Pro"},
            },
        )
        customer = customers.create(w, {"payment_method": card, "invoice_settings": {"default_payment_method": card}})
    return {"customer": customer["id"], "items": [{"price": price["id"]}]}


@pytest.mark.parametrize("card", ["pm_card_visa", "pm_card_chargeCustomerFail", "pm_card_threeDSecure2Required"])
def test_a_crash_at_any_step_of_creating_a_subscription_changes_nothing(
    world: World, card: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = subscriber(world, card)
    _warm_indexes(world, params)
    before = dump(world)
    for step in range(1_000):
        with failing_at(step, monkeypatch) as done:
            try:
                _subscribe(world, params)
            except Crash:
                assert dump(world) == before, f"left behind by a crash after {done}"
                continue
        break
    assert step > 20, "there were steps to fail at"
    assert dump(world) != before


def test_ids_of_a_call_that_failed_are_given_to_the_next_one(world: World) -> None:
    params = subscriber(world, "pm_card_chargeCustomerFail")
    with pytest.raises(Problem):
        _subscribe(world, {**params, "payment_behavior": "error_if_incomplete"})
    first = world.ids.counter
    with pytest.raises(Problem):
        _subscribe(world, {**params, "payment_behavior": "error_if_incomplete"})
    assert world.ids.counter == first


def test_a_declined_card_is_remembered_although_the_call_fails(world: World) -> None:
    params = subscriber(world, "pm_card_chargeCustomerFail")
    _subscribe(world, params)
    [charge] = world.table("charge").rows.values()
    assert charge["status"] == "failed"


def _subscribe(world: World, params: Doc) -> Doc:
    with world.work() as w:
        return subscriptions.create(w, params)


def _warm_indexes(world: World, params: Doc) -> None:
    """Indexes are made when first asked for and stay; have them all before looking."""
    try:
        with world.work() as w:
            subscriptions.create(w, params)
            raise Crash
    except Crash:
        pass
