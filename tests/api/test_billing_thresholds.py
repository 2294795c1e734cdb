"""Billing thresholds: a subscription is invoiced as soon as it has used so much."""

from typing import Any

import pytest
import stripe
from api.chains import Chain
from api.life import DAY, HOUR, START, Life
from api.usage import NEXT_MONTH, meter, metered, refused, report, shown

TIERS = [
    {"up_to": 10, "unit_amount": 100},
    {"up_to": "inf", "unit_amount": 50, "flat_amount": 200},
]


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def latest(life: Life, subscription: stripe.Subscription) -> Any:
    return life.subscription(subscription.id).latest_invoice


def test_an_amount_that_is_reached_is_invoiced_at_once(life: Life) -> None:
    customer, price = life.customer(), metered(life, meter(life))
    subscription = life.subscribe(customer, price, billing_thresholds={"amount_gte": 100})
    assert subscription.billing_thresholds
    assert subscription.billing_thresholds.amount_gte == 100
    life.advance(DAY)
    report(life, customer.id, 24)
    assert latest(life, subscription) is None  # 24 at 4 cents are 96
    life.events()
    report(life, customer.id, 6)
    assert life.events() == ["customer.subscription.updated", "invoice.created"]
    invoice = latest(life, subscription)
    assert (invoice.status, invoice.billing_reason, invoice.total) == ("draft", "subscription_threshold", 120)
    assert invoice.threshold_reason.to_dict() == {"amount_gte": 100, "item_reasons": []}
    [line] = invoice.lines.data
    assert (line.quantity, line.period.start, line.period.end) == (30, START, START + DAY)
    report(life, customer.id, 20)  # 80 cents: beyond what was billed
    assert latest(life, subscription).id == invoice.id
    life.advance(HOUR)
    assert latest(life, subscription).amount_paid == 120
    report(life, customer.id, 5)  # and 20 more: the next one
    assert (latest(life, subscription).total, shown(latest(life, subscription))) == (
        100,
        [("25 × Calls (at $0.04 / month)", 100)],
    )
    report(life, customer.id, 2)
    life.advance_to(NEXT_MONTH)
    assert shown(latest(life, subscription)) == [("2 × Calls (at $0.04 / month)", 8)]
    assert subscription.billing_cycle_anchor == START


def test_usage_that_an_item_reaches_is_invoiced(life: Life) -> None:
    customer, price = life.customer(), metered(life, meter(life))
    items: Any = [{"price": price.id, "billing_thresholds": {"usage_gte": 50}}]
    subscription = life.subscribe(customer, price, items=items)
    report(life, customer.id, 49)
    assert latest(life, subscription) is None
    report(life, customer.id, 1)
    invoice = latest(life, subscription)
    assert invoice.total == 200
    [reason] = invoice.threshold_reason.item_reasons
    assert (reason.usage_gte, reason.line_item_ids) == (50, [invoice.lines.data[0].id])


def test_tiers_go_on_where_the_last_bill_ended(life: Life) -> None:
    customer = life.customer()
    price = metered(life, meter(life), billing_scheme="tiered", tiers_mode="graduated", tiers=TIERS)
    subscription = life.subscribe(customer, price, billing_thresholds={"amount_gte": 800})
    report(life, customer.id, 8)
    assert shown(latest(life, subscription)) == [("8 × Calls (Tier 1 at $1.00 / month)", 800)]
    report(life, customer.id, 6)
    life.advance_to(NEXT_MONTH)
    assert shown(latest(life, subscription)) == [
        ("2 × Calls (Tier 1 at $1.00 / month)", 200),
        ("4 × Calls (Tier 2 at $0.50 / month)", 200),
        ("Calls (Tier 2 flat fee at $2.00 / month)", 200),
    ]


def test_the_billing_cycle_can_begin_anew(life: Life) -> None:
    customer, price, seat = life.customer(), metered(life, meter(life)), life.price(2000)
    subscription = life.subscribe(
        customer,
        price,
        items=[{"price": price.id}, {"price": seat.id}],
        billing_thresholds={"amount_gte": 100, "reset_billing_cycle_anchor": True},
    )
    life.advance(10 * DAY)
    report(life, customer.id, 25)
    anew = life.subscription(subscription.id)
    assert anew.billing_cycle_anchor == START + 10 * DAY
    assert {item.current_period_start for item in anew["items"].data} == {START + 10 * DAY}
    assert shown(anew.latest_invoice) == [
        ("25 × Calls (at $0.04 / month)", 100),
        ("1 × Pro (at $20.00 / month)", 2000),
    ]
    report(life, customer.id, 3)
    life.advance_to(START + 38 * DAY)
    assert ("3 × Calls (at $0.04 / month)", 12) in shown(latest(life, subscription))


def test_a_discount_counts(life: Life) -> None:
    customer, price = life.customer(), metered(life, meter(life))
    half = life.client.v1.coupons.create({"percent_off": 50, "duration": "forever"})
    subscription = life.subscribe(
        customer, price, billing_thresholds={"amount_gte": 100}, discounts=[{"coupon": half.id}]
    )
    report(life, customer.id, 49)
    assert latest(life, subscription) is None
    report(life, customer.id, 1)  # 50 at 4 cents, and half of that off
    assert latest(life, subscription).total == 100


def test_neither_on_trial_nor_in_the_last_day_of_a_period(life: Life) -> None:
    customer, price = life.customer(), metered(life, meter(life))
    trial = life.subscribe(customer, price, trial_period_days=5, billing_thresholds={"amount_gte": 100})
    report(life, customer.id, 1000)
    assert latest(life, trial) is None
    paid = life.subscribe(life.customer(), price, billing_thresholds={"amount_gte": 100})
    life.advance_to(NEXT_MONTH - DAY)
    report(life, str(paid.customer), 1000)
    assert latest(life, paid) is None


def test_a_threshold_can_be_taken_back(life: Life) -> None:
    customer, price = life.customer(), metered(life, meter(life))
    items: Any = [{"price": price.id, "billing_thresholds": {"usage_gte": 5}}]
    subscription = life.subscribe(customer, price, items=items, billing_thresholds={"amount_gte": 100})
    item = subscription["items"].data[0]
    changed = life.client.v1.subscriptions.update(
        subscription.id, {"billing_thresholds": "", "items": [{"id": item.id, "billing_thresholds": ""}]}
    )
    assert (changed.billing_thresholds, changed["items"].data[0].billing_thresholds) == (None, None)
    report(life, customer.id, 1000)
    assert latest(life, subscription) is None


def test_what_no_threshold_can_be(life: Life) -> None:
    customer, price, seat = life.customer(), metered(life, meter(life)), life.price()
    few: Any = {"amount_gte": 49}
    refused(
        lambda: life.subscribe(customer, price, billing_thresholds=few),
        "greater than or equal to 50",
        param="billing_thresholds[amount_gte]",
    )
    for sold, least in ((price, 0), (seat, 5)):
        items: Any = [{"price": sold.id, "billing_thresholds": {"usage_gte": least}}]
        refused(
            lambda items=items: life.subscribe(customer, price, items=items),
            "",
            param="items[0][billing_thresholds][usage_gte]",
        )


def test_the_chain_of_a_threshold(life: Life) -> None:
    chain = Chain(life)
    customer, price = life.customer(), metered(life, meter(life))
    life.subscribe(customer, price, billing_thresholds={"amount_gte": 100})
    chain.told()
    report(life, customer.id, 25)
    assert chain.told() == [
        ("customer.subscription.updated", "active", {"latest_invoice": None}),
        ("invoice.created", "draft 100"),
    ]
