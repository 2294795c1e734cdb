"""Payments whose funds go on to a connected account, or are made on its behalf."""

from typing import Any

import pytest
import requests
import stripe

PAID: Any = {"amount": 10_000, "currency": "usd"}
BACK: Any = {"confirm": True, "return_url": "https://platform.example/back"}


@pytest.fixture
def farm(client: stripe.StripeClient) -> str:
    """A connected account that has been onboarded."""
    account = client.v1.accounts.create({"type": "express"}).id
    urls = {"refresh_url": "https://platform.example/again", "return_url": "https://platform.example/back"}
    sent: Any = {"account": account, "type": "account_onboarding", **urls}
    url = client.v1.account_links.create(sent).url
    requests.post(url, {"onboarding": "complete"}, allow_redirects=False, timeout=10)
    return account


def events(client: stripe.StripeClient) -> list[str]:
    return [event.type for event in reversed(client.v1.events.list({"limit": 100}).data)]


def test_the_funds_of_a_payment_go_on_to_their_destination(client: stripe.StripeClient, farm: str) -> None:
    data = {"destination": farm, "amount": 8000, "metadata": {"order": "7"}}
    paid: Any = {**PAID, **BACK, "payment_method": "pm_card_bypassPending", "capture_method": "automatic"}
    intent = client.v1.payment_intents.create({**paid, "transfer_data": data, "on_behalf_of": farm})
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert charge.transfer_data
    assert charge.transfer_data.to_dict() == {"amount": 8000, "destination": farm}
    assert (charge.on_behalf_of, charge.transfer_group) == (farm, f"group_{intent.id}")
    transfer = client.v1.transfers.retrieve(str(charge.transfer))
    assert (transfer.amount, transfer.source_transaction, transfer.metadata["order"]) == (8000, charge.id, "7")
    # The platform keeps 2,000 of the 10,000, less 2.9 % and 30 cents of the whole: 320.
    assert client.v1.balance.retrieve().available[0].amount == 1680
    assert client.v1.balance.retrieve({}, {"stripe_account": farm}).available[0].amount == 8000
    assert events(client) == [
        "payment_intent.created",
        "transfer.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "balance.available",
    ]


def test_they_go_when_the_payment_is_captured(client: stripe.StripeClient, farm: str) -> None:
    paid: Any = {**PAID, **BACK, "payment_method": "pm_card_visa", "capture_method": "manual"}
    intent = client.v1.payment_intents.create({**paid, "transfer_data": {"destination": farm}})
    assert client.v1.transfers.list().data == []
    client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 6000})
    (transfer,) = client.v1.transfers.list().data
    assert (transfer.amount, transfer.source_transaction) == (6000, intent.latest_charge)
    assert client.v1.balance.retrieve({}, {"stripe_account": farm}).pending[0].amount == 6000


def test_a_charge_of_the_old_kind_goes_on_too(client: stripe.StripeClient, farm: str) -> None:
    charge = client.v1.charges.create({**PAID, "source": "tok_visa", "transfer_data": {"destination": farm}})
    assert client.v1.transfers.retrieve(str(charge.transfer)).amount == 10_000


@pytest.mark.parametrize(
    ("params", "status", "param"),
    [
        ({"on_behalf_of": "acct_none"}, 400, "on_behalf_of"),
        ({"transfer_data": {"destination": "acct_none"}}, 400, "transfer_data[destination]"),
        ({"application_fee_amount": 100}, 400, "application_fee_amount"),
    ],
)
def test_an_account_has_to_be_connected(client: stripe.StripeClient, params: Any, status: int, param: str) -> None:
    for create in (client.v1.payment_intents.create, client.v1.charges.create):
        with pytest.raises(stripe.StripeError) as refusal:
            create({**PAID, **params})
        assert (refusal.value.http_status, refusal.value.json_body["error"]["param"]) == (status, param)
    assert events(client) == []


def test_no_more_goes_on_than_is_paid(client: stripe.StripeClient, farm: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="no more than the amount"):
        client.v1.payment_intents.create({**PAID, "transfer_data": {"destination": farm, "amount": 10_001}})


def test_what_goes_on_changes_until_it_is_paid(client: stripe.StripeClient, farm: str) -> None:
    paid: Any = {**PAID, "payment_method": "pm_card_visa", "capture_method": "automatic"}
    staying = client.v1.payment_intents.create(paid)
    leaving = client.v1.payment_intents.create({**paid, "transfer_data": {"destination": farm}})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.update(staying.id, {"transfer_data": {"amount": 5}})
    assert refusal.value.param == "transfer_data[destination]"
    client.v1.payment_intents.update(leaving.id, {"transfer_data": {"amount": 4000}})
    client.v1.payment_intents.confirm(leaving.id, {"return_url": BACK["return_url"]})
    assert [(each.amount, each.destination) for each in client.v1.transfers.list()] == [(4000, farm)]


def test_no_payment_is_confirmed_whose_destination_takes_transfers_no_more(
    client: stripe.StripeClient, farm: str
) -> None:
    waiting: Any = {**PAID, "payment_method": "pm_card_visa", "transfer_data": {"destination": farm}}
    intent = client.v1.payment_intents.create(waiting)
    client.v1.accounts.capabilities.update(farm, "transfers", {"requested": False})
    before = events(client)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payment_intents.confirm(intent.id, {"return_url": BACK["return_url"]})
    assert refusal.value.code == "insufficient_capabilities_for_transfer"
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_confirmation"
    assert events(client) == before
    client.v1.accounts.capabilities.update(farm, "transfers", {"requested": True})
    assert client.v1.payment_intents.confirm(intent.id, {"return_url": BACK["return_url"]}).status == "succeeded"
