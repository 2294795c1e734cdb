"""Subscriptions paid by debit: active while the bank is asked, past due when it says no; events whole."""

import pytest
import stripe
from api.chains import Chain, paid
from api.debits import ACCEPTED, BACK, FAILS_LATER, IN_A_WHILE, PAYS, PAYS_LATER, payer, save, sepa
from api.life import DAY, HOUR, START, Life


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@pytest.fixture
def price(life: Life) -> str:
    price = life.client.v1.prices.create(
        {"currency": "eur", "unit_amount": 2000, "recurring": {"interval": "month"}, "product_data": {"name": "Pro"}}
    )
    life.events()
    return price.id


def subscribe(life: Life, customer: str, price: str, **params: object) -> stripe.Subscription:
    return life.client.v1.subscriptions.create(
        {"customer": customer, "items": [{"price": price}], **params}  # type: ignore[typeddict-item]
    )


def test_it_is_active_while_the_first_payment_is_processing(life: Life, price: str) -> None:
    customer = payer(life, sepa(life.client, PAYS_LATER).id)
    chain = Chain(life)
    subscription = subscribe(life, customer.id, price)
    assert subscription.status == "active"
    assert chain.told() == [
        ("customer.updated", "0", {"currency": None}),
        ("payment_intent.created", "requires_confirmation 2000"),
        ("charge.pending", "2000"),
        ("payment_intent.processing", "processing 2000"),
        ("customer.subscription.created", "active"),
        ("invoice.created", "draft 2000"),
        ("invoice.finalized", "open 2000"),
        ("invoice.updated", "open 2000", {"attempt_count": 0, "attempted": False}),
    ]
    assert chain.after(START + IN_A_WHILE) == [
        ("charge.succeeded", "2000"),
        ("payment_intent.succeeded", "succeeded 2000"),
        *paid(2000, "attempt_count", "attempted"),
        ("invoice_payment.paid", "2000"),
    ]
    assert life.subscription(subscription.id).status == "active"


def test_it_is_past_due_when_the_first_payment_fails_after_all(life: Life, price: str) -> None:
    customer = payer(life, sepa(life.client, FAILS_LATER).id)
    chain = Chain(life)
    subscription = subscribe(life, customer.id, price)
    assert subscription.status == "active"
    chain.told()
    assert chain.after(START + IN_A_WHILE) == [
        ("charge.failed", "2000"),
        ("payment_intent.payment_failed", "requires_payment_method 2000"),
        ("invoice.payment_failed", "open 2000"),
        ("invoice.updated", "open 2000", {"next_payment_attempt": None}),
        ("customer.subscription.updated", "past_due", {"status": "active"}),
        ("customer.updated", "0", {"delinquent": False}),
    ]
    invoice = life.subscription(subscription.id).latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert (invoice.attempt_count, invoice.next_payment_attempt) == (1, START + IN_A_WHILE + 3 * DAY)


def test_a_renewal_is_open_while_it_is_processing(life: Life, price: str) -> None:
    customer = payer(life, sepa(life.client, PAYS_LATER).id)
    subscription = subscribe(life, customer.id, price)
    life.advance(IN_A_WHILE)
    chain = Chain(life)
    renewal = subscription.items.data[0].current_period_end
    chain.after(renewal)
    charged = renewal + HOUR
    assert chain.after(charged) == [
        ("invoice.finalized", "open 2000"),
        ("payment_intent.created", "requires_confirmation 2000"),
        ("charge.pending", "2000"),
        ("payment_intent.processing", "processing 2000"),
        (
            "invoice.updated",
            "open 2000",
            {"attempt_count": 0, "attempted": False, "next_payment_attempt": "2026-02-28 11:00"},
        ),
    ]
    assert life.subscription(subscription.id).status == "active"
    assert chain.after(charged + IN_A_WHILE) == [
        ("charge.succeeded", "2000"),
        ("payment_intent.succeeded", "succeeded 2000"),
        *paid(2000, "attempt_count", "attempted"),
        ("invoice_payment.paid", "2000"),
    ]


def test_a_renewal_that_fails_is_retried_as_the_schedule_says(life: Life, price: str) -> None:
    customer = payer(life, sepa(life.client, PAYS).id)
    subscription = subscribe(life, customer.id, price)
    life.advance(HOUR)
    poor = save(life.client, customer.id, "pm_insufficientFunds_de").payment_method
    life.client.v1.subscriptions.update(subscription.id, {"default_payment_method": str(poor)})
    renewal = subscription.items.data[0].current_period_end
    life.advance_to(renewal + 2 * HOUR)
    assert life.subscription(subscription.id).status == "past_due"
    assert life.advance(3 * DAY) == [
        "charge.pending",
        "payment_intent.processing",
        "invoice.updated",
        "charge.failed",
        "payment_intent.payment_failed",
        "invoice.payment_failed",
        "invoice.updated",
    ]
    invoice = life.subscription(subscription.id).latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert invoice.attempt_count == 2


def test_australian_debits_are_never_retried(life: Life) -> None:
    customer = payer(life, "pm_auBecsDebit_referToCustomer")
    price = life.client.v1.prices.create(
        {"currency": "aud", "unit_amount": 2000, "recurring": {"interval": "month"}, "product_data": {"name": "Pro"}}
    )
    subscription = subscribe(life, customer.id, price.id)
    life.advance(HOUR)
    assert life.subscription(subscription.id).status == "past_due"
    assert [type for type in life.advance(4 * DAY) if type.startswith(("charge", "payment_intent"))] == []
    life.advance(20 * DAY)
    assert life.subscription(subscription.id).status == "canceled"


def test_an_account_that_does_not_authorize_debits_ends_its_mandate(life: Life) -> None:
    customer = payer(life, "pm_bacsDebit_debitNotAuthorized")
    mandate = life.client.v1.setup_intents.list({"customer": customer.id}).data[0].mandate
    price = life.client.v1.prices.create(
        {"currency": "gbp", "unit_amount": 2000, "recurring": {"interval": "month"}, "product_data": {"name": "Pro"}}
    )
    chain = Chain(life)
    subscription = subscribe(life, customer.id, price.id)
    chain.told()
    told = chain.after(START + 1)
    assert [row[0] for row in told] == [
        "charge.failed",
        "payment_intent.payment_failed",
        "mandate.updated",
        "invoice.payment_failed",
        "invoice.updated",
        "customer.subscription.updated",
        "customer.updated",
    ]
    assert told[2][2] == {
        "payment_method_details": {"bacs_debit": {"network_status": "accepted", "revocation_reason": None}},
        "status": "active",
    }
    ended = life.client.v1.mandates.retrieve(str(mandate))
    assert ended.status == "inactive"
    again = subscribe(life, customer.id, price.id)
    assert again.status == "incomplete"  # there is nothing to debit by
    intent = life.client.v1.payment_intents.list({"customer": customer.id}).data[0]
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.code == "payment_intent_mandate_invalid"
    assert life.subscription(subscription.id).status == "past_due"


def test_the_customer_confirms_by_debit_herself(life: Life, price: str) -> None:
    customer = life.customer(card=None)
    chain = Chain(life)
    subscription = subscribe(
        life,
        customer.id,
        price,
        payment_behavior="default_incomplete",
        payment_settings={
            "payment_method_types": ["sepa_debit"],
            "save_default_payment_method": "on_subscription",
        },
    )
    assert subscription.status == "incomplete"
    chain.told()
    intent = life.client.v1.payment_intents.list({"customer": customer.id}).data[0]
    assert intent.payment_method_types == ["sepa_debit"]
    method = sepa(life.client, PAYS_LATER).id
    life.client.v1.payment_intents.confirm(
        intent.id,
        {"payment_method": method, "mandate_data": ACCEPTED, "return_url": BACK},  # type: ignore[typeddict-item]
    )
    assert chain.told() == [
        ("charge.pending", "2000"),
        ("payment_method.attached", "sepa_debit"),
        ("payment_intent.processing", "processing 2000"),
        ("invoice.updated", "open 2000", {"attempt_count": 0, "attempted": False}),
        (
            "customer.subscription.updated",
            "active",
            {"default_payment_method": None, "status": "incomplete"},
        ),
    ]
    assert chain.after(START + IN_A_WHILE)[-1] == ("invoice_payment.paid", "2000")


def test_an_upgrade_is_paid_by_debit(life: Life, price: str) -> None:
    customer = payer(life, sepa(life.client, PAYS_LATER).id)
    subscription = subscribe(life, customer.id, price)
    life.advance(HOUR)
    changed = life.client.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": subscription.items.data[0].id, "quantity": 2}],
            "proration_behavior": "always_invoice",
            "expand": ["latest_invoice"],
        },
    )
    assert isinstance(changed.latest_invoice, stripe.Invoice)
    assert (changed.status, changed.latest_invoice.status) == ("active", "open")
    life.advance(IN_A_WHILE)
    invoice = life.client.v1.invoices.retrieve(changed.latest_invoice.id)
    assert invoice.status == "paid"


def test_an_invoice_that_is_processing_can_be_voided(life: Life, price: str) -> None:
    customer = payer(life, sepa(life.client, PAYS_LATER).id)
    subscription = subscribe(life, customer.id, price)
    chain = Chain(life)
    invoice = life.client.v1.invoices.void_invoice(str(subscription.latest_invoice))
    assert invoice.status == "void"
    told = [row[0] for row in chain.told()]
    assert told[-3:] == ["invoice.voided", "charge.failed", "payment_intent.canceled"]
    assert chain.after(START + IN_A_WHILE) == []


@pytest.mark.parametrize("behavior", ["allow_incomplete", "error_if_incomplete"])
def test_a_debit_is_not_incomplete(life: Life, price: str, behavior: str) -> None:
    customer = payer(life, sepa(life.client, PAYS_LATER).id)
    subscription = subscribe(life, customer.id, price, payment_behavior=behavior)
    assert subscription.status == "active"
    life.advance(HOUR)
    changed = life.client.v1.subscriptions.update(
        subscription.id,
        {
            "items": [{"id": subscription.items.data[0].id, "quantity": 2}],
            "proration_behavior": "always_invoice",
            "payment_behavior": behavior,  # type: ignore[typeddict-item]
        },
    )
    assert changed.items.data[0].quantity == 2


def test_an_invoice_is_debited_under_a_mandate_that_is_named(life: Life) -> None:
    client = life.client.v1
    customer = payer(life, sepa(life.client).id)
    first = str(client.setup_intents.list({"customer": customer.id}).data[0].mandate)
    method = str(customer.invoice_settings.default_payment_method)
    second = str(save(life.client, customer.id, method).mandate)
    assert first != second
    invoice = client.invoices.create({"customer": customer.id, "currency": "eur", "auto_advance": False})
    client.invoice_items.create({"customer": customer.id, "amount": 1000, "currency": "eur", "invoice": invoice.id})
    stranger = str(save(life.client, payer(life, sepa(life.client).id).id, sepa(life.client).id).mandate)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.invoices.pay(invoice.id, {"mandate": stranger})
    assert (refused.value.param, client.invoices.retrieve(invoice.id).status) == ("mandate", "draft")
    client.invoices.pay(invoice.id, {"mandate": first})
    [charge] = client.charges.list({"customer": customer.id}).data
    assert charge.payment_method_details.sepa_debit.mandate == first


def test_a_debit_goes_through_for_a_customer_who_was_deleted_meanwhile(life: Life) -> None:
    client = life.client.v1
    customer = payer(life, sepa(life.client, PAYS_LATER).id)
    invoice = client.invoices.create({"customer": customer.id, "currency": "eur", "auto_advance": False})
    client.invoice_items.create({"customer": customer.id, "amount": 1000, "currency": "eur", "invoice": invoice.id})
    client.invoices.pay(invoice.id)
    client.customers.delete(customer.id)
    life.events()
    life.advance(IN_A_WHILE)
    assert client.invoices.retrieve(invoice.id).status == "paid"


def test_an_invoice_is_paid_by_debit_once(life: Life) -> None:
    client = life.client.v1
    customer = payer(life, sepa(life.client, PAYS_LATER).id)
    invoice = client.invoices.create({"customer": customer.id, "currency": "eur", "auto_advance": False})
    client.invoice_items.create({"customer": customer.id, "amount": 1000, "currency": "eur", "invoice": invoice.id})
    waiting = client.invoices.pay(invoice.id)
    assert (waiting.status, waiting.attempt_count) == ("open", 1)
    with pytest.raises(stripe.InvalidRequestError, match="a payment of it is processing"):
        client.invoices.pay(invoice.id)
    life.events()
    assert life.advance(IN_A_WHILE) == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]
    assert len(client.charges.list({"customer": customer.id}).data) == 1
