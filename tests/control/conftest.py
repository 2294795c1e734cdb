"""What the tests of the control API share: calls about the test's own account, and a subscriber in it."""

from collections.abc import Callable

import pytest
import stripe
from control.api import START, Control

from mockbill.server import LocalServer


@pytest.fixture
def control(server: LocalServer, account: str) -> Control:
    return Control(server.url, account)


@pytest.fixture
def subscribe(control: Control, client: stripe.StripeClient) -> Callable[..., stripe.Subscription]:
    """Subscribe a customer to a monthly price on 2026-01-31, 10:00, where the account's clock then stands still."""

    def subscribe(card: str = "pm_card_visa", **customer: str) -> stripe.Subscription:
        if "test_clock" not in customer and control.get("clock")["mode"] == "real":
            control.post("clock", now=START, mode="frozen")
        payer = client.v1.customers.create(
            {"payment_method": card, "invoice_settings": {"default_payment_method": card}, **customer}
        )
        price = client.v1.prices.create(
            {
                "currency": "usd",
                "unit_amount": 2900,
                "recurring": {"interval": "month"},
                "product_data": {"name": "Pro"},
            }
        )
        return client.v1.subscriptions.create({"customer": payer.id, "items": [{"price": price.id}]})

    return subscribe
