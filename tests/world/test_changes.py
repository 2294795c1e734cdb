"""Whatever is changed on a subscription in one period, and in whatever order: the money adds up."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockbill.app import Application, create_app
from mockbill.billing import coupons, customers, prices, subscription_updates, subscriptions
from mockbill.settings import Settings
from mockbill.world import Doc, World

START = 1_769_853_600  # 2026-01-31T10:00:00Z
MONTH = 28 * 86_400
AMOUNTS = (0, 777, 2000, 5000)


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    app = create_app(Settings.load({"clock": "2026-01-31T10:00:00Z"}, environ={}))
    yield app
    app.close()


changes = st.lists(
    st.fixed_dictionaries(
        {
            "wait": st.integers(0, MONTH // 5),
            "what": st.sampled_from(["price", "quantity", "add", "remove", "anchor"]),
            "price": st.sampled_from(AMOUNTS),
            "quantity": st.integers(0, 7),
            "behavior": st.sampled_from(["create_prorations", "always_invoice", "none"]),
            "back": st.integers(0, 86_400),
        }
    ),
    max_size=6,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=changes,
    coupon=st.sampled_from([None, {"percent_off": 33.3}, {"amount_off": 1500, "currency": "usd"}]),
    discounts=st.sampled_from(["included", "itemized"]),
)
def test_no_more_comes_back_than_was_charged_and_lines_make_totals(
    application: Application, changes: list[dict[str, Any]], coupon: dict[str, Any] | None, discounts: str
) -> None:
    world = _begin(application, coupon, discounts)
    _live(world, changes)
    world.advance(START + 2 * MONTH)
    invoices = list(world.table("invoice").select())
    charged = {line["id"]: _net(line) for invoice in invoices for line in invoice["lines"]["data"]}
    back: dict[str, int] = defaultdict(int)
    for invoice in invoices:
        assert invoice["total"] == sum(_net(line) for line in invoice["lines"]["data"])
        for line in invoice["lines"]["data"]:
            details = line["parent"]["subscription_item_details"]
            if credited := details["proration_details"]["credited_items"]:
                [debited] = credited["invoice_line_items"]
                back[debited] -= _net(line)
            else:
                assert _net(line) >= 0  # whatever is given back was charged
    for id, amount in back.items():
        assert 0 <= amount <= charged[id]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=changes)
def test_prorations_come_to_the_same_now_or_on_the_next_invoice(
    application: Application, changes: list[dict[str, Any]]
) -> None:
    kept = [change for change in changes if change["what"] != "anchor" and change["behavior"] != "none"]
    told = []
    for behavior in ("create_prorations", "always_invoice"):
        world = _begin(application)
        _live(world, [{**change, "behavior": behavior} for change in kept])
        items = world.table("invoiceitem").select()
        told.append([(item["amount"], item["description"], item["period"]) for item in items])
    assert told[0] == told[1]


def _net(line: Doc) -> int:
    return int(line["amount"]) - sum(each["amount"] for each in line["discount_amounts"])


def _begin(application: Application, coupon: dict[str, Any] | None = None, discounts: str = "included") -> World:
    world = World(
        "changer", application.settings, application.worlds.engine, application.webhooks, application.worlds.site
    )
    with world.work() as w:
        customer = customers.create(
            w,
            {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}},
        )
        for amount in AMOUNTS:
            for name in ("first", "other"):
                prices.create(w, _price(f"{name}{amount}", amount))
        asked: dict[str, Any] = {"customer": customer["id"], "items": [{"price": _named(w, "first2000")}]}
        if coupon is not None:
            made = coupons.create(w, {"duration": "forever", **coupon})
            asked["discounts"] = [{"coupon": made["id"]}]
        asked["billing_mode"] = {"type": "flexible", "flexible": {"proration_discounts": discounts}}
        subscriptions.create(w, asked)
    return world


def _price(key: str, amount: int) -> dict[str, Any]:
    return {
        "currency": "usd",
        "unit_amount": amount,
        "recurring": {"interval": "month"},
        "product_data": {"name": "Pro"},
        "lookup_key": key,
    }


def _named(w: Any, key: str) -> str:
    return str(w.find("price", lookup_key=key)[0]["id"])


def _live(world: World, changes: list[dict[str, Any]]) -> None:
    now = START
    for change in changes:
        now += change["wait"]
        world.advance(now)
        with world.work() as w:
            [subscription] = w.find("subscription")
            asked = _asked(w, subscription, change)
            if asked:
                subscription_updates.update(w, subscription, asked)


def _asked(w: Any, subscription: Doc, change: dict[str, Any]) -> dict[str, Any]:
    first, *others = subscription["items"]["data"]
    how: dict[str, Any] = {"proration_behavior": change["behavior"]}
    if change["what"] == "anchor":
        return {**how, "billing_cycle_anchor": {"type": "now"}}
    how["proration_date"] = max(first["current_period_start"], w.now - change["back"])
    match change["what"]:
        case "price":
            entry = {"id": first["id"], "price": _named(w, f"first{change['price']}"), "quantity": change["quantity"]}
        case "quantity":
            entry = {"id": first["id"], "quantity": change["quantity"]}
        case "add" if not others:
            entry = {"price": _named(w, f"other{change['price']}"), "quantity": change["quantity"]}
        case "remove" if others:
            entry = {"id": others[0]["id"], "deleted": True}
        case _:
            return {}
    return {**how, "items": [entry]}
