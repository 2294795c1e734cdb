"""Taxes of an invoice that the seller reckons: amounts on its lines, and what its items say to automatic tax."""

from typing import Any

import pytest
import stripe
from api.life import Life

GERMAN: Any = {"country": "DE", "line1": "Weg 1", "city": "Bonn", "postal_code": "53111"}


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def draft(life: Life, amount: int = 2000, **params: Any) -> stripe.Invoice:
    asked: Any = {"customer": life.customer().id, "currency": "usd", **params}
    invoice = life.client.v1.invoices.create(asked)
    life.client.v1.invoices.add_lines(invoice.id, {"lines": [{"amount": amount, "description": "Chair"}]})
    return life.client.v1.invoices.retrieve(invoice.id)


def taxed(amount: int, taxable: int, *, inclusive: bool = False, **more: Any) -> dict[str, Any]:
    data = {"display_name": "Sales Tax", "percentage": 8.25, "inclusive": inclusive, "country": "US", "state": "CA"}
    return {"amount": amount, "taxable_amount": taxable, "tax_rate_data": data, **more}


def put(life: Life, invoice: stripe.Invoice, *amounts: dict[str, Any]) -> stripe.Invoice:
    line: Any = {"id": invoice.lines.data[0].id, "tax_amounts": [*amounts]}
    return life.client.v1.invoices.update_lines(invoice.id, {"lines": [line]})


def test_amounts_on_a_line_are_its_taxes(life: Life) -> None:
    invoice = put(life, draft(life), taxed(166, 2000, taxability_reason="standard_rated"), taxed(10, 1000))
    assert (invoice.subtotal, invoice.total, invoice.total_excluding_tax) == (2000, 2176, 2000)
    [first, second] = invoice.lines.data[0].taxes or []
    assert (first.amount, first.taxable_amount, first.taxability_reason) == (166, 2000, "standard_rated")
    assert (first.tax_behavior, second.taxability_reason) == ("exclusive", "not_available")
    rate = life.client.v1.tax_rates.retrieve(first.tax_rate_details.tax_rate)
    assert (rate.active, rate.percentage, rate.state, rate.id) == (False, 8.25, "CA", second.tax_rate_details.tax_rate)
    assert life.client.v1.invoices.pay(invoice.id).amount_paid == 2176


def test_inclusive_amounts_leave_the_total(life: Life) -> None:
    invoice = put(life, draft(life), taxed(152, 1848, inclusive=True))
    assert (invoice.total, invoice.total_excluding_tax, invoice.subtotal_excluding_tax) == (2000, 1848, 1848)


def test_they_stay_when_the_line_changes_and_go_when_they_are_taken_back(life: Life) -> None:
    invoice = put(life, draft(life), taxed(166, 2000))
    line = invoice.lines.data[0].id
    cheaper = life.client.v1.invoices.update_lines(invoice.id, {"lines": [{"id": line, "amount": 1000}]})
    assert cheaper.total == 1166
    bare: Any = {"lines": [{"id": line, "tax_amounts": ""}]}
    assert life.client.v1.invoices.update_lines(invoice.id, bare).total == 1000


def test_a_line_is_added_with_its_taxes(life: Life) -> None:
    invoice = draft(life)
    line: Any = {"amount": 100, "description": "Nail", "tax_amounts": [taxed(8, 100)]}
    assert life.client.v1.invoices.add_lines(invoice.id, {"lines": [line]}).total == 2108


def test_the_line_of_a_subscription(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    life.advance(28 * 86_400)
    invoice = life.subscription(subscription.id).latest_invoice
    asked: Any = {"tax_amounts": [taxed(165, 2000)]}
    line = life.client.v1.invoices.line_items.update(invoice.id, invoice.lines.data[0].id, asked)
    assert [levy.amount for levy in line.taxes or []] == [165]
    assert life.client.v1.invoices.retrieve(invoice.id).total == 2165


def test_a_revision_takes_them_along(life: Life) -> None:
    invoice = put(life, draft(life), taxed(166, 2000))
    life.client.v1.invoices.finalize_invoice(invoice.id)
    revision = life.client.v1.invoices.create({"from_invoice": {"action": "revision", "invoice": invoice.id}})
    assert revision.total == 2166


def test_what_they_cannot_be_beside(life: Life) -> None:
    rate = life.client.v1.tax_rates.create({"display_name": "VAT", "percentage": 20, "inclusive": False}).id
    invoice = draft(life, default_tax_rates=[rate])
    with pytest.raises(stripe.InvalidRequestError, match="tax rates or automatic tax") as refused:
        put(life, invoice, taxed(1, 2000))
    assert refused.value.param == "lines[0][tax_amounts]"
    odd: Any = {**taxed(1, 2000), "tax_rate_data": {"display_name": "X", "percentage": 101, "inclusive": False}}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        put(life, draft(life), odd)
    assert refused.value.param == "lines[0][tax_amounts][0][tax_rate_data][percentage]"


def test_an_item_says_its_tax_behavior_and_code(life: Life) -> None:
    customer = life.customer().id
    life.client.v1.customers.update(customer, {"address": GERMAN})
    invoice = life.client.v1.invoices.create(
        {"customer": customer, "currency": "usd", "automatic_tax": {"enabled": True}}
    )
    item: Any = {"customer": customer, "invoice": invoice.id, "amount": 1190, "currency": "usd"}
    inside = life.client.v1.invoice_items.create({**item, "tax_behavior": "inclusive"})
    life.client.v1.invoice_items.create({**item, "tax_code": "txcd_00000000"})  # never taxed
    life.client.v1.invoice_items.create(item)
    now = life.client.v1.invoices.retrieve(invoice.id)
    # 1.90 is in the first 11.90, none on the second, 2.26 come on top of the third
    assert [[levy.amount for levy in line.taxes or []] for line in now.lines.data] == [[190], [0], [226]]
    assert now.total == 3 * 1190 + 226
    with pytest.raises(stripe.InvalidRequestError, match="cannot change tax_behavior"):
        life.client.v1.invoice_items.update(inside.id, {"tax_behavior": "exclusive"})


def test_quantities_with_decimals(life: Life) -> None:
    customer = life.customer().id
    items = life.client.v1.invoice_items
    asked: Any = {"customer": customer, "currency": "usd", "unit_amount_decimal": "1000", "quantity_decimal": "2.505"}
    item = items.create(asked)
    # two and a half hours and 18 seconds at 10.00
    assert (item.amount, str(item.quantity_decimal), item.quantity) == (2505, "2.505", 2)
    less: Any = {"quantity_decimal": "0.5"}
    dearer: Any = {"unit_amount_decimal": "3000"}
    assert (items.update(item.id, less).amount, items.update(item.id, dearer).amount) == (500, 1500)
    invoice = life.client.v1.invoices.create({"customer": customer, "pending_invoice_items_behavior": "include"})
    [line] = invoice.lines.data
    assert (line.amount, str(line.quantity_decimal), line.quantity) == (1500, "0.5", 0)
    more: Any = {"lines": [{"id": line.id, "quantity_decimal": "1.5"}]}
    assert life.client.v1.invoices.update_lines(invoice.id, more).total == 4500
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        items.create({**asked, "quantity": 2})


def test_no_invoice_comes_to_more_than_twelve_digits(life: Life) -> None:
    invoice = draft(life, 999_999_999_000)
    more: Any = {"customer": str(invoice.customer), "invoice": invoice.id, "currency": "usd"}
    life.client.v1.invoice_items.create({**more, "amount": 999})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.client.v1.invoice_items.create({**more, "amount": 1})
    assert refused.value.code == "amount_too_large"
    assert life.client.v1.invoices.retrieve(invoice.id).total == 999_999_999_999
