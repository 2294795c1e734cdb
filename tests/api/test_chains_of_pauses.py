"""The whole chains of events of pauses of collection and of whole subscriptions (stripe-behaviour.md 3.9)."""

from typing import Any

import pytest
import stripe
from api.chains import Chain, declined, paid
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


def spoil_card(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    method = life.client.v1.payment_methods.attach(DECLINING, {"customer": subscription.customer})
    params: Any = {"invoice_settings": {"default_payment_method": method.id}}
    life.client.v1.customers.update(subscription.customer, params)
    chain.told()


def test_collection_pauses_and_its_invoices_stay_drafts(
    life: Life, chain: Chain, subscription: stripe.Subscription
) -> None:
    change(life, subscription, pause_collection={"behavior": "keep_as_draft"})
    assert chain.told() == [("customer.subscription.updated", "active", {"pause_collection": None})]
    assert chain.after(MONTH_END + HOUR) == [
        (
            "customer.subscription.updated",
            "active",
            {"items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")], "latest_invoice": "in#1"},
        ),
        ("invoice.created", "draft 2000"),
    ]
    change(life, subscription, pause_collection="")
    assert chain.told() == [
        (
            "customer.subscription.updated",
            "active",
            {"pause_collection": {"behavior": "keep_as_draft", "resumes_at": None}},
        )
    ]


def test_collection_pauses_and_its_invoices_are_written_off(
    life: Life, chain: Chain, subscription: stripe.Subscription
) -> None:
    change(life, subscription, pause_collection={"behavior": "mark_uncollectible"})
    assert chain.told() == [("customer.subscription.updated", "active", {"pause_collection": None})]
    assert chain.after(MONTH_END + HOUR) == [
        (
            "customer.subscription.updated",
            "active",
            {"items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")], "latest_invoice": "in#1"},
        ),
        ("invoice.created", "draft 2000"),
        ("invoice.finalized", "open 2000"),
        ("invoice.marked_uncollectible", "uncollectible 2000"),
    ]


def test_collection_pauses_and_its_invoices_are_voided(
    life: Life, chain: Chain, subscription: stripe.Subscription
) -> None:
    change(life, subscription, pause_collection={"behavior": "void"})
    assert chain.told() == [("customer.subscription.updated", "active", {"pause_collection": None})]
    assert chain.after(MONTH_END + HOUR) == [
        (
            "customer.subscription.updated",
            "active",
            {"items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")], "latest_invoice": "in#1"},
        ),
        ("invoice.created", "draft 2000"),
        ("invoice.finalized", "open 2000"),
        ("invoice.voided", "void 2000"),
    ]


def test_collection_resumes_by_itself(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    change(life, subscription, pause_collection={"behavior": "void", "resumes_at": MIDDLE + DAY})
    assert chain.told() == [("customer.subscription.updated", "active", {"pause_collection": None})]
    assert chain.after(MIDDLE + DAY) == [
        (
            "customer.subscription.updated",
            "active",
            {"pause_collection": {"behavior": "void", "resumes_at": "2026-02-15 10:00"}},
        )
    ]


def test_a_pause_and_a_resumption_in_a_new_cycle(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    life.client.v1.subscriptions.pause(subscription.id, {"type": "subscription"})
    assert chain.told() == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("customer.subscription.paused", "paused"),
        ("customer.subscription.updated", "paused", {"status": "active", "status_details": None}),
    ]
    assert chain.after(MONTH_END + DAY) == []
    life.client.v1.subscriptions.resume(subscription.id)
    assert chain.told() == [
        ("invoice.created", "draft 1000"),
        (
            "customer.subscription.updated",
            "paused",
            {
                "billing_cycle_anchor": "2026-01-31 10:00",
                "items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")],
                "latest_invoice": "in#1",
            },
        ),
        ("invoice.finalized", "open 1000"),
        ("payment_intent.created", "requires_confirmation 1000"),
    ]
    assert chain.after(MONTH_END + DAY + HOUR) == [
        ("charge.succeeded", "1000"),
        ("payment_intent.succeeded", "succeeded 1000"),
        *paid(1000, next_payment_attempt="2026-03-01 11:00"),
        ("customer.subscription.resumed", "active"),
        (
            "customer.subscription.updated",
            "active",
            {
                "status": "paused",
                "status_details": {
                    "paused": {
                        "subscription": {"type": "pause_requested"},
                        "transitioned_at": "2026-02-14 10:00",
                        "type": "subscription",
                    }
                },
            },
        ),
        ("invoice_payment.paid", "1000"),
    ]


def test_a_pause_that_bills_at_once(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    unused: Any = {"unused_time_from": {"type": "now"}}
    life.client.v1.subscriptions.pause(
        subscription.id, {"type": "subscription", "bill_for": unused, "invoicing_behavior": "invoice"}
    )
    assert chain.told() == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("invoice.created", "draft 0"),
        ("customer.updated", "-1000", {"balance": 0}),
        ("invoice.finalized", "open 0"),
        *paid(0, "amount_paid", "amount_remaining", "attempt_count"),
        ("customer.subscription.paused", "paused"),
        (
            "customer.subscription.updated",
            "paused",
            {"latest_invoice": "in#1", "status": "active", "status_details": None},
        ),
    ]


def test_a_resumption_in_the_old_cycle(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    life.client.v1.subscriptions.pause(subscription.id, {"type": "subscription"})
    chain.after(MIDDLE + 7 * DAY)
    life.client.v1.subscriptions.resume(subscription.id, {"billing_cycle_anchor": {"type": "unchanged"}})
    assert chain.told() == [
        ("invoiceitem.created", "500 Remaining time on Pro after 21 Feb 2026"),
        ("customer.subscription.resumed", "active"),
        (
            "customer.subscription.updated",
            "active",
            {
                "status": "paused",
                "status_details": {
                    "paused": {
                        "subscription": {"type": "pause_requested"},
                        "transitioned_at": "2026-02-14 10:00",
                        "type": "subscription",
                    }
                },
            },
        ),
    ]


def test_a_resumption_that_waits_for_its_payment(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    life.client.v1.subscriptions.pause(subscription.id, {"type": "subscription"})
    spoil_card(life, chain, subscription)
    life.client.v1.subscriptions.resume(subscription.id, {"payment_behavior": "resume_on_payment_success"})
    assert chain.told() == [
        ("invoice.created", "draft 1000"),
        (
            "customer.subscription.updated",
            "paused",
            {
                "billing_cycle_anchor": "2026-01-31 10:00",
                "items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")],
                "latest_invoice": "in#1",
            },
        ),
        ("invoice.finalized", "open 1000"),
        ("payment_intent.created", "requires_confirmation 1000"),
        *declined(1000),
        ("invoice.updated", "open 1000", {"attempt_count": 0, "attempted": False, "next_payment_attempt": None}),
        ("customer.updated", "0", {"delinquent": False}),
    ]
    method = life.client.v1.payment_methods.attach("pm_card_visa", {"customer": str(subscription.customer)})
    chain.told()
    invoice = life.subscription(subscription.id).latest_invoice
    life.client.v1.invoices.pay(invoice.id, {"payment_method": method.id})
    assert chain.told() == [
        ("charge.succeeded", "1000"),
        ("payment_intent.succeeded", "succeeded 1000"),
        *paid(1000, "attempt_count", "attempted", next_payment_attempt="2026-02-17 10:00"),
        ("customer.subscription.resumed", "active"),
        (
            "customer.subscription.updated",
            "active",
            {
                "status": "paused",
                "status_details": {
                    "paused": {
                        "subscription": {"type": "pause_requested"},
                        "transitioned_at": "2026-02-14 10:00",
                        "type": "subscription",
                    }
                },
            },
        ),
        ("customer.updated", "0", {"delinquent": True}),
        ("invoice_payment.paid", "1000"),
    ]
