"""The whole chains of events of a subscription's birth, and of each end of its trial (stripe-behaviour.md 3.3, 3.7)."""

import pytest
import stripe
from api.chains import Chain, charged, declined, paid
from api.life import DAY, HOUR, START, Life

DECLINING, SECURE = "pm_card_chargeCustomerFail", "pm_card_threeDSecure2Required"


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@pytest.fixture
def chain(life: Life) -> Chain:
    return Chain(life)


def confirm(life: Life, subscription: stripe.Subscription, card: str) -> None:
    """The customer pays the first invoice herself."""
    [payment] = subscription.latest_invoice.payments.data
    life.client.v1.payment_intents.confirm(
        payment.payment.payment_intent, {"payment_method": card, "return_url": "https://example.com"}
    )


@pytest.mark.parametrize("behavior", ["allow_incomplete", "error_if_incomplete"])
def test_a_card_that_pays(life: Life, chain: Chain, behavior: str) -> None:
    life.subscribe(life.customer(), life.price(), payment_behavior=behavior)
    assert chain.told() == [
        ("customer.updated", "0", {"currency": None}),
        *charged(2000),
        ("customer.subscription.created", "active"),
        ("invoice.created", "draft 2000"),
        ("invoice.finalized", "open 2000"),
        ("invoice.paid", "paid 2000"),
        ("invoice.payment_succeeded", "paid 2000"),
        ("invoice_payment.paid", "2000"),
    ]


def test_a_card_that_is_declined_and_never_replaced(life: Life, chain: Chain) -> None:
    life.subscribe(life.customer(DECLINING), life.price())
    assert chain.told() == [
        ("customer.updated", "0", {"currency": None}),
        ("customer.subscription.created", "incomplete"),
        ("invoice.created", "draft 2000"),
        ("invoice.finalized", "open 2000"),
        ("payment_intent.created", "requires_confirmation 2000"),
        *declined(2000),
        ("invoice.updated", "open 2000", {"attempt_count": 0, "attempted": False}),
        ("customer.updated", "0", {"delinquent": False}),
    ]
    assert chain.after(START + 23 * HOUR - 1) == []
    assert chain.after(START + 23 * HOUR) == [
        ("customer.subscription.updated", "incomplete_expired", {"ended_at": None, "status": "incomplete"}),
        ("invoice.voided", "void 2000"),
        ("payment_intent.canceled", "canceled 2000"),
    ]


def test_a_card_that_asks_for_authentication_and_gets_it(life: Life, chain: Chain) -> None:
    customer = life.customer(SECURE)
    subscription = life.subscribe(customer, life.price())
    assert chain.told() == [
        ("customer.updated", "0", {"currency": None}),
        ("customer.subscription.created", "incomplete"),
        ("invoice.created", "draft 2000"),
        ("invoice.finalized", "open 2000"),
        ("payment_intent.created", "requires_confirmation 2000"),
        ("payment_intent.requires_action", "requires_action 2000"),
        ("invoice.payment_action_required", "open 2000"),
        ("invoice.payment_failed", "open 2000"),
        ("invoice.updated", "open 2000", {"attempted": False}),
        ("customer.updated", "0", {"delinquent": False}),
    ]
    confirm(life, subscription, "pm_card_visa")
    assert chain.told() == [
        ("charge.succeeded", "2000"),
        ("payment_method.attached", "card"),
        ("payment_intent.succeeded", "succeeded 2000"),
        *paid(2000, "attempted"),
        ("customer.subscription.updated", "active", {"status": "incomplete"}),
        ("customer.updated", "0", {"delinquent": True}),
        ("invoice_payment.paid", "2000"),
    ]


def test_another_card_pays_after_a_declined_one(life: Life, chain: Chain) -> None:
    subscription = life.subscribe(life.customer(DECLINING), life.price())
    chain.told()
    confirm(life, subscription, "pm_card_visa")
    assert chain.told() == [
        ("charge.succeeded", "2000"),
        ("payment_method.attached", "card"),
        ("payment_intent.succeeded", "succeeded 2000"),
        *paid(2000, "attempt_count", "attempted"),
        ("customer.subscription.updated", "active", {"status": "incomplete"}),
        ("customer.updated", "0", {"delinquent": True}),
        ("invoice_payment.paid", "2000"),
    ]


def test_what_the_customer_pays_herself(life: Life, chain: Chain) -> None:
    subscription = life.subscribe(life.customer(card=None), life.price(), payment_behavior="default_incomplete")
    assert chain.told() == [
        ("customer.updated", "0", {"currency": None}),
        ("customer.subscription.created", "incomplete"),
        ("invoice.created", "draft 2000"),
        ("invoice.finalized", "open 2000"),
        ("payment_intent.created", "requires_payment_method 2000"),
    ]
    confirm(life, subscription, "pm_card_visa")
    assert chain.told() == [
        ("charge.succeeded", "2000"),
        ("payment_method.attached", "card"),
        ("payment_intent.succeeded", "succeeded 2000"),
        *paid(2000),
        ("customer.subscription.updated", "active", {"status": "incomplete"}),
        ("invoice_payment.paid", "2000"),
    ]


def test_what_the_customer_pays_herself_and_keeps_the_card_for(life: Life, chain: Chain) -> None:
    subscription = life.subscribe(
        life.customer(card=None),
        life.price(),
        payment_behavior="default_incomplete",
        payment_settings={"save_default_payment_method": "on_subscription"},
    )
    chain.told()
    confirm(life, subscription, "pm_card_visa")
    assert chain.told() == [
        ("charge.succeeded", "2000"),
        ("payment_method.attached", "card"),
        ("payment_intent.succeeded", "succeeded 2000"),
        *paid(2000),
        ("customer.subscription.updated", "active", {"default_payment_method": None, "status": "incomplete"}),
        ("invoice_payment.paid", "2000"),
    ]


def test_what_is_confirmed_with_a_card_that_is_declined(life: Life, chain: Chain) -> None:
    subscription = life.subscribe(life.customer(card=None), life.price(), payment_behavior="default_incomplete")
    chain.told()
    with pytest.raises(stripe.CardError, match="declined"):
        confirm(life, subscription, DECLINING)
    assert chain.told() == [
        *declined(2000),
        ("invoice.updated", "open 2000", {"attempt_count": 0, "attempted": False}),
        ("customer.updated", "0", {"delinquent": False}),
    ]


@pytest.mark.parametrize(
    ("behavior", "card"),
    [
        ("allow_incomplete", None),
        ("error_if_incomplete", None),
        ("error_if_incomplete", DECLINING),
        ("error_if_incomplete", SECURE),
        ("pending_if_incomplete", "pm_card_visa"),
    ],
)
def test_what_is_refused_tells_nothing(life: Life, chain: Chain, behavior: str, card: str | None) -> None:
    customer, price = life.customer(card), life.price()
    with pytest.raises(stripe.StripeError):
        life.subscribe(customer, price, payment_behavior=behavior)
    assert chain.told() == []


def test_an_invoice_that_is_sent(life: Life, chain: Chain) -> None:
    life.subscribe(life.customer(card=None), life.price(), collection_method="send_invoice", days_until_due=30)
    assert chain.told() == [
        ("customer.updated", "0", {"currency": None}),
        ("customer.subscription.created", "active"),
        ("invoice.created", "draft 2000"),
    ]
    assert chain.after(START + HOUR) == [
        ("invoice.finalized", "open 2000"),
        ("invoice.sent", "open 2000"),
    ]
    assert chain.after(START + 28 * DAY + HOUR) == [
        ("invoice.will_be_due", "open 2000"),
        (
            "customer.subscription.updated",
            "active",
            {"items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")], "latest_invoice": "in#1"},
        ),
        ("invoice.created", "draft 2000"),
        ("invoice.finalized", "open 2000"),
        ("invoice.sent", "open 2000"),
    ]
    assert chain.after(START + 30 * DAY) == []
    assert chain.after(START + 31 * DAY) == [
        ("customer.subscription.updated", "past_due", {"status": "active"}),
        ("customer.updated", "0", {"delinquent": False}),
    ]


def test_a_price_of_nothing(life: Life, chain: Chain) -> None:
    life.subscribe(life.customer(card=None), life.price(0))
    assert chain.told() == [
        ("customer.updated", "0", {"currency": None}),
        ("customer.subscription.created", "active"),
        ("invoice.created", "draft 0"),
        ("invoice.finalized", "open 0"),
        ("invoice.paid", "paid 0"),
        ("invoice.payment_succeeded", "paid 0"),
    ]


def test_a_trial_that_ends_with_a_card_that_pays(life: Life, chain: Chain) -> None:
    life.subscribe(life.customer(), life.price(), trial_period_days=14)
    assert chain.told() == [
        ("customer.updated", "0", {"currency": None}),
        ("customer.subscription.created", "trialing"),
        ("invoice.created", "draft 0"),
        ("invoice.finalized", "open 0"),
        ("invoice.paid", "paid 0"),
        ("invoice.payment_succeeded", "paid 0"),
    ]
    assert chain.after(START + 11 * DAY - 1) == [("invoice.upcoming", "draft 2000")]
    assert chain.after(START + 11 * DAY) == [("customer.subscription.trial_will_end", "trialing")]
    assert chain.after(START + 14 * DAY) == [
        (
            "customer.subscription.updated",
            "active",
            {
                "items": [(1, 2000, "2026-01-31 10:00", "2026-02-14 10:00")],
                "latest_invoice": "in#1",
                "status": "trialing",
            },
        ),
        ("invoice.created", "draft 2000"),
    ]
    assert chain.after(START + 14 * DAY + HOUR) == [
        ("invoice.finalized", "open 2000"),
        *charged(2000),
        *paid(2000, next_payment_attempt="2026-02-14 11:00"),
        ("invoice_payment.paid", "2000"),
    ]


def test_a_trial_that_ends_with_a_card_that_is_declined(life: Life, chain: Chain) -> None:
    life.subscribe(life.customer(DECLINING), life.price(), trial_period_days=2)
    assert chain.told() == [
        ("customer.updated", "0", {"currency": None}),
        ("customer.subscription.created", "trialing"),
        ("invoice.created", "draft 0"),
        ("invoice.finalized", "open 0"),
        ("invoice.paid", "paid 0"),
        ("invoice.payment_succeeded", "paid 0"),
        ("customer.subscription.trial_will_end", "trialing"),
    ]
    assert chain.after(START + 2 * DAY) == [
        (
            "customer.subscription.updated",
            "active",
            {
                "items": [(1, 2000, "2026-01-31 10:00", "2026-02-02 10:00")],
                "latest_invoice": "in#1",
                "status": "trialing",
            },
        ),
        ("invoice.created", "draft 2000"),
    ]
    assert chain.after(START + 2 * DAY + HOUR) == [
        ("invoice.finalized", "open 2000"),
        ("payment_intent.created", "requires_confirmation 2000"),
        *declined(2000),
        (
            "invoice.updated",
            "open 2000",
            {"attempt_count": 0, "attempted": False, "next_payment_attempt": "2026-02-02 11:00"},
        ),
        ("customer.subscription.updated", "past_due", {"status": "active"}),
        ("customer.updated", "0", {"delinquent": False}),
    ]


def without_card(life: Life, end: str) -> None:
    life.subscribe(
        life.customer(card=None),
        life.price(),
        trial_period_days=7,
        trial_settings={"end_behavior": {"missing_payment_method": end}},
    )


def test_a_trial_that_ends_without_a_card_and_bills_anyway(life: Life, chain: Chain) -> None:
    without_card(life, "create_invoice")
    chain.after(START + 7 * DAY - 1)
    assert chain.after(START + 7 * DAY) == [
        (
            "customer.subscription.updated",
            "active",
            {
                "items": [(1, 2000, "2026-01-31 10:00", "2026-02-07 10:00")],
                "latest_invoice": "in#1",
                "status": "trialing",
            },
        ),
        ("invoice.created", "draft 2000"),
    ]
    assert chain.after(START + 7 * DAY + HOUR) == [
        ("invoice.finalized", "open 2000"),
        ("payment_intent.created", "requires_payment_method 2000"),
        ("invoice.payment_failed", "open 2000"),
        (
            "invoice.updated",
            "open 2000",
            {"attempt_count": 0, "attempted": False, "next_payment_attempt": "2026-02-07 11:00"},
        ),
        ("customer.subscription.updated", "past_due", {"status": "active"}),
        ("customer.updated", "0", {"delinquent": False}),
    ]


def test_a_trial_that_ends_without_a_card_and_is_canceled(life: Life, chain: Chain) -> None:
    without_card(life, "cancel")
    chain.after(START + 7 * DAY - 1)
    assert chain.after(START + 7 * DAY) == [("customer.subscription.deleted", "canceled")]


def test_a_trial_that_ends_without_a_card_and_is_paused(life: Life, chain: Chain) -> None:
    without_card(life, "pause")
    chain.after(START + 7 * DAY - 1)
    assert chain.after(START + 7 * DAY) == [
        ("customer.subscription.paused", "paused"),
        ("customer.subscription.updated", "paused", {"status": "trialing", "status_details": None}),
    ]


def test_a_trial_that_is_ended_by_hand(life: Life, chain: Chain) -> None:
    subscription = life.subscribe(life.customer(), life.price(), trial_period_days=14)
    chain.told()
    life.client.v1.subscriptions.update(subscription.id, {"trial_end": "now"})
    assert chain.told() == [
        ("customer.subscription.trial_will_end", "trialing"),
        (
            "customer.subscription.updated",
            "active",
            {
                "billing_cycle_anchor": "2026-02-14 10:00",
                "items": [(1, 2000, "2026-01-31 10:00", "2026-02-14 10:00")],
                "latest_invoice": "in#1",
                "status": "trialing",
                "trial_end": "2026-02-14 10:00",
            },
        ),
        ("invoice.created", "draft 2000"),
        ("invoice.finalized", "open 2000"),
        *charged(2000),
        *paid(2000),
        ("invoice_payment.paid", "2000"),
    ]


def test_a_trial_that_is_extended(life: Life, chain: Chain) -> None:
    subscription = life.subscribe(life.customer(), life.price(), trial_period_days=14)
    chain.told()
    life.client.v1.subscriptions.update(subscription.id, {"trial_end": START + 20 * DAY})
    assert chain.told() == [
        (
            "customer.subscription.updated",
            "trialing",
            {
                "billing_cycle_anchor": "2026-02-14 10:00",
                "items": [(1, 2000, "2026-01-31 10:00", "2026-02-14 10:00")],
                "trial_end": "2026-02-14 10:00",
            },
        )
    ]


def test_a_trial_that_is_canceled_at_its_end(life: Life, chain: Chain) -> None:
    life.subscribe(life.customer(), life.price(), trial_period_days=7, cancel_at_period_end=True)
    chain.after(START + 7 * DAY - 1)
    assert chain.after(START + 7 * DAY) == [("customer.subscription.deleted", "canceled")]
