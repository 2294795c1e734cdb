"""Link as a payment method: made, attached, paid with, refunded."""

from typing import Any

import pytest
import stripe
from api.chains import Chain
from api.life import Life

BACK: Any = {"return_url": "https://shop.example/back"}


def link(client: stripe.StripeClient) -> stripe.PaymentMethod:
    return client.v1.payment_methods.create({"type": "link", "billing_details": {"email": "ada@example.com"}})


def test_link_pays_at_once_and_is_refunded(client: stripe.StripeClient) -> None:
    chain = Chain(Life.begin(client))
    method = link(client)
    assert method.link is not None
    assert (method.type, method.link.email) == ("link", "ada@example.com")
    intent = client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", "payment_method": method.id, "confirm": True, **BACK}
    )
    assert "link" in intent.payment_method_types
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert (intent.status, charge.payment_method_details.type) == ("succeeded", "link")
    moved = client.v1.balance_transactions.retrieve(str(charge.balance_transaction))
    assert (moved.amount, moved.fee) == (1000, 59)  # 2.9 % of 10.00 and 0.30, as of cards
    assert client.v1.refunds.create({"charge": charge.id}).status == "succeeded"
    assert chain.told() == [
        ("payment_intent.created", "requires_confirmation 1000"),
        ("charge.succeeded", "1000"),
        ("payment_intent.succeeded", "succeeded 1000"),
        ("refund.created", "succeeded 1000"),
        ("charge.refunded", "1000", {"amount_refunded": 0, "refunded": False}),
    ]
    with pytest.raises(stripe.InvalidRequestError, match="previously used"):
        client.v1.payment_intents.create({"amount": 1000, "currency": "usd", "payment_method": method.id})


def test_link_that_was_saved_pays_a_subscription(client: stripe.StripeClient) -> None:
    life = Life.begin(client)
    customer = life.customer(card=None)
    saved = client.v1.setup_intents.create(
        {"customer": customer.id, "payment_method": link(client).id, "confirm": True, **BACK}
    )
    assert saved.status == "succeeded"
    made = life.subscribe(customer, life.price(), default_payment_method=str(saved.payment_method))
    assert made.status == "active"
    life.advance(32 * 86_400)
    renewed = client.v1.invoices.list({"customer": customer.id}).data
    assert [invoice.status for invoice in renewed] == ["paid", "paid"]


def test_link_is_attached_by_hand_and_not_captured_later(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({})
    method = client.v1.payment_methods.attach(link(client).id, {"customer": customer.id})
    assert method.customer == customer.id
    with pytest.raises(stripe.APIError) as refused:
        client.v1.payment_intents.create(
            {
                "amount": 1000,
                "currency": "usd",
                "customer": customer.id,
                "payment_method": method.id,
                "capture_method": "manual",
            }
        )
    assert refused.value.http_status == 501
