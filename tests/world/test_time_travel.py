"""Moving far in one step is the same as moving there little by little: same documents, same events, same ids."""

from collections.abc import Iterator

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockbill.app import Application, create_app
from mockbill.billing import customers, payment_methods, prices, subscriptions
from mockbill.settings import Settings
from mockbill.world import World

DAY = 86_400
START = 1_769_853_600  # 2026-01-31T10:00:00Z


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    app = create_app(Settings.load({"clock": "2026-01-31T10:00:00Z"}, environ={}))
    yield app
    app.close()


lives = st.fixed_dictionaries(
    {
        "interval": st.sampled_from(["day", "week", "month", "year"]),
        "trial": st.one_of(st.none(), st.integers(1, 40)),
        "card": st.sampled_from(["pm_card_visa", "pm_card_chargeCustomerFail", None]),
        "cancels": st.booleans(),
    }
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    life=lives,
    stops=st.lists(st.integers(1, 150 * DAY), max_size=12).map(sorted),
    spoils=st.integers(0, 60 * DAY),
)
def test_one_long_step_equals_many_short_ones(
    application: Application, life: dict[str, object], stops: list[int], spoils: int
) -> None:
    whole, split = _begin(application, life), _begin(application, life)
    for world, path in ((whole, []), (split, stops)):
        _travel(world, [stop for stop in path if stop < spoils], START + spoils)
        _spoil_cards(world)
        _travel(world, [stop for stop in path if stop > spoils], START + 150 * DAY)
    assert _story(whole) == _story(split)


def test_a_hundred_customers_do_not_disturb_one_another(application: Application) -> None:
    alone = _begin(application, {"interval": "month", "trial": None, "card": "pm_card_visa", "cancels": False})
    crowd = _begin(application, {"interval": "month", "trial": None, "card": "pm_card_visa", "cancels": False})
    for _ in range(100):
        join(crowd, {"interval": "month", "trial": 3, "card": "pm_card_visa", "cancels": False})
    for world in (alone, crowd):
        world.advance(START + 100 * DAY)
    first = min(crowd.table("subscription").rows.values(), key=lambda sub: crowd.table("subscription").keys[sub["id"]])
    [only] = alone.table("subscription").rows.values()
    of_first = list(crowd.table("invoice").select({"parent.subscription_details.subscription": first["id"]}))
    assert [(i["status"], i["total"], i["created"]) for i in of_first] == [
        (i["status"], i["total"], i["created"]) for i in alone.table("invoice").select()
    ]
    assert first["items"]["data"][0]["current_period_end"] == only["items"]["data"][0]["current_period_end"]
    assert len(crowd.table("invoice").rows) == 4 + 100 * 5  # a trial has an invoice of its own, over nothing


def _begin(application: Application, life: dict[str, object]) -> World:
    # Two worlds of one name would be one world, and worlds of two names have different ids: so ids are reset by name.
    world = World(
        "traveller",
        application.settings,
        application.worlds.engine,
        application.webhooks,
        application.worlds.site,
    )
    join(world, life)
    return world


def join(world: World, life: dict[str, object]) -> None:
    with world.work() as w:
        price = prices.create(
            w,
            {
                "currency": "usd",
                "unit_amount": 2000,
                "recurring": {"interval": life["interval"]},
                "product_data": {"name": "Pro"},
            },
        )
        card = life["card"]
        asked = {"payment_method": card, "invoice_settings": {"default_payment_method": card}} if card else {}
        customer = customers.create(w, {"email": "ada@example.com", **asked})
        params = {
            "customer": customer["id"],
            "items": [{"price": price["id"]}],
            "trial_period_days": life["trial"] if card or life["trial"] else 7,
            "cancel_at_period_end": life["cancels"],
        }
        subscriptions.create(w, {name: value for name, value in params.items() if value is not None})


def _spoil_cards(world: World) -> None:
    """From now on every charge fails."""
    with world.work() as w:
        for customer in w.find("customer"):
            method = payment_methods.attach_named(w, "pm_card_chargeCustomerFail", customer["id"], "payment_method")
            invoice_settings = {**customer["invoice_settings"], "default_payment_method": method["id"]}
            w.change(customer, invoice_settings=invoice_settings)


def _travel(world: World, stops: list[int], end: int) -> None:
    for stop in stops:
        world.advance(START + stop)
    world.advance(end)


def _story(world: World) -> bytes:
    tables = {name: list(table.select()) for name, table in world.tables.items() if table.rows}
    return orjson.dumps(tables, option=orjson.OPT_SORT_KEYS)
