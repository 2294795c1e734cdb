"""Billing thresholds in company: schedules, updates that wait for their payment, collection that pauses, credits."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life
from api.test_billing_thresholds import latest
from api.test_credit_grants import balance, grant
from api.test_usage_records import old_price
from api.usage import NEXT_MONTH, meter, metered, refused, report
from api.wire import Wire

MONTH: Any = {"duration": {"interval": "month"}}


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def bills(life: Life, customer: str) -> list[int]:
    """What the invoices at thresholds have come to, oldest first."""
    invoices = life.client.v1.invoices.list({"customer": customer, "limit": 100}).data[::-1]
    return [invoice.subtotal for invoice in invoices if invoice.billing_reason == "subscription_threshold"]


def test_each_phase_of_a_schedule_has_its_thresholds(life: Life) -> None:
    price, customer = metered(life, meter(life)), life.customer().id
    item: Any = {"price": price.id, "billing_thresholds": {"usage_gte": 100}}
    schedule = life.client.v1.subscription_schedules.create(
        {
            "customer": customer,
            "start_date": "now",
            "default_settings": {"billing_thresholds": {"amount_gte": 600}},
            "phases": [
                {"items": [{"price": price.id}], "billing_thresholds": {"amount_gte": 200}, **MONTH},
                {"items": [item], **MONTH},
            ],
        }
    )
    assert schedule.phases[0].billing_thresholds.to_dict() == {"amount_gte": 200, "reset_billing_cycle_anchor": None}  # type: ignore[union-attr]
    assert schedule.phases[1].items[0].billing_thresholds.to_dict() == {"usage_gte": 100}  # type: ignore[index]
    first = life.client.v1.subscriptions.retrieve(str(schedule.subscription))
    assert (first.billing_thresholds or {}).amount_gte == 200  # type: ignore[union-attr]
    report(life, customer, 50)
    assert bills(life, customer) == [200]
    life.advance_to(NEXT_MONTH + HOUR)
    second = life.client.v1.subscriptions.retrieve(str(schedule.subscription))
    assert (second.billing_thresholds or {}).amount_gte == 600  # type: ignore[union-attr]
    report(life, customer, 99)
    assert bills(life, customer) == [200]
    report(life, customer, 1)
    assert bills(life, customer) == [200, 400]  # by the item: 100 at 4 cents
    life.advance(HOUR)
    report(life, customer, 149)
    report(life, customer, 1)
    assert bills(life, customer) == [200, 400, 596]  # by the item again, before the amount


def test_a_schedule_of_a_subscription_takes_its_thresholds_over_and_follows_them(life: Life) -> None:
    subscription = life.subscribe(life.customer(), metered(life, meter(life)), billing_thresholds={"amount_gte": 100})
    schedules = life.client.v1.subscription_schedules
    made = schedules.create({"from_subscription": subscription.id})
    assert (made.default_settings.billing_thresholds.amount_gte, made.phases[0].billing_thresholds.amount_gte) == (
        100,
        100,
    )  # type: ignore[union-attr]
    life.client.v1.subscriptions.update(subscription.id, {"billing_thresholds": {"amount_gte": 300}})
    assert schedules.retrieve(made.id).phases[0].billing_thresholds.amount_gte == 300  # type: ignore[union-attr]


def test_what_no_threshold_of_a_phase_can_be(life: Life) -> None:
    price, customer = metered(life, meter(life)), life.customer().id
    phase: Any = {"items": [{"price": price.id}], "billing_thresholds": {"amount_gte": 49}, **MONTH}
    asked: Any = {"customer": customer, "start_date": "now", "phases": [phase]}
    refused(
        lambda: life.client.v1.subscription_schedules.create(asked),
        "greater than or equal to 50",
        param="phases[0][billing_thresholds][amount_gte]",
    )


def test_while_an_update_waits_for_its_payment_no_threshold_bills_what_it_may_bill(life: Life) -> None:
    calls, customer = meter(life), life.customer()
    cheap, dear, seat = metered(life, calls), metered(life, calls, unit_amount=10), life.price(2000)
    subscription = life.subscribe(customer, cheap, billing_thresholds={"amount_gte": 1000})
    report(life, customer.id, 100)
    life.advance(DAY)
    life.use_card(customer.id, "pm_card_chargeCustomerFail")
    item = subscription["items"].data[0].id
    asked: Any = {"items": [{"id": item, "price": dear.id}, {"price": seat.id}], "proration_behavior": "always_invoice"}
    waiting = life.client.v1.subscriptions.update(
        subscription.id, {**asked, "payment_behavior": "pending_if_incomplete"}
    )
    assert waiting.pending_update
    life.advance(HOUR)
    report(life, customer.id, 200)  # 8.00 at the old price, which with the 4.00 that wait to be paid would be 12.00
    assert bills(life, customer.id) == []
    life.use_card(customer.id, "pm_card_visa")
    paid = life.client.v1.invoices.pay(str(waiting.latest_invoice))
    assert paid.status == "paid"
    report(life, customer.id, 1)  # 201 at 10 cents
    assert bills(life, customer.id) == [2010]


@pytest.mark.parametrize(
    ("behavior", "status"), [("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible"), ("void", "void")]
)
def test_a_pause_puts_the_invoice_of_a_threshold_aside(life: Life, behavior: Any, status: str) -> None:
    customer, price = life.customer(), metered(life, meter(life))
    subscription = life.subscribe(customer, price, billing_thresholds={"amount_gte": 100})
    update = life.client.v1.subscriptions.update
    update(subscription.id, {"pause_collection": {"behavior": behavior}})
    life.advance(DAY)
    report(life, customer.id, 100)
    report(life, customer.id, 5)
    assert bills(life, customer.id) == [400]
    life.advance(2 * HOUR)
    assert latest(life, subscription).status == status
    update(subscription.id, {"pause_collection": ""})
    life.advance_to(NEXT_MONTH)
    assert latest(life, subscription).total == 20  # what came after it


def test_a_threshold_comes_later_where_credits_pay(life: Life) -> None:
    """By Stripe's guide: what credits would pay of the bill is not due."""
    customer = life.customer()
    subscription = life.subscribe(customer, metered(life, meter(life)), billing_thresholds={"amount_gte": 100})
    grant(life, customer.id, 300)
    report(life, customer.id, 99)
    assert bills(life, customer.id) == []
    report(life, customer.id, 1)  # 4.00, of which credits pay 3.00
    assert (bills(life, customer.id), latest(life, subscription).total) == ([400], 100)
    life.advance(HOUR)
    assert (latest(life, subscription).amount_paid, balance(life, customer.id)) == (100, {"usd": 0})


def test_a_cycle_cannot_begin_anew_at_a_price_for_the_last_that_was_ever_recorded(life: Life, wire: Wire) -> None:
    price = life.client.v1.prices.retrieve(old_price(wire, "&recurring[aggregate_usage]=last_ever"))
    customer, anew = life.customer(), {"amount_gte": 100, "reset_billing_cycle_anchor": True}
    where = "billing_thresholds[reset_billing_cycle_anchor]"
    refused(lambda: life.subscribe(customer, price, billing_thresholds=anew), "aggregate_usage=last_ever", param=where)
    other = life.subscribe(customer, metered(life, meter(life)), billing_thresholds=anew)
    add: Any = {"items": [{"price": price.id}]}
    refused(lambda: life.client.v1.subscriptions.update(other.id, add), "aggregate_usage=last_ever", param=where)
    assert life.subscription(other.id).billing_cycle_anchor == START
