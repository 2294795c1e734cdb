"""Payment methods: created, attached, updated, detached; test ids; customers' cards."""

import pytest
import stripe
from api.payments import chain, event, since

CARD = {"number": "4242 4242 4242 4242", "exp_month": 12, "exp_year": 40, "cvc": "123"}


def test_a_card_is_shown_without_its_number(client: stripe.StripeClient) -> None:
    method = client.v1.payment_methods.create(
        {"type": "card", "card": CARD, "billing_details": {"name": "Ada", "address": {"postal_code": "10115"}}}
    )
    card = method.card
    assert (card.brand, card.last4, card.exp_year, card.funding) == ("visa", "4242", 2040, "credit")
    assert card.checks.to_dict() == {
        "address_line1_check": None,
        "address_postal_code_check": "unchecked",
        "cvc_check": "unchecked",
    }
    assert (method.billing_details.name, method.billing_details.address.city) == ("Ada", None)
    assert (method.customer, method.allow_redisplay) == (None, "unspecified")
    assert "4242424242424242" not in str(method)


def test_the_same_card_has_the_same_fingerprint(client: stripe.StripeClient) -> None:
    typed = client.v1.payment_methods.create({"type": "card", "card": CARD}).card.fingerprint
    assert client.v1.payment_methods.retrieve("pm_card_visa").card.fingerprint == typed
    assert client.v1.payment_methods.retrieve("pm_card_mastercard").card.fingerprint != typed


def test_a_test_id_stands_for_a_new_method_each_time(client: stripe.StripeClient) -> None:
    first, second = (client.v1.payment_methods.retrieve("pm_card_amex") for _ in range(2))
    assert (first.card.brand, first.card.last4) == ("amex", "0005")
    assert first.id != second.id
    assert client.v1.payment_methods.retrieve(first.id).id == first.id


def test_attaching_gives_it_to_the_customer(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create()
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert (method.customer, method.card.checks.cvc_check) == (customer.id, "pass")
    assert [listed.id for listed in client.v1.customers.payment_methods.list(customer.id)] == [method.id]
    assert [listed.id for listed in client.v1.payment_methods.list({"customer": customer.id})] == [method.id]
    assert client.v1.customers.payment_methods.retrieve(customer.id, method.id).id == method.id
    assert chain(client) == ["customer.created", "payment_method.attached"]
    assert client.v1.payment_methods.attach(method.id, {"customer": customer.id}).id == method.id


def test_it_belongs_to_one_customer_only(client: stripe.StripeClient) -> None:
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": client.v1.customers.create().id})
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        client.v1.payment_methods.attach(method.id, {"customer": client.v1.customers.create().id})


def test_attaching_to_nobody_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_methods.attach("pm_card_visa", {"customer": "cus_nope"})
    assert (refusal.value.code, refusal.value.param, refusal.value.http_status) == ("resource_missing", "customer", 400)


def test_an_unknown_one_is_not_found(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such PaymentMethod: 'pm_nope'") as refusal:
        client.v1.payment_methods.retrieve("pm_nope")
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


def test_detaching_clears_the_customers_default(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create(
        {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    )
    seen = chain(client)
    method = client.v1.payment_methods.detach(customer.invoice_settings.default_payment_method)
    assert method.customer is None
    assert client.v1.customers.retrieve(customer.id).invoice_settings.default_payment_method is None
    assert since(client, seen) == ["payment_method.detached", "customer.updated"]
    assert event(client, "payment_method.detached").data.previous_attributes.to_dict() == {"customer": customer.id}


def test_a_detached_one_can_never_be_attached_again(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create()
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    client.v1.payment_methods.detach(method.id)
    with pytest.raises(stripe.InvalidRequestError, match="detached from a Customer"):
        client.v1.payment_methods.attach(method.id, {"customer": customer.id})
    with pytest.raises(stripe.InvalidRequestError, match="not attached to a customer"):
        client.v1.payment_methods.detach(method.id)


def test_an_update_tells_what_it_changed(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create()
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    client.v1.payment_methods.update(
        method.id, {"card": {"exp_month": 1, "exp_year": 2041}, "billing_details": {"address": {"city": "Wien"}}}
    )
    updated = event(client, "payment_method.updated").data
    assert updated.object.billing_details.address.city == "Wien"
    assert updated.previous_attributes.to_dict() == {
        "billing_details": {"address": {"city": None}},
        "card": {"exp_month": method.card.exp_month, "exp_year": method.card.exp_year},
    }


def test_one_of_nobody_cannot_be_updated(client: stripe.StripeClient) -> None:
    method = client.v1.payment_methods.create({"type": "card", "card": CARD})
    with pytest.raises(stripe.InvalidRequestError, match="must save this PaymentMethod"):
        client.v1.payment_methods.update(method.id, {"metadata": {"a": "b"}})


def test_a_platform_copies_the_card_of_a_customer(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create()
    original = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    copy = client.v1.payment_methods.create({"customer": customer.id, "payment_method": original.id})
    assert (copy.customer, copy.card.fingerprint) == (None, original.card.fingerprint)
    assert copy.id != original.id


def test_the_default_must_be_a_method_of_the_customer(client: stripe.StripeClient) -> None:
    stranger = client.v1.payment_methods.attach("pm_card_visa", {"customer": client.v1.customers.create().id})
    with pytest.raises(stripe.InvalidRequestError, match="must be attached to the customer") as refusal:
        client.v1.customers.create({"invoice_settings": {"default_payment_method": stranger.id}})
    assert refusal.value.param == "invoice_settings[default_payment_method]"


def test_other_types_are_honestly_not_there(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.APIError, match="does not simulate payment methods of type klarna") as refusal:
        client.v1.payment_methods.create({"type": "klarna"})
    assert refusal.value.http_status == 501
    assert refusal.value.json_body["error"]["code"] == "mockbill_unsupported"


# tokens and sources


def test_a_token_becomes_the_default_source(client: stripe.StripeClient) -> None:
    token = client.v1.tokens.create(
        {"card": {"number": "4242424242424242", "exp_month": "9", "exp_year": "2040", "cvc": "314", "name": "Ada"}}
    )
    assert (token.used, token.card.brand, token.card.cvc_check) == (False, "Visa", "unchecked")
    customer = client.v1.customers.create({"source": token.id, "expand": ["sources"]})
    assert customer.default_source == token.card.id
    card = customer.sources.data[0]
    assert (card.id, card.customer, card.cvc_check, card.name) == (token.card.id, customer.id, "pass", "Ada")
    assert client.v1.tokens.retrieve(token.id).used is True
    assert client.v1.payment_methods.retrieve(card.id).card.brand == "visa"
    assert chain(client) == ["customer.source.created", "customer.created"]


def test_a_token_is_used_once(client: stripe.StripeClient) -> None:
    token = client.v1.tokens.create({"card": {"number": "4242424242424242", "exp_month": "9", "exp_year": "2040"}})
    client.v1.customers.create({"source": token.id})
    with pytest.raises(stripe.InvalidRequestError, match="more than once") as refusal:
        client.v1.customers.create({"source": token.id})
    assert refusal.value.code == "token_already_used"


def test_a_token_makes_a_payment_method(client: stripe.StripeClient) -> None:
    method = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_mastercard"}})
    assert method.id.startswith("pm_")
    assert method.card.brand == "mastercard"


def test_sources_come_and_go(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"source": "tok_visa"})
    second = client.v1.customers.payment_sources.create(customer.id, {"source": "tok_mastercard"})
    assert [card.brand for card in client.v1.customers.payment_sources.list(customer.id)] == ["MasterCard", "Visa"]
    client.v1.customers.payment_sources.update(customer.id, second.id, {"name": "Bo", "address_zip": "10115"})
    assert client.v1.customers.payment_sources.retrieve(customer.id, second.id).address_zip == "10115"
    seen = chain(client)
    assert client.v1.customers.payment_sources.delete(customer.id, customer.default_source).deleted is True
    assert client.v1.customers.retrieve(customer.id).default_source == second.id
    assert since(client, seen) == ["customer.source.deleted", "customer.updated"]


def test_a_legacy_charge_takes_the_default_source(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"source": "tok_visa"})
    charge = client.v1.charges.create({"amount": 700, "currency": "eur", "customer": customer.id})
    assert (charge.paid, charge.source.id, charge.payment_intent) == (True, customer.default_source, None)
    with pytest.raises(stripe.CardError) as refusal:
        client.v1.charges.create({"amount": 700, "currency": "eur", "source": "tok_chargeDeclined"})
    assert client.v1.charges.retrieve(refusal.value.error.charge).status == "failed"
    assert client.v1.charges.update(charge.id, {"metadata": {"a": "b"}}).metadata.to_dict() == {"a": "b"}


def test_a_legacy_charge_is_held_and_captured(client: stripe.StripeClient) -> None:
    held = client.v1.charges.create({"amount": 700, "currency": "eur", "source": "tok_visa", "capture": False})
    assert (held.captured, held.balance_transaction) == (False, None)
    seen = chain(client)
    assert client.v1.charges.capture(held.id).captured is True
    assert since(client, seen) == ["charge.captured"]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.charges.capture(held.id)
    assert refusal.value.code == "charge_already_captured"
