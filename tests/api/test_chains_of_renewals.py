"""The whole chains of events of renewals: paid, failed in each way, retried, ended (stripe-behaviour.md 3.5, 3.6)."""

import pytest
import stripe
from api.chains import Chain, Row, charged, declined, paid
from api.life import DAY, HOUR, Life
from control.api import Control

from mockbill.server import LocalServer

MONTH_END = 1_772_272_800  # 2026-02-28T10:00:00Z, when the first renewal is due
TRIED = MONTH_END + HOUR  # when it is first charged
DECLINING, SECURE, RISKY = "pm_card_chargeCustomerFail", "pm_card_authenticationRequired", "pm_card_riskLevelHighest"


@pytest.fixture
def control(server: LocalServer, account: str) -> Control:
    return Control(server.url, account)


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@pytest.fixture
def chain(life: Life) -> Chain:
    return Chain(life)


def subscribed(life: Life, chain: Chain, card: str | None) -> tuple[str, str]:
    """Ids of a customer and of her subscription a second before it renews; from now on this is her card."""
    customer = life.customer()
    subscription = life.subscribe(customer, life.price())
    chain.told()
    if card is None:
        life.client.v1.payment_methods.detach(str(customer.invoice_settings.default_payment_method))
    else:
        method = life.client.v1.payment_methods.attach(card, {"customer": customer.id})
        life.client.v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": method.id}})
    chain.after(MONTH_END - 1)
    return customer.id, subscription.id


RENEWED: list[Row] = [
    (
        "customer.subscription.updated",
        "active",
        {"items": [(1, 2000, "2026-01-31 10:00", "2026-02-28 10:00")], "latest_invoice": "in#1"},
    ),
    ("invoice.created", "draft 2000"),
]


def test_a_renewal_that_is_paid(life: Life, chain: Chain) -> None:
    subscribed(life, chain, "pm_card_visa")
    assert chain.after(MONTH_END) == RENEWED
    assert chain.after(TRIED) == [
        ("invoice.finalized", "open 2000"),
        *charged(2000),
        *paid(2000, next_payment_attempt="2026-02-28 11:00"),
        ("invoice_payment.paid", "2000"),
    ]


def test_each_attempt_with_a_card_that_is_declined_until_the_cancellation(life: Life, chain: Chain) -> None:
    subscribed(life, chain, DECLINING)
    assert chain.after(MONTH_END) == RENEWED
    assert chain.after(TRIED) == [
        ("invoice.finalized", "open 2000"),
        ("payment_intent.created", "requires_confirmation 2000"),
        *declined(2000),
        (
            "invoice.updated",
            "open 2000",
            {"attempt_count": 0, "attempted": False, "next_payment_attempt": "2026-02-28 11:00"},
        ),
        ("customer.subscription.updated", "past_due", {"status": "active"}),
        ("customer.updated", "0", {"delinquent": False}),
    ]
    assert chain.after(TRIED + 3 * DAY) == [
        *declined(2000),
        ("invoice.updated", "open 2000", {"attempt_count": 1, "next_payment_attempt": "2026-03-03 11:00"}),
    ]
    assert chain.after(TRIED + 8 * DAY) == [
        *declined(2000),
        ("invoice.updated", "open 2000", {"attempt_count": 2, "next_payment_attempt": "2026-03-08 11:00"}),
    ]
    assert chain.after(TRIED + 15 * DAY) == [
        *declined(2000),
        (
            "invoice.updated",
            "open 2000",
            {"attempt_count": 3, "auto_advance": True, "next_payment_attempt": "2026-03-15 11:00"},
        ),
        ("customer.subscription.deleted", "canceled"),
    ]


def test_a_card_that_is_not_worth_another_attempt(life: Life, chain: Chain, control: Control) -> None:
    control.post("settings", dunning="3d:cancel")
    subscribed(life, chain, RISKY)
    assert chain.after(MONTH_END) == RENEWED
    assert chain.after(TRIED) == [
        ("invoice.finalized", "open 2000"),
        ("payment_intent.created", "requires_confirmation 2000"),
        *declined(2000),
        (
            "invoice.updated",
            "open 2000",
            {"attempt_count": 0, "attempted": False, "next_payment_attempt": "2026-02-28 11:00"},
        ),
        ("customer.subscription.updated", "past_due", {"status": "active"}),
        ("customer.updated", "0", {"delinquent": False}),
    ]
    assert chain.after(TRIED + 3 * DAY) == [
        (
            "invoice.updated",
            "open 2000",
            {"attempt_count": 1, "auto_advance": True, "next_payment_attempt": "2026-03-03 11:00"},
        ),
        ("customer.subscription.deleted", "canceled"),
    ]


def test_a_card_that_asks_for_authentication(life: Life, chain: Chain, control: Control) -> None:
    control.post("settings", dunning="3d:cancel")
    subscribed(life, chain, SECURE)
    assert chain.after(MONTH_END) == RENEWED
    assert chain.after(TRIED) == [
        ("invoice.finalized", "open 2000"),
        ("payment_intent.created", "requires_confirmation 2000"),
        ("payment_intent.requires_action", "requires_action 2000"),
        ("invoice.payment_action_required", "open 2000"),
        ("invoice.payment_failed", "open 2000"),
        (
            "invoice.updated",
            "open 2000",
            {"attempt_count": 0, "attempted": False, "next_payment_attempt": "2026-02-28 11:00"},
        ),
        ("customer.subscription.updated", "past_due", {"status": "active"}),
        ("customer.updated", "0", {"delinquent": False}),
    ]
    assert chain.after(TRIED + 3 * DAY) == [
        (
            "invoice.updated",
            "open 2000",
            {"attempt_count": 1, "auto_advance": True, "next_payment_attempt": "2026-03-03 11:00"},
        ),
        ("customer.subscription.deleted", "canceled"),
    ]


def test_no_card_at_all(life: Life, chain: Chain, control: Control) -> None:
    control.post("settings", dunning="3d:cancel")
    subscribed(life, chain, None)
    assert chain.after(MONTH_END) == RENEWED
    assert chain.after(TRIED) == [
        ("invoice.finalized", "open 2000"),
        ("payment_intent.created", "requires_payment_method 2000"),
        ("invoice.payment_failed", "open 2000"),
        (
            "invoice.updated",
            "open 2000",
            {"attempt_count": 0, "attempted": False, "next_payment_attempt": "2026-02-28 11:00"},
        ),
        ("customer.subscription.updated", "past_due", {"status": "active"}),
        ("customer.updated", "0", {"delinquent": False}),
    ]
    assert chain.after(TRIED + 3 * DAY) == [
        (
            "invoice.updated",
            "open 2000",
            {"attempt_count": 1, "auto_advance": True, "next_payment_attempt": "2026-03-03 11:00"},
        ),
        ("customer.subscription.deleted", "canceled"),
    ]


def test_the_last_attempt_leaves_it_unpaid_and_later_invoices_are_drafts(
    life: Life, chain: Chain, control: Control
) -> None:
    control.post("settings", dunning="3d:unpaid")
    subscribed(life, chain, DECLINING)
    chain.after(TRIED)
    assert chain.after(TRIED + 3 * DAY) == [
        *declined(2000),
        (
            "invoice.updated",
            "open 2000",
            {"attempt_count": 1, "auto_advance": True, "next_payment_attempt": "2026-03-03 11:00"},
        ),
        ("customer.subscription.updated", "unpaid", {"status": "past_due"}),
    ]
    assert chain.after(MONTH_END + 31 * DAY + HOUR) == [
        ("invoice.upcoming", "draft 2000"),
        (
            "customer.subscription.updated",
            "unpaid",
            {"items": [(1, 2000, "2026-02-28 10:00", "2026-03-31 10:00")], "latest_invoice": "in#2"},
        ),
        ("invoice.created", "draft 2000"),
    ]


def test_the_last_attempt_leaves_it_past_due(life: Life, chain: Chain, control: Control) -> None:
    control.post("settings", dunning="3d:past_due")
    subscribed(life, chain, DECLINING)
    chain.after(TRIED)
    assert chain.after(TRIED + 3 * DAY) == [
        *declined(2000),
        (
            "invoice.updated",
            "open 2000",
            {"attempt_count": 1, "auto_advance": True, "next_payment_attempt": "2026-03-03 11:00"},
        ),
    ]


def test_the_last_attempt_pauses_it(life: Life, chain: Chain, control: Control) -> None:
    control.post("settings", dunning="3d:pause")
    subscribed(life, chain, DECLINING)
    chain.after(TRIED)
    assert chain.after(TRIED + 3 * DAY) == [
        *declined(2000),
        (
            "invoice.updated",
            "open 2000",
            {"attempt_count": 1, "auto_advance": True, "next_payment_attempt": "2026-03-03 11:00"},
        ),
        ("customer.subscription.paused", "paused"),
        ("customer.subscription.updated", "paused", {"status": "past_due", "status_details": None}),
    ]


def test_the_last_attempt_cancels_it_and_writes_the_invoice_off(life: Life, chain: Chain, control: Control) -> None:
    control.post("settings", dunning="3d:cancel:uncollectible")
    subscribed(life, chain, DECLINING)
    chain.after(TRIED)
    assert chain.after(TRIED + 3 * DAY) == [
        *declined(2000),
        (
            "invoice.updated",
            "open 2000",
            {"attempt_count": 1, "auto_advance": True, "next_payment_attempt": "2026-03-03 11:00"},
        ),
        ("customer.subscription.deleted", "canceled"),
        ("invoice.marked_uncollectible", "uncollectible 2000"),
    ]


def test_a_new_card_pays_at_the_next_attempt(life: Life, chain: Chain) -> None:
    customer, _ = subscribed(life, chain, DECLINING)
    chain.after(TRIED)
    method = life.client.v1.payment_methods.attach("pm_card_visa", {"customer": customer})
    life.client.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method.id}})
    assert chain.told() == [
        ("payment_method.attached", "card"),
        ("customer.updated", "0", {"invoice_settings": {"default_payment_method": "pm#1"}}),
    ]
    assert chain.after(TRIED + 3 * DAY) == [
        ("charge.succeeded", "2000"),
        ("payment_intent.succeeded", "succeeded 2000"),
        *paid(2000, "attempted", attempt_count=1, next_payment_attempt="2026-03-03 11:00"),
        ("customer.subscription.updated", "active", {"status": "past_due"}),
        ("customer.updated", "0", {"delinquent": True}),
        ("invoice_payment.paid", "2000"),
    ]


def test_the_customer_pays_before_the_next_attempt(life: Life, chain: Chain) -> None:
    customer, subscription = subscribed(life, chain, DECLINING)
    chain.after(TRIED)
    method = life.client.v1.payment_methods.attach("pm_card_visa", {"customer": customer})
    chain.told()
    invoice = life.subscription(subscription).latest_invoice
    life.client.v1.invoices.pay(invoice.id, {"payment_method": method.id})
    assert chain.told() == [
        ("charge.succeeded", "2000"),
        ("payment_intent.succeeded", "succeeded 2000"),
        *paid(2000, "attempt_count", "attempted", next_payment_attempt="2026-03-03 11:00"),
        ("customer.subscription.updated", "active", {"status": "past_due"}),
        ("customer.updated", "0", {"delinquent": True}),
        ("invoice_payment.paid", "2000"),
    ]
    assert chain.after(TRIED + 3 * DAY) == []


def test_a_renewal_that_is_paid_in_another_way(life: Life, chain: Chain) -> None:
    _, subscription = subscribed(life, chain, DECLINING)
    chain.after(TRIED)
    invoice = life.subscription(subscription).latest_invoice
    life.client.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert chain.told() == [
        (
            "invoice.updated",
            "paid 2000",
            {
                "amount_paid": 0,
                "amount_remaining": 2000,
                "auto_advance": True,
                "next_payment_attempt": "2026-03-03 11:00",
                "status": "open",
                "status_transitions": {"paid_at": None},
                "amount_paid_off_stripe": None,
            },
        ),
        ("invoice.paid", "paid 2000"),
        ("payment_intent.canceled", "canceled 2000"),
        ("customer.subscription.updated", "active", {"status": "past_due"}),
        ("customer.updated", "0", {"delinquent": True}),
    ]


def test_a_sent_renewal_that_nobody_pays(life: Life, chain: Chain) -> None:
    customer = life.customer(card=None)
    life.subscribe(customer, life.price(interval="year"), collection_method="send_invoice", days_until_due=10)
    [invoice] = life.client.v1.invoices.list({"customer": customer.id}).data
    chain.after(invoice.created + HOUR)
    assert chain.after(invoice.created + 10 * DAY) == [("invoice.will_be_due", "open 2000")]
    assert chain.after(invoice.created + 45 * DAY) == [
        ("customer.subscription.updated", "past_due", {"status": "active"}),
        ("customer.updated", "0", {"delinquent": False}),
        ("invoice.overdue", "open 2000"),
    ]
