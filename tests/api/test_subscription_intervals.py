"""Subscriptions whose items are billed in intervals of their own, which flexible billing mode allows."""

from datetime import UTC, datetime

import pytest
import stripe
from api.life import DAY, HOUR, Life, advance

JAN = 1_767_225_600  # 2026-01-01T00:00:00Z


def at(year: int, month: int, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client, JAN)


def mixed(life: Life, **params: object) -> stripe.Subscription:
    """15 dollars a month, and 100 dollars a quarter."""
    monthly, quarterly = life.price(1500), life.price(10000, interval_count=3)
    return life.subscribe(life.customer(), monthly, items=[{"price": monthly.id}, {"price": quarterly.id}], **params)


def ends(subscription: stripe.Subscription) -> list[int]:
    return [item.current_period_end for item in subscription["items"].data]


def test_the_first_invoice_has_both_items_each_for_its_own_period(life: Life) -> None:
    subscription = mixed(life)
    assert ends(subscription) == [at(2026, 2), at(2026, 4)]
    assert [(line.amount, line.period.end) for line in subscription.latest_invoice.lines.data] == [
        (1500, at(2026, 2)),
        (10000, at(2026, 4)),
    ]
    assert subscription.latest_invoice.amount_paid == 11500


def test_a_renewal_bills_the_items_that_end_then_and_leaves_the_others(life: Life) -> None:
    subscription = mixed(life)
    life.advance_to(at(2026, 2))
    renewed = life.subscription(subscription.id)
    assert ends(renewed) == [at(2026, 3), at(2026, 4)]
    invoice = renewed.latest_invoice
    assert [(line.amount, line.period.start, line.period.end) for line in invoice.lines.data] == [
        (1500, at(2026, 2), at(2026, 3))
    ]
    assert (invoice.period_start, invoice.period_end) == (JAN, at(2026, 2))


def test_items_whose_periods_end_together_are_on_one_invoice(life: Life) -> None:
    subscription = mixed(life)
    life.advance_to(at(2026, 4))
    invoice = life.subscription(subscription.id).latest_invoice
    assert [line.amount for line in invoice.lines.data] == [1500, 10000]
    assert (invoice.period_start, invoice.period_end) == (at(2026, 3), at(2026, 4))
    invoices = life.client.v1.invoices.list({"subscription": subscription.id}).data
    assert [each.total for each in invoices] == [11500, 1500, 1500, 11500]


def test_a_renewal_tells_what_all_items_had_been(life: Life) -> None:
    mixed(life)
    life.advance_to(at(2026, 2) - DAY)
    advance(life.client, life.clock.id, at(2026, 2))
    renewed = next(event for event in life.new_events() if event.type == "customer.subscription.updated")
    before = renewed.data.previous_attributes
    assert sorted(before.to_dict()) == ["items", "latest_invoice"]
    assert [item.current_period_end for item in before["items"].data] == [at(2026, 2), at(2026, 4)]


def test_a_trial_is_shared_and_then_each_item_has_its_own_period(life: Life) -> None:
    subscription = mixed(life, trial_end=at(2026, 1, 15))
    assert ends(subscription) == [at(2026, 1, 15)] * 2
    life.advance_to(at(2026, 1, 15) + HOUR)
    converted = life.subscription(subscription.id)
    assert ends(converted) == [at(2026, 2, 15), at(2026, 4, 15)]
    assert (converted.status, converted.latest_invoice.amount_paid) == ("active", 11500)


def test_a_yearly_item_joins_a_monthly_one_on_the_grid_of_the_anchor(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(1500))
    life.advance_to(at(2026, 4, 2))  # 91 of the year's 365 days are over
    yearly = life.price(36500, interval="year")
    changed = life.client.v1.subscriptions.update(subscription.id, {"items": [{"price": yearly.id}]})
    assert ends(changed) == [at(2026, 5), at(2027, 1)]
    waiting = life.client.v1.invoice_items.list({"customer": subscription.customer, "pending": True}).data
    assert [(item.amount, item.description) for item in waiting] == [(27400, "Remaining time on Pro after 2 Apr 2026")]


def test_classic_billing_has_one_interval(life: Life) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=r"same `recurring\.interval`") as refused:
        mixed(life, billing_mode={"type": "classic"})
    assert (refused.value.http_status, refused.value.param) == (400, "items")
