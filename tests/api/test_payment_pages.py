"""Checkout sessions completed as the hosted page does it, by the calls that the Stripe CLI makes."""

from typing import Any

import pytest
import stripe
from api.life import Life
from api.wire import Wire

from mockbill.server import LocalServer


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@pytest.fixture
def wire(server: LocalServer, account: str) -> Wire:
    return Wire(server.url, account)


def page(client: stripe.StripeClient, **params: Any) -> str:
    """The path of the page of a new session for 20 dollars."""
    item: Any = {
        "price_data": {"currency": "usd", "unit_amount": 2000, "product_data": {"name": "Chair"}},
        "quantity": 1,
    }
    asked: Any = {"mode": "payment", "line_items": [item], "success_url": "https://shop.example/ok", **params}
    return f"/v1/payment_pages/{client.v1.checkout.sessions.create(asked).id}"


def method(client: stripe.StripeClient, token: str = "tok_visa", email: str | None = "jenny@example.com") -> str:
    details: Any = {"billing_details": {"email": email, "name": "Jenny"}} if email else {}
    return client.v1.payment_methods.create({"type": "card", "card": {"token": token}, **details}).id


def test_a_session_is_paid_by_confirming_its_page(client: stripe.StripeClient, wire: Wire, life: Life) -> None:
    path = page(client)
    assert wire.get(path).json()["status"] == "open"
    card = method(client)
    life.new_events()
    done = wire.post(f"{path}/confirm", f"payment_method={card}&expected_amount=2000").json()
    assert (done["object"], done["status"], done["payment_status"]) == ("checkout.session", "complete", "paid")
    assert (done["customer_details"]["email"], done["customer_details"]["name"]) == ("jenny@example.com", "Jenny")
    assert [event.type for event in life.new_events()] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.updated",
    ]
    assert "complete" in wire.error(wire.post(f"{path}/confirm", f"payment_method={card}"), 400)["message"]


def test_a_refused_card_is_the_error_of_the_call_and_leaves_the_session_open(
    client: stripe.StripeClient, wire: Wire
) -> None:
    path = page(client)
    error = wire.error(wire.post(f"{path}/confirm", f"payment_method={method(client, 'tok_chargeDeclined')}"), 402)
    assert (error["type"], error["code"]) == ("card_error", "card_declined")
    assert error["payment_intent"]["status"] == "requires_payment_method"
    assert wire.get(path).json()["status"] == "open"
    assert wire.post(f"{path}/confirm", f"payment_method={method(client)}").json()["status"] == "complete"


def test_a_card_that_wants_3d_secure_leaves_the_session_open(client: stripe.StripeClient, wire: Wire) -> None:
    path = page(client)
    card = method(client, "tok_threeDSecureRequired")
    assert wire.post(f"{path}/confirm", f"payment_method={card}").json()["status"] == "open"


@pytest.mark.parametrize(
    ("sent", "param"),
    [
        ("payment_method={card}&expected_amount=1999", "expected_amount"),
        ("payment_method=pm_none", "payment_method"),
        ("expected_amount=2000", "payment_method"),
    ],
)
def test_what_the_page_cannot_have_sent_is_refused(
    client: stripe.StripeClient, wire: Wire, sent: str, param: str
) -> None:
    path = page(client)
    error = wire.error(wire.post(f"{path}/confirm", sent.format(card=method(client))), 400)
    assert error["param"] == param
    assert wire.get(path).json()["status"] == "open"


def test_whoever_pays_has_an_address(client: stripe.StripeClient, wire: Wire) -> None:
    error = wire.error(wire.post(f"{page(client)}/confirm", f"payment_method={method(client, email=None)}"), 400)
    assert error["param"] == "email"


def test_there_is_no_page_of_no_session(wire: Wire) -> None:
    assert wire.error(wire.get("/v1/payment_pages/cs_test_none"), 404)["code"] == "resource_missing"
