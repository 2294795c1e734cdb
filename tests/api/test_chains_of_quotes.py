"""The whole chains of events of quotes."""

import pytest
import stripe
from api.chains import Chain, charged, paid
from api.discounted import coupon
from api.life import HOUR, START, Life
from api.quoting import once


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def test_the_whole_chain_of_a_quote_from_its_draft_to_its_paid_invoice(life: Life) -> None:
    chain = Chain(life)
    off = coupon(life, percent_off=25)
    monthly, setup = life.price(2000).id, once(life, 5000)
    customer = life.customer().id
    chain.told()
    quote = life.client.v1.quotes.create(
        {"customer": customer, "line_items": [{"price": monthly}, {"price": setup}], "discounts": [{"coupon": off}]}
    )
    life.client.v1.quotes.finalize_quote(quote.id)
    life.client.v1.quotes.accept(quote.id)
    # (2000 + 5000) × 0.75
    assert chain.told() == [
        ("quote.created", "draft 5250 None None"),
        ("quote.finalized", "open 5250 None None"),
        ("customer.updated", "0", {"currency": None}),
        ("customer.discount.created", "2026-01-31 10:00 None"),
        ("invoiceitem.created", "5000 Setup"),
        ("customer.subscription.created", "active"),
        ("invoice.created", "draft 5250"),
        ("quote.accepted", "accepted 5250 sub#1 in#1"),
    ]
    assert chain.after(START + HOUR) == [
        ("invoice.finalized", "open 5250"),
        *charged(5250),
        *paid(5250, next_payment_attempt="2026-01-31 11:00"),
        ("invoice_payment.paid", "5250"),
    ]


def test_the_whole_chain_of_a_quote_for_what_is_sold_once(life: Life) -> None:
    chain = Chain(life)
    setup, customer = once(life, 5000), life.customer().id
    chain.told()
    quote = life.client.v1.quotes.create({"customer": customer, "line_items": [{"price": setup, "quantity": 2}]})
    life.client.v1.quotes.finalize_quote(quote.id)
    done = life.client.v1.quotes.accept(quote.id)
    assert chain.told() == [
        ("quote.created", "draft 10000 None None"),
        ("quote.finalized", "open 10000 None None"),
        ("customer.updated", "0", {"currency": None}),
        ("invoiceitem.created", "10000 Setup"),
        ("invoice.created", "draft 10000"),
        ("quote.accepted", "accepted 10000 None in#1"),
    ]
    life.client.v1.invoices.pay(str(done.invoice))
    assert chain.told() == [
        ("invoice.finalized", "open 10000"),
        *charged(10000),
        *paid(10000, "auto_advance"),
        ("invoice_payment.paid", "10000"),
    ]
