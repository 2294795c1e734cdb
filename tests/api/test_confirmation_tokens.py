"""Confirmation tokens: what a page collected, confirmed by the server, once."""

from typing import Any

import pytest
import stripe
from api.life import DAY

CARD = "pm_card_mastercard"
DEBIT = {
    "type": "sepa_debit",
    "sepa_debit": {"iban": "AT611904300234573201"},
    "billing_details": {"name": "Ada", "email": "ada@example.com"},
}
BACK = "https://shop.example/back"


def token_of(client: stripe.StripeClient, **params: Any) -> stripe.ConfirmationToken:
    return client.v1.test_helpers.confirmation_tokens.create({"return_url": BACK, **params})  # type: ignore[typeddict-item]


def test_a_token_shows_what_was_entered_and_makes_nothing_yet(client: stripe.StripeClient) -> None:
    made = token_of(client, payment_method=CARD, setup_future_usage="off_session")
    token = client.v1.confirmation_tokens.retrieve(made.id)
    assert token.expires_at == token.created + DAY // 2
    assert token.payment_method_preview is not None
    assert (token.payment_method_preview.type, token.payment_method_preview.customer) == ("card", None)
    assert token.payment_method_preview.card is not None
    assert (token.payment_method_preview.card.brand, token.payment_method_preview.card.last4) == ("mastercard", "4444")
    assert (token.return_url, token.setup_future_usage, token.payment_intent) == (BACK, "off_session", None)
    assert client.v1.events.list().data == []


def test_the_server_confirms_a_payment_with_it_once(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({})
    token = token_of(client, payment_method=CARD, setup_future_usage="off_session")
    intent = client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", "customer": customer.id, "confirm": True, "confirmation_token": token.id}
    )
    assert (intent.status, intent.setup_future_usage) == ("succeeded", "off_session")
    (card,) = client.v1.payment_methods.list({"customer": customer.id}).data
    assert card.card is not None
    assert card.card.last4 == "4444"
    assert client.v1.confirmation_tokens.retrieve(token.id).payment_intent == intent.id
    other = client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="already been used") as refused:
        client.v1.payment_intents.confirm(other.id, {"confirmation_token": token.id})
    assert refused.value.param == "confirmation_token"


def test_a_waiting_intent_is_confirmed_with_it_and_goes_back_where_the_page_said(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    token = token_of(client, payment_method="pm_card_threeDSecure2Required")
    confirmed = client.v1.payment_intents.confirm(intent.id, {"confirmation_token": token.id})
    assert confirmed.status == "requires_action"
    assert confirmed.next_action is not None
    assert confirmed.next_action.redirect_to_url is not None
    assert confirmed.next_action.redirect_to_url.return_url == BACK


def test_a_token_of_a_bank_account_shows_where_that_is(client: stripe.StripeClient) -> None:
    preview = token_of(client, payment_method_data=DEBIT).payment_method_preview
    assert preview is not None
    assert preview.sepa_debit is not None
    assert (preview.type, preview.sepa_debit.country, preview.sepa_debit.last4) == ("sepa_debit", "AT", "3201")
    assert preview.billing_details.name == "Ada"


def test_a_card_is_saved_with_it(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({})
    token = token_of(client, payment_method=CARD)
    intent = client.v1.setup_intents.create({"customer": customer.id, "confirm": True, "confirmation_token": token.id})
    assert intent.status == "succeeded"
    assert client.v1.confirmation_tokens.retrieve(token.id).setup_intent == intent.id


def test_a_token_whose_card_is_declined_is_spent(client: stripe.StripeClient) -> None:
    token = token_of(client, payment_method="pm_card_visa_chargeDeclined")
    params: Any = {"amount": 1000, "currency": "usd", "confirm": True, "confirmation_token": token.id}
    with pytest.raises(stripe.CardError):
        client.v1.payment_intents.create(params)
    with pytest.raises(stripe.InvalidRequestError, match="already been used"):
        client.v1.payment_intents.create(params)


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"confirmation_token": "ctoken_1", "confirm": True}, "confirmation_token"),
        ({"confirmation_token": "{token}"}, "confirmation_token"),
        ({"confirmation_token": "{token}", "confirm": True, "payment_method": "pm_card_visa"}, "payment_method"),
    ],
)
def test_what_cannot_be_confirmed_with_a_token_is_refused(
    client: stripe.StripeClient, params: dict[str, Any], param: str
) -> None:
    token = token_of(client, payment_method=CARD)
    named = {**params, "confirmation_token": params["confirmation_token"].replace("{token}", token.id)}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create({"amount": 1000, "currency": "usd", **named})  # type: ignore[typeddict-item]
    assert refused.value.param == param
    assert client.v1.payment_intents.list().data == []


@pytest.mark.parametrize("params", [{}, {"payment_method": CARD, "payment_method_data": DEBIT}])
def test_a_token_is_of_one_payment_method(client: stripe.StripeClient, params: dict[str, Any]) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        token_of(client, **params)
    assert refused.value.param == "payment_method_data"


def test_what_a_token_brings_goes_together_with_the_rest(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({})
    token = token_of(client, payment_method=CARD, setup_future_usage="off_session")
    asked: Any = {"confirmation_token": token.id, "off_session": True}
    paid: Any = {"amount": 1000, "currency": "usd", "customer": customer.id}
    with pytest.raises(stripe.InvalidRequestError, match="off_session, setup_future_usage"):
        client.v1.payment_intents.create({**paid, **asked, "confirm": True})
    intent = client.v1.payment_intents.create(paid)
    with pytest.raises(stripe.InvalidRequestError, match="off_session, setup_future_usage"):
        client.v1.payment_intents.confirm(intent.id, asked)
    asked["off_session"] = False
    assert client.v1.payment_intents.confirm(intent.id, asked).status == "succeeded"
