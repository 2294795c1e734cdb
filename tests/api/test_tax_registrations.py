"""Registrations: scheduled, active, expired; and what they leave of automatic tax."""

from typing import Any

import pytest
import stripe
from api.life import DAY, Life
from api.wire import Wire

ON: Any = {"automatic_tax": {"enabled": True}}
GERMAN: Any = {"type": "standard"}
CALIFORNIAN: Any = {"type": "state_sales_tax", "state": "CA"}


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def register(client: stripe.StripeClient, country: str, options: Any, **params: Any) -> stripe.tax.Registration:
    return client.v1.tax.registrations.create(
        {"country": country, "country_options": {country.lower(): options}, "active_from": "now", **params}
    )


def invoiced(life: Life, country: str, **address: Any) -> stripe.Invoice:
    customer = life.customer()
    life.client.v1.customers.update(customer.id, {"address": {"country": country, **address}})
    invoice = life.subscribe(customer, life.price(1000), **ON).latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    return invoice


def test_a_registration_begins_now_and_stays(client: stripe.StripeClient) -> None:
    made = register(client, "DE", GERMAN)
    assert (made.object, made.country, made.status, made.expires_at) == ("tax.registration", "DE", "active", None)
    assert made.active_from == made.created
    assert made.country_options.to_dict() == {
        "de": {"standard": {"place_of_supply_scheme": "standard"}, "type": "standard"}
    }
    assert client.v1.tax.registrations.retrieve(made.id).to_dict() == made.to_dict()


def test_statuses_follow_the_accounts_clock(client: stripe.StripeClient, wire: Wire) -> None:
    now = register(client, "DE", GERMAN).created
    later = register(client, "US", CALIFORNIAN, active_from=now + DAY, expires_at=now + 3 * DAY)
    assert later.status == "scheduled"
    assert [one.id for one in client.v1.tax.registrations.list({"status": "scheduled"}).data] == [later.id]
    assert len(client.v1.tax.registrations.list({"status": "all"}).data) == 2
    for days, status in ((2, "active"), (2, "expired")):
        assert wire.post("/_mockbill/clock/advance", f'{{"by": "{days} days"}}').status_code == 200
        assert client.v1.tax.registrations.retrieve(later.id).status == status
        assert client.v1.tax.registrations.list({"status": status, "limit": 1}).data[0].id == later.id


def test_a_registration_ends_now_or_later_or_never(client: stripe.StripeClient) -> None:
    made = register(client, "DE", GERMAN)
    ending = client.v1.tax.registrations.update(made.id, {"expires_at": made.created + DAY})
    assert (ending.status, ending.expires_at) == ("active", made.created + DAY)
    assert client.v1.tax.registrations.update(made.id, {"expires_at": ""}).expires_at is None
    over = client.v1.tax.registrations.update(made.id, {"expires_at": "now"})
    assert over.status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="has expired"):
        client.v1.tax.registrations.update(made.id, {"expires_at": ""})
    assert register(client, "DE", GERMAN).status == "active"


@pytest.mark.parametrize(
    ("country", "options", "more", "param"),
    [
        ("XX", {"type": "standard"}, {}, "country"),
        ("US", {"type": "state_sales_tax", "state": "ZZ"}, {}, "country_options[us][state]"),
        ("CA", {"type": "province_standard"}, {}, "country_options[ca][province_standard][province]"),
        ("DE", GERMAN, {"expires_at": 1}, "expires_at"),
        ("DE", GERMAN, {"active_from": 1}, "active_from"),
        ("DE", GERMAN, {"country_options": {"fr": GERMAN}}, "country_options[de]"),
        ("DE", GERMAN, {"country_options": {"de": GERMAN, "fr": GERMAN}}, "country_options[fr]"),
    ],
)
def test_what_is_no_registration_is_refused(
    client: stripe.StripeClient, wire: Wire, country: str, options: Any, more: Any, param: str
) -> None:
    params = {"country": country, "country_options": {country.lower(): options}, "active_from": "now", **more}
    if country == "XX":
        params["country_options"] = {"de": GERMAN}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.tax.registrations.create(params)
    assert (refused.value.http_status, refused.value.param) == (400, param)
    assert client.v1.tax.registrations.list().data == []


def test_one_cannot_be_registered_twice_at_a_time(client: stripe.StripeClient) -> None:
    register(client, "US", CALIFORNIAN)
    register(client, "US", {"type": "state_sales_tax", "state": "NY"})
    with pytest.raises(stripe.InvalidRequestError, match="already"):
        register(client, "US", CALIFORNIAN)


def test_one_does_not_become_registered_twice_by_an_update(client: stripe.StripeClient) -> None:
    now = register(client, "US", CALIFORNIAN).created
    first = register(client, "DE", GERMAN, active_from=now + DAY, expires_at=now + 2 * DAY)
    second = register(client, "DE", GERMAN, active_from=now + 3 * DAY)
    overlaps: list[Any] = [(first, {"expires_at": ""}, "expires_at"), (second, {"active_from": "now"}, "active_from")]
    for registration, params, param in overlaps:
        with pytest.raises(stripe.InvalidRequestError, match="already") as refused:
            client.v1.tax.registrations.update(registration.id, params)
        assert refused.value.param == param
        kept = client.v1.tax.registrations.retrieve(registration.id)
        assert (kept.active_from, kept.expires_at) == (registration.active_from, registration.expires_at)
    longer = client.v1.tax.registrations.update(first.id, {"expires_at": now + 3 * DAY})
    assert longer.expires_at == second.active_from


def test_from_the_first_registration_on_tax_is_collected_only_where_there_is_one(life: Life) -> None:
    assert invoiced(life, "FR").total == 1200  # by the table, as long as nothing is registered
    register(life.client, "DE", GERMAN)
    assert invoiced(life, "DE").total == 1190
    abroad = invoiced(life, "FR")
    assert abroad.total_taxes is not None
    assert (abroad.total, abroad.total_taxes[0].taxability_reason) == (1000, "not_collecting")


def test_the_one_stop_shop_covers_the_european_union(life: Life) -> None:
    register(life.client, "DE", {"type": "oss_union"})
    assert [invoiced(life, country).total for country in ("DE", "FR", "CH")] == [1190, 1200, 1000]


def test_a_state_of_the_united_states_collects_its_own_tax(life: Life) -> None:
    register(life.client, "US", CALIFORNIAN)
    taxed = invoiced(life, "US", state="CA", postal_code="94103")
    assert taxed.total == 1073  # 7.25 % of 10 dollars, rounded up from a half
    assert taxed.total_taxes is not None
    details = taxed.total_taxes[0].tax_rate_details
    assert details is not None
    rate = life.client.v1.tax_rates.retrieve(details.tax_rate)
    assert (rate.state, rate.tax_type, rate.percentage) == ("CA", "sales_tax", 7.25)
    assert invoiced(life, "US", state="NY", postal_code="10001").total == 1000


def test_a_customer_says_whether_tax_is_collected_from_it(life: Life) -> None:
    register(life.client, "DE", GERMAN)
    told = []
    for country in ("DE", "FR"):
        customer = life.customer()
        life.client.v1.customers.update(customer.id, {"address": {"country": country}})
        tax = life.client.v1.customers.retrieve(customer.id, {"expand": ["tax"]}).tax
        told.append(tax.automatic_tax)
    assert told == ["supported", "not_collecting"]


def test_products_without_a_code_have_that_of_the_settings(life: Life) -> None:
    life.client.v1.tax.settings.update({"defaults": {"tax_code": "txcd_00000000"}})
    invoice = invoiced(life, "DE")
    assert invoice.total_taxes is not None
    assert (invoice.total, invoice.total_taxes[0].taxability_reason) == (1000, "product_exempt")


def test_the_settings_are_active_and_tell_of_their_changes(life: Life) -> None:
    settings = life.client.v1.tax.settings.retrieve()
    assert (settings.status, settings.status_details.to_dict()) == ("active", {"active": {}})
    life.client.v1.tax.settings.update({"head_office": {"address": {"country": "DE"}}})
    [told] = life.new_events()
    assert told.type == "tax.settings.updated"
    assert told.data.to_dict()["previous_attributes"] == {"head_office": None}
    with pytest.raises(stripe.InvalidRequestError, match="Country 'ZZ' is unknown"):
        life.client.v1.tax.settings.update({"head_office": {"address": {"country": "ZZ"}}})
    assert life.events() == []


def test_a_location_has_an_address_that_is_known(client: stripe.StripeClient) -> None:
    hall = client.v1.tax.locations.create(
        {"type": "performance", "address": {"country": "DE", "city": "Köln"}, "description": "Hall"}
    )
    assert (hall.object, hall.description, hall.address.city, hall.id[:7]) == (
        "tax.location",
        "Hall",
        "Köln",
        "taxloc_",
    )
    assert [one.id for one in client.v1.tax.locations.list({"type": "performance"}).data] == [hall.id]
    with pytest.raises(stripe.InvalidRequestError, match="isn't recognized"):
        client.v1.tax.locations.create({"type": "performance", "address": {"country": "US"}})
