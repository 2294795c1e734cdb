"""Drafts of renewals whose ``invoice.created`` no endpoint has taken yet."""

from collections.abc import Callable

import pytest
import stripe
from control.api import Control
from webhooks.stage import Mockbill, Receiver, listen

Receive = Callable[..., Receiver]
Serve = Callable[..., Mockbill]

HOUR = 3600


@pytest.fixture
def mockbill(serve: Serve) -> Mockbill:
    return serve(
        finalization="delivered", clock="2026-01-31T10:00:00Z", webhook_retries="30m,4h", webhook_retry_clock="world"
    )


def _renewed(mockbill: Mockbill, receiver: Receiver, *, taken: int | None) -> tuple[stripe.StripeClient, str]:
    """A subscription whose first renewal's draft is told of to a receiver that takes the try of that number."""
    client, control, tries = mockbill.client(), Control(mockbill.url, "mockbill"), []
    card = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 500, "recurring": {"interval": "month"}, "product_data": {"name": "Pro"}}
    )
    made = client.v1.subscriptions.create(
        {"customer": client.v1.customers.create(card).id, "items": [{"price": price.id}]}
    )
    receiver.behave = lambda got: 200 if tries.append(got) or len(tries) == taken else 500
    listen(client, receiver.url, "invoice.created")
    control.post("clock", now="2026-02-28T10:00:00Z")
    return client, str(client.v1.subscriptions.retrieve(made.id).latest_invoice)


def _finalized_after(client: stripe.StripeClient, control: Control, invoice: str, hours: int) -> int | None:
    """After how many hours as a draft it was finalized, looking at it for so many."""
    control.post("clock/advance", by=f"{hours} hours")
    found = client.v1.invoices.retrieve(invoice)
    at = found.status_transitions.finalized_at
    return None if at is None else (at - found.created) // HOUR


@pytest.mark.parametrize(("taken", "hours"), [(1, 1), (2, 1), (3, 5)])
def test_a_draft_is_finalized_within_an_hour_of_its_being_taken(
    mockbill: Mockbill, receive: Receive, taken: int, hours: int
) -> None:
    # The tries are at once, after half an hour, and after four and a half; it is looked at every hour.
    client, invoice = _renewed(mockbill, receive(), taken=taken)
    assert _finalized_after(client, Control(mockbill.url, "mockbill"), invoice, 6) == hours
    assert client.v1.invoices.retrieve(invoice).status == "paid"


def test_after_72_hours_it_is_finalized_all_the_same(mockbill: Mockbill, receive: Receive) -> None:
    client, invoice = _renewed(mockbill, receive(), taken=None)
    control = Control(mockbill.url, "mockbill")
    assert _finalized_after(client, control, invoice, 71) is None
    assert client.v1.invoices.retrieve(invoice).status == "draft"
    assert _finalized_after(client, control, invoice, 2) == 72


def test_by_default_nobody_waits_for_receivers(serve: Serve, receive: Receive) -> None:
    mockbill = serve(clock="2026-01-31T10:00:00Z", webhook_retries="none")
    client, invoice = _renewed(mockbill, receive(), taken=None)
    assert _finalized_after(client, Control(mockbill.url, "mockbill"), invoice, 2) == 1
