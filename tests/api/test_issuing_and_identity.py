"""Purchases with issued cards, and identities that are no longer asked for: what the Stripe CLI's triggers do."""

from typing import Any

import pytest
import stripe
from api.wire import Wire

from mockbill.server import LocalServer

ADDRESS: Any = {"line1": "1 Main St", "city": "San Francisco", "state": "CA", "postal_code": "94111", "country": "US"}


@pytest.fixture
def card(client: stripe.StripeClient) -> stripe.issuing.Card:
    holder = client.v1.issuing.cardholders.create({"name": "Jenny Rosen", "billing": {"address": ADDRESS}})
    return client.v1.issuing.cards.create({"cardholder": holder.id, "currency": "usd", "type": "virtual"})


@pytest.fixture
def wire(server: LocalServer, account: str) -> Wire:
    return Wire(server.url, account)


def events(client: stripe.StripeClient, prefix: str) -> list[stripe.Event]:
    told = client.v1.events.list({"limit": 100}).data
    return [event for event in reversed(told) if event.type.startswith(prefix)]


def test_a_forced_capture_is_a_purchase_of_the_cardholder(
    client: stripe.StripeClient, card: stripe.issuing.Card
) -> None:
    bought = client.v1.test_helpers.issuing.transactions.create_force_capture(
        {"card": card.id, "amount": 100, "merchant_data": {"name": "Rocket Rides", "category": "taxicabs_limousines"}}
    )
    assert (bought.amount, bought.merchant_amount, bought.currency, bought.type) == (-100, -100, "usd", "capture")
    assert (bought.card, bought.cardholder) == (card.id, card.cardholder.id)
    assert (bought.merchant_data.name, bought.merchant_data.category) == ("Rocket Rides", "taxicabs_limousines")
    assert client.v1.issuing.transactions.retrieve(bought.id) == bought
    client.v1.issuing.transactions.update(bought.id, {"metadata": {"order": "6735"}})
    created, updated = events(client, "issuing_transaction.")
    assert created.type == "issuing_transaction.created"
    assert updated.type == "issuing_transaction.updated"
    assert updated.data.to_dict()["previous_attributes"] == {"metadata": {"order": None}}


def test_a_receipt_is_told_of_once_more(client: stripe.StripeClient, card: stripe.issuing.Card) -> None:
    receipt: Any = [{"description": "Ride", "quantity": "1.5", "unit_cost": 1000}]
    bought = client.v1.test_helpers.issuing.transactions.create_force_capture(
        {"card": card.id, "amount": 1500, "currency": "eur", "purchase_details": {"receipt": receipt}}
    )
    assert bought.currency == "eur"
    assert bought.purchase_details is not None
    assert bought.purchase_details.to_dict()["receipt"] == [
        {"description": "Ride", "quantity": 1.5, "total": None, "unit_cost": 1000}
    ]
    assert [event.type for event in events(client, "issuing_transaction.")] == [
        "issuing_transaction.created",
        "issuing_transaction.purchase_details_receipt_updated",
    ]


@pytest.mark.parametrize(("params", "param"), [({"amount": 0}, "amount"), ({"amount": 1, "card": "ic_none"}, "card")])
def test_no_purchase_of_nothing_or_with_no_card(
    client: stripe.StripeClient, card: stripe.issuing.Card, params: Any, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.test_helpers.issuing.transactions.create_force_capture({"card": card.id, **params})
    assert refused.value.param == param
    assert events(client, "issuing_transaction.") == []


def test_an_authorization_is_asked_for_and_granted(
    client: stripe.StripeClient, wire: Wire, card: stripe.issuing.Card
) -> None:
    client.v1.issuing.cards.update(card.id, {"status": "active"})
    path = f"/v1/issuing/cards/{card.id}/test/authorizations"
    granted = wire.post(path, "held_amount=100&authorization_method=online").json()
    assert (granted["approved"], granted["amount"], granted["status"]) == (True, 100, "pending")
    assert granted["pending_request"] is None
    requested, created = events(client, "issuing_authorization.")
    assert requested.type == "issuing_authorization.request"
    asked: Any = requested.data.object
    assert (asked["approved"], asked["amount"], asked["pending_request"]["amount"]) == (False, 0, 100)
    assert created.type == "issuing_authorization.created"
    assert client.v1.issuing.authorizations.retrieve(granted["id"]).request_history[0].reason == "webhook_timeout"


def test_an_inactive_card_is_refused_without_being_asked_for(
    client: stripe.StripeClient, wire: Wire, card: stripe.issuing.Card
) -> None:
    refused = wire.post(f"/v1/issuing/cards/{card.id}/test/authorizations", "held_amount=100").json()
    assert (refused["approved"], refused["amount"], refused["status"]) == (False, 0, "closed")
    assert [each["reason"] for each in refused["request_history"]] == ["card_inactive"]
    assert [event.type for event in events(client, "issuing_authorization.")] == ["issuing_authorization.created"]


def test_a_verification_is_canceled_once(client: stripe.StripeClient) -> None:
    sessions = client.v1.identity.verification_sessions
    session = sessions.create({"type": "document"})
    canceled = sessions.cancel(session.id)
    assert (canceled.status, canceled.url) == ("canceled", None)
    with pytest.raises(stripe.InvalidRequestError, match="`canceled`"):
        sessions.cancel(session.id)
    assert [event.type for event in events(client, "identity.")] == [
        "identity.verification_session.created",
        "identity.verification_session.canceled",
    ]


def test_a_verification_is_redacted_once_which_cancels_it(client: stripe.StripeClient) -> None:
    sessions = client.v1.identity.verification_sessions
    session = sessions.create({"type": "document", "provided_details": {"email": "jenny@example.com"}})
    redacted = sessions.redact(session.id)
    assert redacted.redaction is not None
    assert (redacted.status, redacted.redaction.status) == ("canceled", "redacted")
    assert not getattr(redacted, "provided_details", None)
    with pytest.raises(stripe.InvalidRequestError, match="already been redacted"):
        sessions.redact(session.id)
    assert [event.type for event in events(client, "identity.")] == [
        "identity.verification_session.created",
        "identity.verification_session.canceled",
        "identity.verification_session.redacted",
    ]
