"""Schedules on the clock: one long step equals many short ones, and a preview of one equals what comes of it."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from mockbill.app import Application, create_app
from mockbill.billing import coupons, customers, invoice_previews, prices, subscriptions
from mockbill.billing.schedules import creation, updates
from mockbill.settings import Settings
from mockbill.world import Doc, Problem, World

DAY = 86_400
START = 1_769_853_600  # 2026-01-31T10:00:00Z
YEAR = 365 * DAY
PRICES = {
    "basic": {"unit_amount": 1999, "recurring": {"interval": "month"}},
    "dear": {"unit_amount": 5000, "recurring": {"interval": "month"}},
    "weekly": {"unit_amount": 333, "recurring": {"interval": "week"}},
    "yearly": {"unit_amount": 20_000, "recurring": {"interval": "year"}},
}


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    app = create_app(Settings.load({"clock": "2026-01-31T10:00:00Z"}, environ={}))
    yield app
    app.close()


phases = st.fixed_dictionaries(
    {
        "prices": st.lists(st.sampled_from(sorted(PRICES)), min_size=1, max_size=2, unique=True),
        "quantity": st.integers(1, 5),
        "duration": st.fixed_dictionaries(
            {"interval": st.sampled_from(["day", "week", "month"]), "interval_count": st.integers(1, 3)}
        ),
    },
    optional={
        "proration_behavior": st.sampled_from(["create_prorations", "always_invoice", "none"]),
        "begins": st.sampled_from([{"billing_cycle_anchor": "phase_start"}, {"trial": True}]),
        "discounts": st.just([{"coupon": "tenth"}]),
    },
)
schedules = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["flexible", "classic"]),
        "starts": st.one_of(
            st.none(), st.sampled_from([-6, -1, 0, 0, 3, 20])
        ),  # days from now; None: of a subscription that exists
        "phases": st.lists(phases, min_size=1, max_size=4),
        "end": st.sampled_from(["release", "cancel"]),
        "card": st.sampled_from(["pm_card_visa", "pm_card_visa", "pm_card_chargeCustomerFail"]),
    }
)
CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=60, suppress_health_check=CHECKS)
@given(planned=schedules, stops=st.lists(st.integers(1, YEAR), max_size=10).map(sorted))
def test_a_year_in_one_step_equals_many_short_ones(
    application: Application, planned: dict[str, Any], stops: list[int]
) -> None:
    whole, split = _world(application), _world(application)
    begun = [_begin(world, planned) for world in (whole, split)]
    assert begun[0] == begun[1]
    event("refused" if begun[0] is None else "planned")
    whole.advance(START + YEAR)
    for stop in [*stops, YEAR]:
        split.advance(START + stop)
    assert _story(whole) == _story(split)


@settings(max_examples=60, suppress_health_check=CHECKS)
@given(planned=schedules, passes=st.integers(0, 120 * DAY))
def test_a_preview_of_a_schedule_comes_true(application: Application, planned: dict[str, Any], passes: int) -> None:
    world = _world(application)
    if (id := _begin(world, {**planned, "card": "pm_card_visa"})) is None:
        event("refused")
        return
    world.advance(START + passes)
    before, count = _story(world), len(world.table("event").order)
    shown = _preview(world, id)
    assert _story(world) == before, "a preview leaves nothing behind"
    ended = _schedule(world, id)["status"] not in ("not_started", "active")
    coming = None if ended else _next_invoice(world, id, count)
    event("nothing" if coming is None else "an invoice")
    assert (shown and _essence(shown)) == (coming and _essence(coming))


def _preview(world: World, id: str) -> Doc | None:
    """None where nothing is coming, or the schedule has ended."""
    try:
        with world.work() as w:
            return invoice_previews.create(w, {"schedule": id})
    except Problem as problem:
        if problem.code != "invoice_upcoming_none" and "status" not in problem.message:
            raise
    return None


def _world(application: Application) -> World:
    parts = (application.settings, application.worlds.engine, application.webhooks, application.worlds.site)
    return World("planner", *parts)


def _begin(world: World, planned: dict[str, Any]) -> str | None:
    """The id of the schedule; None where a rule forbids it."""
    with world.work() as w:
        for name, price in PRICES.items():
            prices.create(w, {"currency": "usd", "product_data": {"name": name}, "lookup_key": name, **price})
        coupons.create(w, {"id": "tenth", "percent_off": 10, "duration": "forever"})
        card = planned["card"]
        paid_by = {"payment_method": card, "invoice_settings": {"default_payment_method": card}}
        customer = customers.create(w, {"name": "Ada", **paid_by})["id"]
    if planned["mode"] == "classic":  # which does not mix intervals
        planned = {**planned, "phases": [{**each, "prices": each["prices"][:1]} for each in planned["phases"]]}
    asked = [_phase(world, each) for each in planned["phases"]]
    mode = {"type": planned["mode"]}
    try:
        with world.work() as w:
            if planned["starts"] is None:
                params = {"customer": customer, "items": asked[0]["items"], "billing_mode": mode}
                made = creation.create(w, {"from_subscription": subscriptions.create(w, params)["id"]})
                [now] = made["phases"]
                first = {"items": asked[0]["items"], "start_date": now["start_date"], "end_date": now["end_date"]}
                return str(updates.update(w, made, {"phases": [first, *asked], "end_behavior": planned["end"]})["id"])
            how = {"customer": customer, "billing_mode": mode, "end_behavior": planned["end"]}
            return str(
                creation.create(w, {**how, "start_date": w.now + planned["starts"] * DAY, "phases": asked})["id"]
            )
    except Problem:
        return None


def _phase(world: World, planned: dict[str, Any]) -> dict[str, Any]:
    found = [next(world.table("price").select({"lookup_key": name})) for name in planned["prices"]]
    items = [{"price": price["id"], "quantity": planned["quantity"]} for price in found]
    same = {name: planned[name] for name in ("duration", "proration_behavior", "discounts") if name in planned}
    return {"items": items, **same, **planned.get("begins", {})}


def _schedule(world: World, id: str) -> Doc:
    return next(doc for doc in world.table("subscription_schedule").select() if doc["id"] == id)


def _next_invoice(world: World, id: str, count: int) -> Doc | None:
    """The first invoice of its subscription that events tell of from now on, within a year and a bit."""
    end = world.clock.now + 380 * DAY
    while world.clock.now < end:
        subscription = _schedule(world, id)["subscription"]
        for key in world.table("event").order[count:]:
            told = world.table("event").rows[key]
            invoice: Doc = told["data"]["object"]
            if (
                told["type"] == "invoice.created"
                and invoice["parent"]["subscription_details"]["subscription"] == subscription
            ):
                return invoice
        world.advance(world.clock.now + DAY)
    return None


def _story(world: World) -> bytes:
    tables = {name: list(table.select()) for name, table in world.tables.items() if table.rows}
    return orjson.dumps([tables, world.ids.counter], option=orjson.OPT_SORT_KEYS)


def _essence(invoice: Doc) -> dict[str, Any]:
    names = ("total", "amount_due", "period_start", "period_end", "created", "collection_method")
    of_line = ("description", "amount", "quantity", "period")
    return {
        **{name: invoice[name] for name in names},
        "lines": [{name: line[name] for name in of_line} for line in invoice["lines"]["data"]],
    }
