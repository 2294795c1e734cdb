"""Cancellations of every kind: now, with credit, with a last invoice, at any date, taken back; whole event chains."""

from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, Life, advance

JUN = 1_780_272_000  # 2026-06-01T00:00:00Z, of a month of 30 days


def at(month: int, day: int = 1, year: int = 2026) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client, JUN)


def subscribe(life: Life, amount: int = 3000, **params: Any) -> stripe.Subscription:
    subscription = life.subscribe(life.customer(), life.price(amount), **params)
    life.events()
    return subscription


def update(life: Life, subscription: stripe.Subscription, **params: Any) -> stripe.Subscription:
    return life.client.v1.subscriptions.update(subscription.id, params)


def cancel(life: Life, subscription: stripe.Subscription, **params: Any) -> stripe.Subscription:
    return life.client.v1.subscriptions.cancel(subscription.id, params)


def waiting(life: Life, subscription: stripe.Subscription) -> list[tuple[int, str]]:
    items = life.client.v1.invoice_items.list({"customer": subscription.customer, "pending": True}).data
    return [(item.amount, item.description) for item in reversed(items)]


def ends(subscription: stripe.Subscription) -> list[int]:
    return [item.current_period_end for item in subscription["items"].data]


def test_canceling_now_gives_nothing_back(life: Life) -> None:
    subscription = subscribe(life)
    life.advance_to(at(6, 11))
    details = {"feedback": "too_expensive", "comment": "Bye"}
    canceled = cancel(life, subscription, cancellation_details=details)
    assert (canceled.status, canceled.canceled_at, canceled.ended_at) == ("canceled", at(6, 11), at(6, 11))
    assert canceled.cancellation_details.to_dict() == {
        "comment": "Bye",
        "feedback": "too_expensive",
        "feedback_option": None,
        "reason": "cancellation_requested",
    }
    assert waiting(life, subscription) == []
    assert life.events() == ["customer.subscription.deleted"]


def test_prorate_leaves_the_unused_time_as_credit_that_waits(life: Life) -> None:
    subscription = subscribe(life)
    life.advance_to(at(6, 11))  # 20 of 30 days are left
    cancel(life, subscription, prorate=True)
    assert waiting(life, subscription) == [(-2000, "Unused time on Pro after 11 Jun 2026")]
    assert life.events() == ["invoiceitem.created", "customer.subscription.deleted"]


def test_invoice_now_turns_the_credit_into_balance(life: Life) -> None:
    subscription = subscribe(life)
    life.advance_to(at(6, 11))
    canceled = cancel(life, subscription, prorate=True, invoice_now=True)
    last = life.client.v1.invoices.retrieve(canceled.latest_invoice)
    assert (last.status, last.total, last.amount_due, last.ending_balance) == ("paid", -2000, 0, -2000)
    assert life.client.v1.customers.retrieve(subscription.customer).balance == -2000
    assert waiting(life, subscription) == []
    assert life.events() == [
        "invoiceitem.created",
        "invoice.created",
        "customer.updated",
        "invoice.finalized",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.deleted",
    ]


def test_invoice_now_bills_what_waits_of_a_change_and_nothing_else(life: Life) -> None:
    subscription = subscribe(life)
    item = subscription["items"].data[0].id
    life.client.v1.invoice_items.create({"customer": subscription.customer, "amount": 500, "currency": "usd"})
    life.advance_to(at(6, 16))  # half of the month
    update(life, subscription, items=[{"id": item, "quantity": 3}])
    life.events()
    canceled = cancel(life, subscription, invoice_now=True)
    last = life.client.v1.invoices.retrieve(canceled.latest_invoice)
    assert [line.amount for line in last.lines.data] == [-1500, 4500]
    assert (last.status, last.amount_paid) == ("paid", 3000)
    assert waiting(life, subscription) == [(500, None)]
    assert life.events() == [
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "customer.subscription.deleted",
    ]


def test_a_last_invoice_that_cannot_be_paid_stays_open_and_is_not_retried(life: Life) -> None:
    subscription = subscribe(life)
    life.advance_to(at(6, 16))
    update(life, subscription, items=[{"id": subscription["items"].data[0].id, "quantity": 3}])
    life.use_card(subscription.customer, "pm_card_chargeCustomerFail")
    canceled = cancel(life, subscription, invoice_now=True)
    last = life.client.v1.invoices.retrieve(canceled.latest_invoice)
    assert (canceled.status, last.status, last.auto_advance) == ("canceled", "open", False)
    assert "customer.subscription.updated" not in life.events()
    assert life.advance(20 * DAY) == []


def test_what_waits_of_a_change_is_dropped_and_the_credit_is_for_what_was_billed(life: Life) -> None:
    subscription = subscribe(life)
    life.advance_to(at(6, 16))
    update(life, subscription, items=[{"id": subscription["items"].data[0].id, "quantity": 3}])
    life.events()
    cancel(life, subscription, prorate=True)
    assert waiting(life, subscription) == [(-1500, "Unused time on Pro after 16 Jun 2026")]
    assert life.events() == [
        "invoiceitem.deleted",
        "invoiceitem.deleted",
        "invoiceitem.created",
        "customer.subscription.deleted",
    ]


def test_a_date_inside_the_period_shortens_it_and_gives_the_rest_back(life: Life) -> None:
    subscription = subscribe(life)
    life.advance_to(at(6, 6))
    planned = update(life, subscription, cancel_at=at(6, 16))
    assert (planned.cancel_at, planned.cancel_at_period_end, planned.canceled_at) == (at(6, 16), False, at(6, 6))
    assert ends(planned) == [at(6, 16)]
    assert waiting(life, subscription) == [(-1500, "Unused time on Pro after 16 Jun 2026")]
    told = life.new_events()
    assert [event.type for event in told] == ["customer.subscription.updated", "invoiceitem.created"]
    before = told[0].data.previous_attributes.to_dict()
    assert sorted(before) == ["cancel_at", "canceled_at", "cancellation_details", "items"]
    assert before["items"]["data"][0]["current_period_end"] == at(7)
    # At that date a last invoice turns the credit into balance, an hour later.
    assert life.advance_to(at(6, 16)) == ["invoice.created", "customer.subscription.deleted"]
    life.advance(HOUR)
    assert life.client.v1.customers.retrieve(subscription.customer).balance == -1500
    ended = life.subscription(subscription.id)
    assert (ended.status, ended.ended_at, ended.cancel_at, ended.canceled_at) == (
        "canceled",
        at(6, 16),
        at(6, 16),
        at(6, 6),
    )


def test_taking_such_a_date_back_restores_the_period_and_charges_for_it(life: Life) -> None:
    subscription = subscribe(life)
    update(life, subscription, cancel_at=at(6, 16))
    life.events()
    restored = update(life, subscription, cancel_at="")
    assert (restored.cancel_at, restored.canceled_at, ends(restored)) == (None, None, [at(7)])
    assert [amount for amount, _ in waiting(life, subscription)] == [-1500, 1500]
    assert life.events() == ["customer.subscription.updated", "invoiceitem.created"]


def test_without_prorations_neither_costs_anything(life: Life) -> None:
    subscription = subscribe(life)
    update(life, subscription, cancel_at=at(6, 16), proration_behavior="none")
    assert ends(update(life, subscription, cancel_at="")) == [at(7)]
    assert waiting(life, subscription) == []
    assert life.events() == ["customer.subscription.updated"] * 2


def test_always_invoice_gives_it_back_at_once(life: Life) -> None:
    subscription = subscribe(life)
    planned = update(life, subscription, cancel_at=at(6, 16), proration_behavior="always_invoice")
    invoice = life.client.v1.invoices.retrieve(planned.latest_invoice)
    assert (invoice.billing_reason, invoice.status, invoice.total) == ("subscription_update", "paid", -1500)
    assert ends(planned) == [at(6, 16)]


def test_a_date_beyond_the_period_shortens_the_renewal_that_reaches_it(life: Life) -> None:
    subscription = subscribe(life, 3100)
    planned = update(life, subscription, cancel_at=at(7, 11))
    assert (ends(planned), waiting(life, subscription)) == ([at(7)], [])
    life.advance_to(at(7) + HOUR)
    renewed = life.subscription(subscription.id)
    line = renewed.latest_invoice.lines.data[0]
    assert (line.amount, line.period.end) == (1000, at(7, 11))  # 10 of July's 31 days
    assert line.description == "Time on Pro from 1 Jul 2026 until 11 Jul 2026"
    assert ends(renewed) == [at(7, 11)]
    assert life.advance_to(at(7, 11)) == ["customer.subscription.deleted"]


def test_a_date_at_creation_shortens_the_first_period(life: Life) -> None:
    short = subscribe(life, cancel_at=at(6, 11))
    assert (short.latest_invoice.total, ends(short)) == (1000, [at(6, 11)])
    whole = subscribe(life, cancel_at=at(6, 11), proration_behavior="none")
    assert (whole.latest_invoice.total, ends(whole)) == (3000, [at(6, 11)])


def test_at_the_end_of_the_period_and_taken_back(life: Life) -> None:
    subscription = subscribe(life)
    planned = update(life, subscription, cancel_at_period_end=True)
    assert (planned.cancel_at, planned.cancel_at_period_end, planned.canceled_at) == (at(7), True, JUN)
    told = life.new_events()
    assert [event.type for event in told] == ["customer.subscription.updated"]
    assert told[0].data.previous_attributes.to_dict() == {
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"reason": None},
    }
    undone = update(life, subscription, cancel_at_period_end=False)
    assert (undone.cancel_at, undone.canceled_at, undone.cancellation_details.reason) == (None, None, None)
    update(life, subscription, cancel_at_period_end=True)
    life.events()
    advance(life.client, life.clock.id, at(7))
    ended = next(event for event in life.new_events() if event.type == "customer.subscription.deleted")
    assert (ended.data.object.cancel_at_period_end, ended.data.object.ended_at) == (True, at(7))
    assert "previous_attributes" not in ended.data.to_dict()


@pytest.mark.parametrize(
    ("word", "end", "credit"),
    [
        # 120 dollars a year; from 1 July on 335 of 365 days are unused.
        ("min_period_end", at(7), [(-11014, "Unused time on Pro after 1 Jul 2026")]),
        ("max_period_end", at(6, 1, 2027), []),
        ("max_billed_until", at(6, 1, 2027), []),
    ],
)
def test_mixed_intervals_end_with_the_first_or_the_last_period(
    life: Life, word: str, end: int, credit: list[tuple[int, str]]
) -> None:
    monthly, yearly = life.price(1000), life.price(12000, interval="year")
    subscription = life.subscribe(life.customer(), monthly, items=[{"price": monthly.id}, {"price": yearly.id}])
    planned = update(life, subscription, cancel_at=word)
    assert (planned.cancel_at, planned.cancel_at_period_end) == (end, False)
    assert ends(planned) == [at(7), end]
    assert waiting(life, subscription) == credit
    life.advance_to(end)
    assert life.subscription(subscription.id).status == "canceled"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"cancel_at": JUN}, "must be in the future"),
        ({"cancel_at": at(7), "cancel_at_period_end": True}, "only specify one"),
    ],
)
def test_plans_that_cannot_be_are_refused(life: Life, params: dict[str, Any], message: str) -> None:
    subscription = subscribe(life)
    with pytest.raises(stripe.InvalidRequestError, match=message):
        update(life, subscription, **params)
    assert life.events() == []


def test_a_trial_is_cut_short_for_nothing(life: Life) -> None:
    subscription = subscribe(life, trial_end=at(6, 21))
    planned = update(life, subscription, cancel_at=at(6, 11))
    assert (planned.status, ends(planned), waiting(life, subscription)) == ("trialing", [at(6, 11)], [])
    assert ends(update(life, subscription, cancel_at="")) == [at(6, 21)]
    cancel(life, subscription, prorate=True, invoice_now=True)
    assert life.events() == [*["customer.subscription.updated"] * 2, "customer.subscription.deleted"]


def test_an_incomplete_subscription_can_be_canceled(life: Life) -> None:
    subscription = life.subscribe(life.customer("pm_card_chargeCustomerFail"), life.price())
    life.events()
    assert cancel(life, subscription, prorate=True, invoice_now=True).status == "canceled"
    assert life.events() == ["customer.subscription.deleted"]
    invoice = life.client.v1.invoices.retrieve(subscription.latest_invoice.id)
    assert (invoice.status, invoice.auto_advance) == ("open", False)
    assert life.advance(2 * DAY) == []


def test_a_past_due_subscription_can_be_canceled_and_is_no_longer_collected(life: Life) -> None:
    subscription = subscribe(life)
    life.use_card(subscription.customer, "pm_card_chargeCustomerFail")
    life.advance_to(at(7) + HOUR)
    assert life.subscription(subscription.id).status == "past_due"
    canceled = cancel(life, subscription)
    invoice = life.client.v1.invoices.retrieve(canceled.latest_invoice)
    assert (canceled.status, invoice.status, invoice.auto_advance) == ("canceled", "open", False)
    assert life.events() == ["customer.subscription.deleted"]
    assert life.advance(30 * DAY) == []


def test_a_paused_subscription_ends_at_its_date(life: Life) -> None:
    subscription = subscribe(life)
    life.client.v1.subscriptions.pause(subscription.id, {"type": "subscription"})
    update(life, subscription, cancel_at=at(8))
    life.events()
    assert life.advance_to(at(8)) == ["invoice.created", "customer.subscription.deleted"]  # what the pause gave back
    assert life.subscription(subscription.id).ended_at == at(8)
