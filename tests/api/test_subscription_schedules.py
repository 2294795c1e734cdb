"""Subscription schedules, as an application makes, changes and ends them (stripe-behaviour.md 2.12 and 3.11)."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life

FEB = START + 28 * DAY  # a month after 31 January
MAR = START + 59 * DAY  # and two


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def schedule(life: Life, **params: Any) -> stripe.SubscriptionSchedule:
    return life.client.v1.subscription_schedules.create(params)


def test_a_downgrade_at_period_end(life: Life) -> None:
    dear, cheap = life.price(5000), life.price(2000)
    subscription = life.subscribe(life.customer(), dear)
    schedules = life.client.v1.subscription_schedules
    made = schedule(life, from_subscription=subscription.id)
    [phase] = made.phases
    assert (phase.start_date, phase.end_date) == (START, FEB)
    assert life.subscription(subscription.id).schedule == made.id
    schedules.update(
        made.id,
        {
            "end_behavior": "release",
            "phases": [
                {
                    "items": [{"price": dear.id, "quantity": 1}],
                    "start_date": phase.start_date,
                    "end_date": phase.end_date,
                },
                {"items": [{"price": cheap.id, "quantity": 1}], "duration": {"interval": "month", "interval_count": 1}},
            ],
        },
    )
    life.advance_to(FEB)
    renewed = life.subscription(subscription.id)
    assert [item.price.id for item in renewed["items"].data] == [cheap.id]
    assert (renewed.latest_invoice.total, renewed.latest_invoice.billing_reason) == (2000, "subscription_cycle")
    assert [line.amount for line in renewed.latest_invoice.lines.data] == [2000]
    life.advance_to(MAR)
    ended = schedules.retrieve(made.id)
    assert (ended.status, ended.completed_at, ended.current_phase) == ("completed", MAR, None)
    assert life.subscription(subscription.id).schedule is None
    assert life.subscription(subscription.id).latest_invoice.total == 2000


def test_a_schedule_from_nothing_creates_its_subscription(life: Life) -> None:
    customer, price = life.customer(), life.price()
    made = schedule(
        life,
        customer=customer.id,
        start_date="now",
        phases=[{"items": [{"price": price.id}], "duration": {"interval": "month", "interval_count": 2}}],
    )
    assert (made.status, made.current_phase.start_date, made.current_phase.end_date) == ("active", START, MAR)
    subscription = life.subscription(made.subscription)
    assert (subscription.status, subscription.schedule) == ("active", made.id)
    assert (subscription.latest_invoice.status, subscription.latest_invoice.billing_reason) == (
        "draft",
        "subscription_create",
    )
    life.advance(HOUR)
    assert life.subscription(made.subscription).latest_invoice.status == "paid"


def test_a_schedule_that_starts_later(life: Life) -> None:
    customer, price = life.customer(), life.price()
    made = schedule(
        life, customer=customer.id, start_date=FEB, end_behavior="cancel", phases=[{"items": [{"price": price.id}]}]
    )
    assert (made.status, made.current_phase, made.subscription) == ("not_started", None, None)
    life.advance_to(FEB)
    begun = life.client.v1.subscription_schedules.retrieve(made.id)
    assert begun.status == "active"
    assert life.subscription(begun.subscription).start_date == FEB
    life.advance_to(begun.current_phase.end_date)
    assert life.client.v1.subscription_schedules.retrieve(made.id).status == "completed"
    assert life.subscription(begun.subscription).status == "canceled"


def test_what_it_names_can_be_expanded(life: Life) -> None:
    price, customer = life.price(), life.customer()
    life.client.v1.coupons.create({"id": "half", "percent_off": 50})
    paths = ["customer", "subscription.latest_invoice", "phases.items.price", "phases.discounts.coupon", "test_clock"]
    made = schedule(
        life,
        customer=customer.id,
        start_date="now",
        phases=[{"items": [{"price": price.id}], "discounts": [{"coupon": "half"}]}],
        expand=paths,
    )
    [phase] = made.phases
    assert (phase["items"][0].price.unit_amount, phase.discounts[0].coupon.percent_off) == (2000, 50)
    assert (made.customer.email, made.subscription.latest_invoice.total) == ("ada@example.com", 1000)
    told = life.client.v1.subscriptions.retrieve(made.subscription.id, {"expand": ["schedule"]})
    assert told.schedule.id == made.id


def test_an_account_wide_list_leaves_out_what_is_on_clocks(life: Life) -> None:
    made = schedule(life, customer=life.customer().id, start_date=FEB, phases=[{"items": [{"price": life.price().id}]}])
    assert life.client.v1.subscription_schedules.list().data == []
    assert [each.id for each in life.client.v1.subscription_schedules.list({"customer": made.customer}).data] == [
        made.id
    ]


def test_a_customer_who_is_put_on_a_clock_takes_schedules_along(life: Life) -> None:
    price = life.price()
    card = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    customer = life.client.v1.customers.create(card)  # type: ignore[arg-type]
    made = schedule(life, customer=customer.id, start_date=4_000_000_000, phases=[{"items": [{"price": price.id}]}])
    clocks = life.client.v1.test_helpers.test_clocks
    clock = clocks.create({"frozen_time": 3_999_999_999, "customer": customer.id})
    assert life.client.v1.subscription_schedules.retrieve(made.id).test_clock == clock.id
    clocks.advance(clock.id, {"frozen_time": 4_000_000_000})
    while clocks.retrieve(clock.id).status == "advancing":
        pass
    assert life.client.v1.subscription_schedules.retrieve(made.id).status == "active"
    clocks.delete(clock.id)
    assert life.client.v1.subscription_schedules.retrieve(made.id).status == "canceled"
