"""``invoice.upcoming`` is drawn up, a preview is lived through: both come to the same document."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe
from api.life import DAY, START, Life, advance

MONTH_END = 1_772_272_800  # 2026-02-28T10:00:00Z: the anchor is on the 31st
Params = dict[str, Any]


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def plain(life: Life) -> Params:
    return {}


def several(life: Life) -> Params:
    return {"items": [{"price": life.price().id, "quantity": 3}, {"price": life.price(700).id}]}


def yearly_beside_monthly(life: Life) -> Params:
    items = [{"price": life.price().id}, {"price": life.price(9000, interval="year").id}]
    return {"items": items, "billing_mode": {"type": "flexible"}}


def tiered(life: Life) -> Params:
    tiers = [{"up_to": 5, "unit_amount": 300}, {"up_to": "inf", "unit_amount": 200, "flat_amount": 50}]
    offer = {"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": tiers}
    monthly = {"currency": "usd", "recurring": {"interval": "month"}, "product_data": {"name": "Pro"}}
    return {"items": [{"price": life.client.v1.prices.create({**monthly, **offer}).id, "quantity": 8}]}


def discounted_for_the_first_month(life: Life) -> Params:
    once = life.client.v1.coupons.create({"percent_off": 25, "duration": "once"})
    always = life.client.v1.coupons.create({"amount_off": 150, "currency": "usd", "duration": "forever"})
    return {"discounts": [{"coupon": once.id}, {"coupon": always.id}]}


def taxed(life: Life) -> Params:
    rate = {"display_name": "VAT", "percentage": 19, "inclusive": False}
    return {"default_tax_rates": [life.client.v1.tax_rates.create(rate).id]}


def taxed_automatically(life: Life) -> Params:
    return {"automatic_tax": {"enabled": True}}


def with_metadata(life: Life) -> Params:
    return {"metadata": {"team": "a"}, "description": "The team's"}


def about_to_end(life: Life) -> Params:
    return {"cancel_at": START + 45 * DAY}


def on_trial(life: Life) -> Params:
    return {"trial_end": MONTH_END}


LIVES = [
    plain, several, yearly_beside_monthly, tiered, discounted_for_the_first_month, taxed, taxed_automatically,
    with_metadata, about_to_end, on_trial,
]  # fmt: skip


def without_ids(invoice: Any) -> Params:
    """An invoice but for what names it: a preview has an id of its own, ``invoice.upcoming`` has none."""
    told: Params = invoice.to_dict()
    lines = [{**line, "id": None, "invoice": None} for line in told["lines"]["data"]]
    return {**told, "id": None, "lines": {**told["lines"], "data": lines, "url": None}}


@pytest.mark.parametrize("terms", LIVES)
@pytest.mark.parametrize("waits", [False, True], ids=["alone", "with an item that waits"])
def test_the_upcoming_invoice_is_the_preview_of_that_moment(
    life: Life, terms: Callable[[Life], Params], waits: bool
) -> None:
    customer = life.customer()
    life.client.v1.customers.update(
        customer.id, {"address": {"country": "US", "state": "CA", "postal_code": "94103"}, "balance": 250}
    )
    subscription = life.subscribe(customer, life.price(), **terms(life))
    if waits:
        life.client.v1.invoice_items.create({"customer": customer.id, "amount": 300, "currency": "usd"})
    life.events()
    while not (told := [event for event in life.new_events() if event.type == "invoice.upcoming"]):
        at = life.client.v1.test_helpers.test_clocks.retrieve(life.clock.id).frozen_time
        advance(life.client, life.clock.id, at + DAY)
    preview = life.client.v1.invoices.create_preview({"subscription": subscription.id})
    assert "id" not in told[0].data.object.to_dict()
    assert without_ids(told[0].data.object) == without_ids(preview)
