"""What tests of quotes share: quotes in a word, what they sell, and their acceptance."""

from typing import Any

import stripe
from api.life import Life


def quote_of(life: Life, *items: Any, **params: Any) -> stripe.Quote:
    """A quote for a customer with a card, of prices or whole line items."""
    whole = [item if isinstance(item, dict) else {"price": item} for item in items]
    sent: Any = {"line_items": whole, **params}
    if "customer" not in params:
        sent["customer"] = life.customer().id
    life.events()
    return life.client.v1.quotes.create(sent)


def once(life: Life, amount: int) -> str:
    sent: Any = {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Setup"}}
    made = life.client.v1.prices.create(sent)
    life.events()
    return made.id


def rate(life: Life, percentage: float) -> str:
    made = life.client.v1.tax_rates.create({"display_name": "VAT", "percentage": percentage, "inclusive": False})
    life.events()
    return made.id


def items_of(life: Life, quote: stripe.Quote) -> list[stripe.LineItem]:
    return life.client.v1.quotes.line_items.list(quote.id).data


def accepted(life: Life, quote: stripe.Quote) -> stripe.Quote:
    life.client.v1.quotes.finalize_quote(quote.id)
    life.events()
    return life.client.v1.quotes.accept(quote.id, {"expand": ["subscription", "invoice"]})
