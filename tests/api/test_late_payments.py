"""Paying, writing off and voiding what a subscription owes, late, and what that makes of it."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life
from control.api import Control

from mockbill.server import LocalServer

FAILS = "pm_card_chargeCustomerFail"
ASKS = "pm_card_authenticationRequired"


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@pytest.fixture
def control(server: LocalServer, account: str) -> Control:
    return Control(server.url, account)


def late(life: Life, **params: Any) -> stripe.Subscription:
    """A subscription whose first renewal could not be paid."""
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000), **params)
    life.use_card(customer.id, FAILS)
    life.advance(28 * DAY + HOUR)
    subscription = life.subscription(subscription.id)
    assert subscription.status == "past_due"
    life.events()
    return subscription


def test_trying_again_by_hand_to_the_same_end_updates_nothing(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000))
    life.use_card(customer.id, ASKS)
    life.advance(28 * DAY + HOUR)
    invoice = life.subscription(subscription.id).latest_invoice.id
    for chain in (["invoice.payment_action_required", "invoice.payment_failed"],) * 2:
        life.events()
        with pytest.raises(stripe.CardError):
            life.client.v1.invoices.pay(invoice)
        assert [type for type in life.events() if type.startswith("invoice.")] == chain


def test_writing_off_what_is_late_makes_the_subscription_active(life: Life) -> None:
    subscription = late(life)
    life.client.v1.invoices.mark_uncollectible(subscription.latest_invoice.id)
    told = life.new_events()
    assert [event.type for event in told] == [
        "invoice.marked_uncollectible",
        "customer.subscription.updated",
        "customer.updated",
    ]
    assert told[1].data["previous_attributes"].to_dict() == {"status": "past_due"}
    assert life.subscription(subscription.id).status == "active"


def test_what_is_written_off_can_be_tried_again_without_harm(life: Life) -> None:
    subscription = late(life)
    invoice = subscription.latest_invoice.id
    life.client.v1.invoices.mark_uncollectible(invoice)
    with pytest.raises(stripe.CardError):
        life.client.v1.invoices.pay(invoice)
    assert life.subscription(subscription.id).status == "active"


def test_a_credit_that_settles_a_waiting_update_counts_as_the_latest_payment(life: Life) -> None:
    subscription = late(life)
    cheaper = life.upgrade(subscription, 500, payment_behavior="pending_if_incomplete")
    invoice = cheaper.latest_invoice
    assert (cheaper.status, invoice.status, invoice.total) == ("active", "paid", -1498)  # an hour is gone
    (told,) = [event for event in life.new_events() if event.type == "customer.subscription.updated"]
    assert told.data["previous_attributes"]["status"] == "past_due"


def test_an_update_that_lapsed_does_not_stand_between_a_late_invoice_and_its_payment(life: Life) -> None:
    subscription = late(life)
    waiting = life.upgrade(subscription, 5000, payment_behavior="pending_if_incomplete")
    assert waiting.pending_update
    life.advance(23 * HOUR)
    life.use_card(subscription.customer, "pm_card_visa")
    life.client.v1.invoices.pay(subscription.latest_invoice.id)
    assert life.subscription(subscription.id).status == "active"


def test_voiding_what_is_late_helps_after_an_update_has_lapsed(life: Life) -> None:
    subscription = late(life)
    life.upgrade(subscription, 5000, payment_behavior="pending_if_incomplete")
    life.advance(23 * HOUR)
    life.client.v1.invoices.void_invoice(subscription.latest_invoice.id)
    assert life.subscription(subscription.id).status == "active"


def test_paying_what_is_late_counts_while_the_next_invoice_is_a_draft(life: Life, control: Control) -> None:
    control.post("settings", dunning="10d:cancel")
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000, interval="week"))
    life.use_card(customer.id, FAILS)
    life.advance(7 * DAY + HOUR)
    unpaid = life.subscription(subscription.id).latest_invoice.id
    life.advance_to(START + 14 * DAY)
    current = life.subscription(subscription.id)
    assert (current.status, current.latest_invoice.status) == ("past_due", "draft")
    life.use_card(customer.id, "pm_card_visa")
    life.client.v1.invoices.pay(unpaid)
    assert life.subscription(subscription.id).status == "active"


def test_voiding_the_only_late_one_of_sent_invoices_helps_though_a_later_one_is_there(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(None), life.price(2000), collection_method="send_invoice", days_until_due=30
    )
    first = subscription.latest_invoice.id
    life.advance(31 * DAY)
    late_one = life.subscription(subscription.id)
    assert (late_one.status, late_one.latest_invoice.status) == ("past_due", "open")
    assert late_one.latest_invoice.id != first
    life.client.v1.invoices.void_invoice(first)
    assert life.subscription(subscription.id).status == "active"


def test_what_is_unpaid_gives_nothing_back_when_it_is_canceled(life: Life, control: Control) -> None:
    control.post("settings", dunning="1d:unpaid")
    subscription = late(life)
    life.advance(2 * DAY)
    assert life.subscription(subscription.id).status == "unpaid"
    life.events()
    ended = life.client.v1.subscriptions.cancel(subscription.id)
    assert life.events() == ["customer.subscription.deleted"]
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "cancellation_requested")
    left = life.client.v1.invoices.retrieve(subscription.latest_invoice.id)
    assert (left.status, left.auto_advance) == ("open", False)
