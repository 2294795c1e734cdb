"""Bank transfers: money that customers send, and what it pays."""

from typing import Any

import pytest
import stripe
from api.chains import Chain
from api.life import Life

EURO = {"type": "eu_bank_transfer", "eu_bank_transfer": {"country": "DE"}}
BY_TRANSFER = {"customer_balance": {"funding_type": "bank_transfer", "bank_transfer": EURO}}
BACK = {"return_url": "https://shop.example/back"}


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@pytest.fixture
def customer(life: Life) -> str:
    return life.customer(card=None).id


def fund(life: Life, customer: str, amount: int, **params: Any) -> stripe.CustomerCashBalanceTransaction:
    return life.client.v1.test_helpers.customers.fund_cash_balance(
        customer, {"amount": amount, "currency": "eur", **params}
    )


def cash(life: Life, customer: str) -> dict[str, int]:
    available = life.client.v1.customers.cash_balance.retrieve(customer).available
    return dict(available.to_dict()) if available else {}


def order(life: Life, customer: str, amount: int = 1000, **params: Any) -> stripe.PaymentIntent:
    """An intent that is to be paid by transfer."""
    wanted: Any = {
        "amount": amount,
        "currency": "eur",
        "customer": customer,
        "payment_method_data": {"type": "customer_balance"},
        "payment_method_options": BY_TRANSFER,
        "confirm": True,
        **BACK,
        **params,
    }
    return life.client.v1.payment_intents.create(wanted)


def test_the_customer_is_told_where_to_send_it(life: Life, customer: str) -> None:
    told = life.client.v1.customers.funding_instructions.create(
        customer,
        {"currency": "eur", "funding_type": "bank_transfer", "bank_transfer": EURO},  # type: ignore[typeddict-item]
    )
    where = told.bank_transfer.financial_addresses[0]
    assert (told.bank_transfer.country, where.type, where.supported_networks) == ("DE", "iban", ["sepa"])
    intent = order(life, customer)
    assert intent.next_action is not None
    action = intent.next_action.display_bank_transfer_instructions
    assert action is not None
    assert action.financial_addresses[0].iban.iban == where.iban.iban
    assert (intent.status, action.amount_remaining, action.type) == ("requires_action", 1000, "eu_bank_transfer")


@pytest.mark.parametrize(
    ("currency", "type", "address"),
    [
        ("usd", "us_bank_transfer", "aba"),
        ("gbp", "gb_bank_transfer", "sort_code"),
        ("jpy", "jp_bank_transfer", "zengin"),
        ("mxn", "mx_bank_transfer", "spei"),
    ],
)
def test_each_currency_has_its_transfer(life: Life, customer: str, currency: str, type: str, address: str) -> None:
    wanted: Any = {"currency": currency, "funding_type": "bank_transfer", "bank_transfer": {"type": type}}
    told = life.client.v1.customers.funding_instructions.create(customer, wanted)
    assert told.bank_transfer.financial_addresses[0].type == address
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.client.v1.customers.funding_instructions.create(customer, {**wanted, "bank_transfer": EURO})
    assert refused.value.param == "bank_transfer[type]"


def test_a_transfer_pays_what_waits_for_it(life: Life, customer: str) -> None:
    chain = Chain(life)
    intent = order(life, customer)
    assert chain.told() == [
        ("payment_intent.created", "requires_confirmation 1000"),
        ("payment_intent.requires_action", "requires_action 1000"),
    ]
    fund(life, customer, 400)
    told = chain.told()
    assert [row[0] for row in told] == [
        "customer_cash_balance_transaction.created",
        "customer_cash_balance_transaction.created",
        "payment_intent.partially_funded",
    ]
    assert told[2][2] == {"next_action": {"display_bank_transfer_instructions": {"amount_remaining": 1000}}}
    fund(life, customer, 700)
    assert [row[0] for row in chain.told()] == [
        "customer_cash_balance_transaction.created",
        "customer_cash_balance_transaction.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "cash_balance.funds_available",
    ]
    assert cash(life, customer) == {"eur": 100}
    intent = life.client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge.balance_transaction"]})
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    assert (intent.amount_received, charge.id[:3], charge.balance_transaction.fee) == (
        1000,
        "py_",
        5,
    )  # half a per cent


def test_cash_that_suffices_pays_at_once(life: Life, customer: str) -> None:
    fund(life, customer, 1500)
    assert order(life, customer).status == "succeeded"
    assert cash(life, customer) == {"eur": 500}
    movements = life.client.v1.customers.cash_balance_transactions.list(customer).data
    assert [(each.type, each.net_amount, each.ending_balance) for each in movements] == [
        ("applied_to_payment", -1000, 500),
        ("funded", 1500, 1500),
    ]
    assert life.client.v1.customers.cash_balance_transactions.retrieve(customer, movements[0].id).net_amount == -1000


def test_the_payment_that_is_quoted_or_equal_comes_first(life: Life, customer: str) -> None:
    old, new = order(life, customer, 1000), order(life, customer, 700)
    fund(life, customer, 700)
    statuses = [life.client.v1.payment_intents.retrieve(each.id).status for each in (old, new)]
    assert statuses == ["requires_action", "succeeded"]


def test_money_can_be_applied_by_hand(life: Life, customer: str) -> None:
    settings: Any = {"settings": {"reconciliation_mode": "manual"}}
    assert life.client.v1.customers.cash_balance.update(customer, settings).settings.reconciliation_mode == "manual"
    intent = order(life, customer)
    chain = Chain(life)
    fund(life, customer, 1000)
    assert [row[0] for row in chain.told()][-1] == "cash_balance.funds_available"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.client.v1.payment_intents.apply_customer_balance(intent.id, {"amount": 1001})
    assert refused.value.param == "amount"
    part = life.client.v1.payment_intents.apply_customer_balance(intent.id, {"amount": 400})
    assert part.status == "requires_action"
    assert life.client.v1.payment_intents.apply_customer_balance(intent.id).status == "succeeded"
    assert cash(life, customer) == {}


def test_a_canceled_payment_gives_the_money_back(life: Life, customer: str) -> None:
    intent = order(life, customer)
    fund(life, customer, 400)
    life.client.v1.payment_intents.cancel(intent.id)
    assert cash(life, customer) == {"eur": 400}
    newest = life.client.v1.customers.cash_balance_transactions.list(customer).data[0]
    assert (newest.type, newest.net_amount) == ("unapplied_from_payment", 400)


def partially_funded(life: Life, customer: str) -> stripe.PaymentIntent:
    """An intent of 10.00 that has been given 4.00."""
    intent = order(life, customer)
    fund(life, customer, 400)
    return intent


def test_a_payment_by_card_gives_the_money_back(life: Life, customer: str) -> None:
    intent = order(life, customer, allowed_payment_method_types=["card", "customer_balance"])
    fund(life, customer, 300)
    assert cash(life, customer) == {}
    by_card: Any = {"payment_method": "pm_card_visa", **BACK}
    paid = life.client.v1.payment_intents.confirm(intent.id, by_card)
    assert (paid.status, paid.amount_received, cash(life, customer)) == ("succeeded", 1000, {"eur": 300})
    newest = life.client.v1.customers.cash_balance_transactions.list(customer).data[0]
    assert (newest.type, newest.net_amount) == ("unapplied_from_payment", 300)


def test_a_payment_that_is_canceled_with_another_card_gives_the_money_back(life: Life, customer: str) -> None:
    types: Any = {"allowed_payment_method_types": ["card", "customer_balance"]}
    intent = order(life, customer, **types)
    fund(life, customer, 400)
    assert life.client.v1.payment_intents.update(intent.id, {"payment_method": "pm_card_visa"}).next_action is None
    life.client.v1.payment_intents.cancel(intent.id)
    assert cash(life, customer) == {"eur": 400}


@pytest.mark.parametrize(("name", "value"), [("currency", "usd"), ("amount", 399), ("customer", None)])
def test_what_is_partially_funded_stays_the_customers(life: Life, customer: str, name: str, value: Any) -> None:
    intent = partially_funded(life, customer)
    wanted: Any = {name: value or life.customer(card=None).id}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.client.v1.payment_intents.update(intent.id, wanted)
    assert refused.value.param == name
    life.client.v1.payment_intents.cancel(intent.id)
    assert cash(life, customer) == {"eur": 400}


def test_another_amount_asks_for_the_rest_or_is_paid(life: Life, customer: str) -> None:
    intent = partially_funded(life, customer)
    lowered = life.client.v1.payment_intents.update(intent.id, {"amount": 700})
    assert lowered.next_action is not None
    action = lowered.next_action.display_bank_transfer_instructions
    assert action is not None
    assert action.amount_remaining == 300
    paid = life.client.v1.payment_intents.update(intent.id, {"amount": 400})
    assert (paid.status, paid.amount_received, cash(life, customer)) == ("succeeded", 400, {})


def test_a_credit_note_leaves_no_more_than_what_was_sent(life: Life, customer: str) -> None:
    client = life.client.v1
    settings: Any = {"payment_method_types": ["customer_balance"], "payment_method_options": BY_TRANSFER}
    invoice = client.invoices.create(
        {
            "customer": customer,
            "currency": "eur",
            "collection_method": "send_invoice",
            "days_until_due": 30,
            "payment_settings": settings,
        }
    )
    client.invoice_items.create({"customer": customer, "amount": 1000, "currency": "eur", "invoice": invoice.id})
    client.invoices.finalize_invoice(invoice.id)
    fund(life, customer, 600)
    chain = Chain(life)
    chain.told()
    client.credit_notes.create({"invoice": invoice.id, "amount": 500})
    paid = client.invoices.retrieve(invoice.id)
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 500, 0)
    assert cash(life, customer) == {"eur": 100}
    assert [row[0] for row in chain.told()] == [
        "credit_note.created",
        "invoice.updated",
        "customer_cash_balance_transaction.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]


def test_an_open_invoice_is_paid_by_transfer(life: Life, customer: str) -> None:
    client = life.client.v1
    settings: Any = {"payment_method_types": ["customer_balance"], "payment_method_options": BY_TRANSFER}
    invoice = client.invoices.create(
        {
            "customer": customer,
            "currency": "eur",
            "collection_method": "send_invoice",
            "days_until_due": 30,
            "payment_settings": settings,
        }
    )
    client.invoice_items.create({"customer": customer, "amount": 1000, "currency": "eur", "invoice": invoice.id})
    client.invoices.finalize_invoice(invoice.id)
    fund(life, customer, 600)
    assert client.invoices.retrieve(invoice.id).status == "open"
    chain = Chain(life)
    chain.told()
    fund(life, customer, 400)
    assert client.invoices.retrieve(invoice.id).status == "paid"
    assert [row[0] for row in chain.told()] == [
        "customer_cash_balance_transaction.created",
        "customer_cash_balance_transaction.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]


def test_it_is_refused_where_it_cannot_work(life: Life, customer: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.client.v1.payment_intents.create(
            {
                "amount": 1000,
                "currency": "eur",
                "payment_method_data": {"type": "customer_balance"},
                "confirm": True,
                **BACK,
            }  # type: ignore[typeddict-item]
        )
    assert refused.value.param == "customer"
    with pytest.raises(stripe.InvalidRequestError, match="support the following currencies"):
        order(life, customer, currency="sek")
    bare: Any = {"customer_balance": {"funding_type": "bank_transfer", "bank_transfer": {"type": "eu_bank_transfer"}}}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        order(life, customer, payment_method_options=bare)
    assert refused.value.param == "payment_method_options[customer_balance][bank_transfer][eu_bank_transfer][country]"


def test_it_is_shown_with_the_customer(life: Life) -> None:
    made = life.client.v1.customers.create(
        {"cash_balance": {"settings": {"reconciliation_mode": "manual"}}, "expand": ["cash_balance"]}
    )
    assert made.cash_balance is not None
    assert made.cash_balance.settings.reconciliation_mode == "manual"
