"""What belongs to a connected account: capabilities, external accounts, persons; and what follows from them."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
import stripe

from mockbill.server import LocalServer

NUMBERS = {"country": "US", "account_number": "000123456789", "routing_number": "110000000"}
BANK = {"object": "bank_account", **NUMBERS}
ADA = {
    "first_name": "Ada",
    "last_name": "Byron",
    "email": "ada@example.com",
    "phone": "+15551234567",
    "dob": {"day": 10, "month": 12, "year": 1985},
    "address": {"line1": "1 Main St", "city": "Springfield", "state": "IL", "postal_code": "62701", "country": "US"},
    "ssn_last_4": "0000",
}
SHOP = {
    "business_profile": {"mcc": "5734", "url": "https://shop.example"},
    "tos_acceptance": {"date": 1_700_000_000, "ip": "127.0.0.1"},
}
WANTED: Any = {"type": "custom", "country": "US", "capabilities": {"transfers": {"requested": True}}}


def told_of(client: stripe.StripeClient, account: str) -> list[stripe.Event]:
    return list(reversed(client.v1.events.list({"limit": 50}, {"stripe_account": account}).data))


def types(client: stripe.StripeClient, account: str) -> list[str]:
    return [event.type for event in told_of(client, account)]


def changes(event: stripe.Event) -> dict[str, Any]:
    return event.data.previous_attributes.to_dict()  # type: ignore[no-any-return]


@pytest.fixture
def wait(server: LocalServer, account: str) -> Callable[[str], None]:
    """Moves the platform's clock."""

    def move(by: str) -> None:
        url = f"{server.url}/_mockbill/clock/advance"
        requests.post(url, json={"by": by, "account": account}, timeout=10).raise_for_status()

    return move


def test_a_platform_tells_all_of_an_individual_and_the_account_can_be_paid(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create(WANTED)
    assert account.requirements.currently_due == [
        "business_profile.mcc",
        "business_profile.url",
        "business_type",
        "external_account",
        "tos_acceptance.date",
        "tos_acceptance.ip",
    ]
    client.v1.accounts.update(account.id, {**SHOP, "business_type": "individual", "individual": ADA})  # type: ignore[typeddict-item]
    ready = client.v1.accounts.retrieve(account.id)
    assert (ready.charges_enabled, ready.details_submitted, ready.payouts_enabled) == (True, True, False)
    assert ready.requirements.currently_due == ["external_account"]
    assert ready.individual.verification.status == "verified"
    assert (ready.individual.ssn_last_4_provided, "ssn_last_4" in ready.individual) == (True, False)
    client.v1.accounts.external_accounts.create(account.id, {"external_account": "btok_us_verified"})
    ready = client.v1.accounts.retrieve(account.id)
    assert (ready.payouts_enabled, ready.requirements.disabled_reason) == (True, None)
    events = told_of(client, account.id)
    assert [event.type for event in events] == [
        "person.created",
        "capability.updated",
        "account.updated",
        "account.external_account.created",
        "capability.updated",
        "account.updated",
    ]
    assert changes(events[1])["status"] == "inactive"
    assert changes(events[2])["capabilities"] == {"transfers": "inactive"}
    assert changes(events[5])["payouts_enabled"] is False
    assert "charges_enabled" not in changes(events[5])


def test_a_company_needs_its_representative(client: stripe.StripeClient) -> None:
    company = {"name": "Farm", "phone": "+15551234567", "tax_id": "000000000", "address": ADA["address"]}
    asked: Any = {**WANTED, **SHOP, "business_type": "company", "company": company, "external_account": BANK}
    account = client.v1.accounts.create(asked)
    assert account.company.tax_id_provided is True
    assert all(name.startswith("representative.") for name in account.requirements.currently_due)
    person: Any = {**ADA, "relationship": {"representative": True, "title": "CEO"}}
    person["dob"] = {"day": None}
    part: Any = {name: value for name, value in person.items() if name != "dob"}
    made = client.v1.accounts.persons.create(account.id, part)
    assert made.requirements.currently_due == ["dob.day", "dob.month", "dob.year"]
    assert client.v1.accounts.retrieve(account.id).charges_enabled is False
    client.v1.accounts.persons.update(account.id, made.id, {"dob": ADA["dob"]})  # type: ignore[typeddict-item]
    ready = client.v1.accounts.retrieve(account.id)
    assert (ready.charges_enabled, ready.payouts_enabled) == (True, True)
    client.v1.accounts.persons.delete(account.id, made.id)
    gone = client.v1.accounts.retrieve(account.id)
    assert (gone.charges_enabled, gone.requirements.disabled_reason) == (False, "requirements.past_due")
    told = [type for type in types(client, account.id) if type.startswith("person")]
    assert told == ["person.created", "person.updated", "person.deleted"]


def test_a_date_of_birth_that_is_verified_later_keeps_capabilities_pending(
    client: stripe.StripeClient, wait: Callable[[str], None]
) -> None:
    born = {**ADA, "dob": {"day": 1, "month": 1, "year": 1901}}
    asked: Any = {**WANTED, **SHOP, "business_type": "individual", "individual": born, "external_account": BANK}
    account = client.v1.accounts.create(asked)
    assert account.capabilities.to_dict() == {"transfers": "pending"}
    assert account.requirements.disabled_reason == "requirements.pending_verification"
    capability = client.v1.accounts.capabilities.retrieve(account.id, "transfers")
    assert (capability.status, capability.requirements.disabled_reason) == ("pending", "pending.review")
    wait("1 minute")
    assert client.v1.accounts.capabilities.retrieve(account.id, "transfers").status == "active"
    assert types(client, account.id)[-3:] == ["person.updated", "capability.updated", "account.updated"]


def test_capabilities_are_requested_and_given_back(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create(WANTED)
    capabilities = client.v1.accounts.capabilities
    assert capabilities.retrieve(account.id, "card_payments").status == "unrequested"
    asked = capabilities.update(account.id, "card_payments", {"requested": True})
    assert (asked.status, asked.requested, asked.account) == ("inactive", True, account.id)
    assert "external_account" in asked.requirements.currently_due
    assert {each.id for each in capabilities.list(account.id)} == {"transfers", "card_payments"}
    client.v1.accounts.update(account.id, {"capabilities": {"card_payments": {"requested": False}}})
    assert capabilities.retrieve(account.id, "card_payments").status == "unrequested"
    assert client.v1.accounts.retrieve(account.id).capabilities.to_dict() == {"transfers": "inactive"}
    assert types(client, account.id) == ["capability.updated", "account.updated"] * 2
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        capabilities.retrieve(account.id, "flying")
    assert (refusal.value.http_status, refusal.value.user_message) == (404, "No such capability: 'flying'")


def test_one_of_several_external_accounts_is_the_default_of_its_currency(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create(WANTED).id
    externals = client.v1.accounts.external_accounts
    made = client.v1.tokens.create({"bank_account": NUMBERS})  # type: ignore[typeddict-item]
    assert (made.type, made.bank_account.last4, made.id[:5]) == ("bank_account", "6789", "btok_")
    first = externals.create(account, {"external_account": made.id})
    assert isinstance(first, stripe.BankAccount)
    assert (first.id, first.default_for_currency, first.currency) == (made.bank_account.id, True, "usd")
    card = externals.create(account, {"external_account": "tok_visa_debit"})
    assert isinstance(card, stripe.Card)
    assert (card.default_for_currency, card.last4, card.currency) == (False, "5556", "usd")
    euro = externals.create(account, {"external_account": {**BANK, "country": "DE", "currency": "eur"}})  # type: ignore[typeddict-item]
    assert euro.default_for_currency is True  # type: ignore[union-attr]
    assert [each.id for each in externals.list(account, {"object": "card"})] == [card.id]
    assert [each.id for each in externals.list(account)] == [euro.id, card.id, first.id]
    externals.update(account, card.id, {"default_for_currency": True, "metadata": {"a": "b"}})
    assert externals.retrieve(account, first.id).default_for_currency is False  # type: ignore[union-attr]
    assert externals.delete(account, first.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError, match="cannot delete the default external account"):
        externals.delete(account, card.id)
    assert [each.id for each in client.v1.accounts.retrieve(account).external_accounts] == [euro.id, card.id]
    told = [each for each in told_of(client, account) if each.type.startswith("account.external")]
    assert [(each.type.split(".")[-1], each.data.object["id"]) for each in told] == [
        ("created", first.id),
        ("created", card.id),
        ("created", euro.id),
        ("updated", first.id),
        ("updated", card.id),
        ("deleted", first.id),
    ]
    assert changes(told[4]) == {"default_for_currency": False, "metadata": {"a": None}}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("tok_visa", "invalid_card_type"),
        ("btok_none", "resource_missing"),
        ({**BANK, "routing_number": "12"}, "routing_number_invalid"),
        ({**BANK, "account_number": "letters"}, "account_number_invalid"),
        ({"object": "bank_account", "country": "US", "account_number": "000123456789"}, "parameter_missing"),
        ({**BANK, "country": "Elsewhere"}, None),
        ({"object": "card", "number": "4000056655665556", "exp_month": 1, "exp_year": 2040, "currency": "zzz"}, None),
        ({"object": "card", "number": "4242424242424241", "exp_month": 1, "exp_year": 2040}, "incorrect_number"),
    ],
)
def test_what_is_no_external_account_is_refused(client: stripe.StripeClient, given: Any, code: str | None) -> None:
    account = client.v1.accounts.create(WANTED)
    with pytest.raises(stripe.StripeError) as refusal:
        client.v1.accounts.external_accounts.create(account.id, {"external_account": given})
    assert refusal.value.code == code
    assert client.v1.accounts.retrieve(account.id).external_accounts.data == []
    assert types(client, account.id) == []


@pytest.mark.parametrize(
    ("given", "params", "param"),
    [
        ("btok_us_verified", {"exp_month": "5"}, "exp_month"),
        ("btok_us_verified", {"address_city": "Paris"}, "address_city"),
        ("tok_visa_debit_us_transferSuccess", {"account_holder_name": "Ada"}, "account_holder_name"),
    ],
)
def test_an_external_account_takes_no_details_of_the_other_kind(
    client: stripe.StripeClient, given: str, params: Any, param: str
) -> None:
    account = client.v1.accounts.create(WANTED).id
    made = client.v1.accounts.external_accounts.create(account, {"external_account": given})
    before = types(client, account)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.accounts.external_accounts.update(account, made.id, {**params, "metadata": {"a": "1"}})
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", param)
    assert client.v1.accounts.external_accounts.retrieve(account, made.id) == made
    assert types(client, account) == before


def test_an_account_has_a_type_or_a_controller(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="mutually exclusive"):
        client.v1.accounts.create({"type": "express", "controller": {"stripe_dashboard": {"type": "express"}}})
    assert client.v1.accounts.list().data == []


def test_a_bank_token_is_used_once_and_is_no_card(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create(WANTED).id
    token = client.v1.tokens.create({"bank_account": NUMBERS}).id  # type: ignore[typeddict-item]
    with pytest.raises(stripe.InvalidRequestError, match="No such token"):
        client.v1.payment_methods.create({"type": "card", "card": {"token": token}})
    client.v1.accounts.external_accounts.create(account, {"external_account": token})
    with pytest.raises(stripe.InvalidRequestError) as again:
        client.v1.accounts.external_accounts.create(account, {"external_account": token})
    assert again.value.code == "token_already_used"
    assert client.v1.tokens.retrieve("btok_us_verified").bank_account.last4 == "6789"  # type: ignore[union-attr]


def test_persons_are_listed_by_their_relationship(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create(WANTED).id
    persons = client.v1.accounts.persons
    owner = persons.create(account, {"relationship": {"owner": True, "percent_ownership": 60.5}})
    boss = persons.create(account, {"relationship": {"executive": True}})
    assert [each.id for each in persons.list(account)] == [boss.id, owner.id]
    assert [each.id for each in persons.list(account, {"relationship": {"owner": True}})] == [owner.id]
    assert persons.retrieve(account, owner.id).account == account
    with pytest.raises(stripe.InvalidRequestError, match="between 0 and 100"):
        persons.update(account, owner.id, {"relationship": {"percent_ownership": 101}})
    other = client.v1.accounts.create(WANTED).id
    with pytest.raises(stripe.InvalidRequestError, match="No such person"):
        persons.retrieve(other, owner.id)


def test_a_rejected_account_can_do_nothing_until_it_is_unrejected(client: stripe.StripeClient) -> None:
    asked: Any = {**WANTED, **SHOP, "business_type": "individual", "individual": ADA, "external_account": BANK}
    account = client.v1.accounts.create(asked).id
    rejected = client.v1.accounts.reject(account, {"reason": "fraud_other"})
    assert (rejected.charges_enabled, rejected.payouts_enabled) == (False, False)
    assert rejected.requirements.disabled_reason == "rejected.fraud"
    assert rejected.capabilities.to_dict() == {"transfers": "inactive"}
    with pytest.raises(stripe.InvalidRequestError, match="already been rejected"):
        client.v1.accounts.reject(account, {"reason": "other"})
    free = client.v1.accounts.unreject(account)
    assert (free.charges_enabled, free.payouts_enabled, free.requirements.disabled_reason) == (True, True, None)
    leaving = client.v1.accounts.reject(account, {"reason": "terms_of_service", "payouts_action": "none"})
    assert (leaving.charges_enabled, leaving.payouts_enabled) == (False, True)
    assert types(client, account)[-6:] == ["capability.updated", "account.updated"] * 3
    standard = client.v1.accounts.create({"type": "standard"}).id
    with pytest.raises(stripe.InvalidRequestError, match="liable"):
        client.v1.accounts.reject(standard, {"reason": "other"})


def test_an_account_reads_itself_as_its_platform_does(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create(WANTED)
    there: Any = {"stripe_account": account.id}
    bank = client.v1.accounts.external_accounts.create(account.id, {"external_account": "btok_us_verified"})
    assert client.v1.accounts.retrieve_current({}, there).charges_enabled is False
    assert [each.id for each in client.v1.accounts.external_accounts.list(account.id, {}, there)] == [bank.id]
    with pytest.raises(stripe.StripeError) as refusal:
        client.v1.accounts.external_accounts.create(account.id, {"external_account": "btok_us_verified"}, there)
    assert refusal.value.http_status == 501


def test_the_bank_of_ones_own_account_is_told_by_the_same_calls(client: stripe.StripeClient) -> None:
    own = client.v1.accounts.retrieve_current().id
    bank = client.v1.accounts.external_accounts.create(own, {"external_account": "btok_us_verified"})
    assert [each.id for each in client.v1.accounts.external_accounts.list(own)] == [bank.id]
    assert client.v1.events.list().data[0].type == "account.external_account.created"


def test_an_account_that_turns_out_to_be_a_company_is_no_longer_an_individual(client: stripe.StripeClient) -> None:
    asked: Any = {**WANTED, "business_type": "individual", "individual": ADA}
    account = client.v1.accounts.create(asked)
    assert account.individual.first_name == "Ada"
    changed = client.v1.accounts.update(account.id, {"business_type": "company"})
    assert "individual" not in changed
    assert "company.name" in changed.requirements.currently_due


def test_a_deleted_account_takes_what_it_told_along(client: stripe.StripeClient) -> None:
    asked: Any = {**WANTED, "business_type": "individual", "individual": ADA, "external_account": BANK}
    account = client.v1.accounts.create(asked).id
    client.v1.accounts.delete(account)
    with pytest.raises(stripe.PermissionError):
        client.v1.accounts.persons.list(account)
    assert client.v1.accounts.list().data == []


def test_an_external_account_told_with_the_account_replaces_its_default(client: stripe.StripeClient) -> None:
    asked: Any = {**WANTED, "external_account": BANK}
    account = client.v1.accounts.create(asked)
    [old] = account.external_accounts.data
    card = client.v1.accounts.external_accounts.create(account.id, {"external_account": "tok_visa_debit"})
    changed = client.v1.accounts.update(account.id, {"external_account": "btok_us_verified_noAccount"})
    new, kept = changed.external_accounts.data
    assert (new.last4, new.default_for_currency, kept.id) == ("1116", True, card.id)
    told = [each for each in told_of(client, account.id) if each.type.startswith("account.external")]
    assert [(each.type.split(".")[-1], each.data.object["id"]) for each in told] == [
        ("created", old.id),
        ("created", card.id),
        ("created", new.id),
        ("deleted", old.id),
    ]


def test_papers_are_refused_for_nobody_reads_them(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create(WANTED).id
    papers: Any = {"documents": {"company_license": {"files": ["file_1"]}}}
    with pytest.raises(stripe.StripeError) as refusal:
        client.v1.accounts.update(account, papers)
    assert (refusal.value.http_status, refusal.value.json_body["error"]["param"]) == (501, "documents")
