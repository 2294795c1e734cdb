"""Credit notes: an open invoice lowered, a paid one given back; by amount and by lines; previews; voided."""

from typing import Any

import pytest
import stripe
from api.chains import Chain
from api.crediting import billed, by_line, charge_of, credit, now, paid, refused, vat
from api.life import HOUR, START, Life
from api.payments import pay


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


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
