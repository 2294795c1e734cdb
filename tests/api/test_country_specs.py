"""Country specs: of the countries in which accounts can be."""

import pytest
import stripe


def test_a_country_says_its_currency_and_what_it_asks_for(client: stripe.StripeClient) -> None:
    spec = client.v1.country_specs.retrieve("DE")
    assert (spec.id, spec.default_currency) == ("DE", "eur")
    assert spec.supported_bank_account_currencies.to_dict() == {"eur": ["DE"]}
    assert "usd" in spec.supported_payment_currencies
    asked = spec.verification_fields.individual.minimum
    account = client.v1.accounts.create({"type": "custom", "country": "DE", "business_type": "individual"})
    assert sorted([*account.requirements.currently_due, "business_type"]) == asked
    assert "individual.ssn_last_4" in client.v1.country_specs.retrieve("US").verification_fields.individual.minimum


def test_countries_are_listed_in_pages(client: stripe.StripeClient) -> None:
    first = client.v1.country_specs.list({"limit": 2})
    assert [each.id for each in first] == ["AE", "AT"]
    assert [each.id for each in client.v1.country_specs.list({"limit": 1, "starting_after": "AT"})] == ["AU"]
    every = [each.id for each in first.auto_paging_iter()]
    assert len(every) == len(set(every)) > 40
    with pytest.raises(stripe.InvalidRequestError, match="No such country_spec: 'ZZ'"):
        client.v1.country_specs.retrieve("ZZ")
