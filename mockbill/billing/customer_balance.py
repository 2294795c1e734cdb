"""The balance of a customer, in minor units: below zero is credit, above zero is added to the next invoice."""

from typing import Any

from mockbill.billing import amounts, customer_facts, defaults, fields
from mockbill.world import Doc, Work


def move(w: Work, customer: Doc, amount: int, currency: str, kind: str, **facts: Any) -> Doc:
    """A ``customer_balance_transaction``, and the balance that it leaves: ``customer.updated``."""
    ending = customer["balance"] + amount
    transaction = defaults.add(
        w,
        "customer_balance_transaction",
        amount=amount,
        currency=currency,
        customer=customer["id"],
        ending_balance=ending,
        type=kind,
        **facts,
    )
    customer_facts.note(w, customer["id"], balance=ending, currency=currency)
    return transaction


def describe(w: Work, transaction: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../balance_transactions/{transaction}``: its description and metadata.  There is no event for it."""
    return w.change(transaction, **fields.fields_of("customer_balance_transaction", params, transaction))


def adjust(w: Work, customer: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/customers/{customer}/balance_transactions``."""
    currency = amounts.currency(params["currency"])
    amounts.check_amount(params["amount"], currency, "amount", most=amounts.MOST_ON_AN_INVOICE)
    customer_facts.check_currency(customer, currency)
    described = fields.fields_of("customer_balance_transaction", params, {}, but=("amount", "currency"))
    return move(w, customer, params["amount"], currency, "adjustment", **described)
