"""Accounts: one's own, and connected ones."""

import pytest
import stripe


def test_a_new_connected_account_has_everything_to_tell(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create({"type": "standard", "country": "AU", "email": "farm@example.com"})
    assert (account.default_currency, account.charges_enabled, account.type) == ("aud", False, "standard")
    assert account.requirements.disabled_reason == "requirements.past_due"
    assert "external_account" in account.requirements.currently_due
    assert client.v1.accounts.retrieve(account.id).email == "farm@example.com"


def test_it_is_updated_and_deleted(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create({"type": "express", "capabilities": {"transfers": {"requested": True}}})
    assert account.capabilities.to_dict() == {"transfers": "inactive"}
    assert client.v1.accounts.update(account.id, {"metadata": {"a": "b"}}).metadata.to_dict() == {"a": "b"}
    assert client.v1.accounts.delete(account.id).deleted is True
    with pytest.raises(stripe.PermissionError) as refusal:
        client.v1.accounts.retrieve(account.id)
    assert refusal.value.http_status == 403
    assert refusal.value.json_body["error"]["code"] == "account_invalid"


def test_what_is_told_of_it_joins_what_was_known(client: stripe.StripeClient) -> None:
    told = {"business_profile": {"name": "Farm"}, "controller": {"fees": {"payer": "account"}}}
    account = client.v1.accounts.create({**told, "country": "SE", "default_currency": "SEK"})  # type: ignore[typeddict-item]
    assert (account.business_profile.name, account.business_profile.url) == ("Farm", None)
    assert (account.controller.is_controller, account.controller.losses.payments) == (True, "stripe")
    assert account.default_currency == "sek"
    with pytest.raises(stripe.InvalidRequestError, match="Invalid currency: zzz"):
        client.v1.accounts.create({"default_currency": "zzz"})


def test_ones_own_account_lacks_nothing(client: stripe.StripeClient) -> None:
    own = client.v1.accounts.retrieve_current()
    assert (own.charges_enabled, own.payouts_enabled, own.requirements.currently_due) == (True, True, [])
    assert client.v1.accounts.retrieve(own.id).id == own.id


def test_a_connected_account_has_its_own_data(client: stripe.StripeClient) -> None:
    account = client.v1.accounts.create({"type": "standard"})
    there = {"stripe_account": account.id}
    customer = client.v1.customers.create({"email": "there@example.com"}, there)
    assert [each.id for each in client.v1.customers.list({}, there)] == [customer.id]
    assert client.v1.customers.list().data == []
