"""The whole chains of events of subscription schedules, with what was there before (stripe-behaviour.md 3.11)."""

from typing import Any

import pytest
import stripe
from api.chains import Chain, Row, charged, declined, paid
from api.life import DAY, HOUR, START, Life
from control.api import Control

from mockbill.server import LocalServer

BEGINNING = START + DAY  # 2026-02-01 10:00
MIDDLE = START + 14 * DAY  # 14 of the 28 days from 31 January to 28 February are left
FEB = START + 28 * DAY
MAR = START + 59 * DAY
MONTH = {"duration": {"interval": "month"}}
JANUARY = ("2026-01-31 10:00", "2026-02-28 10:00")
MARCH = ("2026-02-28 10:00", "2026-03-31 10:00")


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
def price(life: Life) -> stripe.Price:
    return life.price()


@pytest.fixture
def subscription(life: Life, chain: Chain, price: stripe.Price) -> stripe.Subscription:
    """20.00 a month, in the middle of its first one."""
    made = life.subscribe(life.customer(), price)
    chain.after(MIDDLE)
    return made


def phase(price: stripe.Price, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"items": [{"price": price.id, "quantity": quantity}], **more}


def schedule(life: Life, **params: Any) -> stripe.SubscriptionSchedule:
    return life.client.v1.subscription_schedules.create(params)


def update(life: Life, made: stripe.SubscriptionSchedule, **params: Any) -> None:
    life.client.v1.subscription_schedules.update(made.id, params)


def collected(amount: int, drafted: str) -> list[Row]:
    """The hour of a draft is over, and the card pays."""
    return [
        ("invoice.finalized", f"open {amount}"),
        *charged(amount),
        *paid(amount, next_payment_attempt=drafted),
        ("invoice_payment.paid", f"{amount}"),
    ]


def test_a_schedule_through_its_phases(life: Life, chain: Chain, price: stripe.Price) -> None:
    gold = phase(price, 3, **MONTH, metadata={"tier": "gold"})
    customer = life.customer().id
    schedule(life, customer=customer, start_date=BEGINNING, end_behavior="cancel", phases=[phase(price, **MONTH), gold])
    assert chain.told() == [
        ("customer.updated", "0", {"currency": None}),
        ("subscription_schedule.created", "not_started"),
    ]
    assert chain.after(BEGINNING) == [
        ("customer.subscription.created", "active"),
        ("invoice.created", "draft 2000"),
        (
            "subscription_schedule.updated",
            "active",
            {"current_phase": None, "status": "not_started", "subscription": None},
        ),
    ]
    assert chain.after(BEGINNING + HOUR) == collected(2000, "2026-02-01 11:00")
    assert chain.after(FEB + DAY - 1) == [("invoice.upcoming", "draft 6000")]
    first = ("2026-02-01 10:00", "2026-03-01 10:00")
    assert chain.after(FEB + DAY) == [
        (
            "customer.subscription.updated",
            "active",
            {"items": [(1, 2000, *first)], "metadata": {"tier": None}, "quantity": 1},
        ),
        ("subscription_schedule.updated", "active", {"current_phase": first}),
        ("customer.subscription.updated", "active", {"items": [(3, 2000, *first)], "latest_invoice": "in#1"}),
        ("invoice.created", "draft 6000"),
    ]
    assert chain.after(FEB + DAY + HOUR) == collected(6000, "2026-03-01 11:00")
    assert chain.after(MAR - 7 * DAY) == []
    assert chain.after(MAR - 6 * DAY) == [("subscription_schedule.expiring", "active")]  # the end is on 1 April
    assert chain.after(MAR + DAY) == [
        ("customer.subscription.deleted", "canceled"),
        (
            "subscription_schedule.completed",
            "completed",
            {"completed_at": None, "current_phase": ("2026-03-01 10:00", "2026-04-01 10:00"), "status": "active"},
        ),
    ]


def test_a_schedule_that_lets_its_subscription_go_on(life: Life, chain: Chain, price: stripe.Price) -> None:
    schedule(life, customer=life.customer().id, start_date="now", phases=[phase(price)])
    assert chain.told() == [
        ("customer.updated", "0", {"currency": None}),
        ("customer.subscription.created", "active"),
        ("invoice.created", "draft 2000"),
        ("subscription_schedule.created", "active"),
    ]
    assert chain.after(START + HOUR) == collected(2000, "2026-01-31 11:00")
    assert chain.after(FEB - 1) == [
        ("subscription_schedule.expiring", "active"),
        ("invoice.upcoming", "draft 2000"),
    ]
    assert chain.after(FEB) == [
        ("customer.subscription.updated", "active", {"schedule": "sub_sched#1"}),
        (
            "subscription_schedule.completed",
            "completed",
            {"completed_at": None, "current_phase": JANUARY, "status": "active"},
        ),
        ("customer.subscription.updated", "active", {"items": [(1, 2000, *JANUARY)], "latest_invoice": "in#1"}),
        ("invoice.created", "draft 2000"),
    ]


def test_a_phase_that_begins_within_a_period(life: Life, chain: Chain, price: stripe.Price) -> None:
    """14 of 28 days are left: 10.00 are given back, 30.00 are charged."""
    larger = phase(price, 3, **MONTH, proration_behavior="always_invoice")
    schedule(life, customer=life.customer().id, start_date="now", phases=[phase(price, end_date=MIDDLE), larger])
    chain.after(MIDDLE - 1)
    assert chain.after(MIDDLE) == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("invoiceitem.created", "3000 Remaining time on 3 × Pro after 14 Feb 2026"),
        ("invoice.created", "draft 2000"),
        ("invoice.finalized", "open 2000"),
        *charged(2000),
        *paid(2000),
        ("invoice_payment.paid", "2000"),
        (
            "customer.subscription.updated",
            "active",
            {"items": [(1, 2000, *JANUARY)], "latest_invoice": "in#1", "quantity": 1},
        ),
        (
            "subscription_schedule.updated",
            "active",
            {"current_phase": ("2026-01-31 10:00", "2026-02-14 10:00")},
        ),
    ]


def test_a_downgrade_that_waits_for_the_renewal(
    life: Life, chain: Chain, price: stripe.Price, subscription: stripe.Subscription
) -> None:
    made = schedule(life, from_subscription=subscription.id)
    assert chain.told() == [
        ("subscription_schedule.created", "active"),
        ("customer.subscription.updated", "active", {"schedule": None}),
    ]
    cheap = life.price(500)
    update(life, made, phases=[phase(price, start_date=START, end_date=FEB), phase(cheap, **MONTH)])
    [told] = chain.told()
    assert told[:2] == ("subscription_schedule.updated", "active")
    assert told[2]["phases"] == [(*JANUARY, 1)]
    assert chain.after(FEB - 1) == [("invoice.upcoming", "draft 500")]
    assert chain.after(FEB) == [
        (
            "customer.subscription.updated",
            "active",
            {"items": [(1, 2000, *JANUARY)], "plan": "2000 a month"},
        ),
        ("subscription_schedule.updated", "active", {"current_phase": JANUARY}),
        ("customer.subscription.updated", "active", {"items": [(1, 500, *JANUARY)], "latest_invoice": "in#1"}),
        ("invoice.created", "draft 500"),
    ]


def test_a_change_of_the_current_phase(
    life: Life, chain: Chain, price: stripe.Price, subscription: stripe.Subscription
) -> None:
    made = schedule(life, from_subscription=subscription.id)
    chain.told()
    update(life, made, phases=[phase(price, 2, start_date=START, end_date=FEB)])
    told = chain.told()
    assert told[:-1] == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("invoiceitem.created", "2000 Remaining time on 2 × Pro after 14 Feb 2026"),
        ("customer.subscription.updated", "active", {"items": [(1, 2000, *JANUARY)], "quantity": 1}),
    ]
    assert told[-1][0] == "subscription_schedule.updated"
    assert told[-1][2]["phases"] == [(*JANUARY, 1)]
    one = subscription["items"].data[0].id
    how: Any = {"items": [{"id": one, "quantity": 5}], "proration_behavior": "none"}
    life.client.v1.subscriptions.update(subscription.id, how)
    assert chain.told() == [
        ("customer.subscription.updated", "active", {"items": [(2, 2000, *JANUARY)], "quantity": 2}),
        ("subscription_schedule.updated", "active", {"phases": [(*JANUARY, 2)]}),
    ]


def test_a_release(life: Life, chain: Chain, price: stripe.Price, subscription: stripe.Subscription) -> None:
    made = schedule(life, from_subscription=subscription.id)
    update(life, made, end_behavior="cancel")
    chain.told()
    life.client.v1.subscription_schedules.release(made.id)
    assert chain.told() == [
        (
            "subscription_schedule.released",
            "released",
            {
                "current_phase": JANUARY,
                "released_at": None,
                "released_subscription": None,
                "status": "active",
                "subscription": "sub#1",
            },
        ),
        (
            "customer.subscription.updated",
            "active",
            {
                "cancel_at": "2026-02-28 10:00",
                "canceled_at": "2026-02-14 10:00",
                "cancellation_details": {"reason": "cancellation_requested"},
                "schedule": "sub_sched#1",
            },
        ),
    ]


CANCELED = (
    "subscription_schedule.canceled",
    "canceled",
    {"canceled_at": None, "current_phase": JANUARY, "status": "active"},
)


def test_a_cancellation_gives_back_what_is_left(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    made = schedule(life, from_subscription=subscription.id)
    chain.told()
    life.client.v1.subscription_schedules.cancel(made.id)
    assert chain.told() == [
        ("invoiceitem.created", "-1000 Unused time on Pro after 14 Feb 2026"),
        ("invoice.created", "draft 0"),
        ("customer.updated", "-1000", {"balance": 0}),
        ("invoice.finalized", "open 0"),
        (
            "invoice.updated",
            "paid 0",
            {"attempted": False, "auto_advance": True, "status": "open", "status_transitions": {"paid_at": None}},
        ),
        ("invoice.paid", "paid 0"),
        ("invoice.payment_succeeded", "paid 0"),
        ("customer.subscription.deleted", "canceled"),
        CANCELED,
    ]


def test_a_cancellation_that_bills_nothing(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    made = schedule(life, from_subscription=subscription.id)
    chain.told()
    life.client.v1.subscription_schedules.cancel(made.id, {"invoice_now": False, "prorate": False})
    assert chain.told() == [("customer.subscription.deleted", "canceled"), CANCELED]


def test_a_cancellation_of_what_has_not_begun(life: Life, chain: Chain, price: stripe.Price) -> None:
    """As recorded: the event holds what was there before."""
    made = schedule(life, customer=life.customer().id, start_date=FEB, phases=[phase(price)])
    chain.told()
    life.client.v1.subscription_schedules.cancel(made.id)
    assert chain.told() == [
        ("subscription_schedule.canceled", "canceled", {"canceled_at": None, "status": "not_started"})
    ]
    assert chain.after(MAR) == []


def test_the_subscription_takes_its_schedule_along(life: Life, chain: Chain, subscription: stripe.Subscription) -> None:
    schedule(life, from_subscription=subscription.id)
    chain.told()
    life.client.v1.subscriptions.cancel(subscription.id)
    assert chain.told() == [("customer.subscription.deleted", "canceled"), CANCELED]


def test_a_schedule_whose_subscription_is_not_paid_for_is_aborted(
    life: Life, chain: Chain, control: Control, price: stripe.Price
) -> None:
    control.post("settings", dunning="1d:cancel")
    customer = life.customer("pm_card_chargeCustomerFail").id
    schedule(life, customer=customer, start_date="now", phases=[phase(price, **MONTH)])
    chain.told()
    first = chain.after(START + HOUR)
    assert first[:2] == [("invoice.finalized", "open 2000"), ("payment_intent.created", "requires_confirmation 2000")]
    assert first[2:5] == declined(2000)
    assert [row[0] for row in first[5:]] == ["invoice.updated", "customer.subscription.updated", "customer.updated"]
    assert chain.after(START + HOUR + DAY)[-2:] == [
        ("customer.subscription.deleted", "canceled"),
        (
            "subscription_schedule.aborted",
            "canceled",
            {"canceled_at": None, "current_phase": JANUARY, "status": "active"},
        ),
    ]
