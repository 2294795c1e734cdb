"""The whole chain of events of a metered month: begun, used, renewed, finalized, paid (stripe-behaviour.md 3.15)."""

import pytest
import stripe
from api.chains import Chain, charged, paid
from api.life import HOUR, Life
from api.usage import NEXT_MONTH, meter, metered, report


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@pytest.fixture
def chain(life: Life) -> Chain:
    return Chain(life)


def test_a_metered_month(life: Life, chain: Chain) -> None:
    calls = meter(life)
    customer, price = life.customer(), metered(life, calls)
    life.subscribe(customer, price)
    assert chain.told() == [
        ("customer.updated", "0", {"currency": None}),
        ("customer.subscription.created", "active"),
    ]
    report(life, customer.id, 25)
    assert chain.told() == []  # of usage itself nothing is told
    assert chain.after(NEXT_MONTH - 1) == [("invoice.upcoming", "draft 100")]
    assert chain.after(NEXT_MONTH) == [
        (
            "customer.subscription.updated",
            "active",
            {"items": [(None, 4, "2026-01-31 10:00", "2026-02-28 10:00")], "latest_invoice": None},
        ),
        ("invoice.created", "draft 100"),
    ]
    report(life, customer.id, 5, timestamp=NEXT_MONTH - 1)
    [(type, glance, before)] = chain.told()
    assert (type, glance) == ("invoice.updated", "draft 120")
    assert before.keys() == {"amount_due", "amount_remaining", "lines", "subtotal", "subtotal_excluding_tax", "total",
                             "total_excluding_tax"}  # fmt: skip
    assert (before["amount_due"], before["lines"]["data"][0]["quantity"]) == (100, 25)
    assert chain.after(NEXT_MONTH + HOUR) == [
        ("invoice.finalized", "open 120"),
        *charged(120),
        *paid(120, next_payment_attempt="2026-02-28 11:00"),
        ("invoice_payment.paid", "120"),
    ]


def test_a_cancellation_with_usage_to_bill(life: Life, chain: Chain) -> None:
    customer, price = life.customer(), metered(life, meter(life))
    subscription = life.subscribe(customer, price)
    report(life, customer.id, 25)
    chain.told()
    life.client.v1.subscriptions.cancel(subscription.id, {"invoice_now": True})
    told = chain.told()
    assert [row[:2] for row in told if row[0].startswith(("invoice.", "customer.subscription"))] == [
        ("invoice.created", "draft 100"),
        ("invoice.finalized", "open 100"),
        ("invoice.updated", "paid 100"),
        ("invoice.paid", "paid 100"),
        ("invoice.payment_succeeded", "paid 100"),
        ("customer.subscription.deleted", "canceled"),
    ]
