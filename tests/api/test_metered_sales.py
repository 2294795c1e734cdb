"""Metered prices where they are sold: at a checkout, by a quote, by a schedule."""

from typing import Any

import pytest
import requests
import stripe
from api.life import DAY, HOUR, Life
from api.usage import NEXT_MONTH, meter, metered, refused, report, shown

from mockbill.server import LocalServer

PAGES: Any = {"mode": "subscription", "success_url": "https://shop.example/thanks"}


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def paid_at_checkout(life: Life, server: LocalServer, account: str, items: Any) -> stripe.checkout.Session:
    customer = life.customer()
    sessions = life.client.v1.checkout.sessions
    session = sessions.create({**PAGES, "line_items": items, "customer": customer.id})
    page = requests.get(str(session.url), timeout=10)
    assert (page.status_code, "By use" in page.text, "$0.04 each per month" in page.text) == (200, True, True)
    act = f"{server.url}/_mockbill/checkout/{session.id}/pay"
    requests.post(act, json={"account": account, "email": "ada@example.com"}, timeout=10).raise_for_status()
    return sessions.retrieve(session.id, {"expand": ["subscription.latest_invoice"]})


def test_a_checkout_charges_the_fee_and_leaves_usage_for_later(life: Life, server: LocalServer, account: str) -> None:
    price, fee = metered(life, meter(life)), life.price(1000)
    items = [{"price": fee.id, "quantity": 1}, {"price": price.id}]
    session = paid_at_checkout(life, server, account, items)
    assert (session.amount_total, session.payment_status) == (1000, "paid")
    subscription: Any = session.subscription
    assert shown(subscription.latest_invoice) == [("1 × Pro (at $10.00 / month)", 1000)]
    report(life, str(session.customer), 25)
    life.advance_to(NEXT_MONTH)
    renewed = life.subscription(subscription.id).latest_invoice
    assert ("25 × Calls (at $0.04 / month)", 100) in shown(renewed)


def test_a_checkout_of_usage_alone_only_saves_a_card(life: Life, server: LocalServer, account: str) -> None:
    price = metered(life, meter(life))
    session = paid_at_checkout(life, server, account, [{"price": price.id}])
    assert (session.amount_total, session.payment_status, session.invoice) == (0, "no_payment_required", None)
    subscription: Any = session.subscription
    assert (subscription.status, subscription.latest_invoice) == ("active", None)
    report(life, str(session.customer), 25)
    life.advance_to(NEXT_MONTH + HOUR)
    assert life.subscription(subscription.id).latest_invoice.amount_paid == 100


def test_a_checkout_takes_no_quantity_of_usage(life: Life) -> None:
    price = metered(life, meter(life))
    sessions = life.client.v1.checkout.sessions
    adjustable = {"adjustable_quantity": {"enabled": True}}
    for more, param in (({"quantity": 1}, "quantity"), (adjustable, "adjustable_quantity")):
        items: Any = [{"price": price.id, **more}]
        refused(
            lambda items=items: sessions.create({**PAGES, "line_items": items}),
            "metered",
            param=f"line_items[0][{param}]",
        )


def test_a_quote_of_usage_becomes_a_subscription_that_is_billed_by_it(life: Life) -> None:
    customer, price, fee = life.customer(), metered(life, meter(life)), life.price(1000)
    quotes = life.client.v1.quotes
    items: Any = [{"price": price.id}, {"price": fee.id}]
    quote = quotes.create({"customer": customer.id, "line_items": items})
    assert quote.amount_total == 1000
    with_quantity: Any = [{"price": price.id, "quantity": 2}]
    refused(
        lambda: quotes.create({"customer": customer.id, "line_items": with_quantity}),
        "metered",
        param="line_items[0][quantity]",
    )
    quotes.finalize_quote(quote.id)
    accepted = quotes.accept(quote.id, {"expand": ["subscription"]})
    report(life, customer.id, 25)
    life.advance_to(NEXT_MONTH)
    assert ("25 × Calls (at $0.04 / month)", 100) in shown(life.subscription(accepted.subscription.id).latest_invoice)  # type: ignore[union-attr]


def test_a_schedule_changes_the_price_of_usage(life: Life) -> None:
    customer, calls = life.customer(), meter(life)
    cheap, dear = metered(life, calls), metered(life, calls, unit_amount=10)
    month: Any = {"interval": "month", "interval_count": 1}
    schedule = life.client.v1.subscription_schedules.create(
        {
            "customer": customer.id,
            "start_date": "now",
            "phases": [
                {"items": [{"price": cheap.id}], "duration": month},
                {"items": [{"price": dear.id}], "duration": month},
            ],
        }
    )
    report(life, customer.id, 5)
    life.advance_to(NEXT_MONTH)
    report(life, customer.id, 7)
    life.advance(31 * DAY + HOUR)
    invoices = life.client.v1.invoices.list({"subscription": str(schedule.subscription)}).data
    assert [line for invoice in invoices for line in shown(invoice) if line[1]] == [
        ("7 × Calls (at $0.10 / month)", 70),
        ("5 × Calls (at $0.04 / month)", 20),
    ]
