"""Tax calculations: what tax a sale bears, line by line and in sum."""

from typing import Any

import pytest
import stripe
from api.life import DAY
from api.wire import Wire
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

BERLIN: Any = {"address": {"country": "DE"}, "address_source": "shipping"}


def calculate(client: stripe.StripeClient, *lines: Any, **params: Any) -> stripe.tax.Calculation:
    named = {} if "customer" in params else {"customer_details": BERLIN}
    return client.v1.tax.calculations.create(
        {"currency": "eur", "line_items": list(lines) or [{"amount": 1000, "reference": "L1"}], **named, **params}
    )


def lines_of(client: stripe.StripeClient, calculation: stripe.tax.Calculation) -> list[Any]:
    assert calculation.id
    listed = client.v1.tax.calculations.line_items.list(calculation.id, {"expand": ["data.tax_breakdown"]})
    return listed.data


def test_a_sale_is_taxed_by_where_the_customer_is(client: stripe.StripeClient) -> None:
    made = calculate(client, {"amount": 1000, "reference": "Pizza", "tax_code": "txcd_40060003", "quantity": 2})
    assert (made.object, made.amount_total, made.tax_amount_exclusive, made.tax_amount_inclusive) == (
        "tax.calculation", 1190, 190, 0,
    )  # fmt: skip
    assert made.expires_at == made.tax_date + 90 * DAY
    assert made.customer_details.to_dict() == {
        "address": {"city": None, "country": "DE", "line1": None, "line2": None, "postal_code": None, "state": None},
        "address_source": "shipping",
        "ip_address": None,
        "tax_ids": [],
        "taxability_override": "none",
    }
    assert [entry.to_dict() for entry in made.tax_breakdown] == [
        {
            "amount": 190,
            "inclusive": False,
            "tax_rate_details": {
                "country": "DE",
                "flat_amount": None,
                "percentage_decimal": "19.0",
                "rate_type": "percentage",
                "state": None,
                "tax_type": "vat",
            },
            "taxability_reason": "standard_rated",
            "taxable_amount": 1000,
        }
    ]
    assert (made.customer, made.shipping_cost, made.ship_from_details) == (None, None, None)
    [line] = lines_of(client, made)
    assert line.id.startswith("tax_li_")
    assert (line.object, line.amount, line.amount_tax, line.quantity, line.reference, line.tax_behavior) == (
        "tax.calculation_line_item", 1000, 190, 2, "Pizza", "exclusive",
    )  # fmt: skip
    assert [entry.to_dict() for entry in line.tax_breakdown] == [
        {
            "amount": 190,
            "jurisdiction": {"country": "DE", "display_name": "DE", "level": "country", "state": None},
            "sourcing": "destination",
            "tax_rate_details": {"display_name": "VAT", "percentage_decimal": "19.0", "tax_type": "vat"},
            "taxability_reason": "standard_rated",
            "taxable_amount": 1000,
        }
    ]


def test_lines_are_shown_where_they_are_expanded_and_breakdowns_within_them(client: stripe.StripeClient) -> None:
    assert "line_items" not in calculate(client).to_dict()
    with_lines = calculate(client, expand=["line_items"])
    assert with_lines.line_items is not None
    assert "tax_breakdown" not in with_lines.line_items.data[0].to_dict()
    with_all = calculate(client, expand=["line_items.data.tax_breakdown"])
    assert with_all.line_items is not None
    assert with_all.line_items.data[0].tax_breakdown is not None
    assert with_all.id
    again = client.v1.tax.calculations.retrieve(with_all.id, {"expand": ["line_items.data.tax_breakdown"]})
    assert again.to_dict() == with_all.to_dict()


def test_inclusive_lines_keep_their_amount(client: stripe.StripeClient) -> None:
    made = calculate(
        client,
        {"amount": 1190, "reference": "in", "tax_behavior": "inclusive"},
        {"amount": 1000, "reference": "out"},
        {"amount": 500, "reference": "free", "tax_code": "txcd_00000000"},
    )
    assert (made.amount_total, made.tax_amount_inclusive, made.tax_amount_exclusive) == (2880, 190, 190)
    told = [(entry.inclusive, entry.amount, entry.taxable_amount, entry.taxability_reason) for entry in
            made.tax_breakdown]  # fmt: skip
    assert told == [
        (True, 190, 1000, "standard_rated"),
        (False, 190, 1000, "standard_rated"),
        (False, 0, 0, "product_exempt"),
    ]
    assert [line.amount_tax for line in lines_of(client, made)] == [190, 190, 0]


def test_lines_without_a_reference_are_numbered(client: stripe.StripeClient) -> None:
    made = calculate(client, {"amount": 1}, {"amount": 2, "reference": "Two"}, {"amount": 3})
    assert [line.reference for line in lines_of(client, made)] == ["L1", "Two", "L3"]


def test_a_line_has_the_tax_code_it_names_else_its_products_else_the_accounts(client: stripe.StripeClient) -> None:
    product = client.v1.products.create({"name": "Book", "tax_code": "txcd_35010000"}).id
    lines = [
        {"amount": 1, "reference": "own", "product": product, "tax_code": "txcd_20030000"},
        {"amount": 1, "reference": "product's", "product": product},
        {"amount": 1, "reference": "none"},
    ]
    codes = [line.tax_code for line in lines_of(client, calculate(client, *lines))]
    assert codes == ["txcd_20030000", "txcd_35010000", "txcd_10000000"]
    client.v1.tax.settings.update({"defaults": {"tax_code": "txcd_99999999"}})
    assert lines_of(client, calculate(client, *lines))[2].tax_code == "txcd_99999999"


def test_shipping_is_taxed_as_well(client: stripe.StripeClient) -> None:
    made = calculate(client, shipping_cost={"amount": 500}, expand=["shipping_cost.tax_breakdown"])
    assert (made.amount_total, made.tax_amount_exclusive) == (1785, 285)
    cost = made.shipping_cost
    assert cost is not None
    assert (cost.amount, cost.amount_tax, cost.tax_behavior, cost.tax_code) == (500, 95, "exclusive", "txcd_92010001")
    assert cost.tax_breakdown is not None
    assert cost.tax_breakdown[0].amount == 95
    assert made.id
    plain = client.v1.tax.calculations.retrieve(made.id)
    assert plain.shipping_cost is not None
    assert "tax_breakdown" not in plain.shipping_cost.to_dict()
    assert made.tax_breakdown[0].amount == 285


def test_shipping_costs_what_its_rate_says(client: stripe.StripeClient) -> None:
    rate = client.v1.shipping_rates.create(
        {
            "display_name": "Ground",
            "type": "fixed_amount",
            "fixed_amount": {
                "amount": 700,
                "currency": "usd",
                "currency_options": {"eur": {"amount": 119, "tax_behavior": "inclusive"}},
            },
            "tax_code": "txcd_00000000",
        }
    )
    cost = calculate(client, shipping_cost={"shipping_rate": rate.id}).shipping_cost
    assert cost is not None
    assert (cost.amount, cost.amount_tax, cost.tax_behavior, cost.tax_code, cost.shipping_rate) == (
        119, 0, "inclusive", "txcd_00000000", rate.id,
    )  # fmt: skip
    with pytest.raises(stripe.InvalidRequestError, match="no amount in gbp"):
        calculate(client, currency="gbp", shipping_cost={"shipping_rate": rate.id})


def test_a_customer_brings_address_and_tax_ids(client: stripe.StripeClient) -> None:
    client.v1.tax.settings.update({"head_office": {"address": {"country": "DE"}}})
    ada = client.v1.customers.create(
        {"address": {"country": "FR"}, "tax_id_data": [{"type": "eu_vat", "value": "FRAB123456789"}]}
    )
    made = calculate(client, customer=ada.id)
    assert (made.customer, made.amount_total, made.tax_breakdown[0].taxability_reason) == (
        ada.id, 1000, "reverse_charge",
    )  # fmt: skip
    details = made.customer_details
    assert details.address is not None
    assert (details.address.country, details.address_source) == ("FR", "billing")
    assert [tax_id.to_dict() for tax_id in details.tax_ids] == [{"type": "eu_vat", "value": "FRAB123456789"}]


def test_an_invoice_and_a_calculation_come_to_the_same(client: stripe.StripeClient) -> None:
    ada = client.v1.customers.create({"address": {"country": "FI"}})
    for amount in (999, 1, 333):
        client.v1.invoice_items.create({"customer": ada.id, "currency": "eur", "amount": amount})
    invoice = client.v1.invoices.create(
        {"customer": ada.id, "pending_invoice_items_behavior": "include", "automatic_tax": {"enabled": True}}
    )
    made = calculate(client, *({"amount": amount} for amount in (999, 1, 333)), customer=ada.id)
    assert invoice.total_taxes is not None
    assert (made.amount_total, made.tax_amount_exclusive) == (invoice.total, invoice.total_taxes[0].amount)


SOLD = st.fixed_dictionaries(
    {
        "amount": st.integers(0, 10_000_000),
        "tax_behavior": st.sampled_from(["inclusive", "exclusive"]),
        "tax_code": st.sampled_from(["txcd_99999999", "txcd_00000000"]),
    }
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SOLD, min_size=1, max_size=5), st.sampled_from(["DE", "FI", "CH", "US"]), SOLD)
def test_lines_breakdown_and_totals_agree(client: stripe.StripeClient, sold: Any, country: str, shipping: Any) -> None:
    where: Any = {"address": {"country": country, "postal_code": "94103"}}
    made = calculate(client, *sold, customer_details=where, shipping_cost=shipping)
    cost = made.shipping_cost
    assert cost is not None
    parts = [*lines_of(client, made), cost]
    exclusive, inclusive = (
        sum(part.amount_tax for part in parts if part.tax_behavior == behavior)
        for behavior in ("exclusive", "inclusive")
    )
    assert (made.tax_amount_exclusive, made.tax_amount_inclusive) == (exclusive, inclusive)
    assert made.amount_total == sum(part.amount for part in parts) + exclusive
    assert exclusive == sum(entry.amount for entry in made.tax_breakdown if not entry.inclusive)
    assert inclusive == sum(entry.amount for entry in made.tax_breakdown if entry.inclusive)


@pytest.mark.parametrize("override", ["customer_exempt", "reverse_charge"])
def test_a_shop_may_say_that_no_tax_is_due(client: stripe.StripeClient, override: Any) -> None:
    made = calculate(client, customer_details={**BERLIN, "taxability_override": override})
    assert (made.amount_total, made.tax_breakdown[0].taxability_reason) == (1000, override)
    [line] = lines_of(client, made)
    assert line.tax_breakdown[0].tax_rate_details is None


def test_goods_are_sold_from_where_they_are_shipped(client: stripe.StripeClient) -> None:
    business = {**BERLIN, "tax_ids": [{"type": "eu_vat", "value": "DE123456789"}]}
    assert calculate(client, customer_details=business).amount_total == 1190  # from the United States
    french = calculate(client, customer_details=business, ship_from_details={"address": {"country": "FR"}})
    assert (french.amount_total, french.tax_breakdown[0].taxability_reason) == (1000, "reverse_charge")


def test_a_performance_is_taxed_where_it_takes_place(client: stripe.StripeClient) -> None:
    hall = client.v1.tax.locations.create({"type": "performance", "address": {"country": "FR"}})
    [line] = lines_of(client, calculate(client, {"amount": 1000, "reference": "A", "performance_location": hall.id}))
    assert (line.amount_tax, line.performance_location, line.tax_breakdown[0].sourcing) == (200, hall.id, "performance")


def test_tax_is_collected_where_there_is_a_registration_at_the_tax_date(client: stripe.StripeClient) -> None:
    now = calculate(client).tax_date
    client.v1.tax.registrations.create(
        {
            "country": "US",
            "country_options": {"us": {"type": "state_sales_tax", "state": "TX"}},
            "active_from": now + 10 * DAY,
        }
    )
    texan: Any = {"address": {"country": "US", "state": "TX", "postal_code": "73301"}, "address_source": "billing"}
    early = calculate(client, customer_details=texan)
    assert (early.amount_total, early.tax_breakdown[0].taxability_reason) == (1000, "not_collecting")
    later = calculate(client, customer_details=texan, tax_date=now + 11 * DAY)
    assert later.amount_total == 1063  # 6.25 % of 1000 is 62.5
    details = later.tax_breakdown[0].tax_rate_details
    assert (details.state, details.tax_type, details.percentage_decimal) == ("TX", "sales_tax", "6.25")


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"line_items": []}, "line_items"),
        ({"line_items": [{"amount": -1}]}, "line_items[0][amount]"),
        ({"line_items": [{"amount": 1, "quantity": 0}]}, "line_items[0][quantity]"),
        ({"line_items": [{"amount": 1, "tax_code": "books"}]}, "line_items[0][tax_code]"),
        ({"line_items": [{"amount": 1, "product": "prod_x"}]}, "line_items[0][product]"),
        ({"line_items": [{"amount": 1, "reference": "A"}] * 2}, "line_items[1][reference]"),
        ({"line_items": [{"amount": 1}, {"amount": 1, "reference": "L1"}]}, "line_items[1][reference]"),
        ({"line_items": [{"amount": 1}] * 101}, "line_items"),
        ({"currency": "abc"}, "currency"),
        ({"customer_details": {}}, "customer_details"),
        ({"customer_details": {"address": {"country": "US"}}}, "customer_details[address]"),
        ({"customer_details": {"taxability_override": "none"}}, "customer_details[address]"),
        ({"customer": "cus_x"}, "customer_details"),
        ({"shipping_cost": {"tax_behavior": "inclusive"}}, "shipping_cost[amount]"),
        ({"shipping_cost": {"amount": -5}}, "shipping_cost[amount]"),
        ({"shipping_cost": {"shipping_rate": "shr_x"}}, "shipping_cost[shipping_rate]"),
        ({"tax_date": 1}, "tax_date"),
        ({"tax_date": 0}, "tax_date"),
        ({"ship_from_details": {"address": {"country": "US"}}}, "ship_from_details[address]"),
    ],
)
def test_what_cannot_be_calculated_is_refused(client: stripe.StripeClient, params: Any, param: str) -> None:
    sent = {"currency": "eur", "customer_details": BERLIN, "line_items": [{"amount": 1}], **params}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.tax.calculations.create(sent)
    assert (refused.value.http_status, refused.value.param) == (400, param)


def test_a_calculation_is_gone_after_ninety_days(client: stripe.StripeClient, wire: Wire) -> None:
    made = calculate(client)
    assert made.id
    assert wire.post("/_mockbill/clock/advance", '{"by": "91 days"}').status_code == 200
    with pytest.raises(stripe.InvalidRequestError, match="No such tax calculation") as refused:
        client.v1.tax.calculations.retrieve(made.id)
    assert refused.value.http_status == 404
    with pytest.raises(stripe.InvalidRequestError, match="has expired"):
        client.v1.tax.transactions.create_from_calculation({"calculation": made.id, "reference": "order_1"})
