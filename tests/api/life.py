"""A subscriber's life in a few words, for the tests of billing: customers with cards, prices, clocks, event chains."""

from dataclasses import dataclass
from typing import Any

import stripe

START = 1_769_853_600  # 2026-01-31T10:00:00Z: a day that most months do not have
DAY = 86_400
HOUR = 3_600


def advance(client: stripe.StripeClient, clock: str, instant: int) -> None:
    """Move a test clock, and wait until it is ready, as one does with Stripe."""
    client.v1.test_helpers.test_clocks.advance(clock, {"frozen_time": instant})
    for _ in range(2_000):
        status = client.v1.test_helpers.test_clocks.retrieve(clock).status
        if status != "advancing":
            break
    assert status == "ready"


@dataclass
class Life:
    """One account with a test clock, seen through the official SDK."""

    client: stripe.StripeClient
    clock: stripe.test_helpers.TestClock
    seen: int = 0

    @classmethod
    def begin(cls, client: stripe.StripeClient, at: int = START) -> "Life":
        life = cls(client, client.v1.test_helpers.test_clocks.create({"frozen_time": at}))
        life.events()
        return life

    def price(self, amount: int = 2000, **recurring: Any) -> stripe.Price:
        price = self.client.v1.prices.create(
            {
                "currency": "usd",
                "unit_amount": amount,
                "recurring": {"interval": "month", **recurring},
                "product_data": {"name": "Pro"},
            }
        )
        self.events()
        return price

    def customer(self, card: str | None = "pm_card_visa") -> stripe.Customer:
        """A customer on the clock whose default card is a test card."""
        params: dict[str, Any] = {"test_clock": self.clock.id, "email": "ada@example.com"}
        if card:
            params |= {"payment_method": card, "invoice_settings": {"default_payment_method": card}}
        customer = self.client.v1.customers.create(params)
        self.events()
        return customer

    def subscribe(self, customer: stripe.Customer, price: stripe.Price, **params: Any) -> stripe.Subscription:
        return self.client.v1.subscriptions.create(
            {"customer": customer.id, "items": [{"price": price.id}], "expand": ["latest_invoice.payments"], **params}
        )

    def upgrade(self, subscription: stripe.Subscription, amount: int, **params: Any) -> stripe.Subscription:
        """To another price, invoiced at once."""
        item = subscription["items"].data[0].id
        return self.client.v1.subscriptions.update(
            subscription.id,
            {
                "items": [{"id": item, "price": self.price(amount).id}],
                "proration_behavior": "always_invoice",
                "expand": ["latest_invoice"],
                **params,
            },
        )

    def use_card(self, customer: str, card: str) -> str:
        """Attach a test card and make it the customer's default."""
        method = self.client.v1.payment_methods.attach(card, {"customer": customer})
        self.client.v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method.id}})
        self.events()
        return method.id

    def advance(self, seconds: int) -> list[str]:
        """Move the clock and wait until it is ready; returns the event types of the time between."""
        now = self.client.v1.test_helpers.test_clocks.retrieve(self.clock.id).frozen_time
        return self.advance_to(now + seconds)

    def advance_to(self, instant: int) -> list[str]:
        advance(self.client, self.clock.id, instant)
        return [type for type in self.events() if not type.startswith("test_helpers.")]

    def subscription(self, id: str) -> stripe.Subscription:
        return self.client.v1.subscriptions.retrieve(id, {"expand": ["latest_invoice"]})

    def events(self) -> list[str]:
        """The types of the events since the last look, oldest first."""
        return [event.type for event in self.new_events()]

    def new_events(self) -> list[stripe.Event]:
        events = list(self.client.v1.events.list({"limit": 100}).auto_paging_iter())
        fresh = events[: len(events) - self.seen][::-1]
        self.seen = len(events)
        return fresh
