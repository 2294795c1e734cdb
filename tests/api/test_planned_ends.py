"""Subscriptions that end at a date, and what changes of items, cycles and trials make of it."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life

HALF = 14 * DAY


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def test_an_incomplete_subscription_ends_at_its_date(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(), life.price(2000), payment_behavior="default_incomplete", cancel_at=START + 22 * HOUR
    )
    life.events()
    assert life.advance(22 * HOUR) == ["customer.subscription.deleted"]
    assert life.subscription(subscription.id).status == "canceled"


def test_items_and_a_date_change_in_one_update(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.advance(HALF)
    changed = life.upgrade(subscription, 5600, cancel_at=START + 21 * DAY)
    # half of 20.00 is given back; of the 28 days at 56.00 there are 7 left
    assert [line.amount for line in changed.latest_invoice.lines.data] == [-1000, 1400]
    assert (changed.cancel_at, changed["items"].data[0].current_period_end) == (START + 21 * DAY, START + 21 * DAY)
    again = life.upgrade(changed, 2800, cancel_at="")
    # the 7 days are given back, and half of 28.00 is charged
    assert [line.amount for line in again.latest_invoice.lines.data] == [-1400, 1400]
    assert (again.cancel_at, again["items"].data[0].current_period_end) == (None, START + 28 * DAY)


def test_a_date_beside_a_new_item_gives_back_what_was_paid_beyond_it(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.advance(HALF)
    changed = life.client.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"price": life.price(5600).id}],
            "cancel_at": START + 21 * DAY,
            "proration_behavior": "always_invoice",
            "expand": ["latest_invoice"],
        },
    )
    assert [line.amount for line in changed.latest_invoice.lines.data] == [-500, 1400]
    free = life.client.v1.subscriptions.update(
        changed.id,
        {
            "items": [{"price": life.price(100).id}],
            "cancel_at": START + 20 * DAY,
            "proration_behavior": "none",
        },
    )
    assert free.latest_invoice == changed.latest_invoice.id
    life.events()
    life.client.v1.subscriptions.update(changed.id, {"cancel_at": ""})
    assert life.events() == ["customer.subscription.updated"]  # what cost nothing to cut costs nothing to restore


def test_an_added_item_is_charged_until_the_planned_end_only(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), cancel_at=START + 28 * DAY)
    yearly = life.price(36_500, interval="year")
    changed = life.client.v1.subscriptions.update(
        subscription.id,
        {"items": [{"price": yearly.id}], "proration_behavior": "always_invoice", "expand": ["latest_invoice"]},
    )
    assert [line.amount for line in changed.latest_invoice.lines.data] == [2800]  # 28 of 365 days
    assert [item.current_period_end for item in changed["items"].data] == [START + 28 * DAY] * 2


def test_a_new_cycle_moves_a_cancellation_at_the_end_of_the_period_along(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), cancel_at_period_end=True)
    life.advance(HALF)
    anew = life.client.v1.subscriptions.update(
        subscription.id, {"billing_cycle_anchor": {"type": "now"}, "expand": ["latest_invoice"]}
    )
    assert [line.amount for line in anew.latest_invoice.lines.data] == [-1000, 2000]
    month_on = START + HALF + 28 * DAY  # 14 March
    assert (anew.cancel_at_period_end, anew.cancel_at) == (True, month_on)
    assert anew["items"].data[0].current_period_end == month_on


def test_a_new_cycle_that_a_date_cuts_short_is_charged_in_part(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), cancel_at=START + 35 * DAY)
    life.advance(HALF)
    anew = life.client.v1.subscriptions.update(
        subscription.id, {"billing_cycle_anchor": {"type": "now"}, "expand": ["latest_invoice"]}
    )
    assert [line.amount for line in anew.latest_invoice.lines.data] == [-1000, 1500]  # 21 of 28 days
    assert anew["items"].data[0].current_period_end == START + 35 * DAY


def test_resuming_shortly_before_the_planned_end_is_charged_in_part(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), cancel_at=START + 35 * DAY)
    life.client.v1.subscriptions.pause(
        subscription.id, {"type": "subscription", "bill_for": {"unused_time_from": {"type": "none"}}}
    )
    life.advance(HALF)
    life.client.v1.subscriptions.resume(subscription.id, {"payment_behavior": "resume_on_payment_success"})
    resumed = life.subscription(subscription.id)
    assert (resumed.status, resumed.latest_invoice.amount_paid) == ("active", 1500)  # 21 of 28 days


@pytest.mark.parametrize("behavior", ["allow_incomplete", "error_if_incomplete"])
def test_a_trial_that_ends_now_has_a_paid_period_before_it_cancels(life: Life, behavior: Any) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), trial_period_days=10, cancel_at_period_end=True)
    life.advance(DAY)
    paying = life.client.v1.subscriptions.update(
        subscription.id, {"trial_end": "now", "payment_behavior": behavior, "expand": ["latest_invoice"]}
    )
    assert (paying.status, paying.latest_invoice.amount_paid) == ("active", 2000)
    assert paying.cancel_at == paying["items"].data[0].current_period_end == START + 29 * DAY


def test_a_trial_that_moves_beyond_the_planned_end_does_not_move_that(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), trial_period_days=10, cancel_at=START + 8 * DAY)
    moved = life.client.v1.subscriptions.update(subscription.id, {"trial_end": START + 20 * DAY})
    assert (moved.trial_end, moved.cancel_at) == (START + 20 * DAY, START + 8 * DAY)
    assert moved["items"].data[0].current_period_end == START + 8 * DAY
