"""Sources: made, authenticated on their page, charged, attached to customers and over after six hours."""

from typing import Any

import pytest
import stripe
from api.chains import Chain
from api.life import Life
from api.sourced import BACK, EUROS, OWNER, answer, pass_by, redirected
from api.wire import Wire


@pytest.fixture
def chain(client: stripe.StripeClient) -> Chain:
    return Chain(Life.begin(client))


def test_a_redirected_source_is_authorized_charged_and_consumed(client: stripe.StripeClient, chain: Chain) -> None:
    source = redirected(client, owner=OWNER, ideal={"bank": "ing"}, metadata={"order": "7"})
    assert source.redirect is not None
    assert (source.status, source.flow, source.usage) == ("pending", "redirect", "single_use")
    assert source.client_secret.startswith("src_client_secret_")
    assert source.redirect.to_dict() == {
        "failure_reason": None,
        "return_url": BACK["return_url"],
        "status": "pending",
        "url": source.redirect.url,
    }
    went = answer(source, "authorize")
    assert went.status_code == 303
    assert went.headers["Location"] == (
        f"https://shop.example/back?order=7&client_secret={source.client_secret}&livemode=false&source={source.id}"
    )
    ready = client.v1.sources.retrieve(source.id)
    assert (ready.status, ready.redirect.status, ready.owner.verified_name) == (
        "chargeable",
        "succeeded",
        "Ada Lovelace",
    )
    assert ready.ideal.bank == "ing"
    charge = client.v1.charges.create({**EUROS, "source": source.id})
    assert (charge.status, charge.paid, charge.payment_method) == ("succeeded", True, source.id)
    assert charge.id.startswith("py_")
    assert charge.payment_method_details.type == "ideal"
    assert charge.payment_method_details.ideal.verified_name == "Ada Lovelace"
    assert (charge.source.id, charge.source.status) == (source.id, "consumed")
    moved = client.v1.balance_transactions.retrieve(charge.balance_transaction)
    assert (moved.type, moved.amount, moved.net) == ("payment", 2000, 2000 - 58)  # 1.4 % of 20.00 and 0.30
    assert chain.told() == [
        ("source.chargeable", "chargeable ideal"),
        ("charge.succeeded", "2000"),
    ]
    with pytest.raises(stripe.InvalidRequestError, match="not in a chargeable state"):
        client.v1.charges.create({**EUROS, "source": source.id})


def test_a_source_whose_owner_declines_has_failed(client: stripe.StripeClient, chain: Chain) -> None:
    source = redirected(client, type="bancontact")
    with pytest.raises(stripe.InvalidRequestError, match="not in a chargeable state"):
        client.v1.charges.create({**EUROS, "source": source.id})
    assert "source=" in answer(source, "fail").headers["Location"]
    failed = client.v1.sources.retrieve(source.id)
    assert (failed.status, failed.redirect.status, failed.redirect.failure_reason) == ("failed", "failed", "declined")
    assert chain.told() == [("source.failed", "failed bancontact")]


@pytest.mark.parametrize("authorized", [False, True])
def test_a_source_that_nobody_uses_is_canceled_after_six_hours(
    client: stripe.StripeClient, wire: Wire, chain: Chain, authorized: bool
) -> None:
    source = redirected(client)
    if authorized:
        answer(source, "authorize")
        assert chain.told() == [("source.chargeable", "chargeable ideal")]
    pass_by(wire, 5)
    assert chain.told() == []
    pass_by(wire, 1)
    assert chain.told() == [("source.canceled", "canceled ideal")]
    with pytest.raises(stripe.InvalidRequestError, match="not in a chargeable state"):
        client.v1.charges.create({**EUROS, "source": source.id})


def test_the_page_is_for_who_has_the_secret_and_only_while_it_waits(client: stripe.StripeClient, wire: Wire) -> None:
    source = redirected(client)
    assert wire.get(f"/redirect/authenticate/{source.id}").status_code == 404
    answer(source, "authorize")
    secret = f"?client_secret={source.client_secret}"
    again = wire.post(f"/redirect/authenticate/{source.id}{secret}", "answer=fail")
    assert again.status_code == 410
    assert client.v1.sources.retrieve(source.id).status == "chargeable"


def test_sofort_is_charged_now_and_paid_later(client: stripe.StripeClient, wire: Wire, chain: Chain) -> None:
    source = redirected(client, type="sofort", sofort={"country": "DE"})
    answer(source, "authorize")
    charge = client.v1.charges.create({**EUROS, "source": source.id})
    assert (charge.status, charge.paid, charge.balance_transaction) == ("pending", False, None)
    pass_by(wire, 1)
    assert client.v1.charges.retrieve(charge.id).status == "succeeded"
    assert chain.told() == [
        ("source.chargeable", "chargeable sofort"),
        ("charge.pending", "2000"),
        ("charge.succeeded", "2000"),
    ]


def test_a_card_source_is_chargeable_at_once(client: stripe.StripeClient, chain: Chain) -> None:
    source = client.v1.sources.create({"type": "card", "token": "tok_visa", "owner": OWNER})
    assert (source.status, source.flow, source.usage, source.amount) == ("chargeable", "none", "reusable", None)
    assert source.card is not None
    assert (source.card.brand, source.card.last4, source.card.three_d_secure) == ("Visa", "4242", "optional")
    charge = client.v1.charges.create({"amount": 500, "currency": "usd", "source": source.id})
    assert (charge.payment_method_details.type, charge.source.id) == ("card", source.id)
    assert charge.billing_details.name == "Ada Lovelace"
    assert chain.told() == [("source.chargeable", "chargeable card"), ("charge.succeeded", "500")]
    with pytest.raises(stripe.InvalidRequestError, match="previously charged without being attached"):
        client.v1.charges.create({"amount": 500, "currency": "usd", "source": source.id})


def test_a_reusable_source_belongs_to_a_customer_and_pays_again_and_again(
    client: stripe.StripeClient, chain: Chain
) -> None:
    source = client.v1.sources.create({"type": "card", "token": "tok_visa"})
    customer = client.v1.customers.create({"email": "ada@example.com", "source": source.id})
    assert customer.default_source == source.id
    for _ in range(2):
        client.v1.charges.create({"amount": 500, "currency": "usd", "customer": customer.id})
    with pytest.raises(stripe.InvalidRequestError, match="belongs to the customer"):
        client.v1.charges.create({"amount": 500, "currency": "usd", "source": source.id})
    listed = client.v1.customers.payment_sources.list(customer.id)
    assert [(kept.id, kept.object) for kept in listed.data] == [(source.id, "source")]
    gone: Any = client.v1.customers.payment_sources.delete(customer.id, source.id)
    assert (gone.id, gone.object, gone.status) == (source.id, "source", "consumed")
    assert client.v1.customers.retrieve(customer.id).default_source is None
    assert chain.told() == [
        ("source.chargeable", "chargeable card"),
        ("customer.source.created", "chargeable card"),
        ("customer.created", "0"),
        ("charge.succeeded", "500"),
        ("charge.succeeded", "500"),
        ("customer.source.deleted", "chargeable card"),
        ("customer.updated", "0", {"default_source": "src#1"}),
    ]
    with pytest.raises(stripe.InvalidRequestError, match="must be chargeable or pending"):
        client.v1.customers.payment_sources.create(customer.id, {"source": source.id})


def test_a_page_makes_a_source_of_a_card_and_looks_at_it_with_its_secret(wire: Wire) -> None:
    public = {"Authorization": f"Bearer pk_test_{wire.account}"}
    card = "type=card&card[number]=4242424242424242&card[exp_month]=1&card[exp_year]=2040&card[cvc]=123"
    source = wire.post("/v1/sources", f"{card}&metadata[a]=b", **public).json()
    path = f"/v1/sources/{source['id']}"
    assert wire.error(wire.get(path, **public), 400)["param"] == "client_secret"
    assert wire.error(wire.get(f"{path}?client_secret=wrong", **public), 400)["param"] == "client_secret"
    seen = wire.get(f"{path}?client_secret={source['client_secret']}", **public).json()
    assert (seen["status"], seen["card"]["last4"]) == ("chargeable", "4242")
    assert "metadata" not in seen
    assert wire.get(path).json()["metadata"] == {"a": "b"}
    wrong = wire.post("/v1/sources", card.replace("2040", "2020"), **public)
    assert wire.error(wrong, 402)["code"] == "invalid_expiry_year"


@pytest.mark.parametrize(
    ("token", "status", "redirect"),
    [
        ("tok_threeDSecure2Required", "pending", "pending"),
        ("tok_visa", "chargeable", "not_required"),
        ("tok_amex_threeDSecureNotSupported", "failed", "failed"),
    ],
)
def test_a_card_is_authenticated_as_far_as_its_bank_can(
    client: stripe.StripeClient, token: str, status: str, redirect: str
) -> None:
    card = client.v1.sources.create({"type": "card", "token": token})
    source = secured(client, card.id)
    assert source.redirect is not None
    assert (source.status, source.redirect.status, source.three_d_secure.card) == (status, redirect, card.id)


def secured(client: stripe.StripeClient, card: str) -> stripe.Source:
    asked: Any = {"type": "three_d_secure", "amount": 1500, "currency": "usd", "redirect": BACK}
    return client.v1.sources.create({**asked, "three_d_secure": {"card": card}})


def test_an_authenticated_card_pays_what_it_would_not_otherwise(client: stripe.StripeClient, chain: Chain) -> None:
    card = client.v1.sources.create({"type": "card", "token": "tok_threeDSecure2Required"})
    with pytest.raises(stripe.CardError) as declined:
        client.v1.charges.create({"amount": 1500, "currency": "usd", "source": card.id})
    assert declined.value.code == "authentication_required"
    source = secured(client, card.id)
    answer(source, "authorize")
    with pytest.raises(stripe.InvalidRequestError, match="no more than 1500"):
        client.v1.charges.create({"amount": 1600, "currency": "usd", "source": source.id})
    with pytest.raises(stripe.InvalidRequestError, match="pays in usd"):
        client.v1.charges.create({"amount": 1500, "currency": "eur", "source": source.id})
    charge = client.v1.charges.create({"amount": 1500, "currency": "usd", "source": source.id})
    assert (charge.status, charge.source.three_d_secure.authenticated) == ("succeeded", True)
    assert client.v1.sources.retrieve(source.id).status == "consumed"
    assert chain.told() == [
        ("source.chargeable", "chargeable card"),
        ("charge.failed", "1500"),
        ("source.chargeable", "chargeable three_d_secure"),
        ("charge.succeeded", "1500"),
    ]


def test_a_subscription_is_paid_by_the_default_source(client: stripe.StripeClient) -> None:
    source = client.v1.sources.create({"type": "card", "token": "tok_visa"})
    customer = client.v1.customers.create({"source": source.id})
    life = Life.begin(client)
    made = client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": life.price().id}]})
    assert made.status == "active"
    shown = client.v1.customers.retrieve(customer.id, {"expand": ["default_source", "sources"]})
    assert (shown.default_source.id, shown.default_source.object) == (source.id, "source")
    assert [kept.id for kept in shown.sources.data] == [source.id]


def test_no_source_has_a_code_to_verify(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="flow is redirect") as refused:
        client.v1.sources.verify(redirected(client).id, {"values": ["123"]})
    assert refused.value.param == "values"


def test_a_card_of_a_customer_is_copied_into_a_source_of_its_own(client: stripe.StripeClient) -> None:
    source = client.v1.sources.create({"type": "card", "token": "tok_visa"})
    customer = client.v1.customers.create({"source": source.id})
    asked: Any = {"customer": customer.id, "original_source": source.id, "usage": "single_use"}
    clone = client.v1.sources.create(asked)
    assert (clone.id != source.id, clone.status, clone.usage, clone.card.last4) == (
        True,
        "chargeable",
        "single_use",
        "4242",
    )
    client.v1.charges.create({"amount": 500, "currency": "usd", "source": clone.id})
    assert client.v1.sources.retrieve(clone.id).status == "consumed"
    assert client.v1.sources.retrieve(source.id).status == "chargeable"


def test_owner_and_metadata_of_a_source_are_updated(client: stripe.StripeClient, chain: Chain) -> None:
    source = client.v1.sources.create({"type": "card", "token": "tok_visa", "owner": OWNER, "metadata": {"a": "1"}})
    customer = client.v1.customers.create({"source": source.id})
    chain.told()
    changed = client.v1.sources.update(
        source.id, {"owner": {"address": {"line1": "1 Main Street"}, "name": "Grace"}, "metadata": {"b": "2"}}
    )
    assert (changed.owner.name, changed.owner.email, changed.owner.address.line1) == (
        "Grace",
        "ada@example.com",
        "1 Main Street",
    )
    assert changed.to_dict()["metadata"] == {"a": "1", "b": "2"}
    charge = client.v1.charges.create({"amount": 500, "currency": "usd", "customer": customer.id})
    assert charge.billing_details.name == "Grace"
    [(told, _, before), _] = chain.told()
    assert told == "customer.source.updated"
    assert before == {"metadata": {"b": None}, "owner": {"address": None, "name": "Ada Lovelace"}}


@pytest.mark.parametrize(
    ("token", "params", "param"),
    [
        ("source", {"exp_month": "5"}, "exp_month"),
        ("source", {"name": "Grace"}, "name"),
        ("tok_visa", {"owner": {"name": "Grace"}}, "owner"),
        ("tok_visa", {"account_holder_name": "Grace"}, "account_holder_name"),
        ("btok_us", {"exp_year": "2040"}, "exp_year"),
    ],
)
def test_what_a_customer_pays_with_takes_no_details_of_another_kind(
    client: stripe.StripeClient, chain: Chain, token: str, params: Any, param: str
) -> None:
    if token == "source":
        token = client.v1.sources.create({"type": "card", "token": "tok_visa"}).id
    customer = client.v1.customers.create({"source": token}).id
    [held] = client.v1.customers.payment_sources.list(customer).data
    chain.told()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.payment_sources.update(customer, held.id, {**params, "metadata": {"a": "1"}})
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", param)
    assert client.v1.customers.payment_sources.retrieve(customer, held.id) == held
    assert chain.told() == []


def test_a_copy_of_a_source_takes_nothing_that_would_be_left_out(client: stripe.StripeClient) -> None:
    source = client.v1.sources.create({"type": "card", "token": "tok_visa"})
    customer = client.v1.customers.create({"source": source.id})
    asked: Any = {"customer": customer.id, "original_source": source.id, "token": "tok_mastercard"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.sources.create(asked)
    assert refused.value.param == "token"


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"type": None}, "type"),
        ({"type": "bitcoin"}, "type"),
        ({"redirect": None}, "redirect[return_url]"),
        ({"redirect": {"return_url": "nowhere"}}, "redirect[return_url]"),
        ({"amount": None}, "amount"),
        ({"currency": None}, "currency"),
        ({"currency": "usd"}, "currency"),
        ({"usage": "reusable"}, "usage"),
        ({"flow": "receiver"}, "flow"),
        ({"token": "tok_visa"}, "token"),
        ({"customer": "cus_1"}, "customer"),
        ({"mandate": {"acceptance": {"status": "accepted"}}}, "mandate"),
        ({"receiver": {"refund_attributes_method": "none"}}, "receiver"),
        ({"type": "card", "token": "tok_visa"}, "redirect"),
        ({"type": "card", "token": "tok_nothing", "redirect": None}, "token"),
        ({"type": "card", "redirect": None}, "card[number]"),
        ({"type": "three_d_secure"}, "three_d_secure[card]"),
        ({"type": "sepa_debit", "redirect": None}, "owner[name]"),
        ({"type": "sepa_debit", "owner": OWNER, "redirect": None}, "sepa_debit[iban]"),
        ({"type": "multibanco", "redirect": None}, "owner[email]"),
    ],
)
def test_what_cannot_be_a_source_is_refused(client: stripe.StripeClient, params: Any, param: str) -> None:
    asked: Any = {"type": "ideal", **EUROS, "redirect": BACK, **params}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.sources.create({name: value for name, value in asked.items() if value is not None})
    assert refused.value.param == param


def test_sources_to_be_used_once_are_nobodys(client: stripe.StripeClient) -> None:
    source = redirected(client)
    answer(source, "authorize")
    with pytest.raises(stripe.InvalidRequestError, match="Single-use sources"):
        client.v1.customers.create({"source": source.id})
    other = client.v1.customers.create({"source": client.v1.sources.create({"type": "card", "token": "tok_visa"}).id})
    customer = client.v1.customers.create({})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a linked source"):
        client.v1.charges.create({**EUROS, "customer": customer.id, "source": str(other.default_source)})
    charge = client.v1.charges.create({**EUROS, "customer": customer.id, "source": source.id})
    assert (charge.customer, client.v1.sources.retrieve(source.id).status) == (customer.id, "consumed")


def test_a_charge_of_a_source_is_refunded_in_its_time(client: stripe.StripeClient, wire: Wire) -> None:
    source = redirected(client)
    answer(source, "authorize")
    charge = client.v1.charges.create({**EUROS, "source": source.id})
    refund = client.v1.refunds.create({"charge": charge.id})
    assert refund.status == "pending"
    pass_by(wire, 24)
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_older_clients_send_the_card_itself(client: stripe.StripeClient, wire: Wire) -> None:
    card = "source[object]=card&source[number]=4242424242424242&source[exp_month]=1&source[exp_year]=2040"
    customer = wire.post("/v1/customers", f"{card}&source[name]=Ada").json()
    [kept] = client.v1.customers.payment_sources.list(customer["id"]).data
    assert (kept.id, kept.object, kept.name, kept.last4) == (customer["default_source"], "card", "Ada", "4242")
    assert wire.post(f"/v1/customers/{customer['id']}/sources", card).json()["object"] == "card"
    paid = wire.post("/v1/charges", f"amount=500&currency=usd&{card}").json()
    assert (paid["status"], paid["source"]["last4"]) == ("succeeded", "4242")
    declined = wire.post(
        "/v1/charges", f"amount=500&currency=usd&{card.replace('4242424242424242', '4000000000000002')}"
    )
    assert wire.error(declined, 402)["code"] == "card_declined"
    incomplete = wire.post("/v1/charges", "amount=500&currency=usd&source[number]=4242424242424242")
    assert wire.error(incomplete, 400)["param"].startswith("source[")
    account = "source[object]=bank_account&source[country]=US&source[currency]=usd&source[account_number]=000123456789"
    bank = wire.post(f"/v1/customers/{customer['id']}/sources", f"{account}&source[routing_number]=110000000").json()
    assert (bank["object"], bank["status"]) == ("bank_account", "new")


def test_an_amount_cannot_be_given_to_a_source_without_one(client: stripe.StripeClient) -> None:
    asked: Any = {"type": "ach_credit_transfer", "currency": "usd", "owner": {"email": "ada@example.com"}}
    with pytest.raises(stripe.InvalidRequestError, match="made without an amount"):
        client.v1.sources.update(client.v1.sources.create(asked).id, {"amount": 500})
