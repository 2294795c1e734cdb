"""Checkouts paid by debit: complete and unpaid, until the bank has answered."""

from typing import Any

import pytest
import stripe
from api.debits import FAILS_LATER, IN_A_WHILE, PAYS_LATER
from api.life import Life
from control.api import Control

from mockbill.server import LocalServer

SHOP = {"success_url": "https://shop.example/thanks"}


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@pytest.fixture
def control(server: LocalServer, account: str) -> Control:
    return Control(server.url, account)


@pytest.fixture
def price(life: Life) -> str:
    price = life.client.v1.prices.create(
        {"currency": "eur", "unit_amount": 2000, "recurring": {"interval": "month"}, "product_data": {"name": "Pro"}}
    )
    life.events()
    return price.id


def checkout(life: Life, **params: Any) -> stripe.checkout.Session:
    customer = life.customer(card=None)
    session = life.client.v1.checkout.sessions.create({"customer": customer.id, **SHOP, **params})  # type: ignore[typeddict-item]
    life.events()
    return session


def once(life: Life) -> stripe.checkout.Session:
    price = life.client.v1.prices.create({"currency": "eur", "unit_amount": 2000, "product_data": {"name": "Mug"}})
    return checkout(life, mode="payment", line_items=[{"price": price.id, "quantity": 1}])


def test_a_subscription_starts_and_is_paid_later(life: Life, price: str, control: Control) -> None:
    session = checkout(life, mode="subscription", line_items=[{"price": price, "quantity": 1}])
    assert control.post(f"checkout/{session.id}/pay", card=PAYS_LATER)["status"] == "complete"
    assert life.events() == [
        "payment_intent.created",
        "charge.pending",
        "payment_method.attached",
        "customer.updated",
        "payment_intent.processing",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.updated",
        "checkout.session.completed",
    ]
    session = life.client.v1.checkout.sessions.retrieve(session.id)
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    assert life.subscription(str(session.subscription)).status == "active"
    assert life.advance(IN_A_WHILE) == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "checkout.session.async_payment_succeeded",
    ]
    assert life.client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_a_subscription_is_past_due_when_the_bank_says_no(life: Life, price: str, control: Control) -> None:
    session = checkout(life, mode="subscription", line_items=[{"price": price, "quantity": 1}])
    control.post(f"checkout/{session.id}/pay", card=FAILS_LATER)
    life.events()
    assert life.advance(IN_A_WHILE) == [
        "charge.failed",
        "payment_intent.payment_failed",
        "invoice.payment_failed",
        "invoice.updated",
        "customer.subscription.updated",
        "customer.updated",
        "checkout.session.async_payment_failed",
    ]
    session = life.client.v1.checkout.sessions.retrieve(session.id)
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    assert life.subscription(str(session.subscription)).status == "past_due"


@pytest.mark.parametrize(
    ("iban", "answer"),
    [
        (PAYS_LATER, ["charge.succeeded", "payment_intent.succeeded", "checkout.session.async_payment_succeeded"]),
        (FAILS_LATER, ["charge.failed", "payment_intent.payment_failed", "checkout.session.async_payment_failed"]),
    ],
)
def test_a_payment(life: Life, control: Control, iban: str, answer: list[str]) -> None:
    session = once(life)
    control.post(f"checkout/{session.id}/pay", card=iban)
    assert life.events() == [
        "payment_intent.created",
        "charge.pending",
        "payment_intent.processing",
        "checkout.session.completed",
    ]
    assert life.advance(IN_A_WHILE) == answer


def test_an_account_is_saved_for_later(life: Life, control: Control) -> None:
    session = checkout(life, mode="setup", currency="eur")
    control.post(f"checkout/{session.id}/pay", card="pm_success_de")
    assert life.events() == ["setup_intent.succeeded", "payment_method.attached", "checkout.session.completed"]
    saved = life.client.v1.setup_intents.retrieve(str(session.setup_intent))
    assert life.client.v1.mandates.retrieve(str(saved.mandate)).customer_acceptance.type == "online"


def test_a_debit_pays_in_its_own_currency(life: Life, control: Control) -> None:
    session = once(life)
    refusal = control.try_post(f"checkout/{session.id}/pay", card="pm_usBankAccount_success")
    assert (refusal.status, refusal.error["param"]) == (400, "payment_method")


def test_older_versions_name_the_types(life: Life, control: Control, price: str) -> None:
    older: Any = {"stripe_version": "2026-03-25.dahlia"}
    wanted = {"mode": "subscription", "line_items": [{"price": price, "quantity": 1}], **SHOP}

    def created(*types: str) -> Any:
        return life.client.raw_request(
            "post", "/v1/checkout/sessions", **wanted, payment_method_types=list(types), **older
        ).data

    assert created("sepa_debit")["payment_method_types"] == ["sepa_debit"]
    with pytest.raises(stripe.InvalidRequestError, match="support the following currencies: gbp"):
        created("bacs_debit")
    refusal = control.try_post(f"checkout/{created('sepa_debit')['id']}/pay", card="4242424242424242")
    assert (refusal.status, refusal.error["param"]) == (400, "payment_method")
