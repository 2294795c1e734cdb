"""Credit notes by lines: quantities, amounts, discounts and taxes in proportion."""

from typing import Any

import pytest
import stripe
from api.crediting import billed, by_line, credit, now, refused, vat
from api.life import Life


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def test_a_line_by_quantity(life: Life) -> None:
    customer = life.customer()
    price = life.client.v1.prices.create({"currency": "usd", "unit_amount": 700, "product_data": {"name": "Mug"}})
    item: Any = {"customer": customer.id, "pricing": {"price": price.id}, "quantity": 3}
    life.client.v1.invoice_items.create(item)
    made = life.client.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    invoice = life.client.v1.invoices.finalize_invoice(made.id)
    note = credit(life, invoice, lines=[by_line(invoice, quantity=2, metadata={"why": "broken"})])
    [line] = note.lines.data
    assert (note.total, line.amount, line.quantity, line.unit_amount) == (1400, 1400, 2, 700)
    assert (line.type, line.invoice_line_item) == ("invoice_line_item", invoice.lines.data[0].id)
    assert (line.description, line.metadata.to_dict()) == ("Mug", {"why": "broken"})
    assert "($" not in str(refused(life, invoice, lines=[by_line(invoice, quantity=2)])), "one is left"
    assert "by quantity" in str(refused(life, invoice, lines=[by_line(invoice, amount=100)]))
    assert credit(life, invoice, lines=[by_line(invoice, quantity=1)]).total == 700
    assert now(life, invoice).status == "paid"


def test_a_line_by_amount(life: Life) -> None:
    invoice = billed(life, 1000, 500)
    note = credit(life, invoice, lines=[by_line(invoice, 1, amount=200), by_line(invoice, 0, amount=50)], amount=250)
    assert [(line.amount, line.description, line.unit_amount) for line in note.lines.data] == [
        (200, invoice.lines.data[1].description, None),
        (50, invoice.lines.data[0].description, None),
    ]
    named = invoice.lines.data[1].amount - 200
    refusal = refused(life, invoice, lines=[by_line(invoice, 1, amount=named + 1)])
    assert refusal.param == "lines[0][amount]"
    twice = [by_line(invoice, 1, amount=named), by_line(invoice, 1, amount=1)]
    assert refused(life, invoice, lines=twice).param == "lines[1][amount]"
    assert refused(life, invoice, lines=[by_line(invoice, 1, quantity=1)]).param == "lines[0][quantity]"


def test_a_line_that_is_on_no_invoice(life: Life) -> None:
    invoice = billed(life)
    custom = {"type": "custom_line_item", "description": "Goodwill", "quantity": 3, "unit_amount_decimal": "33.5"}
    note = credit(life, invoice, lines=[{**custom, "tax_rates": [vat(life, 20)]}])
    [line] = note.lines.data
    # 3 × 33.5 = 100.5, which is 101; 20 % of that are 20.2
    assert (line.amount, line.quantity, line.unit_amount, line.unit_amount_decimal) == (101, 3, None, 33.5)
    assert [(tax.amount, tax.tax_behavior, tax.taxable_amount) for tax in line.taxes] == [(20, "exclusive", 101)]
    assert (note.subtotal, note.total, note.total_excluding_tax) == (101, 121, 101)
    assert [rate.percentage for rate in line.tax_rates] == [20]


def test_discounts_and_taxes_come_back_in_proportion(life: Life) -> None:
    coupon = life.client.v1.coupons.create({"percent_off": 10, "duration": "once"})
    discounts = [{"coupon": coupon.id}]
    invoice = billed(life, 10_000, discounts=discounts, default_tax_rates=[vat(life, 19)])
    # 100.00 less 10.00, and 19 % of 90.00: 17.10
    assert (invoice.total, invoice.total_taxes[0].amount) == (10_710, 1710)
    note = credit(life, invoice, lines=[by_line(invoice, amount=2500)])
    # a quarter: 25.00 less 2.50, and 4.275 of tax, rounded up
    assert (note.subtotal, note.discount_amount, note.total_excluding_tax, note.total) == (2500, 250, 2250, 2678)
    assert [(tax.amount, tax.taxable_amount) for tax in note.total_taxes] == [(428, 2250)]
    assert [(each.amount, each.discount) for each in note.discount_amounts] == [(250, invoice.discounts[0])]
    rest = credit(life, invoice, amount=8032)
    # what is left of everything: 75.00 less 7.50, and 12.82 of tax
    assert (rest.subtotal, rest.discount_amount, rest.total_excluding_tax) == (7500, 750, 6750)
    assert [tax.amount for tax in rest.total_taxes] == [1282]
    assert now(life, invoice).status == "paid"


def test_tax_that_was_in_the_price_comes_back_with_it(life: Life) -> None:
    invoice = billed(life, 11_900, default_tax_rates=[vat(life, 19, inclusive=True)])
    note = credit(life, invoice, amount=5950)
    assert (note.total, note.subtotal, note.total_excluding_tax) == (5950, 5950, 5000)
    assert (note.subtotal_excluding_tax, note.total_taxes[0].tax_behavior) == (5000, "inclusive")


def test_tax_by_hand(life: Life) -> None:
    rate = vat(life, 19)
    invoice = billed(life, 10_000, default_tax_rates=[rate])
    by_hand = {"amount": 100, "tax_rate": rate, "taxable_amount": 5000}
    note = credit(life, invoice, lines=[by_line(invoice, amount=5000, tax_amounts=[by_hand])])
    assert (note.total, note.total_taxes[0].amount) == (5100, 100)
    too_much = [by_line(invoice, amount=5000, tax_amounts=[{**by_hand, "amount": 1801}])]
    assert refused(life, invoice, lines=too_much).param == "lines[0][tax_amounts][0][amount]"
    twice = [by_line(invoice, amount=1000, tax_amounts=[{**by_hand, "amount": 1000}, {**by_hand, "amount": 1000}])]
    assert refused(life, invoice, lines=twice).param == "lines[0][tax_amounts][1][tax_rate]"
    assert credit(life, invoice, amount=6800).total_taxes[0].amount == 1800, "all that is left"


def test_an_amount_is_spread_over_the_lines(life: Life) -> None:
    invoice = billed(life, 2000, 1000, -500)
    note = credit(life, invoice, amount=1000)
    # two fifths of each line
    assert sorted(line.amount for line in note.lines.data) == [-200, 400, 800]
    assert note.total == 1000


def test_lines_of_a_credit_note_are_listed(life: Life) -> None:
    invoice = billed(life, 1000, 500)
    note = credit(life, invoice, amount=300)
    first = life.client.v1.credit_notes.line_items.list(note.id, {"limit": 1})
    assert ([line.id for line in first.data], first.has_more) == ([note.lines.data[0].id], True)
    assert note.lines.url == f"/v1/credit_notes/{note.id}/lines"


def test_ten_lines_are_shown_and_the_others_listed(life: Life) -> None:
    note = credit(life, billed(life, *range(100, 112)), amount=1266)
    assert (len(note.lines.data), note.lines.has_more) == (10, True)
    listed = life.client.v1.credit_notes.line_items.list(note.id, {"limit": 100}).data
    assert sorted(line.amount for line in listed) == [*range(100, 112)]
