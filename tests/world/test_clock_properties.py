"""A test clock holds all of billing: how far one goes in a step, and who else is on it, changes nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world.lives import (
    DAY,
    START,
    Api,
    Served,
    as_bytes,
    decisions,
    documents_of,
    events_of,
    life_of,
    lives,
    policies,
)

from mockbill.app import Application, create_app
from mockbill.server import LocalServer
from mockbill.settings import Settings

YEAR = 365 * DAY
_WITHOUT_HASTE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    app = create_app(Settings.load({"clock": "2026-01-31T10:00:00Z", "seed": 1, "request_log": 0}, environ={}))
    yield app
    app.close()


def begun(application: Application, policy: str = "3d,5d,7d:cancel") -> tuple[Api, str, dict[str, str]]:
    """A fresh account, under a name that every account of a test has, with a clock and a shop."""
    api = Api(application, "traveller")
    application.forget(api.world)
    api.world.configure({"dunning": policy, "invoice_retries": "1d", "sent_invoice_days": 20})
    return api, api.clock(), api.shop()


def lived(
    application: Application, people: list[dict[str, Any]], todo: list[tuple[int, int, str]], policy: str, step: int
) -> Iterator[bytes]:
    """A year of these people, in steps of so many days at most: each event, then each kind of documents it leaves."""
    api, clock, shop = begun(application, policy)
    customers = [api.join(clock, shop, life) for life in people]
    day = 0
    for stop, who, decision in [*todo, (365, 0, "")]:
        while day < stop:
            day = min(day + step, stop)
            api.advance(clock, START + day * DAY)
        if decision:
            api.decide(customers[who % len(customers)], decision, shop)
    yield from map(as_bytes, events_of(api.world))
    yield from map(as_bytes, documents_of(api.world).items())


@settings(max_examples=25, suppress_health_check=_WITHOUT_HASTE)
@given(people=st.lists(lives, min_size=1, max_size=3), todo=decisions, policy=policies)
def test_a_year_in_one_step_is_a_year_day_by_day(
    application: Application, people: list[dict[str, Any]], todo: list[tuple[int, int, str]], policy: str
) -> None:
    at_once = list(lived(application, people, todo, policy, step=365))
    day_by_day = list(lived(application, people, todo, policy, step=1))
    for one, other in zip(at_once, day_by_day, strict=False):  # the first difference says more than all
        assert one == other
    assert len(at_once) == len(day_by_day)


def among(
    application: Application,
    life: dict[str, Any],
    todo: list[tuple[int, int, str]],
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
) -> list[bytes]:
    """What a year brings to one customer whose clock has these others on it, who came before and after her."""
    api, clock, shop = begun(application)
    for neighbour in before:
        api.join(clock, shop, neighbour)
    ada = api.join(clock, shop, life)
    for neighbour in after:
        api.join(clock, shop, neighbour)
    for day, _, decision in todo:
        api.advance(clock, START + day * DAY)
        api.decide(ada, decision, shop)
    api.advance(clock, START + YEAR)
    return life_of(api.world, ada)


@settings(max_examples=10, suppress_health_check=_WITHOUT_HASTE)
@given(life=lives, todo=decisions, before=st.lists(lives, max_size=5), after=st.lists(lives, max_size=5))
def test_neighbours_on_a_clock_disturb_nobody(
    application: Application,
    life: dict[str, Any],
    todo: list[tuple[int, int, str]],
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
) -> None:
    alone = among(application, life, todo, [], [])
    assert alone
    for one, other in zip(alone, among(application, life, todo, before, after), strict=True):
        assert one == other


def plain(**different: Any) -> dict[str, Any]:
    """A life without anything special."""
    usual = {
        "plans": ["monthly"],
        "card": "visa",
        "trial": None,
        "quantity": 1,
        "cancels": False,
        "coupon": None,
        "taxed": None,
        "sent": False,
        "without_card": "create_invoice",
        "anchored": False,
        "backdated": False,
    }
    return usual | different


def test_a_hundred_neighbours_on_a_clock_disturb_nobody(application: Application) -> None:
    crowd = [
        plain(plans=[plan], card=card, quantity=quantity)
        for plan in ("monthly", "weekly", "yearly", "tiered")
        for card in ("visa", "chargeCustomerFail")
        for quantity in range(1, 14)
    ]
    assert len(crowd) == 104
    todo = [(40, 0, "card chargeCustomerFail"), (70, 0, "card visa"), (90, 0, "double the quantity")]
    alone = among(application, plain(), todo, [], [])
    assert len(alone) > 100
    assert among(application, plain(), todo, crowd[:50], crowd[50:]) == alone


def test_an_advance_leaves_other_clocks_and_the_accounts_own_time_alone(application: Application) -> None:
    api, clock, shop = begun(application)
    other = api.clock()
    elsewhere = [api.join(other, shop, plain()), api.join("", shop, plain(plans=["weekly"]))]
    api.join(clock, shop, plain())
    before = [life_of(api.world, customer) for customer in elsewhere]
    api.advance(clock, START + YEAR)
    assert [life_of(api.world, customer) for customer in elsewhere] == before
    assert (api.world.time(other), api.world.time(None)) == (START, START)
    api.advance(other, START + YEAR)
    assert len(life_of(api.world, elsewhere[0])) > len(before[0])
    assert life_of(api.world, elsewhere[1]) == before[1]


def told_by_a_fresh_server(people: list[dict[str, Any]], todo: list[tuple[int, int, str]], policy: str) -> list[bytes]:
    """Every answer, headers included, and all events, of one server that was started with a seed."""
    chosen = {"clock": "2026-01-31T10:00:00Z", "seed": 7, "base_url": "http://127.0.0.1:12111", "dunning": policy}
    app = create_app(Settings.load(chosen, environ={}))
    with LocalServer(app) as server:
        api = Served(app, server.url, "ada")
        clock, shop = api.clock(), api.shop()
        customers = [api.join(clock, shop, life) for life in people]
        for day, who, decision in todo:
            if START + day * DAY > api.world.time(clock):
                api.advance(clock, START + day * DAY)
            api.decide(customers[who % len(customers)], decision, shop)
        api.advance(clock, START + YEAR)
        for listed in ("events", "customers", "invoices", "charges"):
            api.call("GET", f"{listed}?limit=100")
        return [*api.transcript, *map(as_bytes, api.world.table("event").select({}))]


@settings(max_examples=5, suppress_health_check=_WITHOUT_HASTE)
@given(people=st.lists(lives, min_size=1, max_size=2), todo=decisions, policy=policies)
def test_the_same_calls_to_another_server_with_the_same_seed_give_the_same_bytes(
    people: list[dict[str, Any]], todo: list[tuple[int, int, str]], policy: str
) -> None:
    first = told_by_a_fresh_server(people, todo, policy)
    assert len(first) > 20
    for one, other in zip(first, told_by_a_fresh_server(people, todo, policy), strict=True):
        assert one == other
