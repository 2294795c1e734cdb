"""Payments that are attached to an invoice, through the official SDK: in parts, in full, too much."""

import pytest
import stripe
from api.life import Life


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def open_invoice(life: Life, customer: stripe.Customer, amount: int = 1500) -> stripe.Invoice:
    life.client.v1.invoice_items.create({"customer": customer.id, "amount": amount, "currency": "usd"})
    draft = life.client.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    opened = life.client.v1.invoices.finalize_invoice(draft.id)
    life.events()
    return opened


def intent(life: Life, customer: stripe.Customer, amount: int, *, confirm: bool = True) -> stripe.PaymentIntent:
    made = life.client.v1.payment_intents.create(
        {
            "amount": amount,
            "currency": "usd",
            "customer": customer.id,
            "payment_method": customer.invoice_settings.default_payment_method,
            "confirm": confirm,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )
    life.events()
    return made


def attach(life: Life, invoice: stripe.Invoice, payment: stripe.PaymentIntent) -> stripe.Invoice:
    return life.client.v1.invoices.attach_payment(invoice.id, {"payment_intent": payment.id, "expand": ["payments"]})


def test_in_full(life: Life) -> None:
    customer = life.customer()
    invoice = open_invoice(life, customer)
    paid = attach(life, invoice, intent(life, customer, 1500))
    assert (paid.status, paid.amount_paid, paid.amount_remaining, paid.amount_overpaid) == ("paid", 1500, 0, 0)
    assert sorted((each.status, each.is_default) for each in paid.payments.data) == [
        ("canceled", True),
        ("paid", False),
    ]
    assert life.events() == [
        "payment_intent.canceled",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]


def test_in_parts_and_the_rest_by_card(life: Life) -> None:
    customer = life.customer()
    invoice = open_invoice(life, customer)
    partly = attach(life, invoice, intent(life, customer, 600))
    assert (partly.status, partly.amount_paid, partly.amount_remaining) == ("open", 600, 900)
    assert life.events() == ["invoice.updated", "invoice_payment.paid"]
    rest = life.client.v1.invoices.pay(invoice.id, {"expand": ["payments.data.payment.payment_intent"]})
    assert (rest.status, rest.amount_paid, rest.amount_remaining) == ("paid", 1500, 0)
    by_card = next(payment for payment in rest.payments.data if payment.is_default)
    assert (by_card.amount_paid, by_card.payment.payment_intent.amount_received) == (900, 900)


def test_the_rest_by_other_means(life: Life) -> None:
    customer = life.customer()
    invoice = open_invoice(life, customer)
    attach(life, invoice, intent(life, customer, 600))
    life.events()
    with pytest.raises(stripe.InvalidRequestError, match="paid in part"):
        life.client.v1.invoices.void_invoice(invoice.id)
    paid = life.client.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert (paid.status, paid.amount_paid, paid.amount_paid_off_stripe) == ("paid", 1500, 900)
    assert life.events() == ["invoice.updated", "invoice.paid", "payment_intent.canceled"]


def test_too_much_is_credit(life: Life) -> None:
    customer = life.customer()
    paid = attach(life, open_invoice(life, customer), intent(life, customer, 2000))
    assert (paid.status, paid.amount_paid, paid.amount_overpaid, paid.amount_remaining) == ("paid", 1500, 500, 0)
    assert life.events() == [
        "payment_intent.canceled",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice.overpaid",
        "customer.updated",
        "invoice_payment.paid",
    ]
    (credit,) = life.client.v1.customers.balance_transactions.list(customer.id).data
    assert (credit.type, credit.amount, credit.invoice) == ("invoice_overpaid", -500, paid.id)


def test_an_intent_that_succeeds_later(life: Life) -> None:
    customer = life.customer()
    invoice = open_invoice(life, customer)
    later = intent(life, customer, 1500, confirm=False)
    assert attach(life, invoice, later).status == "open"
    assert life.events() == []
    life.client.v1.payment_intents.confirm(later.id)
    assert life.client.v1.invoices.retrieve(invoice.id).status == "paid"
    assert life.events() == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "payment_intent.canceled",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "charge.updated",
    ]


def test_what_cannot_be_attached(life: Life) -> None:
    customer, other = life.customer(), life.customer()
    invoice = open_invoice(life, customer)
    with pytest.raises(stripe.InvalidRequestError, match="another customer"):
        attach(life, invoice, intent(life, other, 1500))
    part = intent(life, customer, 100)
    attach(life, invoice, part)
    with pytest.raises(stripe.InvalidRequestError, match="attached to an invoice already"):
        attach(life, invoice, part)
    attach(life, invoice, intent(life, customer, 1400))
    with pytest.raises(stripe.InvalidRequestError, match="only attach payments to open invoices"):
        attach(life, invoice, intent(life, customer, 100))


def test_one_that_succeeds_when_the_invoice_is_paid_already_is_all_credit(life: Life) -> None:
    customer = life.customer()
    invoice, late = open_invoice(life, customer), intent(life, customer, 900, confirm=False)
    attach(life, invoice, late)
    life.client.v1.invoices.pay(invoice.id)
    life.events()
    life.client.v1.payment_intents.confirm(late.id)
    told = life.new_events()
    assert [event.type for event in told if "invoice" in event.type or "customer" in event.type] == [
        "invoice.updated",
        "invoice.overpaid",
        "customer.updated",
        "invoice_payment.paid",
    ]
    updated = next(event for event in told if event.type == "invoice.updated")
    assert updated.data.previous_attributes
    assert updated.data.previous_attributes.to_dict() == {"amount_overpaid": 0}
    paid = life.client.v1.invoices.retrieve(invoice.id)
    assert (paid.amount_paid, paid.amount_overpaid, paid.status) == (1500, 900, "paid")
    assert life.client.v1.customers.retrieve(customer.id).balance == -900
