"""A few words for the tests of bank debits: accounts, mandates, and what a bank answers in a while."""

from typing import Any

import stripe
from api.life import Life

OWNER = {"name": "Ada Lovelace", "email": "ada@example.com"}
ADDRESS = {"line1": "1 Main Street", "city": "London", "postal_code": "EC1A 1AA", "country": "GB"}
ACCEPTED = {"customer_acceptance": {"type": "offline"}}
BACK = "https://shop.example/back"
PAYS, PAYS_LATER, FAILS, FAILS_LATER = (
    "AT611904300234573201",
    "AT321904300235473204",
    "AT861904300235473202",
    "AT051904300235473205",
)
IN_NO_TIME, IN_A_WHILE = 1, 180  # seconds


def sepa(client: stripe.StripeClient, iban: str = PAYS) -> stripe.PaymentMethod:
    """A bank account in the euro area."""
    return client.v1.payment_methods.create(
        {"type": "sepa_debit", "sepa_debit": {"iban": iban}, "billing_details": OWNER}
    )


def american(client: stripe.StripeClient, account: str = "000123456789") -> stripe.PaymentMethod:
    """A bank account in the United States whose numbers were typed: it is not verified yet."""
    return client.v1.payment_methods.create(
        {
            "type": "us_bank_account",
            "us_bank_account": {"account_number": account, "routing_number": "110000000"},
            "billing_details": OWNER,
        }
    )


def debit(life: Life, method: str, currency: str = "eur", **params: Any) -> stripe.PaymentIntent:
    """Confirm an intent of 10.00 with a bank account of a customer on the life's clock, who agrees to it."""
    wanted = {
        "amount": 1000,
        "currency": currency,
        "customer": life.customer(card=None).id,
        "payment_method": method,
        "confirm": True,
        "mandate_data": ACCEPTED,
        "return_url": BACK,
        **params,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    return life.client.v1.payment_intents.create(given)  # type: ignore[arg-type]


def save(client: stripe.StripeClient, customer: str, method: str, **params: Any) -> stripe.SetupIntent:
    """Save a bank account for later, with a mandate."""
    return client.v1.setup_intents.create(
        {
            "customer": customer,
            "payment_method": method,
            "confirm": True,
            "mandate_data": ACCEPTED,
            "return_url": BACK,
            **params,
        }  # type: ignore[typeddict-item]
    )


def payer(life: Life, method: str) -> stripe.Customer:
    """A customer on the life's clock whose default payment method is a bank account that she may be debited by."""
    customer = life.customer(card=None)
    saved = save(life.client, customer.id, method)
    customer = life.client.v1.customers.update(
        customer.id, {"invoice_settings": {"default_payment_method": str(saved.payment_method)}}
    )
    life.events()
    return customer
