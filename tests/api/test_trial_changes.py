"""Trials on update: begun in mid period, ended at once, with items and payment behaviors, with their events."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life

HALF = 14 * DAY
NOW = START + HALF


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def update(life: Life, subscription: stripe.Subscription, **params: Any) -> stripe.Subscription:
    return life.client.v1.subscriptions.update(subscription.id, {"expand": ["latest_invoice"], **params})


def entry(subscription: stripe.Subscription, price: stripe.Price) -> list[dict[str, str]]:
    return [{"id": subscription["items"].data[0].id, "price": price.id}]


def test_a_trial_in_mid_period_gives_the_rest_back(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.advance(HALF)
    life.events()
    trying = update(life, subscription, trial_end=NOW + 10 * DAY)
    assert (trying.status, trying.trial_start, trying.trial_end) == ("trialing", NOW, NOW + 10 * DAY)
    assert trying.billing_cycle_anchor == NOW + 10 * DAY
    item = trying["items"].data[0]
    assert (item.current_period_start, item.current_period_end) == (NOW, NOW + 10 * DAY)
    assert [(line.amount, line.description) for line in trying.latest_invoice.lines.data] == [
        (-1000, "Unused time on Pro after 14 Feb 2026"),
        (0, "Free trial for 1 × Pro"),
    ]
    assert life.events() == [
        "invoiceitem.created",
        "invoice.created",
        "customer.updated",
        "invoice.finalized",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
    ]
    assert life.client.v1.customers.retrieve(subscription.customer).balance == -1000
    life.advance(10 * DAY + HOUR)
    paid = life.subscription(subscription.id)
    assert (paid.status, paid.latest_invoice.amount_paid) == ("active", 1000)


def test_a_trial_without_prorations_gives_nothing_back(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.advance(HALF)
    trying = update(life, subscription, trial_end=NOW + 10 * DAY, proration_behavior="none")
    assert [line.amount for line in trying.latest_invoice.lines.data] == [0]


def test_a_trial_can_come_with_other_items(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.advance(HALF)
    pro = life.price(5000)
    trying = update(life, subscription, trial_end=NOW + 10 * DAY, items=entry(subscription, pro))
    assert trying["items"].data[0].price.id == pro.id
    assert [line.amount for line in trying.latest_invoice.lines.data] == [-1000, 0]


def test_ending_a_trial_that_there_is_not_is_the_change_alone(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.advance(HALF)
    life.events()
    changed = update(life, subscription, trial_end="now", items=entry(subscription, life.price(5000)))
    assert (changed.status, changed.billing_cycle_anchor) == ("active", START)
    assert life.events() == ["invoiceitem.created", "invoiceitem.created", "customer.subscription.updated"]


def test_the_end_of_a_trial_can_wait_for_its_payment(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000), trial_period_days=10)
    life.use_card(customer.id, "pm_card_chargeCustomerFail")
    life.advance(DAY)
    waiting = update(life, subscription, trial_end="now", payment_behavior="pending_if_incomplete")
    assert (waiting.status, waiting.trial_end) == ("trialing", START + 10 * DAY)
    assert (waiting.pending_update.trial_end, waiting.pending_update.expires_at) == (
        START + DAY,
        START + DAY + 23 * HOUR,
    )
    life.use_card(customer.id, "pm_card_visa")
    life.client.v1.invoices.pay(waiting.latest_invoice.id)
    paid = life.subscription(subscription.id)
    assert (paid.status, paid.trial_end, paid.billing_cycle_anchor) == ("active", START + DAY, START + DAY)


def test_the_end_of_a_trial_can_be_refused_unless_it_is_paid(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000), trial_period_days=10)
    life.use_card(customer.id, "pm_card_chargeCustomerFail")
    with pytest.raises(stripe.CardError):
        update(life, subscription, trial_end="now", payment_behavior="error_if_incomplete")
    assert life.events() == []
    assert life.subscription(subscription.id).status == "trialing"
    life.use_card(customer.id, "pm_card_visa")
    ended = update(life, subscription, trial_end="now", payment_behavior="error_if_incomplete")
    assert (ended.status, ended.latest_invoice.amount_paid) == ("active", 2000)


def test_the_trial_of_the_plan_that_an_update_brings(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    tried = life.price(5000, trial_period_days=14)
    life.advance(14 * DAY)
    item = subscription["items"].data[0].id
    items: Any = [{"id": item, "price": tried.id}]
    same: Any = {"items": items, "trial_end": START + 28 * DAY}
    preview = life.client.v1.invoices.create_preview({"subscription": subscription.id, "subscription_details": same})
    changed = life.client.v1.subscriptions.update(
        subscription.id, {"items": items, "trial_from_plan": True, "expand": ["latest_invoice"]}
    )
    assert (changed.status, changed.trial_end) == ("trialing", START + 28 * DAY)
    # half of the 20.00 is given back; the trial is free
    assert [line.amount for line in changed.latest_invoice.lines.data] == [-1000, 0]
    assert preview.total == changed.latest_invoice.total == -1000


def test_plans_without_a_trial_bring_none(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    same = life.client.v1.subscriptions.update(subscription.id, {"trial_from_plan": True})
    assert (same.status, same.trial_end) == ("active", None)
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        life.client.v1.subscriptions.update(subscription.id, {"trial_from_plan": True, "trial_end": START + 9 * DAY})


def test_no_billing_cycle_begins_during_a_trial(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), trial_period_days=10)
    life.events()
    for params in ({}, {"items": [{"price": life.price(900).id}]}):
        with pytest.raises(stripe.InvalidRequestError, match="trial_end=now") as refused:
            life.client.v1.subscriptions.update(
                subscription.id,
                {"billing_cycle_anchor": {"type": "now"}, **params},  # type: ignore[typeddict-item]
            )
        assert (refused.value.param, life.events()) == ("billing_cycle_anchor", [])
