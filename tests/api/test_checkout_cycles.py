"""Checkouts whose subscription is anchored to a day of its own: ``subscription_data[billing_cycle_anchor]``."""

from typing import Any

import pytest
import requests
import stripe
from api.life import DAY, HOUR, START
from api.test_checkout import Shop

from mockbill.server import LocalServer

SETUP = {"price_data": {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Setup"}}, "quantity": 1}


@pytest.fixture
def shop(client: stripe.StripeClient, server: LocalServer, account: str) -> Shop:
    return Shop(client, server, account)


def opened(shop: Shop, amount: int = 2800, *also: dict[str, Any], **data: Any) -> stripe.checkout.Session:
    """A session for a customer on the clock, on 31 January; the month from then on has 28 days."""
    recurring: dict[str, Any] = {
        "price_data": {
            "currency": "usd",
            "unit_amount": amount,
            "product_data": {"name": "Pro"},
            "recurring": {"interval": "month"},
        },
        "quantity": 1,
    }
    customer = shop.life.customer(None).id
    return shop.session(customer=customer, line_items=[recurring, *also], subscription_data=data)


def paid(shop: Shop, session: stripe.checkout.Session) -> stripe.checkout.Session:
    assert shop.act(session.id, "pay")["status"] == "complete"
    return shop.look(session.id, "subscription", "invoice")


def test_the_time_until_the_anchor_is_paid_in_part(shop: Shop) -> None:
    session = opened(shop, billing_cycle_anchor=START + 7 * DAY)
    # the period that ends on 7 February began on 7 January: 7 of its 31 days; but imagined from 31 January on it
    # lasts 28 days, as Stripe documents for time before the anchor: 7 / 28 of 28.00
    assert (session.amount_subtotal, session.amount_total) == (700, 700)
    done = paid(shop, session)
    assert (done.invoice.total, done.invoice.amount_paid) == (700, 700)
    [line] = done.invoice.lines.data
    assert (line.amount, line.period.start, line.period.end) == (700, START, START + 7 * DAY)
    assert (done.subscription.status, done.subscription.billing_cycle_anchor) == ("active", START + 7 * DAY)
    shop.life.advance_to(START + 7 * DAY + 2 * HOUR)
    assert shop.life.subscription(done.subscription.id).latest_invoice.amount_paid == 2800


def test_without_prorations_nothing_is_due_until_the_anchor(shop: Shop) -> None:
    session = opened(shop, billing_cycle_anchor=START + 7 * DAY, proration_behavior="none")
    assert (session.amount_total, session.amount_subtotal) == (0, 0)
    done = paid(shop, session)
    assert (done.payment_status, done.subscription.status, done.invoice) == ("no_payment_required", "active", None)
    assert done.subscription.trial_end is None
    shop.life.advance_to(START + 7 * DAY + 2 * HOUR)
    assert shop.life.subscription(done.subscription.id).latest_invoice.amount_paid == 2800


def test_what_is_sold_once_is_due_in_free_time_as_well(shop: Shop) -> None:
    session = opened(shop, 2800, SETUP, billing_cycle_anchor=START + 7 * DAY, proration_behavior="none")
    assert session.amount_total == 500
    done = paid(shop, session)
    assert [line.amount for line in done.invoice.lines.data] == [500]


def test_an_anchor_by_the_day_of_the_month(shop: Shop) -> None:
    session = opened(shop, billing_cycle_anchor_config={"day_of_month": 14})
    assert session.amount_total == 1400  # 14 of 28 days
    done = paid(shop, session)
    assert done.invoice.total == 1400
    assert done.subscription.billing_cycle_anchor_config.day_of_month == 14


def test_later_payment_pays_for_less(shop: Shop) -> None:
    session = opened(shop, billing_cycle_anchor=START + 7 * DAY)
    shop.life.advance_to(START + DAY - HOUR)
    done = paid(shop, session)
    # 6 days and an hour of the 28 days from then on: 145 / 672 of 28.00 are 6.04
    assert (done.amount_total, done.invoice.total, done.invoice.amount_paid) == (604, 604, 604)


def test_a_discount_comes_off_the_part(shop: Shop) -> None:
    half = shop.client.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    customer = shop.life.customer(None).id
    session = shop.session(
        customer=customer,
        amount=2800,
        subscription_data={"billing_cycle_anchor": START + 7 * DAY},
        discounts=[{"coupon": half}],
    )
    assert (session.amount_subtotal, session.amount_total) == (700, 350)
    assert paid(shop, session).invoice.amount_paid == 350


def test_a_challenge_that_takes_its_time_leaves_the_amount(shop: Shop) -> None:
    session = opened(shop, billing_cycle_anchor=START + 7 * DAY)
    assert shop.act(session.id, "pay", card="4000002760003184")["status"] == "requires_action"
    shop.life.advance_to(START + HOUR)
    requests.post(f"{session.url}/authenticate", data={"challenge": "complete"}, allow_redirects=False, timeout=10)
    done = shop.look(session.id, "invoice", "subscription")
    assert (done.invoice.total, done.invoice.amount_paid, done.subscription.start_date) == (700, 700, START)


@pytest.mark.parametrize(
    ("data", "param"),
    [
        ({"billing_cycle_anchor": START - 1}, "subscription_data[billing_cycle_anchor]"),
        ({"billing_cycle_anchor": START + 40 * DAY}, "subscription_data[billing_cycle_anchor]"),
        (
            {"billing_cycle_anchor": START + 7 * DAY, "trial_period_days": 3},
            "subscription_data[billing_cycle_anchor]",
        ),
        (
            {"billing_cycle_anchor_config": {"day_of_month": 32}},
            "subscription_data[billing_cycle_anchor_config[day_of_month]]",
        ),
    ],
)
def test_anchors_that_cannot_be(shop: Shop, data: Any, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        opened(shop, **data)
    assert refused.value.param == param
