"""Payouts by a schedule: what became available is told and paid out, on the account's own clock."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
import stripe
from api.life import DAY

from mockbill.server import LocalServer

Advance = Callable[..., list[str]]
PAID_OUT = ["balance.available", "payout.created", "payout.reconciliation_completed"]
ARRIVED = ["payout.updated", "payout.paid"]


@pytest.fixture
def advance(server: LocalServer, account: str) -> Advance:
    """Moves an account's own clock; answers the types of the events."""

    def move(by: str, of: str | None = None) -> list[str]:
        url = f"{server.url}/_mockbill/clock/advance"
        answer = requests.post(url, json={"by": by, "account": of or account}, timeout=10)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["events"])

    return move


def schedule(client: stripe.StripeClient, interval: str, **days: Any) -> stripe.BalanceSettings:
    asked: Any = {"payments": {"payouts": {"schedule": {"interval": interval, **days}}}}
    return client.v1.balance_settings.update(asked)


def charge(client: stripe.StripeClient, amount: int, source: str = "tok_visa", **options: Any) -> str:
    made: Any = client.v1.charges.create({"amount": amount, "currency": "usd", "source": source}, options)
    return str(made.balance_transaction)


def amounts(client: stripe.StripeClient) -> tuple[int, int]:
    """Available and pending."""
    balance = client.v1.balance.retrieve()
    return balance.available[0].amount, balance.pending[0].amount


def test_nothing_moves_on_its_own_until_a_schedule_is_asked_for(client: stripe.StripeClient, advance: Advance) -> None:
    charge(client, 5000)
    settings = client.v1.balance_settings.retrieve()
    assert settings.payments.payouts.schedule.interval == "manual"
    assert (settings.payments.settlement_timing.delay_days, "id" in settings) == (7, False)
    assert advance("30 days") == []
    assert amounts(client) == (4825, 0)
    assert client.v1.accounts.retrieve_current().settings.payouts.schedule.interval == "manual"


def test_each_day_what_became_available_is_paid_out(client: stripe.StripeClient, advance: Advance) -> None:
    before = client.v1.balance_settings.retrieve()
    schedule(client, "daily")
    updated = client.v1.events.list({"limit": 1}).data[0]
    assert updated.type == "balance_settings.updated"
    assert updated.data.previous_attributes.to_dict() == {
        "payments": {"payouts": {"schedule": {"interval": before.payments.payouts.schedule.interval}}}
    }
    first, second = charge(client, 5000), charge(client, 1000)
    assert advance("6 days") == []
    assert advance("1 day") == PAID_OUT
    (payout,) = client.v1.payouts.list().data
    assert (payout.amount, payout.automatic, payout.status) == (4825 + 941, True, "pending")
    assert payout.reconciliation_status == "completed"
    assert payout.arrival_date == payout.created // DAY * DAY + 2 * DAY
    assert amounts(client) == (0, 0)
    listed = client.v1.balance_transactions.list({"payout": payout.id})
    assert [each.id for each in listed] == [payout.balance_transaction, second, first]
    charges = client.v1.balance_transactions.list({"payout": payout.id, "type": "charge"}).data
    assert sum(each.net for each in charges) == payout.amount
    assert advance("2 days") == ARRIVED
    told = client.v1.events.list({"limit": 20, "types": ["payout.*", "balance.*"]}).data[::-1]
    assert [event.type for event in told] == [*PAID_OUT, *ARRIVED]
    assert told[0].data.object.to_dict()["available"] == [
        {"amount": 5766, "currency": "usd", "source_types": {"card": 5766}}
    ]
    assert told[3].data.previous_attributes.to_dict() == {"status": "pending"}  # type: ignore[union-attr]
    assert told[3].data.object["status"] == "in_transit"
    assert advance("30 days") == []


def test_what_was_earned_and_paid_out_by_hand_before_is_reckoned_in(
    client: stripe.StripeClient, advance: Advance
) -> None:
    charge(client, 5000, "tok_bypassPending")
    by_hand = client.v1.payouts.create({"amount": 800, "currency": "usd"})
    schedule(client, "daily")
    charge(client, 1000, "tok_bypassPending")
    assert advance("1 day") == ["payout.updated", *PAID_OUT[1:]]  # nothing was pending; the one by hand is on its way
    payout = client.v1.payouts.list({"limit": 1}).data[0]
    assert payout.amount == 4825 - 800 + 941
    listed = client.v1.balance_transactions.list({"payout": payout.id}).data
    assert sum(each.net for each in listed) == 0  # its own is among them
    assert by_hand.balance_transaction in [each.id for each in listed]
    assert client.v1.balance_transactions.list({"payout": by_hand.id}).data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such payout"):
        client.v1.balance_transactions.list({"payout": "po_none"})


def test_payouts_come_on_days_of_the_week_or_the_month(
    client: stripe.StripeClient, advance: Advance, account: str, server: LocalServer
) -> None:
    url = f"{server.url}/_mockbill/clock/advance"
    requests.post(url, json={"to": "2030-01-02T10:00:00Z", "account": account}, timeout=10).raise_for_status()
    schedule(client, "weekly", weekly_payout_days=["friday"])  # that was a Wednesday
    charge(client, 1000, "tok_bypassPending")
    assert advance("1 day") == []
    assert advance("1 day") == PAID_OUT[1:]
    assert advance("6 days") == ARRIVED
    schedule(client, "monthly", monthly_payout_days=[31])
    charge(client, 2000, "tok_bypassPending")  # on the 10th
    advance("20 days")
    assert [each.amount for each in client.v1.payouts.list()] == [941]
    advance("1 day")
    assert [each.amount for each in client.v1.payouts.list()] == [1912, 941]
    charge(client, 3000, "tok_bypassPending")
    advance("28 days")  # February has no 31st: it is the last day
    assert [each.amount for each in client.v1.payouts.list()] == [2883, 1912, 941]


@pytest.mark.parametrize(
    ("token", "code"),
    [("btok_us_verified_accountClosed", "account_closed"), ("tok_visa_debit_us_transferFail", "could_not_process")],
)
def test_a_payout_that_fails_comes_back_and_stops_the_schedule_until_there_is_another_bank(
    client: stripe.StripeClient, advance: Advance, token: str, code: str
) -> None:
    own = client.v1.accounts.retrieve_current().id
    externals = client.v1.accounts.external_accounts
    bank = externals.create(own, {"external_account": token})
    schedule(client, "daily")
    charge(client, 5000, "tok_bypassPending")
    assert advance("1 day") == PAID_OUT[1:]
    assert advance("2 days") == ["payout.updated", "payout.failed", "account.external_account.updated"]
    (payout,) = client.v1.payouts.list({"status": "failed"}).data
    assert (payout.failure_code, payout.destination) == (code, bank.id)
    back = client.v1.balance_transactions.retrieve(str(payout.failure_balance_transaction))
    assert (back.type, back.amount) == ("payout_failure", 4825)
    assert payout.type == bank.object
    assert externals.retrieve(own, bank.id).status == "errored"
    assert advance("5 days") == []
    assert amounts(client) == (4825, 0)
    good = externals.create(own, {"external_account": "btok_us_verified", "default_for_currency": True})
    assert advance("3 days") == [*PAID_OUT[1:], *ARRIVED]
    again = client.v1.payouts.list({"limit": 1}).data[0]
    assert (again.amount, again.destination) == (4825, good.id)
    assert back.id in [each.id for each in client.v1.balance_transactions.list({"payout": again.id})]


def test_a_bank_at_which_a_payout_failed_is_good_again_once_it_is_updated(
    client: stripe.StripeClient, advance: Advance
) -> None:
    made: Any = {"type": "custom", "capabilities": {"transfers": {"requested": True}}}
    account = client.v1.accounts.create(made).id
    urls: Any = {"refresh_url": "https://platform.example/a", "return_url": "https://platform.example/b"}
    link: Any = {"account": account, "type": "account_onboarding", **urls}
    onboarded = {"onboarding": "complete", "bank": "000333333335"}
    requests.post(client.v1.account_links.create(link).url, onboarded, allow_redirects=False, timeout=10)
    there: Any = {"stripe_account": account}
    charge(client, 5000, "tok_bypassPending", **there)
    client.v1.payouts.create({"amount": 1000, "currency": "usd"}, there)
    assert advance("2 days", account)[1:] == ["payout.failed", "account.external_account.updated"]
    externals = client.v1.accounts.external_accounts
    (bank,) = client.v1.accounts.retrieve(account).external_accounts.data
    assert (bank.status, externals.retrieve(account, bank.id).status) == ("errored", "errored")
    externals.update(account, bank.id, {"account_holder_name": "Farm"})
    assert externals.retrieve(account, bank.id).status == "new"
    assert externals.list(account, {}, there).data[0].status == "new"


def test_a_minimum_balance_stays(client: stripe.StripeClient, advance: Advance) -> None:
    asked: Any = {"schedule": {"interval": "daily"}, "minimum_balance_by_currency": {"usd": 1000}}
    settings = client.v1.balance_settings.update({"payments": {"payouts": asked}})
    assert settings.payments.payouts.minimum_balance_by_currency.to_dict() == {"usd": 1000}
    charge(client, 5000, "tok_bypassPending")
    advance("1 day")
    assert [each.amount for each in client.v1.payouts.list()] == [3825]
    assert amounts(client) == (1000, 0)


def test_a_minimum_balance_is_that_of_its_currency_however_it_is_written(client: stripe.StripeClient) -> None:
    def sent(**minimums: Any) -> dict[str, int]:
        params: Any = {"payments": {"payouts": {"minimum_balance_by_currency": minimums}}}
        payouts = client.v1.balance_settings.update(params).payments.payouts
        return payouts.to_dict()["minimum_balance_by_currency"]

    assert sent(usd=500, eur=200) == {"eur": 200, "usd": 500}
    assert sent(USD=600) == {"eur": 200, "usd": 600}
    assert sent(USD="") == {"eur": 200}


def test_a_connected_account_is_paid_out_by_the_schedule_that_its_platform_sets(
    client: stripe.StripeClient, advance: Advance
) -> None:
    asked = {"interval": "weekly", "weekly_anchor": "monday", "delay_days": 2}
    made: Any = {"type": "express", "settings": {"payouts": {"schedule": asked}}}
    account = client.v1.accounts.create(made)
    there: Any = {"stripe_account": account.id}
    assert account.settings.payouts.schedule.to_dict() == {
        "delay_days": 2,
        "interval": "weekly",
        "weekly_anchor": "monday",
        "weekly_payout_days": ["monday"],
    }
    assert client.v1.balance_settings.retrieve({}, there).payments.settlement_timing.delay_days == 2
    charge(client, 5000, **there)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payouts.create({"amount": 1, "currency": "usd"}, there)
    assert refusal.value.code == "payouts_not_allowed"
    assert advance("8 days", account.id) == ["balance.available"]  # there is no bank yet
    link: Any = {"account": account.id, "type": "account_onboarding"}
    urls: Any = {"refresh_url": "https://platform.example/a", "return_url": "https://platform.example/b"}
    page = client.v1.account_links.create({**link, **urls}).url
    requests.post(page, {"onboarding": "complete"}, allow_redirects=False, timeout=10)
    told = advance("8 days", account.id)
    assert told[:2] == PAID_OUT[1:]
    (payout,) = client.v1.payouts.list({}, there).data
    (bank,) = client.v1.accounts.external_accounts.list(account.id)
    assert (payout.amount, payout.destination) == (4825, bank.id)
    client.v1.balance_settings.update({"payments": {"payouts": {"schedule": {"interval": "manual"}}}}, there)
    assert client.v1.accounts.retrieve(account.id).settings.payouts.schedule.interval == "manual"


@pytest.mark.parametrize(
    "payments",
    [
        {"payouts": {"schedule": {"interval": "weekly"}}},
        {"payouts": {"schedule": {"interval": "monthly"}}},
        {"payouts": {"schedule": {"interval": "monthly", "monthly_payout_days": [32]}}},
        {"payouts": {"minimum_balance_by_currency": {"usd": -1}}},
        {"payouts": {"minimum_balance_by_currency": {"zzz": 1}}},
        {"settlement_timing": {"delay_days_override": 32}},
        {"settlement_timing": {"delay_days_override": 0}},
    ],
)
def test_settings_that_cannot_be_are_refused(client: stripe.StripeClient, payments: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.balance_settings.update({"payments": payments})
    assert refusal.value.http_status == 400
    assert client.v1.balance_settings.retrieve().payments.payouts.schedule.interval == "manual"
    assert client.v1.events.list().data == []


def test_funds_that_are_available_at_once_are_told_of_whatever_the_schedule(client: stripe.StripeClient) -> None:
    for card in ("tok_visa", "tok_bypassPending"):
        client.v1.charges.create({"amount": 10_000, "currency": "usd", "source": card})
    [told] = client.v1.events.list({"type": "balance.available"}).data
    balance = told.data.object.to_dict()
    # 10,000 less 2.9 % and 30 cents, each
    assert (balance["available"][0]["amount"], balance["pending"][0]["amount"]) == (9680, 9680)
    newest = client.v1.events.list({"limit": 1}).data[0]
    assert newest.id == told.id
