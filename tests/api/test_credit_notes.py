"""Credit notes: an open invoice lowered, a paid one given back; by amount and by lines; previews; voided."""

from typing import Any

import pytest
import stripe
from api.chains import Chain
from api.life import HOUR, START, Life
from api.payments import pay


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def billed(life: Life, *amounts: int, card: str | None = "pm_card_visa", **params: Any) -> stripe.Invoice:
    """A finalized invoice of $15.00, or of these amounts, that nobody has tried to charge."""
    customer = life.customer(card)
    for amount in amounts or (1500,):
        item: Any = {"customer": customer.id, "amount": amount, "currency": "usd", "description": f"Work for {amount}"}
        life.client.v1.invoice_items.create(item)
    made = life.client.v1.invoices.create(
        {"customer": customer.id, "pending_invoice_items_behavior": "include", **params}
    )
    opened = life.client.v1.invoices.finalize_invoice(made.id)
    life.events()
    return opened


def paid(life: Life, *amounts: int, **params: Any) -> stripe.Invoice:
    invoice = life.client.v1.invoices.pay(billed(life, *amounts, **params).id)
    life.events()
    return invoice


def credit(life: Life, invoice: stripe.Invoice, **params: Any) -> stripe.CreditNote:
    return life.client.v1.credit_notes.create({"invoice": invoice.id, **params})


def refused(life: Life, invoice: stripe.Invoice, **params: Any) -> stripe.InvalidRequestError:
    life.events()
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        credit(life, invoice, **params)
    assert life.events() == []
    return refusal.value


def now(life: Life, invoice: stripe.Invoice) -> stripe.Invoice:
    return life.client.v1.invoices.retrieve(invoice.id)


def charge_of(life: Life, invoice: stripe.Invoice) -> str:
    [payment] = life.client.v1.invoice_payments.list({"invoice": invoice.id, "status": "paid"}).data
    intent = life.client.v1.payment_intents.retrieve(str(payment.payment.payment_intent))
    return str(intent.latest_charge)


def by_line(invoice: stripe.Invoice, at: int = 0, **how: Any) -> dict[str, Any]:
    return {"type": "invoice_line_item", "invoice_line_item": invoice.lines.data[at].id, **how}


def vat(life: Life, percentage: float, *, inclusive: bool = False) -> str:
    rate: Any = {"display_name": "VAT", "percentage": percentage, "inclusive": inclusive}
    return life.client.v1.tax_rates.create(rate).id


def test_an_open_invoice_is_lowered(life: Life) -> None:
    invoice = billed(life)
    chain = Chain(life)
    note = credit(life, invoice, amount=400, reason="order_change", memo="Sorry", metadata={"case": "7"})
    assert (note.total, note.amount, note.subtotal, note.status) == (400, 400, 400, "issued")
    assert (note.pre_payment_amount, note.post_payment_amount, note.type) == (400, 0, "pre_payment")
    assert note.number == f"{invoice.number}-CN-01"
    assert (note.reason, note.memo, note.metadata.to_dict()) == ("order_change", "Sorry", {"case": "7"})
    assert (note.effective_at, note.refunds, note.customer_balance_transaction) == (START, [], None)
    assert chain.told() == [
        ("credit_note.created", "issued 400"),
        (
            "invoice.updated",
            "open 1100",
            {"amount_due": 1500, "amount_remaining": 1500, "pre_payment_credit_notes_amount": 0},
        ),
    ]
    lowered = now(life, invoice)
    assert (lowered.total, lowered.amount_due, lowered.amount_remaining) == (1500, 1100, 1100)
    assert lowered.pre_payment_credit_notes_amount == 400
    collected = life.client.v1.invoices.pay(invoice.id)
    assert (collected.amount_paid, collected.amount_due, collected.status) == (1100, 1100, "paid")
    charge = life.client.v1.charges.retrieve(charge_of(life, invoice))
    assert charge.amount == 1100


def test_an_open_invoice_of_which_nothing_is_left_is_paid(life: Life) -> None:
    invoice = billed(life)
    credit(life, invoice, amount=500)
    chain = Chain(life)
    life.events()
    note = credit(life, invoice, amount=1000)
    assert note.number == f"{invoice.number}-CN-02"
    assert chain.told() == [
        ("credit_note.created", "issued 1000"),
        ("payment_intent.canceled", "canceled 1000"),
        (
            "invoice.updated",
            "paid 0",
            {
                "amount_due": 1000,
                "amount_remaining": 1000,
                "attempted": False,
                "pre_payment_credit_notes_amount": 500,
                "status": "open",
                "status_transitions": {"paid_at": None},
            },
        ),
        ("invoice.paid", "paid 0"),
        ("invoice.payment_succeeded", "paid 0"),
    ]
    settled = now(life, invoice)
    assert (settled.status, settled.amount_paid, settled.pre_payment_credit_notes_amount) == ("paid", 0, 1500)
    assert "must be above zero" in str(refused(life, invoice, amount=1, out_of_band_amount=1))


def test_a_subscription_whose_first_invoice_is_credited_is_active(life: Life) -> None:
    customer = life.customer("pm_card_chargeCustomerFail")
    subscription = life.subscribe(customer, life.price(), payment_behavior="default_incomplete")
    assert subscription.status == "incomplete"
    credit(life, subscription.latest_invoice, amount=2000)
    assert life.subscription(subscription.id).status == "active"


def test_a_paid_invoice_is_refunded(life: Life) -> None:
    invoice = paid(life)
    chain = Chain(life)
    note = credit(life, invoice, amount=600, refund_amount=600)
    assert (note.type, note.pre_payment_amount, note.post_payment_amount) == ("post_payment", 0, 600)
    [linked] = note.refunds
    assert (linked.amount_refunded, linked.type) == (600, "refund")
    assert chain.told() == [
        ("refund.created", "succeeded 600"),
        ("charge.refunded", "1500", {"amount_refunded": 0}),
        ("credit_note.created", "issued 600"),
        ("invoice.updated", "paid 1500", {"post_payment_credit_notes_amount": 0}),
    ]
    refund = life.client.v1.refunds.retrieve(str(linked.refund))
    assert (refund.charge, refund.amount) == (charge_of(life, invoice), 600)
    credited = now(life, invoice)
    assert (credited.status, credited.amount_paid, credited.amount_due) == ("paid", 1500, 1500)
    assert credited.post_payment_credit_notes_amount == 600


def test_a_paid_invoice_becomes_credit_of_its_customer(life: Life) -> None:
    invoice = paid(life)
    chain = Chain(life)
    note = credit(life, invoice, amount=600, credit_amount=600)
    assert chain.told() == [
        ("customer.updated", "-600", {"balance": 0}),
        ("credit_note.created", "issued 600"),
        ("invoice.updated", "paid 1500", {"post_payment_credit_notes_amount": 0}),
    ]
    moved = life.client.v1.customers.balance_transactions.retrieve(
        str(invoice.customer), str(note.customer_balance_transaction)
    )
    assert (moved.amount, moved.type, moved.credit_note) == (-600, "credit_note", note.id)


def test_a_paid_invoice_is_credited_outside_of_stripe(life: Life) -> None:
    invoice = paid(life)
    chain = Chain(life)
    note = credit(life, invoice, amount=600, out_of_band_amount=600)
    assert (note.out_of_band_amount, note.refunds, note.customer_balance_transaction) == (600, [], None)
    assert chain.told() == [
        ("credit_note.created", "issued 600"),
        ("invoice.updated", "paid 1500", {"post_payment_credit_notes_amount": 0}),
    ]


def test_a_refund_that_was_made_before_is_linked(life: Life) -> None:
    invoice = paid(life)
    refund = life.client.v1.refunds.create({"charge": charge_of(life, invoice), "amount": 500})
    assert refused(life, invoice, amount=1100, out_of_band_amount=1100).param == "amount", "500 are given back already"
    chain = Chain(life)
    life.events()
    parts = [{"refund": refund.id, "amount_refunded": 300}]
    note = credit(life, invoice, amount=700, refunds=parts, refund_amount=200, credit_amount=150, out_of_band_amount=50)
    assert [each.amount_refunded for each in note.refunds] == [300, 200]
    assert chain.told() == [
        ("refund.created", "succeeded 200"),
        ("charge.refunded", "1500", {"amount_refunded": 500}),
        ("customer.updated", "-150", {"balance": 0}),
        ("credit_note.created", "issued 700"),
        ("invoice.updated", "paid 1500", {"post_payment_credit_notes_amount": 0}),
    ]
    assert "Only $2.00 of the refund" in str(refused(life, invoice, amount=300, refunds=[{"refund": refund.id}]))
    assert credit(life, invoice, amount=200, refunds=[{"refund": refund.id, "amount_refunded": 200}]).total == 200
    other = life.client.v1.refunds.create({"charge": charge_of(life, paid(life))})
    assert "not one of a payment" in str(refused(life, invoice, amount=500, refunds=[{"refund": other.id}]))


def test_what_is_partly_paid_is_lowered_first(life: Life) -> None:
    invoice = billed(life)
    intent = pay(life.client, amount=900, customer=invoice.customer)
    life.client.v1.invoices.attach_payment(invoice.id, {"payment_intent": intent.id})
    assert now(life, invoice).amount_remaining == 600
    assert "($0.00) must equal" in str(refused(life, invoice, amount=1000))
    life.events()
    chain = Chain(life)
    note = credit(life, invoice, amount=1000, refund_amount=400)
    assert (note.type, note.pre_payment_amount, note.post_payment_amount) == ("mixed", 600, 400)
    assert chain.told() == [
        ("refund.created", "succeeded 400"),
        ("charge.refunded", "900", {"amount_refunded": 0}),
        ("credit_note.created", "issued 1000"),
        ("payment_intent.canceled", "canceled 600"),
        (
            "invoice.updated",
            "paid 900",
            {
                "amount_due": 1500,
                "amount_remaining": 600,
                "attempted": False,
                "post_payment_credit_notes_amount": 0,
                "pre_payment_credit_notes_amount": 0,
                "status": "open",
                "status_transitions": {"paid_at": None},
            },
        ),
        ("invoice.paid", "paid 900"),
        ("invoice.payment_succeeded", "paid 900"),
    ]


# by lines


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


# what cannot be


def test_no_more_than_the_invoice(life: Life) -> None:
    invoice = paid(life)
    credit(life, invoice, amount=1000, credit_amount=1000)
    assert refused(life, invoice, amount=501, refund_amount=501).param == "amount"
    custom = {"type": "custom_line_item", "unit_amount": 501}
    assert refused(life, invoice, lines=[custom], refund_amount=501).param == "amount"
    assert credit(life, invoice, amount=500, refund_amount=500).total == 500


def test_no_more_refunded_than_was_charged(life: Life) -> None:
    customer_pays = billed(life, 2000)
    life.client.v1.invoices.pay(customer_pays.id, {"paid_out_of_band": True})
    assert refused(life, customer_pays, amount=100, refund_amount=100).param == "refund_amount"


@pytest.mark.parametrize(
    ("ways", "told"),
    [
        ({}, r"($0.00) must equal the post payment amount of the credit note ($6.00)"),
        ({"refund_amount": 500}, "($5.00) must equal"),
        ({"refund_amount": 500, "credit_amount": 200}, "($7.00) must equal"),
    ],
)
def test_what_was_paid_must_be_given_back_somehow(life: Life, ways: Any, told: str) -> None:
    assert told in str(refused(life, paid(life), amount=600, **ways))


def test_what_is_lowered_was_not_paid(life: Life) -> None:
    assert "($0.00)" in str(refused(life, billed(life), amount=600, credit_amount=600))


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": 600, "refund_amount": -600}, "refund_amount"),
        ({"lines": [{"type": "custom_line_item"}]}, "lines[0][unit_amount]"),
        ({"lines": [{"type": "custom_line_item", "unit_amount": 1, "amount": 1}]}, "lines[0][amount]"),
        ({"lines": [{"type": "invoice_line_item", "amount": 1}]}, "lines[0][invoice_line_item]"),
        (
            {"lines": [{"type": "invoice_line_item", "amount": 1, "invoice_line_item": "il_x"}]},
            "lines[0][invoice_line_item]",
        ),
        ({"amount": 5, "lines": [{"type": "custom_line_item", "unit_amount": 6}]}, "amount"),
        ({"amount": 100, "refunds": [{"refund": "re_x"}]}, "refunds[0][refund]"),
    ],
)
def test_what_a_credit_note_cannot_be(life: Life, params: dict[str, Any], param: str) -> None:
    assert refused(life, billed(life), **params).param == param


def test_only_of_what_is_open_or_paid(life: Life) -> None:
    customer = life.customer()
    draft = life.client.v1.invoices.create({"customer": customer.id})
    assert refused(life, draft, amount=1).param == "invoice"
    voided = life.client.v1.invoices.void_invoice(billed(life).id)
    assert "this one is void" in str(refused(life, voided, amount=1))


def test_no_custom_lines_beside_automatic_tax(life: Life) -> None:
    customer = life.customer()
    life.client.v1.customers.update(customer.id, {"address": {"country": "DE"}})
    life.client.v1.invoice_items.create({"customer": customer.id, "amount": 1000, "currency": "usd"})
    asked: Any = {"pending_invoice_items_behavior": "include", "automatic_tax": {"enabled": True}}
    made = life.client.v1.invoices.create({"customer": customer.id, **asked})
    invoice = life.client.v1.invoices.finalize_invoice(made.id)
    custom = {"type": "custom_line_item", "unit_amount": 100}
    assert refused(life, invoice, lines=[custom]).param == "lines[0][type]"
    # 19 % of 5.00 on top
    assert credit(life, invoice, lines=[by_line(invoice, amount=500)]).total == 595


# previews, and afterwards


@pytest.mark.parametrize("how", ["amount", "lines"])
def test_a_preview_is_what_is_then_created(life: Life, how: str) -> None:
    invoice = paid(life, 1000, 500, default_tax_rates=[vat(life, 7.5)])
    asked: Any = {"amount": 333} if how == "amount" else {"lines": [by_line(invoice, amount=200)]}
    preview = life.client.v1.credit_notes.preview({"invoice": invoice.id, **asked})
    lines = life.client.v1.credit_notes.preview_lines.list({"invoice": invoice.id, **asked})
    assert life.events() == []
    assert life.client.v1.credit_notes.list().data == []
    made = credit(life, invoice, **asked, out_of_band_amount=preview.total)
    differs = {"id", "lines", "out_of_band_amount", "pdf"}
    one, other = preview.to_dict(), made.to_dict()
    assert {name: one[name] for name in one if name not in differs} == {
        name: other[name] for name in other if name not in differs
    }
    assert [line.amount for line in lines.data] == [line.amount for line in made.lines.data]
    assert [line.taxes[0].amount for line in lines.data] == [line.taxes[0].amount for line in made.lines.data]


def test_a_preview_of_what_cannot_be(life: Life) -> None:
    invoice = paid(life)
    for asked in ({"amount": 1501}, {"amount": 100, "refund_amount": 99}, {}):
        with pytest.raises(stripe.InvalidRequestError):
            life.client.v1.credit_notes.preview({"invoice": invoice.id, **asked})  # type: ignore[typeddict-item]


def test_memo_and_metadata_change(life: Life) -> None:
    note = credit(life, billed(life), amount=100)
    chain = Chain(life)
    life.events()
    changed = life.client.v1.credit_notes.update(note.id, {"memo": "Sorry", "metadata": {"case": "7"}})
    assert (changed.memo, changed.metadata.to_dict()) == ("Sorry", {"case": "7"})
    assert chain.told() == [("credit_note.updated", "issued 100", {"memo": None, "metadata": {"case": None}})]


def test_a_void_credit_note_raises_its_invoice_again(life: Life) -> None:
    invoice = billed(life)
    note = credit(life, invoice, amount=400)
    chain = Chain(life)
    life.events()
    voided = life.client.v1.credit_notes.void_credit_note(note.id)
    assert (voided.status, voided.voided_at, voided.total) == ("void", START, 400)
    assert chain.told() == [
        ("credit_note.voided", "void 400"),
        (
            "invoice.updated",
            "open 1500",
            {"amount_due": 1100, "amount_remaining": 1100, "pre_payment_credit_notes_amount": 400},
        ),
    ]
    with pytest.raises(stripe.InvalidRequestError, match="void already"):
        life.client.v1.credit_notes.void_credit_note(note.id)
    again = credit(life, invoice, amount=1499)
    assert again.number == f"{invoice.number}-CN-02", "the void one keeps its number"
    assert [each.status for each in life.client.v1.credit_notes.list({"invoice": invoice.id})] == ["issued", "void"]
    assert life.client.v1.invoices.pay(invoice.id).amount_paid == 1


def test_what_is_paid_stays_credited(life: Life) -> None:
    note = credit(life, paid(life), amount=100, credit_amount=100)
    with pytest.raises(stripe.InvalidRequestError, match="while their invoice is open"):
        life.client.v1.credit_notes.void_credit_note(note.id)


def test_after_a_failure_what_remains_is_asked_for(life: Life) -> None:
    customer = life.customer("pm_card_chargeCustomerFail")
    life.client.v1.invoice_items.create({"customer": customer.id, "amount": 1500, "currency": "usd"})
    asked: Any = {"customer": customer.id, "auto_advance": True, "pending_invoice_items_behavior": "include"}
    invoice = life.client.v1.invoices.create(asked)
    life.advance(HOUR)
    assert now(life, invoice).status == "open"
    credit(life, now(life, invoice), amount=900)
    life.use_card(customer.id, "pm_card_visa")
    collected = life.client.v1.invoices.pay(invoice.id)
    assert (collected.amount_paid, collected.amount_remaining, collected.total) == (600, 0, 1500)
    assert life.client.v1.charges.retrieve(charge_of(life, invoice)).amount == 600
