"""The whole chains of events of changes in the middle of a period, February (stripe-behaviour.md 3.10)."""

from typing import Any

import pytest
import stripe
from api.chains import Chain, charged, declined, paid
from api.life import DAY, HOUR, START, Life

MIDDLE = START + 14 * DAY  # 14 of the 28 days from 31 January to 28 February are left
MONTH_END = START + 28 * DAY
DECLINING = "pm_card_chargeCustomerFail"


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@pytest.fixture
def chain(life: Life) -> Chain:
    return Chain(life)


@pytest.fixture
def subscription(life: Life, chain: Chain) -> stripe.Subscription:
    """20.00 a month, in the middle of its first one."""
    made = life.subscribe(life.customer(), life.price())
    chain.after(MIDDLE)
    return made


def change(life: Life, subscription: stripe.Subscription, **params: Any) -> None:
    life.client.v1.subscriptions.update(subscription.id, params)


def item(subscription: stripe.Subscription, **changes: Any) -> list[dict[str, Any]]:
    return [{"id": subscription["items"].data[0].id, **changes}]


def spoil_card(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    method = life.client.v1.payment_methods.attach(DECLINING, {"customer": subscription.customer})
    params: Any = {"invoice_settings": {"default_payment_method": method.id}}
    life.client.v1.customers.update(subscription.customer, params)
    chain.told()


def test_an_upgrade_that_waits_for_the_renewal(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    change(life, subscription, items=item(subscription, price=life.price(5000).id))
    assert chain.told() == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("invoiceitem.created", "2500 Remaining time on Pro after 14 Feb 2026"),
        (
            "customer.subscription.updated",
            "active",
            {"items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")], "plan": "2000 a month"},
        ),
    ]
    chain.after(MONTH_END - 1)
    assert chain.after(MONTH_END) == [
        (
            "customer.subscription.updated",
            "active",
            {"items": [(1, 5000, "2026-01-31 10:00", "2026-02-28 10:00")], "latest_invoice": "in#1"},
        ),
        ("invoice.created", "draft 6500"),
    ]


def test_an_upgrade_that_is_billed_at_once(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    dear = life.price(5000).id
    change(life, subscription, items=item(subscription, price=dear), proration_behavior="always_invoice")
    assert chain.told() == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("invoiceitem.created", "2500 Remaining time on Pro after 14 Feb 2026"),
        ("invoice.created", "draft 1500"),
        ("invoice.finalized", "open 1500"),
        *charged(1500),
        *paid(1500),
        ("invoice_payment.paid", "1500"),
        (
            "customer.subscription.updated",
            "active",
            {
                "items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")],
                "latest_invoice": "in#1",
                "plan": "2000 a month",
            },
        ),
    ]


def test_an_upgrade_without_prorations(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    dear = life.price(5000).id
    change(life, subscription, items=item(subscription, price=dear), proration_behavior="none")
    assert chain.told() == [
        (
            "customer.subscription.updated",
            "active",
            {"items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")], "plan": "2000 a month"},
        )
    ]


def test_an_upgrade_whose_payment_fails(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    spoil_card(life, chain, subscription)
    dear = life.price(5000).id
    change(life, subscription, items=item(subscription, price=dear), proration_behavior="always_invoice")
    assert chain.told() == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("invoiceitem.created", "2500 Remaining time on Pro after 14 Feb 2026"),
        ("invoice.created", "draft 1500"),
        ("invoice.finalized", "open 1500"),
        ("payment_intent.created", "requires_confirmation 1500"),
        *declined(1500),
        ("invoice.updated", "open 1500", {"attempt_count": 0, "attempted": False, "next_payment_attempt": None}),
        ("customer.updated", "0", {"delinquent": False}),
        (
            "customer.subscription.updated",
            "past_due",
            {
                "items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")],
                "latest_invoice": "in#1",
                "plan": "2000 a month",
                "status": "active",
            },
        ),
    ]


def test_an_upgrade_that_fails_with_its_payment(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    spoil_card(life, chain, subscription)
    dear = life.price(5000).id
    how = {"proration_behavior": "always_invoice", "payment_behavior": "error_if_incomplete"}
    with pytest.raises(stripe.CardError):
        change(life, subscription, items=item(subscription, price=dear), **how)
    assert chain.told() == []


def pending(life: Life, chain: Chain, subscription: stripe.Subscription) -> str:
    """An upgrade that waits for its payment; answers its invoice."""
    spoil_card(life, chain, subscription)
    dear = life.price(5000).id
    how = {"proration_behavior": "always_invoice", "payment_behavior": "pending_if_incomplete"}
    change(life, subscription, items=item(subscription, price=dear), **how)
    return str(life.subscription(subscription.id).latest_invoice.id)


def test_an_upgrade_that_waits_for_its_payment_and_gets_it(
    life: Life, chain: Chain, subscription: stripe.Subscription
) -> None:
    invoice = pending(life, chain, subscription)
    assert chain.told() == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("invoiceitem.created", "2500 Remaining time on Pro after 14 Feb 2026"),
        ("invoice.created", "draft 1500"),
        ("invoice.finalized", "open 1500"),
        ("payment_intent.created", "requires_confirmation 1500"),
        *declined(1500),
        ("invoice.updated", "open 1500", {"attempt_count": 0, "attempted": False, "next_payment_attempt": None}),
        ("customer.updated", "0", {"delinquent": False}),
        ("customer.subscription.updated", "active", {"latest_invoice": "in#1", "pending_update": None}),
    ]
    method = life.client.v1.payment_methods.attach("pm_card_visa", {"customer": str(subscription.customer)})
    chain.told()
    life.client.v1.invoices.pay(invoice, {"payment_method": method.id})
    assert chain.told() == [
        ("charge.succeeded", "1500"),
        ("payment_intent.succeeded", "succeeded 1500"),
        *paid(1500, "attempt_count", "attempted", next_payment_attempt="2026-02-17 10:00"),
        ("customer.subscription.pending_update_applied", "active"),
        (
            "customer.subscription.updated",
            "active",
            {
                "items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")],
                "pending_update": {
                    "billing_cycle_anchor": None,
                    "cancel_at_period_end": None,
                    "discount": None,
                    "discounts": None,
                    "expires_at": "2026-02-15 09:00",
                    "metadata": None,
                    "subscription_items": [(1, 5000, "2026-01-31 10:00", "2026-02-28 10:00")],
                    "trial_end": None,
                    "trial_from_plan": None,
                },
                "plan": "2000 a month",
            },
        ),
        ("customer.updated", "0", {"delinquent": True}),
        ("invoice_payment.paid", "1500"),
    ]


def test_an_upgrade_that_waits_for_its_payment_in_vain(
    life: Life, chain: Chain, subscription: stripe.Subscription
) -> None:
    pending(life, chain, subscription)
    chain.told()
    assert chain.after(MIDDLE + 23 * HOUR) == [
        ("invoice.voided", "void 1500"),
        ("payment_intent.canceled", "canceled 1500"),
        ("customer.subscription.pending_update_expired", "active"),
    ]


def test_a_downgrade_that_waits_for_the_renewal(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    change(life, subscription, items=item(subscription, price=life.price(500).id))
    assert chain.told() == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("invoiceitem.created", "250 Remaining time on Pro after 14 Feb 2026"),
        (
            "customer.subscription.updated",
            "active",
            {"items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")], "plan": "2000 a month"},
        ),
    ]
    chain.after(MONTH_END - 1)
    assert chain.after(MONTH_END) == [
        (
            "customer.subscription.updated",
            "active",
            {"items": [(1, 500, "2026-01-31 10:00", "2026-02-28 10:00")], "latest_invoice": "in#1"},
        ),
        ("invoice.created", "draft 0"),
    ]


def test_a_downgrade_that_is_given_back_at_once(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    cheap = life.price(500).id
    change(life, subscription, items=item(subscription, price=cheap), proration_behavior="always_invoice")
    assert chain.told() == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("invoiceitem.created", "250 Remaining time on Pro after 14 Feb 2026"),
        ("invoice.created", "draft 0"),
        ("customer.updated", "-750", {"balance": 0}),
        ("invoice.finalized", "open 0"),
        *paid(0, "amount_paid", "amount_remaining", "attempt_count"),
        (
            "customer.subscription.updated",
            "active",
            {
                "items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")],
                "latest_invoice": "in#1",
                "plan": "2000 a month",
            },
        ),
    ]
    chain.after(MONTH_END)
    assert chain.after(MONTH_END + HOUR) == [
        ("customer.updated", "-250", {"balance": -750}),
        ("invoice.finalized", "open 0"),
        *paid(0, "amount_paid", "amount_remaining", "attempt_count", next_payment_attempt="2026-02-28 11:00"),
    ]


def test_three_seats_instead_of_one(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    change(life, subscription, items=item(subscription, quantity=3))
    assert chain.told() == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("invoiceitem.created", "3000 Remaining time on 3 × Pro after 14 Feb 2026"),
        (
            "customer.subscription.updated",
            "active",
            {"items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")], "quantity": 1},
        ),
    ]


def test_an_item_is_added(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    change(life, subscription, items=[{"price": life.price(600).id}])
    assert chain.told() == [
        ("invoiceitem.created", "300 Remaining time on Pro after 14 Feb 2026"),
        (
            "customer.subscription.updated",
            "active",
            {"items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")], "plan": "2000 a month", "quantity": 1},
        ),
    ]


def test_an_item_is_removed(life: Life, chain: Chain) -> None:
    pro, extra = life.price(), life.price(600)
    made = life.subscribe(life.customer(), pro, items=[{"price": pro.id}, {"price": extra.id}])
    chain.after(MIDDLE)
    change(life, made, items=[{"id": made["items"].data[1].id, "deleted": True}])
    assert chain.told() == [
        ("invoiceitem.created", "-300 Unused time on Pro after 14 Feb 2026"),
        (
            "customer.subscription.updated",
            "active",
            {
                "items": [
                    (1, 2000, "2026-01-31 10:00", "2026-02-28 10:00"),
                    (1, 600, "2026-01-31 10:00", "2026-02-28 10:00"),
                ],
                "plan": None,
                "quantity": None,
            },
        ),
    ]


def test_a_yearly_price_instead_of_a_monthly_one(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    yearly = life.price(20000, interval="year").id
    change(life, subscription, items=item(subscription, price=yearly), proration_behavior="always_invoice")
    assert chain.told() == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("invoiceitem.created", "19233 Remaining time on Pro after 14 Feb 2026"),
        ("invoice.created", "draft 18233"),
        ("invoice.finalized", "open 18233"),
        *charged(18233),
        *paid(18233),
        ("invoice_payment.paid", "18233"),
        (
            "customer.subscription.updated",
            "active",
            {
                "items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")],
                "latest_invoice": "in#1",
                "plan": "2000 a month",
            },
        ),
    ]


def test_the_cycle_begins_anew(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    change(life, subscription, billing_cycle_anchor={"type": "now"})
    assert chain.told() == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("invoice.created", "draft 1000"),
        ("invoice.finalized", "open 1000"),
        *charged(1000),
        *paid(1000),
        ("invoice_payment.paid", "1000"),
        (
            "customer.subscription.updated",
            "active",
            {
                "billing_cycle_anchor": "2026-01-31 10:00",
                "items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")],
                "latest_invoice": "in#1",
            },
        ),
    ]


def test_metadata(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    change(life, subscription, metadata={"order": "7"})
    assert chain.told() == [("customer.subscription.updated", "active", {"metadata": {"order": None}})]


def test_a_trial_is_given_in_the_middle(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    change(life, subscription, trial_end=MIDDLE + 7 * DAY)
    assert chain.told() == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("invoice.created", "draft 0"),
        ("customer.updated", "-1000", {"balance": 0}),
        ("invoice.finalized", "open 0"),
        *paid(0, "amount_paid", "amount_remaining", "attempt_count"),
        (
            "customer.subscription.updated",
            "trialing",
            {
                "billing_cycle_anchor": "2026-01-31 10:00",
                "items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")],
                "latest_invoice": "in#1",
                "status": "active",
                "trial_end": None,
                "trial_start": None,
            },
        ),
    ]
