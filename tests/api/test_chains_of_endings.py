"""The whole chains of events of each kind of cancellation and of invoices that are voided (stripe-behaviour.md 3.8)."""

from typing import Any

import pytest
import stripe
from api.chains import Chain, charged, paid
from api.life import DAY, HOUR, START, Life
from control.api import Control

from mockbill.server import LocalServer

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
def control(server: LocalServer, account: str) -> Control:
    return Control(server.url, account)


@pytest.fixture
def subscription(life: Life, chain: Chain) -> stripe.Subscription:
    """20.00 a month, in the middle of its first one."""
    made = life.subscribe(life.customer(), life.price())
    chain.after(MIDDLE)
    return made


def cancel(life: Life, subscription: stripe.Subscription, **params: Any) -> None:
    life.client.v1.subscriptions.cancel(subscription.id, params)


def change(life: Life, subscription: stripe.Subscription, **params: Any) -> None:
    life.client.v1.subscriptions.update(subscription.id, params)


def unpaid_renewal(life: Life, chain: Chain, subscription: stripe.Subscription) -> str:
    """The invoice of the first renewal, which the card did not pay."""
    method = life.client.v1.payment_methods.attach(DECLINING, {"customer": str(subscription.customer)})
    params: Any = {"invoice_settings": {"default_payment_method": method.id}}
    life.client.v1.customers.update(str(subscription.customer), params)
    chain.after(MONTH_END + HOUR)
    return str(life.subscription(subscription.id).latest_invoice.id)


def test_a_cancellation_at_once(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    cancel(life, subscription)
    assert chain.told() == [("customer.subscription.deleted", "canceled")]
    assert chain.after(MONTH_END + HOUR) == []


def test_a_cancellation_that_drops_the_prorations_that_wait(
    life: Life, chain: Chain, subscription: stripe.Subscription
) -> None:
    change(life, subscription, items=[{"id": subscription["items"].data[0].id, "quantity": 2}])
    chain.told()
    cancel(life, subscription)
    assert chain.told() == [
        ("invoiceitem.deleted", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("invoiceitem.deleted", "2000 Remaining time on 2 × Pro after 14 Feb 2026"),
        ("customer.subscription.deleted", "canceled"),
    ]


def test_a_cancellation_that_gives_back_what_is_unused(
    life: Life, chain: Chain, subscription: stripe.Subscription
) -> None:
    cancel(life, subscription, prorate=True)
    assert chain.told() == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("customer.subscription.deleted", "canceled"),
    ]


def test_a_cancellation_with_a_last_invoice(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    cancel(life, subscription, prorate=True, invoice_now=True)
    assert chain.told() == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("invoice.created", "draft 0"),
        ("customer.updated", "-1000", {"balance": 0}),
        ("invoice.finalized", "open 0"),
        *paid(0, "amount_paid", "amount_remaining", "attempt_count"),
        ("customer.subscription.deleted", "canceled"),
    ]


def test_a_cancellation_that_bills_what_waits(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    change(life, subscription, items=[{"id": subscription["items"].data[0].id, "quantity": 2}])
    chain.told()
    cancel(life, subscription, invoice_now=True)
    assert chain.told() == [
        ("invoice.created", "draft 1000"),
        ("invoice.finalized", "open 1000"),
        *charged(1000),
        *paid(1000),
        ("invoice_payment.paid", "1000"),
        ("customer.subscription.deleted", "canceled"),
    ]


def test_a_cancellation_at_the_end_of_the_period(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    change(life, subscription, cancel_at_period_end=True)
    assert chain.told() == [
        (
            "customer.subscription.updated",
            "active",
            {
                "cancel_at": None,
                "cancel_at_period_end": False,
                "canceled_at": None,
                "cancellation_details": {"reason": None},
            },
        )
    ]
    assert chain.after(MONTH_END - 1) == []
    assert chain.after(MONTH_END) == [("customer.subscription.deleted", "canceled")]
    assert chain.after(MONTH_END + HOUR) == []


def test_a_cancellation_that_is_taken_back(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    change(life, subscription, cancel_at_period_end=True)
    chain.told()
    change(life, subscription, cancel_at_period_end=False)
    assert chain.told() == [
        (
            "customer.subscription.updated",
            "active",
            {
                "cancel_at": "2026-02-28 10:00",
                "cancel_at_period_end": True,
                "canceled_at": "2026-02-14 10:00",
                "cancellation_details": {"reason": "cancellation_requested"},
            },
        )
    ]
    chain.after(MONTH_END - 1)
    assert chain.after(MONTH_END) == [
        (
            "customer.subscription.updated",
            "active",
            {"items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")], "latest_invoice": "in#1"},
        ),
        ("invoice.created", "draft 2000"),
    ]


def test_a_cancellation_within_the_period(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    change(life, subscription, cancel_at=MIDDLE + 7 * DAY)
    assert chain.told() == [
        (
            "customer.subscription.updated",
            "active",
            {
                "cancel_at": None,
                "canceled_at": None,
                "cancellation_details": {"reason": None},
                "items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")],
            },
        ),
        ("invoiceitem.created", "-500 Unused time on Pro after 21 Feb 2026"),
    ]
    assert chain.after(MIDDLE + 7 * DAY) == [
        ("invoice.created", "draft 0"),
        ("customer.subscription.deleted", "canceled"),
    ]
    assert chain.after(MIDDLE + 7 * DAY + HOUR) == [
        ("customer.updated", "-500", {"balance": 0}),
        ("invoice.finalized", "open 0"),
        *paid(0, "amount_paid", "amount_remaining", "attempt_count", next_payment_attempt="2026-02-21 11:00"),
    ]


def test_a_cancellation_within_the_period_that_gives_nothing_back(
    life: Life, chain: Chain, subscription: stripe.Subscription
) -> None:
    change(life, subscription, cancel_at=MIDDLE + 7 * DAY, proration_behavior="none")
    assert chain.told() == [
        (
            "customer.subscription.updated",
            "active",
            {
                "cancel_at": None,
                "canceled_at": None,
                "cancellation_details": {"reason": None},
                "items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")],
            },
        )
    ]
    assert chain.after(MIDDLE + 7 * DAY) == [("customer.subscription.deleted", "canceled")]


def test_a_cancellation_beyond_the_period(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    change(life, subscription, cancel_at=MONTH_END + 10 * DAY)
    assert chain.told() == [
        (
            "customer.subscription.updated",
            "active",
            {"cancel_at": None, "canceled_at": None, "cancellation_details": {"reason": None}},
        )
    ]
    chain.after(MONTH_END - 1)
    assert chain.after(MONTH_END) == [
        (
            "customer.subscription.updated",
            "active",
            {"items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")], "latest_invoice": "in#1"},
        ),
        ("invoice.created", "draft 645"),
    ]
    assert chain.after(MONTH_END + HOUR) == [
        ("invoice.finalized", "open 645"),
        *charged(645),
        *paid(645, next_payment_attempt="2026-02-28 11:00"),
        ("invoice_payment.paid", "645"),
    ]
    assert chain.after(MONTH_END + 10 * DAY) == [("customer.subscription.deleted", "canceled")]


def test_the_cancellation_of_one_that_was_never_paid(life: Life, chain: Chain) -> None:
    made = life.subscribe(life.customer(DECLINING), life.price())
    chain.told()
    cancel(life, made)
    assert chain.told() == [("customer.subscription.deleted", "canceled")]
    assert chain.after(START + 23 * HOUR) == []


def test_the_cancellation_of_one_that_is_past_due(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    unpaid_renewal(life, chain, subscription)
    cancel(life, subscription)
    assert chain.told() == [("customer.subscription.deleted", "canceled")]
    assert chain.after(MONTH_END + HOUR + 3 * DAY) == []


def test_the_cancellation_of_a_trial(life: Life, chain: Chain) -> None:
    made = life.subscribe(life.customer(), life.price(), trial_period_days=14)
    chain.told()
    cancel(life, made)
    assert chain.told() == [("customer.subscription.deleted", "canceled")]


def test_a_customer_is_deleted(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    life.client.v1.customers.delete(str(subscription.customer))
    assert chain.told() == [
        ("customer.subscription.deleted", "canceled"),
        ("payment_method.detached", "card", {"customer": "cus#1"}),
        ("customer.updated", "0", {"invoice_settings": {"default_payment_method": "pm#1"}}),
        ("customer.deleted", "0"),
    ]


def test_the_first_invoice_is_voided(life: Life, chain: Chain) -> None:
    made = life.subscribe(life.customer(DECLINING), life.price())
    chain.told()
    life.client.v1.invoices.void_invoice(made.latest_invoice.id)
    assert chain.told() == [
        ("invoice.voided", "void 2000"),
        ("payment_intent.canceled", "canceled 2000"),
        ("customer.updated", "0", {"delinquent": True}),
        ("customer.subscription.updated", "incomplete_expired", {"ended_at": None, "status": "incomplete"}),
    ]
    assert chain.after(START + 23 * HOUR) == []


def test_a_later_invoice_is_voided(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    invoice = unpaid_renewal(life, chain, subscription)
    life.client.v1.invoices.void_invoice(invoice)
    assert chain.told() == [
        ("invoice.voided", "void 2000"),
        ("payment_intent.canceled", "canceled 2000"),
        ("customer.updated", "0", {"delinquent": True}),
        ("customer.subscription.updated", "active", {"status": "past_due"}),
    ]
    assert chain.after(MONTH_END + HOUR + 3 * DAY) == []


def test_the_later_of_two_unpaid_invoices_is_voided(
    life: Life, chain: Chain, subscription: stripe.Subscription, control: Control
) -> None:
    control.post("settings", dunning="3d:past_due")
    unpaid_renewal(life, chain, subscription)
    chain.after(MONTH_END + 31 * DAY + HOUR)
    invoice = life.subscription(subscription.id).latest_invoice
    life.client.v1.invoices.void_invoice(invoice.id)
    assert chain.told() == [
        ("invoice.voided", "void 2000"),
        ("payment_intent.canceled", "canceled 2000"),
    ]


def test_an_invoice_is_written_off(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    invoice = unpaid_renewal(life, chain, subscription)
    life.client.v1.invoices.mark_uncollectible(invoice)
    assert chain.told() == [
        ("invoice.marked_uncollectible", "uncollectible 2000"),
        ("customer.subscription.updated", "active", {"status": "past_due"}),
        ("customer.updated", "0", {"delinquent": True}),
    ]


def test_one_of_two_unpaid_invoices_is_paid(
    life: Life, chain: Chain, subscription: stripe.Subscription, control: Control
) -> None:
    control.post("settings", dunning="3d:past_due")
    first = unpaid_renewal(life, chain, subscription)
    chain.after(MONTH_END + 31 * DAY + HOUR)
    life.client.v1.invoices.pay(first, {"paid_out_of_band": True})
    assert chain.told() == [
        (
            "invoice.updated",
            "paid 2000",
            {
                "amount_paid": 0,
                "amount_remaining": 2000,
                "status": "open",
                "status_transitions": {"paid_at": None},
                "amount_paid_off_stripe": None,
            },
        ),
        ("invoice.paid", "paid 2000"),
        ("payment_intent.canceled", "canceled 2000"),
        ("customer.updated", "0", {"delinquent": True}),
    ]


def test_an_invoice_that_took_credit_is_voided(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    customer = str(subscription.customer)
    life.client.v1.customers.balance_transactions.create(customer, {"amount": -500, "currency": "usd"})
    assert chain.told() == [("customer.updated", "-500", {"balance": 0})]
    invoice = unpaid_renewal(life, chain, subscription)
    life.client.v1.invoices.void_invoice(invoice)
    assert chain.told() == [
        ("customer.updated", "-500", {"balance": 0}),
        ("invoice.voided", "void 1500"),
        ("payment_intent.canceled", "canceled 1500"),
        ("customer.updated", "-500", {"delinquent": True}),
        ("customer.subscription.updated", "active", {"status": "past_due"}),
    ]
