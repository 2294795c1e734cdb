"""Payouts and top-ups: what leaves the balance and what comes to it, and when."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
import stripe
from api.life import DAY

from mockbill.server import LocalServer

Advance = Callable[[str], list[str]]


@pytest.fixture
def advance(server: LocalServer, account: str) -> Advance:
    """Moves the account's own clock; answers the types of the events."""

    def move(by: str) -> list[str]:
        url = f"{server.url}/_mockbill/clock/advance"
        answer = requests.post(url, json={"by": by, "account": account}, timeout=10)
        assert answer.status_code == 200
        return list(answer.json()["events"])

    return move


def earn(client: stripe.StripeClient, amount: int) -> None:
    """A payment whose funds are available at once; 5000 less 2.9 % and 30 cents are 4825."""
    client.v1.charges.create({"amount": amount, "currency": "usd", "source": "tok_bypassPending"})


def available(client: stripe.StripeClient) -> int:
    (usd,) = client.v1.balance.retrieve().available
    return usd.amount


def types(client: stripe.StripeClient, beginning: str) -> list[str]:
    told = [event.type for event in client.v1.events.list({"limit": 50}).data][::-1]
    return [type for type in told if type.startswith(beginning)]


def test_a_payout_leaves_the_balance_and_arrives_two_days_later(client: stripe.StripeClient, advance: Advance) -> None:
    earn(client, 5000)
    payout = client.v1.payouts.create({"amount": 4000, "currency": "usd", "metadata": {"week": "1"}})
    assert (payout.status, payout.method, payout.automatic) == ("pending", "standard", False)
    assert payout.arrival_date == payout.created // DAY * DAY + 2 * DAY
    assert available(client) == 825
    transaction = client.v1.balance_transactions.retrieve(str(payout.balance_transaction))
    assert (transaction.amount, transaction.type, transaction.source) == (-4000, "payout", payout.id)
    assert advance("2 days") == ["payout.updated", "payout.paid"]
    arrived = client.v1.payouts.retrieve(payout.id, {"expand": ["destination", "balance_transaction"]})
    assert arrived.status == "paid"
    assert isinstance(arrived.destination, stripe.BankAccount)
    assert (arrived.destination.last4, arrived.destination.currency) == ("6789", "usd")
    assert arrived.trace_id is not None
    assert arrived.trace_id.status == "supported"
    assert types(client, "payout") == ["payout.created", "payout.updated", "payout.paid"]


def test_no_more_is_paid_out_than_is_available(client: stripe.StripeClient) -> None:
    client.v1.charges.create({"amount": 5000, "currency": "usd", "source": "tok_visa"})  # pending for a week
    earn(client, 1000)  # 941 after the fee
    for params, code in (
        ({"amount": 942, "currency": "usd"}, "balance_insufficient"),
        ({"amount": 1, "currency": "eur"}, "balance_insufficient"),
        ({"amount": 0, "currency": "usd"}, "parameter_invalid_integer"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.payouts.create(params)
        assert (refused.value.code, refused.value.param) == (code, "amount")
    assert available(client) == 941
    assert client.v1.payouts.list().data == []
    assert client.v1.payouts.create({"amount": 941, "currency": "usd"}).amount == 941


def test_a_pending_payout_is_canceled_and_its_amount_comes_back(client: stripe.StripeClient, advance: Advance) -> None:
    earn(client, 5000)
    payout = client.v1.payouts.create({"amount": 4000, "currency": "usd"})
    canceled = client.v1.payouts.cancel(payout.id)
    assert canceled.status == "canceled"
    assert available(client) == 4825
    back = client.v1.balance_transactions.retrieve(str(canceled.failure_balance_transaction))
    assert (back.amount, back.type) == (4000, "payout_cancel")
    assert advance("3 days") == []
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payouts.cancel(payout.id)
    assert types(client, "payout") == ["payout.created", "payout.canceled"]


def test_a_payout_that_arrived_is_reversed_once(client: stripe.StripeClient, advance: Advance) -> None:
    earn(client, 5000)
    payout = client.v1.payouts.create({"amount": 4000, "currency": "usd", "method": "instant"})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payouts.reverse(payout.id)
    assert advance("30 minutes") == ["payout.paid"]
    back = client.v1.payouts.reverse(payout.id)
    assert (back.amount, back.original_payout) == (-4000, payout.id)
    assert client.v1.payouts.retrieve(payout.id).reversed_by == back.id
    for again in (payout.id, back.id):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payouts.reverse(again)
    assert available(client) == 825
    assert advance("3 days")[-1] == "payout.paid"
    assert available(client) == 4825


def test_payouts_are_found_by_status_and_arrival(client: stripe.StripeClient, advance: Advance) -> None:
    earn(client, 5000)
    first = client.v1.payouts.create({"amount": 100, "currency": "usd"})
    advance("2 days")
    second = client.v1.payouts.create({"amount": 200, "currency": "usd"})
    listed: Callable[[Any], list[str]] = lambda params: [each.id for each in client.v1.payouts.list(params).data]  # noqa: E731
    assert listed({"status": "paid"}) == [first.id]
    assert listed({"arrival_date": {"gt": first.arrival_date}}) == [second.id]
    updated = client.v1.payouts.update(second.id, {"metadata": {"week": "2"}})
    assert updated.metadata is not None
    assert updated.metadata["week"] == "2"
    newest = client.v1.events.list({"limit": 1}).data[0]
    assert (newest.type, newest.data.previous_attributes.to_dict()) == ("payout.updated", {"metadata": {"week": None}})


def test_a_top_up_comes_in_five_days_or_is_canceled_before(client: stripe.StripeClient, advance: Advance) -> None:
    coming = client.v1.topups.create({"amount": 2000, "currency": "usd", "description": "Float"})
    dropped = client.v1.topups.create({"amount": 7000, "currency": "usd"})
    assert (coming.status, coming.balance_transaction) == ("pending", None)
    assert client.v1.topups.cancel(dropped.id).status == "canceled"
    assert available(client) == 0
    assert advance("5 days") == ["topup.succeeded"]
    assert available(client) == 2000
    done = client.v1.topups.retrieve(coming.id, {"expand": ["balance_transaction"]})
    assert isinstance(done.balance_transaction, stripe.BalanceTransaction)
    assert (done.status, done.balance_transaction.type, done.balance_transaction.net) == ("succeeded", "topup", 2000)
    assert [each.id for each in client.v1.topups.list({"amount": {"gte": 7000}}).data] == [dropped.id]
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.topups.cancel(coming.id)
    assert types(client, "topup") == ["topup.created", "topup.created", "topup.canceled", "topup.succeeded"]


def test_funds_that_are_available_at_once_on_a_test_clock_ahead_are_so_here(client: stripe.StripeClient) -> None:
    ahead = client.v1.test_helpers.test_clocks.create({"frozen_time": 2_000_000_000})
    customer = client.v1.customers.create({"test_clock": ahead.id, "source": "tok_bypassPending"})
    client.v1.charges.create({"amount": 5000, "currency": "usd", "customer": customer.id})
    assert available(client) == 4825
    assert client.v1.payouts.create({"amount": 4825, "currency": "usd"}).amount == 4825
