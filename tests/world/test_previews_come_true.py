"""A preview equals the invoice that later comes: over random subscriptions, discounts, taxes, times and changes."""

import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from mockbill.app import Application, create_app
from mockbill.billing import (
    coupons,
    customers,
    invoice_items,
    invoice_previews,
    prices,
    subscription_updates,
    subscriptions,
    tax_rates,
)
from mockbill.settings import Settings
from mockbill.world import Doc, Problem, World

DAY, HOUR = 86_400, 3_600
START = 1_769_853_600  # 2026-01-31T10:00:00Z
PRICES = {
    "basic": {"unit_amount": 1999, "recurring": {"interval": "month"}},
    "dear": {"unit_amount": 5000, "recurring": {"interval": "month"}},
    "weekly": {"unit_amount": 333, "recurring": {"interval": "week"}},
    "yearly": {"unit_amount": 20_000, "recurring": {"interval": "year"}},
}
COUPONS = {
    "tenth": {"percent_off": 10, "duration": "forever"},
    "once": {"amount_off": 700, "currency": "usd", "duration": "once"},
    "quarter": {"percent_off": 33.3, "duration": "repeating", "duration_in_months": 3},
}


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    app = create_app(Settings.load({"clock": "2026-01-31T10:00:00Z"}, environ={}))
    yield app
    app.close()


beginnings = st.fixed_dictionaries(
    {
        "price": st.sampled_from(sorted(PRICES)),
        "quantity": st.integers(1, 5),
        "trial": st.one_of(st.none(), st.integers(1, 40)),
        "coupon": st.one_of(st.none(), st.sampled_from(sorted(COUPONS))),
        "tax": st.one_of(st.none(), st.booleans()),  # inclusive or not
        "mode": st.sampled_from(["flexible", "classic"]),
        "waiting": st.one_of(st.none(), st.integers(-3000, 3000)),
        "sent": st.booleans(),
    }
)
changes = st.fixed_dictionaries(
    {},
    optional={
        "price": st.sampled_from(sorted(PRICES)),
        "quantity": st.integers(1, 9),
        "behavior": st.sampled_from(["create_prorations", "always_invoice", "none"]),
        "anchor": st.just({"type": "now"}),
        "trial_end": st.one_of(st.just("now"), st.integers(1, 50 * DAY)),
        "cancel_at_period_end": st.booleans(),
        "cancel_at": st.integers(1, 60 * DAY),
        "added": st.sampled_from(sorted(PRICES)),
        "proration_date": st.integers(0, 5 * DAY),
    },
)


def plain(**different: Any) -> dict[str, Any]:
    """A beginning without anything special."""
    nothing = dict.fromkeys(("trial", "coupon", "tax", "waiting"))
    return {"price": "basic", "quantity": 1, "mode": "flexible", "sent": False, **nothing, **different}


# Any moment, and those in which the draft of a renewal is open.
moments = st.one_of(
    st.integers(0, 75 * DAY),
    st.builds(lambda day, second: day * DAY + second, st.sampled_from([0, 7, 28, 59]), st.integers(0, HOUR - 1)),
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(beginning=beginnings, passes=moments, change=changes)
@example(beginning=plain(sent=True, coupon="once"), passes=HOUR // 2, change={})  # the draft uses the coupon up
@example(beginning=plain(waiting=-3000), passes=28 * DAY + HOUR // 2, change={})  # the draft leaves a balance
def test_a_preview_comes_true(
    application: Application, beginning: dict[str, Any], passes: int, change: dict[str, Any]
) -> None:
    world = _world(application)
    _begin(world, beginning)
    world.advance(START + passes)
    [subscription] = world.table("subscription").select()
    details = _details(world, subscription, change)
    before = _told(world)
    shown, refusal = _preview(world, subscription["id"], details)
    assert _told(world) == before, "a preview leaves nothing behind"
    count = len(world.table("event").order)
    if refusal is not None and refusal.code != "invoice_upcoming_none":
        event("refused")
        with pytest.raises(Problem, match=re.escape(refusal.message)):
            _apply(world, subscription["id"], details)
        return
    if details:
        _apply(world, subscription["id"], details)
    invoice = _next_invoice(world, subscription["id"], count)
    if shown is None:
        event("none")
        assert invoice is None
        return
    assert invoice is not None
    event("at once" if invoice["created"] == START + passes else "later")
    assert _essence(shown) == _essence(invoice)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(beginning=beginnings, backdated=st.one_of(st.none(), st.integers(1, 80 * DAY)))
def test_the_preview_of_a_creation_comes_true(
    application: Application, beginning: dict[str, Any], backdated: int | None
) -> None:
    world = _world(application)
    asked = _ready(world, {**beginning, "sent": False})
    if backdated is not None:
        asked["backdate_start_date"] = world.clock.now - backdated
    before = _told(world)
    shown, refusal = _preview(world, None, _as_details(asked), customer=asked["customer"], discounts=asked["discounts"])
    assert _told(world) == before
    if refusal is not None:
        event("refused")
        with pytest.raises(Problem, match=re.escape(refusal.message)), world.work() as w:
            subscriptions.create(w, asked)
        return
    with world.work() as w:
        created = subscriptions.create(w, asked)
    assert shown is not None
    invoice = _next_invoice(world, created["id"], 0)
    assert invoice is not None
    assert _essence(shown) == _essence(invoice)


def _as_details(asked: dict[str, Any]) -> dict[str, Any]:
    """A creation as a preview takes it."""
    same = {name: asked[name] for name in ("items", "billing_mode", "default_tax_rates") if name in asked}
    if "trial_period_days" in asked:
        same["trial_end"] = START + asked["trial_period_days"] * DAY
    if "backdate_start_date" in asked:
        same["start_date"] = asked["backdate_start_date"]
    return same


def _world(application: Application) -> World:
    parts = (application.settings, application.worlds.engine, application.webhooks, application.worlds.site)
    return World("previews", *parts)


def _begin(world: World, beginning: dict[str, Any]) -> None:
    asked = _ready(world, {**beginning, "waiting": None})
    with world.work() as w:
        subscriptions.create(w, asked)
        if beginning["waiting"]:
            item = {"customer": asked["customer"], "amount": beginning["waiting"], "currency": "usd"}
            invoice_items.create(w, item)


def _ready(world: World, beginning: dict[str, Any]) -> dict[str, Any]:
    """A catalogue and a customer, for whom something may wait; answers what the creation of a subscription takes."""
    with world.work() as w:
        for name, price in PRICES.items():
            prices.create(w, {"currency": "usd", "product_data": {"name": name}, "lookup_key": name, **price})
        for id, coupon in COUPONS.items():
            coupons.create(w, {"id": id, **coupon})
        card = "pm_card_visa"
        customer = customers.create(
            w, {"payment_method": card, "invoice_settings": {"default_payment_method": card}, "name": "Ada"}
        )
        asked: dict[str, Any] = {
            "customer": customer["id"],
            "items": [{"price": _price(world, beginning["price"]), "quantity": beginning["quantity"]}],
            "billing_mode": {"type": beginning["mode"]},
            "discounts": [{"coupon": beginning["coupon"]}] if beginning["coupon"] else "",
        }
        if beginning["trial"]:
            asked["trial_period_days"] = beginning["trial"]
        if beginning["tax"] is not None:
            rate = {"display_name": "VAT", "percentage": 19.0, "inclusive": beginning["tax"]}
            asked["default_tax_rates"] = [tax_rates.create(w, rate)["id"]]
        if beginning["sent"]:
            asked |= {"collection_method": "send_invoice", "days_until_due": 400}
        if beginning["waiting"]:
            item = {"customer": customer["id"], "amount": beginning["waiting"], "currency": "usd"}
            invoice_items.create(w, item)
    return asked


def _price(world: World, name: str) -> str:
    [price] = world.table("price").select({"lookup_key": name})
    return str(price["id"])


def _details(world: World, subscription: Doc, change: dict[str, Any]) -> dict[str, Any]:
    """The change as both calls take it."""
    details: dict[str, Any] = {}
    if change.keys() & {"price", "quantity"}:
        entry: dict[str, Any] = {"id": subscription["items"]["data"][0]["id"]}
        if "price" in change:
            entry["price"] = _price(world, change["price"])
        if "quantity" in change:
            entry["quantity"] = change["quantity"]
        details["items"] = [entry]
    if "added" in change:
        details["items"] = [*details.get("items", []), {"price": _price(world, change["added"])}]
    if "behavior" in change:
        details["proration_behavior"] = change["behavior"]
    if "anchor" in change:
        details["billing_cycle_anchor"] = change["anchor"]
    if "trial_end" in change:
        end = change["trial_end"]
        details["trial_end"] = end if end == "now" else world.clock.now + end
    if "cancel_at" in change:
        details["cancel_at"] = world.clock.now + change["cancel_at"]
    if "proration_date" in change:
        details["proration_date"] = world.clock.now - change["proration_date"]
    if "cancel_at_period_end" in change:
        details["cancel_at_period_end"] = change["cancel_at_period_end"]
    return details


def _preview(
    world: World, subscription: str | None, details: dict[str, Any], **asked: Any
) -> tuple[Doc | None, Problem | None]:
    try:
        with world.work() as w:
            if subscription is not None:
                asked["subscription"] = subscription
            if details:
                asked["subscription_details"] = details
            return invoice_previews.create(w, asked), None
    except Problem as problem:
        return None, problem


def _apply(world: World, id: str, details: dict[str, Any]) -> None:
    with world.work() as w:
        subscription_updates.update(w, w.need("subscription", id), details)


def _next_invoice(world: World, id: str, count: int) -> Doc | None:
    """The first invoice of the subscription that events tell of from now on, within a year and a bit."""
    end = world.clock.now + 380 * DAY
    while True:
        for key in world.table("event").order[count:]:
            told = world.table("event").rows[key]
            invoice: Doc = told["data"]["object"]
            if told["type"] == "invoice.created" and invoice["parent"]["subscription_details"]["subscription"] == id:
                return invoice
        if world.clock.now >= end:
            return None
        world.advance(world.clock.now + 2 * DAY)


def _told(world: World) -> bytes:
    kinds = sorted(kind for kind, table in world.tables.items() if table.rows)
    rows = {kind: [world.table(kind).rows[key] for key in world.table(kind).order] for kind in kinds}
    return orjson.dumps([rows, world.ids.counter, sorted(map(str, world.due.current.values()))])


def _essence(invoice: Doc) -> dict[str, Any]:
    amounts = ("subtotal", "total", "total_excluding_tax", "amount_due", "starting_balance", "currency")
    of_line = ("description", "amount", "subtotal", "quantity", "period", "discountable", "pricing")
    return {
        **{name: invoice[name] for name in (*amounts, "period_start", "period_end", "created", "collection_method")},
        "discounts": [each["amount"] for each in invoice["total_discount_amounts"]],
        "taxes": [each["amount"] for each in invoice["total_taxes"]],
        "lines": [
            {
                **{name: line[name] for name in of_line},
                "discounts": [each["amount"] for each in line["discount_amounts"]],
                "taxes": [each["amount"] for each in line["taxes"]],
            }
            for line in invoice["lines"]["data"]
        ],
    }
