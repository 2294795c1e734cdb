"""Discounts that an update redeems, which may have to wait for its payment."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, Life

HALF = 14 * DAY
FAILS = "pm_card_chargeCustomerFail"


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def coupon(life: Life, **params: Any) -> str:
    made = life.client.v1.coupons.create({"percent_off": 50, "duration": "forever", **params})
    life.events()
    return made.id


def failing(life: Life, **params: Any) -> stripe.Subscription:
    """A subscription in the middle of its first period, whose card no longer works."""
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000), **params)
    life.use_card(customer.id, FAILS)
    life.advance(HALF)
    life.events()
    return subscription


def test_a_coupon_is_given_back_when_the_update_that_redeemed_it_lapses(life: Life) -> None:
    only = coupon(life, max_redemptions=1)
    subscription = failing(life)
    waiting = life.upgrade(subscription, 5000, payment_behavior="pending_if_incomplete", discounts=[{"coupon": only}])
    assert (waiting.discounts, len(waiting.pending_update.discounts)) == ([], 1)
    assert not [type for type in life.events() if type.startswith("customer.discount.")]
    assert not life.client.v1.coupons.retrieve(only).valid
    life.advance(23 * HOUR)
    again = life.client.v1.coupons.retrieve(only)
    assert (again.valid, again.times_redeemed) == (True, 0)


def test_a_code_is_open_again_when_the_update_that_redeemed_it_lapses(life: Life) -> None:
    promotion = {"type": "coupon", "coupon": coupon(life)}
    code = life.client.v1.promotion_codes.create({"promotion": promotion, "code": "ONE", "max_redemptions": 1})
    subscription = failing(life)
    discounts = [{"promotion_code": code.id}]
    life.upgrade(subscription, 5000, payment_behavior="pending_if_incomplete", discounts=discounts)
    assert not life.client.v1.promotion_codes.retrieve(code.id).active
    life.advance(23 * HOUR)
    again = life.client.v1.promotion_codes.retrieve(code.id)
    assert (again.active, again.times_redeemed) == (True, 0)


def test_discounts_of_an_update_are_told_of_when_it_is_applied(life: Life) -> None:
    old, new = coupon(life), coupon(life, percent_off=20)
    subscription = failing(life, discounts=[{"coupon": old}])
    waiting = life.upgrade(subscription, 5000, payment_behavior="pending_if_incomplete", discounts=[{"coupon": new}])
    life.use_card(subscription.customer, "pm_card_visa")
    life.client.v1.invoices.pay(waiting.latest_invoice.id)
    assert [type for type in life.events() if type.startswith("customer.")] == [
        "customer.discount.created",
        "customer.discount.deleted",
        "customer.subscription.pending_update_applied",
        "customer.subscription.updated",
        "customer.updated",
    ]
    assert life.subscription(subscription.id).discounts == waiting.pending_update.discounts


def test_a_discount_that_an_update_used_up_does_not_come_back_with_it(life: Life) -> None:
    once = coupon(life, duration="once")
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.advance(HALF)
    item = subscription["items"].data[0].id
    updated = life.client.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": item, "discounts": [{"coupon": once}]}],
            "billing_cycle_anchor": {"type": "now"},
            "payment_behavior": "pending_if_incomplete",
            "expand": ["latest_invoice"],
        },
    )
    assert [line.amount for line in updated.latest_invoice.lines.data] == [-1000, 2000]
    assert (updated.latest_invoice.total, updated["items"].data[0].discounts) == (0, [])
