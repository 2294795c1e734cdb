"""What comes along with a subscription: items sold once, the billing mode and its migration."""

from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from api.life import HOUR, Life

JUN = 1_780_272_000  # 2026-06-01T00:00:00Z, of a month of 30 days


def at(month: int, day: int = 1) -> int:
    return int(datetime(2026, month, day, tzinfo=UTC).timestamp())


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client, JUN)


def setup_fee(life: Life, amount: int = 1000) -> str:
    price = life.client.v1.prices.create(
        {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Setup"}},
    )
    life.events()
    return price.id


def test_an_added_item_is_on_the_first_invoice(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(),
        life.price(),
        add_invoice_items=[{"price": setup_fee(life), "quantity": 2, "metadata": {"kind": "setup"}}],
    )
    lines = subscription.latest_invoice.lines.data
    assert [(line.amount, line.description, line.parent.type) for line in lines] == [
        (2000, "Setup", "invoice_item_details"),
        (2000, "1 × Pro (at $20.00 / month)", "subscription_item_details"),
    ]
    assert (lines[0].metadata.to_dict(), lines[0].period.start, lines[0].period.end) == (
        {"kind": "setup"},
        JUN,
        at(7),
    )
    assert subscription.latest_invoice.amount_paid == 4000
    assert life.events() == [
        "customer.updated",
        "invoiceitem.created",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]


def test_a_setup_fee_is_charged_although_there_is_a_trial(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(), life.price(), trial_period_days=14, add_invoice_items=[{"price": setup_fee(life)}]
    )
    assert (subscription.status, subscription.latest_invoice.amount_paid) == ("trialing", 1000)


def test_a_trial_whose_fee_cannot_be_charged_begins_when_it_is_paid(life: Life) -> None:
    customer = life.customer("pm_card_chargeCustomerFail")
    subscription = life.subscribe(
        customer, life.price(), trial_period_days=14, add_invoice_items=[{"price": setup_fee(life)}]
    )
    assert subscription.status == "incomplete"
    life.use_card(customer.id, "pm_card_visa")
    life.client.v1.invoices.pay(subscription.latest_invoice.id)
    assert life.subscription(subscription.id).status == "trialing"


def test_a_fee_is_charged_where_the_time_until_the_anchor_is_free(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(),
        life.price(),
        billing_cycle_anchor=at(6, 20),
        proration_behavior="none",
        add_invoice_items=[{"price": setup_fee(life)}],
    )
    assert [line.amount for line in subscription.latest_invoice.lines.data] == [1000]
    assert (subscription.status, subscription.latest_invoice.status) == ("active", "paid")


def test_an_item_added_by_an_update_waits_for_the_next_invoice(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price())
    period = {"start": {"type": "now"}, "end": {"type": "timestamp", "timestamp": at(6, 9)}}
    life.client.v1.subscriptions.update(
        subscription.id, {"add_invoice_items": [{"price": setup_fee(life), "period": period}]}
    )
    life.advance_to(at(7) + HOUR)
    lines = life.subscription(subscription.id).latest_invoice.lines.data
    assert [(line.amount, line.period.start, line.period.end) for line in lines] == [
        (1000, JUN, at(6, 9)),
        (2000, at(7), at(8)),
    ]


@pytest.mark.parametrize(
    ("entries", "param"),
    [
        ([{"quantity": 2}], "add_invoice_items[0][price]"),
        ([{"price": "price_none"}], "add_invoice_items[0][price]"),
        ([{"price_data": {"currency": "usd", "product": "prod_none", "unit_amount": 1}}] * 21, "add_invoice_items"),
    ],
)
def test_added_items_that_cannot_be_leave_nothing_behind(life: Life, entries: Any, param: str) -> None:
    customer, price = life.customer(), life.price()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.subscribe(customer, price, add_invoice_items=entries)
    assert refused.value.param == param
    assert life.events() == []


def test_billing_is_flexible_since_clover_and_classic_before(life: Life) -> None:
    customer, price = life.customer(), life.price()
    params = {"customer": customer.id, "items": [{"price": price.id}]}
    modern = life.client.v1.subscriptions.create(params)
    older = life.client.v1.subscriptions.create(params, {"stripe_version": "2025-08-27.basil"})
    asked = life.client.v1.subscriptions.create(
        {**params, "billing_mode": {"type": "flexible"}}, {"stripe_version": "2025-08-27.basil"}
    )
    assert [each.billing_mode.type for each in (modern, older, asked)] == ["flexible", "classic", "flexible"]


def test_previews_of_older_versions_are_of_classic_billing(life: Life) -> None:
    """Begun in April, anchored in June: flexible billing has a line for each period, classic billing one for all."""
    details: Any = {
        "items": [{"price": life.price().id}],
        "billing_cycle_anchor": {"type": "timestamp", "timestamp": at(6, 15)},
        "start_date": at(4, 22),
    }
    lines = [
        len(
            life.client.v1.invoices.create_preview(
                {"customer": life.customer().id, "subscription_details": details}, {"stripe_version": version}
            ).lines.data
        )
        for version in ("2025-09-30.clover", "2025-08-27.basil")
    ]
    assert lines == [2, 1]


def test_classic_billing_migrates_to_flexible_once(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(), billing_mode={"type": "classic"})
    life.events()
    params: Any = {"billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "itemized"}}}
    migrated = life.client.v1.subscriptions.migrate(subscription.id, params)
    assert migrated.billing_mode.to_dict() == {
        "flexible": {"proration_discounts": "itemized"},
        "type": "flexible",
        "updated_at": JUN,
    }
    told = life.new_events()
    assert [event.type for event in told] == ["customer.subscription.updated"]
    assert list(told[0].data.previous_attributes.to_dict()) == ["billing_mode"]
    with pytest.raises(stripe.InvalidRequestError, match="flexible already"):
        life.client.v1.subscriptions.migrate(subscription.id, params)


def test_a_subscription_can_be_paid_by_a_source_of_its_own(life: Life) -> None:
    customer = life.customer("pm_card_chargeCustomerFail")
    card = life.client.v1.customers.payment_sources.create(customer.id, {"source": "tok_visa"})
    subscription = life.subscribe(customer, life.price(), default_source=card.id)
    assert (subscription.status, subscription.default_source) == ("active", card.id)
    unset = life.client.v1.subscriptions.update(subscription.id, {"default_source": ""})
    assert unset.default_source is None
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.subscribe(life.customer(), life.price(), default_source=card.id)
    assert refused.value.param == "default_source"
