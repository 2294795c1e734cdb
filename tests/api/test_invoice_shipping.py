"""Shipping on invoices: ``shipping_cost``, by a rate that exists or one that is made for it."""

from typing import Any

import pytest
import stripe
from api.life import Life

GERMAN: Any = {"country": "DE", "line1": "Weg 1", "city": "Bonn", "postal_code": "53111"}


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def rate(life: Life, amount: int = 500, **params: Any) -> str:
    asked: Any = {
        "display_name": "Parcel",
        "type": "fixed_amount",
        "fixed_amount": {"amount": amount, "currency": "usd"},
        **params,
    }
    return life.client.v1.shipping_rates.create(asked).id


def draft(life: Life, amount: int = 2000, **params: Any) -> stripe.Invoice:
    """A draft with one line."""
    customer = life.customer().id
    if "automatic_tax" in params:
        life.client.v1.customers.update(customer, {"address": GERMAN})
    asked: Any = {"customer": customer, "currency": "usd", **params}
    invoice = life.client.v1.invoices.create(asked)
    life.client.v1.invoice_items.create(
        {"customer": customer, "invoice": invoice.id, "amount": amount, "currency": "usd"}
    )
    life.events()
    return life.client.v1.invoices.retrieve(invoice.id)


def test_shipping_comes_on_top_of_the_lines(life: Life) -> None:
    parcel = rate(life)
    invoice = draft(life, shipping_cost={"shipping_rate": parcel})
    assert (invoice.subtotal, invoice.amount_shipping, invoice.total, invoice.amount_due) == (2000, 500, 2500, 2500)
    assert invoice.total_excluding_tax == 2500
    assert invoice.shipping_cost.to_dict() == {
        "amount_subtotal": 500,
        "amount_tax": 0,
        "amount_total": 500,
        "shipping_rate": parcel,
    }
    paid = life.client.v1.invoices.pay(invoice.id)
    assert (paid.amount_paid, paid.amount_shipping) == (2500, 500)


def test_a_rate_can_be_made_for_it(life: Life) -> None:
    data = {"display_name": "Courier", "type": "fixed_amount", "fixed_amount": {"amount": 900, "currency": "usd"}}
    invoice = draft(life, shipping_cost={"shipping_rate_data": data})
    assert invoice.total == 2900
    assert life.client.v1.shipping_rates.retrieve(str(invoice.shipping_cost.shipping_rate)).display_name == "Courier"


def test_it_is_set_and_taken_back_on_a_draft(life: Life) -> None:
    invoice = draft(life)
    shipped = life.client.v1.invoices.update(invoice.id, {"shipping_cost": {"shipping_rate": rate(life, 700)}})
    assert shipped.total == 2700
    [event] = life.new_events()
    assert event.type == "invoice.updated"
    before = event.data["previous_attributes"].to_dict()
    assert (before["shipping_cost"], before["amount_shipping"], before["total"]) == (None, 0, 2000)
    bare = life.client.v1.invoices.update(invoice.id, {"shipping_cost": ""})
    assert (bare.total, bare.amount_shipping, bare.shipping_cost) == (2000, 0, None)


def test_no_discount_comes_off_it(life: Life) -> None:
    half = life.client.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    invoice = draft(life, shipping_cost={"shipping_rate": rate(life)})
    assert life.client.v1.invoices.update(invoice.id, {"discounts": [{"coupon": half}]}).total == 1500


@pytest.mark.parametrize(("behavior", "tax", "total"), [("exclusive", 95, 2975), ("inclusive", 80, 2880)])
def test_automatic_tax_taxes_it(life: Life, behavior: Any, tax: int, total: int) -> None:
    # lines: 20.00 and 19 % are 23.80; shipping: 5.00 and 0.95 on top, or 5.00 of which 0.80 are tax
    parcel = rate(life, tax_behavior=behavior)
    invoice = draft(life, automatic_tax={"enabled": True}, shipping_cost={"shipping_rate": parcel})
    assert (invoice.shipping_cost.amount_tax, invoice.total) == (tax, total)
    assert invoice.total_excluding_tax == total - 380 - tax


def test_a_rate_in_the_currency_of_the_invoice(life: Life) -> None:
    asked: Any = {"amount": 500, "currency": "eur", "currency_options": {"usd": {"amount": 600}}}
    assert draft(life, shipping_cost={"shipping_rate": rate(life, fixed_amount=asked)}).amount_shipping == 600
    only_euro = rate(life, fixed_amount={"amount": 500, "currency": "eur"})
    with pytest.raises(stripe.InvalidRequestError, match="no amount in `usd`"):
        draft(life, shipping_cost={"shipping_rate": only_euro})


def test_a_revision_has_the_same_shipping(life: Life) -> None:
    invoice = draft(life, shipping_cost={"shipping_rate": rate(life)})
    life.client.v1.invoices.finalize_invoice(invoice.id)
    revision = life.client.v1.invoices.create({"from_invoice": {"action": "revision", "invoice": invoice.id}})
    assert (revision.total, revision.amount_shipping) == (2500, 500)


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"shipping_rate": "shr_none"}, "shipping_cost[shipping_rate]"),
        ({"shipping_rate_data": {"display_name": "X"}}, "shipping_cost[shipping_rate_data][fixed_amount]"),
    ],
)
def test_shipping_that_cannot_be(life: Life, asked: Any, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        draft(life, shipping_cost=asked)
    assert refused.value.param == param


def credited(life: Life, invoice: stripe.Invoice, **params: Any) -> stripe.CreditNote:
    asked: Any = {"invoice": invoice.id, **params}
    return life.client.v1.credit_notes.create(asked)


def paid(life: Life, **params: Any) -> stripe.Invoice:
    """20.00 and 5.00 for shipping, paid."""
    return life.client.v1.invoices.pay(draft(life, shipping_cost={"shipping_rate": rate(life)}, **params).id)


def test_a_credit_note_gives_shipping_back(life: Life) -> None:
    invoice = paid(life)
    named: Any = {"shipping_rate": invoice.shipping_cost.shipping_rate}
    note = credited(life, invoice, shipping_cost=named, refund_amount=500)
    assert (note.total, note.amount_shipping, note.subtotal, note.lines.data) == (500, 500, 0, [])
    assert note.shipping_cost.amount_total == 500
    with pytest.raises(stripe.InvalidRequestError, match="credited already"):
        credited(life, invoice, shipping_cost=named, refund_amount=500)
    rest = credited(life, invoice, amount=2000, refund_amount=2000)
    assert (rest.total, rest.shipping_cost) == (2000, None)
    with pytest.raises(stripe.InvalidRequestError, match="not exceed"):
        credited(life, invoice, amount=1, refund_amount=1)


def test_an_amount_beyond_the_lines_is_one_of_the_shipping(life: Life) -> None:
    invoice = paid(life)
    first = credited(life, invoice, amount=2200, refund_amount=2200)
    assert (sum(line.amount for line in first.lines.data), first.amount_shipping) == (2000, 200)
    second = credited(life, invoice, amount=300, refund_amount=300)
    assert (second.lines.data, second.amount_shipping, second.total) == ([], 300, 300)
    assert life.client.v1.invoices.retrieve(invoice.id).post_payment_credit_notes_amount == 2500


def test_the_tax_on_shipping_goes_back_with_it(life: Life) -> None:
    invoice = draft(
        life, automatic_tax={"enabled": True}, shipping_cost={"shipping_rate": rate(life, tax_behavior="exclusive")}
    )
    invoice = life.client.v1.invoices.pay(invoice.id)  # 23.80 and 5.95
    note = credited(
        life, invoice, shipping_cost={"shipping_rate": invoice.shipping_cost.shipping_rate}, credit_amount=595
    )
    assert (note.total, note.total_excluding_tax, note.shipping_cost.amount_tax) == (595, 500, 95)


def test_lines_and_shipping_in_one_note(life: Life) -> None:
    invoice = paid(life)
    line: Any = {"type": "invoice_line_item", "invoice_line_item": invoice.lines.data[0].id, "amount": 1000}
    named: Any = {"shipping_rate": invoice.shipping_cost.shipping_rate}
    note = credited(life, invoice, lines=[line], shipping_cost=named, refund_amount=1500)
    assert (note.total, note.subtotal, note.amount_shipping) == (1500, 1000, 500)
    with pytest.raises(stripe.InvalidRequestError, match="no shipping by this rate"):
        credited(life, invoice, shipping_cost={"shipping_rate": "shr_other"}, refund_amount=1)
