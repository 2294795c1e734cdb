"""Transfers from a platform to a connected account, and back."""

from typing import Any

import pytest
import requests
import stripe

AVAILABLE = "tok_bypassPending"  # 4000000000000077


@pytest.fixture
def farm(client: stripe.StripeClient) -> str:
    """A connected account that has been onboarded; the platform has 9,680 cents: 10,000 less 2.9 % and 30 cents."""
    client.v1.charges.create({"amount": 10_000, "currency": "usd", "source": AVAILABLE})
    account = client.v1.accounts.create({"type": "express"}).id
    urls = {"refresh_url": "https://platform.example/again", "return_url": "https://platform.example/back"}
    sent: Any = {"account": account, "type": "account_onboarding", **urls}
    url = client.v1.account_links.create(sent).url
    requests.post(url, {"onboarding": "complete"}, allow_redirects=False, timeout=10)
    return account


def available(client: stripe.StripeClient, account: str | None = None) -> int:
    options: Any = {"stripe_account": account} if account else {}
    return client.v1.balance.retrieve({}, options).available[0].amount


def transfer_of(client: stripe.StripeClient, farm: str, amount: int = 4000, **params: Any) -> stripe.Transfer:
    sent: Any = {"amount": amount, "currency": "usd", "destination": farm, **params}
    return client.v1.transfers.create(sent)


def told(client: stripe.StripeClient, about: str) -> list[tuple[str, Any]]:
    """The events of a transfer, oldest first, each with what had been before."""
    events = [event for event in client.v1.events.list().data if event.data.object.to_dict().get("id") == about]
    return [
        (event.type, before.to_dict() if (before := getattr(event.data, "previous_attributes", None)) else None)
        for event in reversed(events)
    ]


def test_a_transfer_moves_money_to_a_connected_account(client: stripe.StripeClient, farm: str) -> None:
    transfer = transfer_of(client, farm, description="Eggs", transfer_group="ORDER_1", metadata={"a": "b"})
    assert (transfer.amount, transfer.destination, transfer.transfer_group) == (4000, farm, "ORDER_1")
    assert (transfer.source_type, transfer.reversed, transfer.amount_reversed) == ("card", False, 0)
    assert (available(client), available(client, farm)) == (5680, 4000)
    moved = client.v1.balance_transactions.retrieve(str(transfer.balance_transaction))
    assert (moved.type, moved.amount, moved.fee, moved.net, moved.source) == ("transfer", -4000, 0, -4000, transfer.id)
    payment = client.v1.charges.retrieve(str(transfer.destination_payment), {}, {"stripe_account": farm})
    assert (payment.id[:3], payment.amount, payment.source_transfer) == ("py_", 4000, transfer.id)
    there = client.v1.balance_transactions.list({}, {"stripe_account": farm}).data
    assert [(each.type, each.net, each.source) for each in there] == [("payment", 4000, payment.id)]
    assert told(client, transfer.id) == [("transfer.created", None)]


def test_a_transfer_is_updated_and_listed(client: stripe.StripeClient, farm: str) -> None:
    transfer, other = transfer_of(client, farm, transfer_group="ORDER_1"), transfer_of(client, farm)
    client.v1.transfers.update(transfer.id, {"description": "Milk"})
    client.v1.transfers.update(transfer.id, {"description": "Milk"})
    assert told(client, transfer.id) == [("transfer.created", None), ("transfer.updated", {"description": None})]
    assert client.v1.transfers.retrieve(transfer.id).description == "Milk"
    assert [each.id for each in client.v1.transfers.list({"destination": farm})] == [other.id, transfer.id]
    assert [each.id for each in client.v1.transfers.list({"transfer_group": "ORDER_1"})] == [transfer.id]


def test_a_transfer_is_reversed_in_parts(client: stripe.StripeClient, farm: str) -> None:
    transfer = transfer_of(client, farm)
    first = client.v1.transfers.reversals.create(transfer.id, {"amount": 1500, "metadata": {"why": "broken"}})
    assert (first.amount, first.transfer, first.currency) == (1500, transfer.id, "usd")
    moved = client.v1.balance_transactions.retrieve(str(first.balance_transaction))
    assert (moved.type, moved.amount, moved.source) == ("transfer_refund", 1500, first.id)
    assert (available(client), available(client, farm)) == (7180, 2500)
    with pytest.raises(stripe.InvalidRequestError, match=r"greater than unreversed amount \(\$25.00\)") as refusal:
        client.v1.transfers.reversals.create(transfer.id, {"amount": 2501})
    assert refusal.value.param == "amount"
    rest = client.v1.transfers.reversals.create(transfer.id)
    assert rest.amount == 2500
    assert (available(client), available(client, farm)) == (9680, 0)
    with pytest.raises(stripe.InvalidRequestError, match="is already fully reversed"):
        client.v1.transfers.reversals.create(transfer.id)
    now = client.v1.transfers.retrieve(transfer.id)
    assert (now.amount_reversed, now.reversed) == (4000, True)
    assert [each.id for each in now.reversals.data] == [rest.id, first.id]
    assert [each.id for each in client.v1.transfers.reversals.list(transfer.id)] == [rest.id, first.id]
    chain = told(client, transfer.id)
    assert [type for type, _ in chain] == ["transfer.created", "transfer.reversed", "transfer.reversed"]
    assert [before["amount_reversed"] for _, before in chain[1:]] == [0, 1500]
    assert [before.get("reversed") for _, before in chain[1:]] == [None, False]
    payment = client.v1.charges.retrieve(str(transfer.destination_payment), {}, {"stripe_account": farm})
    assert (payment.amount_refunded, payment.refunded) == (4000, True)


def test_a_reversal_is_known_by_its_transfer(client: stripe.StripeClient, farm: str) -> None:
    transfer, other = transfer_of(client, farm), transfer_of(client, farm)
    reversal = client.v1.transfers.reversals.create(transfer.id, {"amount": 100})
    client.v1.transfers.reversals.update(transfer.id, reversal.id, {"metadata": {"a": "b"}})
    assert client.v1.transfers.reversals.retrieve(transfer.id, reversal.id).metadata["a"] == "b"
    assert client.v1.transfers.retrieve(transfer.id).reversals.data[0].metadata["a"] == "b"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.transfers.reversals.retrieve(other.id, reversal.id)
    assert refusal.value.http_status == 404


def test_a_transfer_of_a_charge_waits_for_its_funds(client: stripe.StripeClient, farm: str) -> None:
    charge = client.v1.charges.create({"amount": 2000, "currency": "usd", "source": "tok_visa"})
    transfer_of(client, farm, 1500, source_transaction=charge.id)
    assert (available(client), available(client, farm)) == (9680, 0)
    assert client.v1.balance.retrieve({}, {"stripe_account": farm}).pending[0].amount == 1500
    with pytest.raises(stripe.InvalidRequestError, match=r"must not exceed the source amount of \$20.00"):
        transfer_of(client, farm, 501, source_transaction=charge.id)
    assert transfer_of(client, farm, 500, source_transaction=charge.id).source_transaction == charge.id


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"amount": 9681}, "balance_insufficient", None),
        ({"amount": 0}, "parameter_invalid_integer", "amount"),
        ({"destination": "acct_none"}, "resource_missing", "destination"),
        ({"source_transaction": "ch_none"}, "resource_missing", "source_transaction"),
    ],
)
def test_what_cannot_be_transferred(
    client: stripe.StripeClient, farm: str, params: Any, code: str, param: str | None
) -> None:
    sent: Any = {"amount": 100, "currency": "usd", "destination": farm, **params}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.transfers.create(sent)
    assert (refusal.value.http_status, refusal.value.code, refusal.value.param) == (400, code, param)
    assert (available(client), available(client, farm)) == (9680, 0)


def test_an_account_takes_transfers_once_it_is_onboarded(client: stripe.StripeClient, farm: str) -> None:
    new = client.v1.accounts.create({"type": "express"})
    with pytest.raises(stripe.InvalidRequestError, match="at least one of the following capabilities") as refusal:
        transfer_of(client, new.id)
    assert refusal.value.code == "insufficient_capabilities_for_transfer"
