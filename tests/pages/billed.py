"""Invoices to be paid on their page."""

from typing import Any

import stripe


def sent(client: stripe.StripeClient, amount: int = 2500, **params: Any) -> stripe.Invoice:
    """A finalized invoice of one line, whose customer has no card."""
    details: Any = params.pop("customer_data", {"name": "Ada Lovelace", "email": "ada@example.com"})
    customer = client.v1.customers.create(details).id
    asked: Any = {"customer": customer, "collection_method": "send_invoice", "days_until_due": 30, **params}
    draft = client.v1.invoices.create(asked)
    client.v1.invoice_items.create(
        {"customer": customer, "invoice": draft.id, "amount": amount, "currency": "usd", "description": "Consulting"}
    )
    return client.v1.invoices.finalize_invoice(draft.id)


def types(client: stripe.StripeClient, since: int = 0) -> list[str]:
    """The types of the events after the first ``since``, oldest first."""
    return [event.type for event in reversed(client.v1.events.list({"limit": 100}).data)][since:]
