"""Corners of a subscription's life that a fuzzer of its calls has found; each was wrong once."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life
from control.api import Control

from mockbill.billing import subscriptions
from mockbill.server import LocalServer

HALF = 14 * DAY
FAILS = "pm_card_chargeCustomerFail"


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@pytest.fixture
def control(server: LocalServer, account: str) -> Control:
    return Control(server.url, account)


def test_an_update_that_must_be_paid_is_refused_where_nothing_can_pay(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000))
    method = life.client.v1.customers.retrieve(customer.id).invoice_settings.default_payment_method
    life.client.v1.payment_methods.detach(str(method))
    life.events()
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source") as refused:
        life.upgrade(subscription, 5000, payment_behavior="error_if_incomplete")
    assert refused.value.code == "resource_missing"
    assert life.events() == []


def test_a_waiting_update_that_fails_for_good_leaves_the_subscription_alone(life: Life, control: Control) -> None:
    control.post("settings", dunning="1h:cancel")
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000))
    life.use_card(customer.id, FAILS)
    life.advance(HALF)
    life.upgrade(subscription, 5000, payment_behavior="pending_if_incomplete")
    life.advance(22 * HOUR)
    assert life.subscription(subscription.id).status == "active"


def test_what_is_sent_on_trial_and_falls_due_leaves_the_trial_alone(life: Life) -> None:
    once = life.client.v1.prices.create({"currency": "usd", "unit_amount": 900, "product_data": {"name": "Setup"}})
    subscription = life.subscribe(
        life.customer(None),
        life.price(2000),
        trial_period_days=10,
        collection_method="send_invoice",
        days_until_due=1,
        add_invoice_items=[{"price": once.id}],
    )
    life.advance(3 * DAY)
    trying = life.subscription(subscription.id)
    assert (trying.status, trying.latest_invoice.status) == ("trialing", "open")


def test_a_trial_that_ends_now_into_free_time_brings_no_invoice(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(), life.price(2000), trial_period_days=10, proration_behavior="none", cancel_at=START + 10 * DAY
    )
    first = subscription.latest_invoice.id
    life.advance(DAY)
    life.events()
    ended = life.client.v1.subscriptions.update(subscription.id, {"trial_end": "now"})
    assert (ended.status, ended.latest_invoice) == ("active", first)
    assert life.events() == ["customer.subscription.trial_will_end", "customer.subscription.updated"]


def test_pausing_with_an_invoice_bills_what_waits_along_with_its_credit(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    item = subscription["items"].data[0].id
    life.client.v1.subscriptions.update(subscription.id, {"items": [{"id": item, "quantity": 3}]})
    life.advance(HALF)
    life.client.v1.subscriptions.pause(subscription.id, {"type": "subscription", "invoicing_behavior": "invoice"})
    # -20.00 and +60.00 for all of the period wait since the change; half of the 60.00 is given back
    invoice = life.subscription(subscription.id).latest_invoice
    assert [line.amount for line in invoice.lines.data] == [-2000, 6000, -3000]
    assert invoice.amount_paid == 1000


def test_the_warning_of_a_short_trial_knows_that_its_discount_is_used(life: Life) -> None:
    once = life.client.v1.prices.create({"currency": "usd", "unit_amount": 900, "product_data": {"name": "Setup"}})
    coupon = life.client.v1.coupons.create({"percent_off": 50, "duration": "once"})
    life.events()
    life.subscribe(
        life.customer(),
        life.price(2000),
        trial_period_days=2,
        discounts=[{"coupon": coupon.id}],
        add_invoice_items=[{"price": once.id}],
    )
    (warning,) = [event for event in life.new_events() if event.type == "customer.subscription.trial_will_end"]
    assert warning.data.object["discounts"] == []


def test_a_trial_that_ends_now_in_a_pause_tells_of_all_that_changed(life: Life) -> None:
    settings = {"end_behavior": {"missing_payment_method": "pause"}}
    subscription = life.subscribe(life.customer(None), life.price(2000), trial_period_days=10, trial_settings=settings)
    life.advance(DAY)
    life.events()
    life.client.v1.subscriptions.update(
        subscription.id, {"trial_end": "now", "metadata": {"a": "b"}, "cancel_at": START + 20 * DAY}
    )
    paused, updated = life.new_events()
    assert (paused.type, updated.type) == ("customer.subscription.paused", "customer.subscription.updated")
    before = updated.data["previous_attributes"].to_dict()
    assert before.pop("items")["data"][0]["current_period_end"] == START + 10 * DAY
    assert before == {
        "billing_cycle_anchor": START + 10 * DAY,
        "cancel_at": None,
        "canceled_at": None,
        "cancellation_details": {"reason": None},
        "metadata": {"a": None},
        "status": "trialing",
        "status_details": None,
        "trial_end": START + 10 * DAY,
    }


def test_a_draft_of_a_deleted_customer_that_is_made_to_advance_does_not_stop_time(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price(2000))
    life.advance(28 * DAY)
    draft = life.subscription(subscription.id).latest_invoice.id
    life.client.v1.customers.delete(customer.id)
    life.client.v1.invoices.update(draft, {"auto_advance": True})
    life.advance(2 * HOUR)
    assert life.client.v1.invoices.retrieve(draft).auto_advance is False


def test_a_customer_has_five_hundred_subscriptions_at_most(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    assert subscriptions.MOST == 500
    monkeypatch.setattr(subscriptions, "MOST", 2)  # five hundred take their time
    customer, price = life.customer(), life.price()
    first = life.subscribe(customer, price)
    life.subscribe(customer, price)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.subscribe(customer, price)
    assert refused.value.code == "customer_max_subscriptions"
    life.client.v1.subscriptions.cancel(first.id)
    assert life.subscribe(customer, price).status == "active"


def test_the_last_invoice_is_sent_where_invoices_are_sent(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(None), life.price(2000), collection_method="send_invoice", days_until_due=5
    )
    item = subscription["items"].data[0].id
    life.client.v1.subscriptions.update(subscription.id, {"items": [{"id": item, "quantity": 3}]})
    life.events()
    ended = life.client.v1.subscriptions.cancel(subscription.id, {"invoice_now": True})
    assert life.events() == [
        "invoice.created",
        "invoice.finalized",
        "invoice.sent",
        "customer.subscription.deleted",
    ]
    assert life.client.v1.invoices.retrieve(str(ended.latest_invoice)).total == 4000


def test_the_last_invoice_is_put_aside_while_collection_pauses(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    item = subscription["items"].data[0].id
    changes: Any = {"items": [{"id": item, "quantity": 3}], "pause_collection": {"behavior": "void"}}
    life.client.v1.subscriptions.update(subscription.id, changes)
    ended = life.client.v1.subscriptions.cancel(subscription.id, {"invoice_now": True})
    last = life.client.v1.invoices.retrieve(str(ended.latest_invoice))
    assert (last.status, last.total, last.amount_paid) == ("void", 4000, 0)
