"""Payment intents through the official SDK: every step with its whole chain of events."""

import pytest
import stripe
from api.life import advance
from api.payments import RETURN_URL, chain, event, pay, since

PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated"]


def test_an_intent_without_a_card_waits_for_one(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "USD"})
    assert (intent.status, intent.currency, intent.capture_method) == (
        "requires_payment_method",
        "usd",
        "automatic_async",
    )
    assert intent.automatic_payment_methods.to_dict() == {"allow_redirects": "always", "enabled": True}
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert chain(client) == ["payment_intent.created"]


def test_a_good_card_pays_at_once(client: stripe.StripeClient) -> None:
    intent = pay(client)
    assert (intent.status, intent.amount_received, intent.last_payment_error) == ("succeeded", 1000, None)
    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.paid, charge.captured, charge.payment_intent) == (True, True, intent.id)
    assert charge.payment_method_details.card.checks.cvc_check == "pass"
    assert charge.outcome.type == "authorized"
    assert chain(client) == PAID


def test_the_balance_transaction_of_an_asynchronous_capture_follows_the_charge(client: stripe.StripeClient) -> None:
    pay(client)
    assert event(client, "charge.succeeded").data.object.balance_transaction is None
    updated = event(client, "charge.updated").data
    assert updated.object.balance_transaction.startswith("txn_")
    assert updated.previous_attributes.to_dict() == {"balance_transaction": None}


def test_a_synchronous_capture_has_it_from_the_start(client: stripe.StripeClient) -> None:
    pay(client, capture_method="automatic")
    assert chain(client) == PAID[:-1]
    assert event(client, "charge.succeeded").data.object.balance_transaction.startswith("txn_")


def test_an_intent_is_created_and_confirmed_in_two_steps(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "usd", "payment_method": "pm_card_visa"})
    assert intent.status == "requires_confirmation"
    intent = client.v1.payment_intents.confirm(intent.id, {"return_url": RETURN_URL})
    assert intent.status == "succeeded"
    assert chain(client) == PAID


def test_a_card_is_named_at_confirmation(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    intent = client.v1.payment_intents.confirm(
        intent.id, {"payment_method": "pm_card_mastercard", "return_url": RETURN_URL}
    )
    assert intent.status == "succeeded"
    assert client.v1.payment_methods.retrieve(intent.payment_method).card.brand == "mastercard"


def test_an_update_changes_amount_card_and_metadata_without_an_event(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "usd", "metadata": {"a": "1"}})
    intent = client.v1.payment_intents.update(
        intent.id, {"amount": 1500, "payment_method": "pm_card_visa", "metadata": {"b": "2"}}
    )
    assert (intent.amount, intent.status) == (1500, "requires_confirmation")
    assert intent.metadata.to_dict() == {"a": "1", "b": "2"}
    assert chain(client) == ["payment_intent.created"]


def test_the_amount_of_a_paid_intent_is_fixed(client: stripe.StripeClient) -> None:
    intent = pay(client)
    with pytest.raises(stripe.InvalidRequestError, match="amount could not be updated") as refusal:
        client.v1.payment_intents.update(intent.id, {"amount": 2000})
    assert refusal.value.code == "payment_intent_unexpected_state"
    assert client.v1.payment_intents.update(intent.id, {"description": "Tea"}).description == "Tea"


def test_confirming_without_a_card_says_what_is_missing(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method") as refusal:
        client.v1.payment_intents.confirm(intent.id)
    assert refusal.value.code == "payment_intent_unexpected_state"


def test_a_paid_intent_cannot_be_confirmed_again(client: stripe.StripeClient) -> None:
    intent = pay(client)
    with pytest.raises(stripe.InvalidRequestError, match="already succeeded") as refusal:
        client.v1.payment_intents.confirm(intent.id)
    assert refusal.value.error.payment_intent.id == intent.id


def test_methods_that_may_redirect_need_a_return_url(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        pay(client, automatic_payment_methods={"enabled": True})
    assert chain(client) == []
    assert pay(client, automatic_payment_methods={"enabled": True}, return_url=RETURN_URL).status == "succeeded"


@pytest.mark.parametrize(
    ("amount", "currency", "code", "param"),
    [
        (0, "usd", "parameter_invalid_integer", "amount"),
        (49, "usd", "amount_too_small", "amount"),
        (100_000_000, "usd", "amount_too_large", "amount"),
        (1000, "zzz", None, "currency"),
    ],
)
def test_amounts_that_cannot_be_charged_are_refused(
    client: stripe.StripeClient, amount: int, currency: str, code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.create({"amount": amount, "currency": currency})
    assert (refusal.value.code, refusal.value.param) == (code, param)


def test_a_token_is_no_payment_method(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="A token may not be passed in") as refusal:
        pay(client, "tok_visa")
    assert refusal.value.param == "payment_method"


def test_an_unknown_payment_method_is_missing(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such PaymentMethod: 'pm_nope'") as refusal:
        pay(client, "pm_nope")
    assert (refusal.value.code, refusal.value.param, refusal.value.http_status) == (
        "resource_missing",
        "payment_method",
        400,
    )


def test_the_card_of_a_customer_needs_that_customer(client: stripe.StripeClient) -> None:
    owner, other = client.v1.customers.create(), client.v1.customers.create()
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": owner.id})
    with pytest.raises(stripe.InvalidRequestError, match=f"belongs to the Customer {owner.id}"):
        pay(client, card.id)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method"):
        pay(client, card.id, customer=other.id)
    assert pay(client, card.id, customer=owner.id).customer == owner.id


# manual capture


def test_a_manual_capture_first_holds_the_money(client: stripe.StripeClient) -> None:
    intent = pay(client, capture_method="manual", expand=["latest_charge"])
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 1000, 0)
    charge = intent.latest_charge
    assert (charge.captured, charge.amount_captured, charge.balance_transaction) == (False, 0, None)
    assert charge.payment_method_details.card.capture_before == charge.created + 7 * 86_400
    assert chain(client) == ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"]


def test_capturing_takes_it(client: stripe.StripeClient) -> None:
    intent = pay(client, capture_method="manual")
    seen = chain(client)
    intent = client.v1.payment_intents.capture(intent.id, {"expand": ["latest_charge.balance_transaction"]})
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("succeeded", 0, 1000)
    assert (intent.latest_charge.captured, intent.latest_charge.balance_transaction.net) == (True, 941)
    assert since(client, seen) == ["charge.captured", "payment_intent.succeeded"]


def test_a_partial_capture_releases_the_rest(client: stripe.StripeClient) -> None:
    intent = pay(client, capture_method="manual")
    intent = client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 700, "expand": ["latest_charge"]})
    charge = intent.latest_charge
    assert (intent.amount_received, charge.amount_captured, charge.amount_refunded) == (700, 700, 300)
    assert charge.refunded is False


def test_no_more_than_was_authorized_can_be_captured(client: stripe.StripeClient) -> None:
    intent = pay(client, capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1001})
    assert (refusal.value.code, refusal.value.param) == ("amount_too_large", "amount_to_capture")


def test_only_a_held_payment_can_be_captured(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="could not be captured") as refusal:
        client.v1.payment_intents.capture(pay(client).id)
    assert refusal.value.code == "payment_intent_unexpected_state"


def test_what_nobody_captures_expires_after_seven_days(client: stripe.StripeClient) -> None:
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000})
    customer = client.v1.customers.create({"test_clock": clock.id})
    intent = pay(client, capture_method="manual", customer=customer.id)
    seen = chain(client)
    advance(client, clock.id, 1_800_000_000 + 7 * 86_400 - 1)
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_capture"
    advance(client, clock.id, 1_800_000_000 + 7 * 86_400)
    intent = client.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.cancellation_reason) == ("canceled", "automatic")
    told = [type for type in since(client, seen) if not type.startswith("test_helpers.")]
    assert told == ["charge.expired", "payment_intent.canceled"]


# cancellation


def test_canceling_releases_a_held_payment(client: stripe.StripeClient) -> None:
    intent = pay(client, capture_method="manual")
    seen = chain(client)
    intent = client.v1.payment_intents.cancel(
        intent.id, {"cancellation_reason": "abandoned", "expand": ["latest_charge"]}
    )
    assert (intent.status, intent.cancellation_reason, intent.amount_capturable) == ("canceled", "abandoned", 0)
    assert (intent.latest_charge.refunded, intent.latest_charge.amount_refunded) == (True, 1000)
    assert since(client, seen) == ["charge.refunded", "payment_intent.canceled"]


def test_an_unpaid_intent_is_canceled_and_stays_so(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    assert client.v1.payment_intents.cancel(intent.id).canceled_at is not None
    with pytest.raises(stripe.InvalidRequestError, match="has a status of canceled") as refusal:
        client.v1.payment_intents.confirm(intent.id)
    assert refusal.value.error.payment_intent.status == "canceled"
    assert chain(client) == ["payment_intent.created", "payment_intent.canceled"]


def test_a_paid_intent_cannot_be_canceled(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="You cannot cancel this PaymentIntent") as refusal:
        client.v1.payment_intents.cancel(pay(client).id)
    assert refusal.value.code == "payment_intent_unexpected_state"


# saving the card


def test_setup_future_usage_saves_the_card_with_the_customer(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create()
    seen = chain(client)
    intent = pay(client, customer=customer.id, setup_future_usage="off_session")
    assert client.v1.payment_methods.retrieve(intent.payment_method).customer == customer.id
    assert since(client, seen) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_method.attached",
        "payment_intent.succeeded",
        "charge.updated",
    ]


def test_a_card_that_was_used_but_not_saved_is_spent(client: stripe.StripeClient) -> None:
    card = pay(client).payment_method
    with pytest.raises(stripe.InvalidRequestError, match="It may not be used again"):
        pay(client, card)
    with pytest.raises(stripe.InvalidRequestError, match="It may not be used again"):
        client.v1.payment_methods.attach(card, {"customer": client.v1.customers.create().id})


def test_lists_are_by_customer(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create()
    mine = pay(client, customer=customer.id)
    pay(client)
    assert [intent.id for intent in client.v1.payment_intents.list({"customer": customer.id})] == [mine.id]
    assert [charge.id for charge in client.v1.charges.list({"payment_intent": mine.id})] == [mine.latest_charge]


# versions


def test_older_versions_name_the_types(client: stripe.StripeClient) -> None:
    older = {"stripe_version": "2026-06-24.dahlia"}
    params = {"amount": 1000, "currency": "usd", "payment_method": "pm_card_visa", "payment_method_types": ["card"]}
    intent = client.v1.payment_intents.create(params, older)
    assert (intent.automatic_payment_methods, intent.payment_method_types) == (None, ["card"])
    assert client.v1.payment_intents.confirm(intent.id, {}, older).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.create(params)
    assert refusal.value.code == "payment_method_types_no_longer_supported"


def test_only_endive_tells_the_type_of_the_method_that_failed(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        pay(client, "pm_card_chargeDeclined")
    id = refusal.value.error.payment_intent.id
    assert client.v1.payment_intents.retrieve(id).last_payment_error.payment_method_type == "card"
    older = client.v1.payment_intents.retrieve(id, {}, {"stripe_version": "2026-06-24.dahlia"})
    assert "payment_method_type" not in older.last_payment_error
