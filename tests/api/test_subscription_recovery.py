"""What people do by hand in the life of a subscription: paying, saving cards, moving trials, deleting customers."""

import pytest
import stripe
from api.life import DAY, HOUR, START, Life

MONTH_END = 1_772_272_800  # 2026-02-28T10:00:00Z


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def test_paying_by_hand_does_not_spend_the_retries(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price())
    life.use_card(customer.id, "pm_card_chargeCustomerFail")
    life.advance_to(MONTH_END + HOUR)
    invoice = life.subscription(subscription.id).latest_invoice
    for _ in range(5):
        with pytest.raises(stripe.CardError):
            life.client.v1.invoices.pay(invoice.id)
    tried = life.client.v1.invoices.retrieve(invoice.id)
    assert (tried.attempt_count, tried.next_payment_attempt) == (1, invoice.next_payment_attempt)
    assert life.subscription(subscription.id).status == "past_due"


def test_a_renewal_that_nobody_advances_is_not_given_up(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price())
    life.use_card(customer.id, "pm_card_chargeCustomerFail")
    life.advance_to(MONTH_END)
    invoice = life.subscription(subscription.id).latest_invoice
    life.client.v1.invoices.update(invoice.id, {"auto_advance": False})
    with pytest.raises(stripe.CardError):
        life.client.v1.invoices.pay(invoice.id)
    assert life.subscription(subscription.id).status == "past_due"


def test_extending_a_trial_moves_the_planned_cancellation_along(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(), trial_period_days=10)
    update = life.client.v1.subscriptions.update
    update(subscription.id, {"cancel_at_period_end": True})
    later = START + 40 * DAY
    assert update(subscription.id, {"trial_end": later}).cancel_at == later
    life.advance_to(later - 1)
    assert life.subscription(subscription.id).status == "trialing"
    assert life.advance(1)[-1] == "customer.subscription.deleted"


def test_ending_a_trial_together_with_a_new_price_charges_that(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000), trial_period_days=10)
    pro = life.price(5000)
    changed = life.client.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": subscription["items"].data[0].id, "price": pro.id}],
            "trial_end": "now",
            "expand": ["latest_invoice"],
        },
    )
    assert changed.status == "active"
    assert changed.latest_invoice.amount_paid == 5000


def test_a_deleted_customer_with_a_draft_does_not_stop_time(life: Life) -> None:
    customer = life.customer()
    life.subscribe(customer, life.price())
    life.advance_to(MONTH_END)
    life.client.v1.customers.delete(customer.id)
    life.events()
    assert life.advance(60 * DAY) == []


def test_the_card_that_pays_first_is_saved_on_the_subscription_when_asked(life: Life) -> None:
    customer = life.customer(card=None)
    saving = {"save_default_payment_method": "on_subscription"}
    subscription = life.subscribe(
        customer, life.price(), payment_behavior="default_incomplete", payment_settings=saving
    )
    intent = subscription.latest_invoice.payments.data[0].payment.payment_intent
    paid = life.client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})
    assert life.subscription(subscription.id).default_payment_method == paid.payment_method
    life.advance_to(MONTH_END + HOUR)
    assert life.subscription(subscription.id).status == "active"


def test_a_trial_without_a_card_waits_for_a_setup_intent(life: Life) -> None:
    saving = {"save_default_payment_method": "on_subscription"}
    subscription = life.subscribe(
        life.customer(card=None),
        life.price(),
        trial_period_days=5,
        payment_behavior="default_incomplete",
        payment_settings=saving,
    )
    life.events()
    setup = life.client.v1.setup_intents.confirm(subscription.pending_setup_intent, {"payment_method": "pm_card_visa"})
    assert life.events() == ["setup_intent.succeeded", "payment_method.attached", "customer.subscription.updated"]
    current = life.subscription(subscription.id)
    assert (current.pending_setup_intent, current.default_payment_method) == (None, setup.payment_method)
    life.advance(5 * DAY + HOUR)
    assert life.subscription(subscription.id).latest_invoice.status == "paid"
