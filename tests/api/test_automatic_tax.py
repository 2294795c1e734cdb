"""Automatic tax: from where the customer is, by the shipped table of rates."""

from typing import Any

import pytest
import stripe
from api.life import HOUR, Life

MONTH_END = 1_772_272_800  # 2026-02-28T10:00:00Z
ON: Any = {"automatic_tax": {"enabled": True}}


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def settled(life: Life, country: str | None, **fields: Any) -> stripe.Customer:
    customer = life.customer()
    address: Any = {"country": country, **fields} if country else None
    if address:
        life.client.v1.customers.update(customer.id, {"address": address})
    life.events()
    return customer


def at_home_in(life: Life, country: str) -> None:
    life.client.v1.tax.settings.update({"head_office": {"address": {"country": country}}})
    assert life.events() == ["tax.settings.updated"]


def test_a_subscription_is_taxed_by_its_customers_country(life: Life) -> None:
    customer = settled(life, "DE")
    subscription = life.subscribe(customer, life.price(1000), **ON)
    assert subscription.automatic_tax.to_dict() == {
        "disabled_reason": None,
        "enabled": True,
        "liability": {"type": "self"},
    }
    invoice = subscription.latest_invoice
    assert (invoice.subtotal, invoice.total_excluding_tax, invoice.total, invoice.amount_paid) == (
        1000, 1000, 1190, 1190,
    )  # fmt: skip
    assert invoice.automatic_tax.to_dict() == {
        "disabled_reason": None,
        "enabled": True,
        "liability": {"type": "self"},
        "provider": "stripe",
        "status": "complete",
    }
    [tax] = invoice.lines.data[0].taxes
    assert (tax.amount, tax.tax_behavior, tax.taxable_amount, tax.taxability_reason) == (
        190, "exclusive", 1000, "standard_rated",
    )  # fmt: skip
    rate = life.client.v1.tax_rates.retrieve(tax.tax_rate_details.tax_rate)
    assert (rate.country, rate.percentage, rate.tax_type, rate.display_name) == ("DE", 19.0, "vat", "VAT")
    assert life.client.v1.tax_rates.list().data == []
    life.advance_to(MONTH_END + HOUR)
    renewal = life.subscription(subscription.id).latest_invoice
    assert (renewal.amount_paid, renewal.automatic_tax.status) == (1190, "complete")
    assert renewal.total_taxes[0].tax_rate_details.tax_rate == rate.id


def test_nothing_else_is_told_than_without_tax(life: Life) -> None:
    price = life.price(1000)
    life.subscribe(settled(life, "DE"), price)
    plain = life.events()
    life.subscribe(settled(life, "DE"), price, **ON)
    assert life.events() == [event for event in plain if not event.startswith("tax")]


@pytest.mark.parametrize(
    ("tax_behavior", "default", "total", "tax"),
    [
        ("inclusive", None, 1000, 160),  # 1000 − 1000/1.19 = 159.66
        ("exclusive", "inclusive", 1190, 190),
        ("unspecified", None, 1190, 190),
        ("unspecified", "inclusive", 1000, 160),
        ("unspecified", "inferred_by_currency", 1190, 190),
    ],
)
def test_the_price_says_whether_it_includes_tax_or_the_settings_do(
    life: Life, tax_behavior: Any, default: Any, total: int, tax: int
) -> None:
    if default:
        life.client.v1.tax.settings.update({"defaults": {"tax_behavior": default}})
    product = life.client.v1.products.create({"name": "Pro"})
    price = life.client.v1.prices.create(
        {
            "currency": "usd",
            "unit_amount": 1000,
            "recurring": {"interval": "month"},
            "product": product.id,
            "tax_behavior": tax_behavior,
        }
    )
    invoice = life.subscribe(settled(life, "DE"), price, **ON).latest_invoice
    assert (invoice.total, invoice.total_taxes[0].amount) == (total, tax)


def test_the_united_states_collect_nothing_without_a_table(life: Life) -> None:
    customer = settled(life, "US", state="CA", postal_code="94103")
    invoice = life.subscribe(customer, life.price(1000), **ON).latest_invoice
    assert (invoice.total, invoice.automatic_tax.status) == (1000, "complete")
    [tax] = invoice.total_taxes
    assert (tax.amount, tax.taxability_reason) == (0, "not_collecting")


@pytest.mark.parametrize("number", ["FRAB123456789", "FR11111111111"])  # the second one is found to be unverified
def test_a_business_abroad_owes_the_tax_itself_whatever_becomes_of_its_number(life: Life, number: str) -> None:
    at_home_in(life, "DE")
    customer, price = settled(life, "FR"), life.price(1000)
    assert life.subscribe(customer, price, **ON).latest_invoice.total == 1200
    life.client.v1.customers.tax_ids.create(customer.id, {"type": "eu_vat", "value": number})
    life.advance(60)
    invoice = life.subscribe(customer, price, **ON).latest_invoice
    [tax] = invoice.total_taxes
    assert (invoice.total, tax.amount, tax.taxability_reason) == (1000, 0, "reverse_charge")


def test_an_exempt_customer_pays_none(life: Life) -> None:
    customer = settled(life, "DE")
    life.client.v1.customers.update(customer.id, {"tax_exempt": "exempt"})
    invoice = life.subscribe(customer, life.price(1000), **ON).latest_invoice
    assert (invoice.total, invoice.total_taxes[0].taxability_reason) == (1000, "customer_exempt")


@pytest.mark.parametrize("fields", [{}, {"country": "US", "state": "CA"}])
def test_a_subscription_needs_to_know_where_its_customer_is(life: Life, fields: dict[str, Any]) -> None:
    customer = settled(life, fields.pop("country", None), **fields)
    price = life.price(1000)
    with pytest.raises(stripe.InvalidRequestError, match="location isn't recognized") as refused:
        life.subscribe(customer, price, **ON)
    assert (refused.value.code, refused.value.http_status) == ("customer_tax_location_invalid", 400)
    subscription = life.subscribe(customer, price)
    life.events()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.client.v1.subscriptions.update(subscription.id, ON)
    assert refused.value.code == "customer_tax_location_invalid"
    assert life.events() == []


def test_tax_rates_and_automatic_tax_exclude_each_other(life: Life) -> None:
    customer, price = settled(life, "DE"), life.price(1000)
    rate = life.client.v1.tax_rates.create({"display_name": "VAT", "percentage": 7, "inclusive": False}).id
    life.events()
    for params, param in (
        ({"default_tax_rates": [rate]}, "default_tax_rates"),
        ({"items": [{"price": price.id, "tax_rates": [rate]}]}, "items[0][tax_rates]"),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="together with") as refused:
            life.subscribe(customer, price, **ON, **params)
        assert refused.value.param == param
    with pytest.raises(stripe.InvalidRequestError, match="together with"):
        life.client.v1.invoices.create({"customer": customer.id, "default_tax_rates": [rate], **ON})
    by_hand = life.subscribe(customer, price, default_tax_rates=[rate])
    with pytest.raises(stripe.InvalidRequestError, match="together with"):
        life.client.v1.subscriptions.update(by_hand.id, ON)
    changed = life.client.v1.subscriptions.update(by_hand.id, {"default_tax_rates": "", **ON})
    assert (changed.automatic_tax.enabled, changed.default_tax_rates) == (True, [])
    with pytest.raises(stripe.InvalidRequestError, match="together with"):
        life.client.v1.subscriptions.update(by_hand.id, {"default_tax_rates": [rate]})
    off = life.client.v1.subscriptions.update(by_hand.id, {"automatic_tax": {"enabled": False}})
    assert off.automatic_tax.to_dict() == {"disabled_reason": None, "enabled": False, "liability": None}


def test_an_invoice_waits_for_the_location_and_is_not_finalized_without(life: Life) -> None:
    customer, invoices = settled(life, None), life.client.v1.invoices
    draft = invoices.create({"customer": customer.id, **ON})
    life.client.v1.invoice_items.create(
        {"customer": customer.id, "invoice": draft.id, "amount": 1000, "currency": "usd"}
    )
    draft = invoices.retrieve(draft.id)
    assert (draft.automatic_tax.status, draft.total, draft.total_taxes) == ("requires_location_inputs", 1000, [])
    life.events()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        invoices.finalize_invoice(draft.id)
    assert (refused.value.code, refused.value.http_status) == ("customer_tax_location_invalid", 400)
    [failed] = life.new_events()
    assert failed.type == "invoice.finalization_failed"
    assert failed.data.object.status == "draft"
    assert failed.data.object.last_finalization_error.code == "customer_tax_location_invalid"
    life.client.v1.customers.update(customer.id, {"address": {"country": "NO"}})
    opened = invoices.finalize_invoice(draft.id)
    assert (opened.status, opened.total, opened.automatic_tax.status) == ("open", 1250, "complete")
    assert (opened.customer_address.country, opened.last_finalization_error) == ("NO", None)


def test_a_renewal_without_a_location_stays_a_draft(life: Life) -> None:
    customer = settled(life, "DE")
    subscription = life.subscribe(customer, life.price(1000), **ON)
    life.client.v1.customers.update(customer.id, {"address": ""})
    life.events()
    life.advance_to(MONTH_END)
    told = life.advance(3 * HOUR)
    assert told == ["invoice.finalization_failed"]
    current = life.subscription(subscription.id)
    draft = current.latest_invoice
    assert (current.status, draft.status, draft.automatic_tax.status) == (
        "active", "draft", "requires_location_inputs",
    )  # fmt: skip
    assert (draft.automatically_finalizes_at, draft.next_payment_attempt) == (None, None)
    life.client.v1.customers.update(customer.id, {"address": {"country": "AT"}})
    paid = life.client.v1.invoices.pay(draft.id)
    assert (paid.status, paid.amount_paid) == ("paid", 1200)


def test_a_renewal_that_is_finalized_by_hand_once_mended_is_charged_an_hour_later(life: Life) -> None:
    customer = settled(life, "DE")
    subscription = life.subscribe(customer, life.price(1000), **ON)
    life.client.v1.customers.update(customer.id, {"address": ""})
    life.advance_to(MONTH_END + 3 * HOUR)
    life.client.v1.customers.update(customer.id, {"address": {"country": "AT"}})
    opened = life.client.v1.invoices.finalize_invoice(life.subscription(subscription.id).latest_invoice.id)
    assert (opened.status, opened.next_payment_attempt) == ("open", MONTH_END + 4 * HOUR)
    assert "charge.succeeded" in life.advance(HOUR)
    assert life.client.v1.invoices.retrieve(opened.id).status == "paid"


def test_an_invoice_is_switched_between_both(life: Life) -> None:
    customer, invoices = settled(life, "CH"), life.client.v1.invoices
    draft = invoices.create({"customer": customer.id})
    life.client.v1.invoice_items.create(
        {"customer": customer.id, "invoice": draft.id, "amount": 1000, "currency": "usd"}
    )
    assert invoices.update(draft.id, ON).total == 1081
    off = invoices.update(draft.id, {"automatic_tax": {"enabled": False}})
    assert (off.total, off.total_taxes, off.automatic_tax.status) == (1000, [], None)


def test_a_customer_says_whether_it_can_be_taxed(life: Life) -> None:
    expand: Any = {"expand": ["tax"]}
    for country, answer in ((None, "unrecognized_location"), ("DE", "supported"), ("BR", "not_collecting")):
        shown = life.client.v1.customers.retrieve(settled(life, country).id, expand)
        assert shown.tax.automatic_tax == answer
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.client.v1.customers.create({"tax": {"validate_location": "immediately"}})
    assert refused.value.code == "customer_tax_location_invalid"
    made = life.client.v1.customers.create(
        {"address": {"country": "SE"}, "tax": {"validate_location": "immediately"}, **expand}
    )
    assert made.tax.location.country == "SE"
