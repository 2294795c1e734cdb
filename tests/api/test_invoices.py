"""Invoices made by hand, through the official SDK: items, finalizing, paying, voiding, and their event chains."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life

PAID = [
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.updated",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
]


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def invoice_of(life: Life, customer: stripe.Customer, amount: int = 1500, **params: Any) -> stripe.Invoice:
    life.client.v1.invoice_items.create(
        {"customer": customer.id, "amount": amount, "currency": "usd", "description": "Work"}
    )
    invoice = life.client.v1.invoices.create(
        {"customer": customer.id, "pending_invoice_items_behavior": "include", **params}
    )
    life.events()
    return invoice


def test_a_draft_takes_what_waits(life: Life) -> None:
    customer = life.customer()
    item = life.client.v1.invoice_items.create({"customer": customer.id, "amount": 1500, "currency": "usd"})
    assert life.events() == ["customer.updated", "invoiceitem.created"]
    bare = life.client.v1.invoices.create({"customer": customer.id})
    assert (bare.status, bare.total, bare.auto_advance) == ("draft", 0, False)
    full = life.client.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    assert (full.total, full.amount_due, full.number) == (1500, 1500, None)
    assert full.lines.data[0].parent.invoice_item_details.invoice_item == item.id
    assert life.client.v1.invoice_items.retrieve(item.id).invoice == full.id


def test_finalizing_numbers_it_and_paying_pays_it(life: Life) -> None:
    customer = life.customer()
    invoice = invoice_of(life, customer)
    opened = life.client.v1.invoices.finalize_invoice(invoice.id)
    assert (opened.status, opened.number) == ("open", f"{customer.invoice_prefix}-0001")
    assert opened.hosted_invoice_url is not None
    assert life.events() == ["invoice.finalized", "payment_intent.created"]
    with pytest.raises(stripe.InvalidRequestError, match="already finalized"):
        life.client.v1.invoices.finalize_invoice(invoice.id)
    paid = life.client.v1.invoices.pay(invoice.id)
    assert (paid.status, paid.amount_paid, paid.amount_remaining, paid.attempt_count) == ("paid", 1500, 0, 1)
    assert life.events() == PAID
    with pytest.raises(stripe.InvalidRequestError, match="Invoice is already paid"):
        life.client.v1.invoices.pay(invoice.id)


def test_a_declined_payment_answers_402_and_is_recorded(life: Life) -> None:
    invoice = invoice_of(life, life.customer("pm_card_chargeCustomerFail"))
    with pytest.raises(stripe.CardError) as declined:
        life.client.v1.invoices.pay(invoice.id)
    assert (declined.value.code, declined.value.error.decline_code) == ("card_declined", "generic_decline")
    tried = life.client.v1.invoices.retrieve(invoice.id)
    assert (tried.status, tried.attempt_count, tried.attempted, tried.next_payment_attempt) == ("open", 1, True, None)
    assert life.events() == [
        "invoice.finalized",
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "invoice.payment_failed",
        "invoice.updated",
        "customer.updated",
    ]


def test_another_method_can_pay(life: Life) -> None:
    customer = life.customer("pm_card_chargeCustomerFail")
    invoice = invoice_of(life, customer)
    good = life.client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert life.client.v1.invoices.pay(invoice.id, {"payment_method": good.id}).status == "paid"


def test_without_a_method_it_cannot_be_paid(life: Life) -> None:
    invoice = invoice_of(life, life.customer(card=None))
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        life.client.v1.invoices.pay(invoice.id)
    assert life.client.v1.invoices.retrieve(invoice.id).status == "draft", "a refused call changes nothing"


def test_paid_out_of_band_tells_only_that_it_is_paid(life: Life) -> None:
    invoice = invoice_of(life, life.customer())
    life.client.v1.invoices.finalize_invoice(invoice.id)
    life.events()
    paid = life.client.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert (paid.status, paid.amount_paid) == ("paid", 1500)
    assert life.events() == ["invoice.updated", "invoice.paid", "payment_intent.canceled"]


def test_void_and_uncollectible(life: Life) -> None:
    customer = life.customer()
    first, second = invoice_of(life, customer), invoice_of(life, customer)
    for invoice in (first, second):
        life.client.v1.invoices.finalize_invoice(invoice.id)
    life.events()
    assert life.client.v1.invoices.void_invoice(first.id).status == "void"
    assert life.events() == ["invoice.voided", "payment_intent.canceled"]
    assert life.client.v1.invoices.mark_uncollectible(second.id).status == "uncollectible"
    assert life.events() == ["invoice.marked_uncollectible"]
    assert life.client.v1.invoices.pay(second.id).status == "paid"
    with pytest.raises(stripe.InvalidRequestError, match="can't be voided"):
        life.client.v1.invoices.void_invoice(second.id)


def test_only_drafts_can_be_deleted_and_their_items_wait_again(life: Life) -> None:
    customer = life.customer()
    invoice = invoice_of(life, customer)
    assert life.client.v1.invoices.delete(invoice.id).deleted
    assert life.events() == ["invoice.deleted"]
    again = life.client.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    assert again.total == 1500
    life.client.v1.invoices.finalize_invoice(again.id)
    with pytest.raises(stripe.InvalidRequestError, match="You can only delete draft invoices"):
        life.client.v1.invoices.delete(again.id)


def test_auto_advance_finalizes_and_charges_after_an_hour(life: Life) -> None:
    invoice = invoice_of(life, life.customer(), auto_advance=True)
    assert invoice.automatically_finalizes_at == START + HOUR
    assert life.advance(HOUR) == ["invoice.finalized", "payment_intent.created", *PAID]


def test_an_invoice_is_paid_in_one_way_and_sent_while_it_is_open(life: Life) -> None:
    customer = life.customer()
    life.client.v1.invoice_items.create({"customer": customer.id, "amount": 500, "currency": "usd"})
    invoice = life.client.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    with pytest.raises(stripe.InvalidRequestError, match="paid_out_of_band, payment_method"):
        life.client.v1.invoices.pay(invoice.id, {"paid_out_of_band": True, "payment_method": "pm_card_visa"})
    life.client.v1.invoices.pay(invoice.id)
    life.events()
    with pytest.raises(stripe.InvalidRequestError, match="this one is paid"):
        life.client.v1.invoices.send_invoice(invoice.id)
    assert life.events() == []


def test_sending_sets_a_due_date(life: Life) -> None:
    customer = life.customer(card=None)
    invoice = invoice_of(life, customer, collection_method="send_invoice", days_until_due=7)
    assert invoice.due_date == START + 7 * DAY
    assert life.client.v1.invoices.send_invoice(invoice.id).status == "open"
    assert life.events() == ["invoice.finalized", "invoice.sent"]


def test_credit_pays_first(life: Life) -> None:
    customer = life.customer()
    life.client.v1.customers.balance_transactions.create(customer.id, {"amount": -500, "currency": "usd"})
    invoice = invoice_of(life, customer)
    opened = life.client.v1.invoices.finalize_invoice(invoice.id)
    assert (opened.total, opened.starting_balance, opened.amount_due, opened.ending_balance) == (1500, -500, 1000, 0)
    assert life.client.v1.customers.retrieve(customer.id).balance == 0
    applied, granted = life.client.v1.customers.balance_transactions.list(customer.id).data
    assert (applied.type, applied.amount) == ("applied_to_invoice", 500)
    assert (granted.type, granted.amount) == ("adjustment", -500)


def test_what_is_too_small_to_charge_waits_for_the_next_invoice(life: Life) -> None:
    customer = life.customer()
    small = life.client.v1.invoices.finalize_invoice(invoice_of(life, customer, amount=30).id)
    assert (small.status, small.amount_due, small.ending_balance) == ("paid", 0, 30)
    following = life.client.v1.invoices.finalize_invoice(invoice_of(life, customer).id)
    assert following.amount_due == 1530


def test_items_of_a_draft_can_change_and_leave(life: Life) -> None:
    customer = life.customer()
    invoice = life.client.v1.invoices.create({"customer": customer.id})
    item = life.client.v1.invoice_items.create(
        {"customer": customer.id, "invoice": invoice.id, "unit_amount_decimal": "250", "quantity": 2, "currency": "usd"}
    )
    assert life.client.v1.invoices.retrieve(invoice.id).total == 500
    life.client.v1.invoice_items.update(item.id, {"quantity": 3, "unit_amount_decimal": "250"})
    assert life.client.v1.invoices.retrieve(invoice.id).total == 750
    assert life.client.v1.invoices.line_items.list(invoice.id).data[0].amount == 750
    assert life.client.v1.invoice_items.delete(item.id).deleted
    assert life.client.v1.invoices.retrieve(invoice.id).total == 0


def test_a_subscription_takes_waiting_items_along(life: Life) -> None:
    customer, price = life.customer(), life.price()
    life.client.v1.invoice_items.create({"customer": customer.id, "amount": 300, "currency": "usd"})
    subscription = life.subscribe(customer, price)
    assert [line.amount for line in subscription.latest_invoice.lines.data] == [300, 2000]
    assert subscription.latest_invoice.amount_paid == 2300


def test_voiding_gives_credit_back(life: Life) -> None:
    customer = life.customer()
    life.client.v1.customers.balance_transactions.create(customer.id, {"amount": -500, "currency": "usd"})
    invoice = invoice_of(life, customer, amount=2000)
    life.client.v1.invoices.finalize_invoice(invoice.id)
    assert life.client.v1.customers.retrieve(customer.id).balance == 0
    life.client.v1.invoices.void_invoice(invoice.id)
    assert life.client.v1.customers.retrieve(customer.id).balance == -500
    assert life.client.v1.customers.balance_transactions.list(customer.id).data[0].type == "unapplied_from_invoice"


def test_nobody_is_delinquent_over_a_void_invoice(life: Life) -> None:
    customer = life.customer("pm_card_chargeCustomerFail")
    invoice = invoice_of(life, customer)
    with pytest.raises(stripe.CardError):
        life.client.v1.invoices.pay(invoice.id)
    assert life.client.v1.customers.retrieve(customer.id).delinquent
    life.client.v1.invoices.void_invoice(invoice.id)
    assert not life.client.v1.customers.retrieve(customer.id).delinquent


def test_an_invoice_takes_only_what_is_in_its_currency(life: Life) -> None:
    customer = life.customer()
    life.client.v1.invoice_items.create({"customer": customer.id, "amount": 1000, "currency": "usd"})
    create = life.client.v1.invoices.create
    with pytest.raises(stripe.InvalidRequestError, match="combine currencies"):
        create({"customer": customer.id, "currency": "eur", "pending_invoice_items_behavior": "include"})
    invoice = create({"customer": customer.id, "currency": "USD", "pending_invoice_items_behavior": "include"})
    assert (invoice.currency, invoice.total) == ("usd", 1000)
