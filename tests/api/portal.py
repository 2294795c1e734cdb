"""A shop with a billing portal, for its tests: plans that customers switch between, and one configuration."""

from dataclasses import dataclass
from typing import Any

import stripe

BACK = "https://shop.example/account"


@dataclass
class Portal:
    """A subscriber of Basic, and what the shop sells besides."""

    client: stripe.StripeClient
    basic: stripe.Price
    pro: stripe.Price
    yearly: stripe.Price
    customer: str
    subscription: stripe.Subscription

    @classmethod
    def open(cls, client: stripe.StripeClient, **subscribed: Any) -> "Portal":
        basic, pro = plan(client, "Basic", 1000), plan(client, "Pro", 3000)
        yearly = price(client, 10_000, product=str(basic.product), recurring={"interval": "year"})
        customer = subscriber(client)
        asked: Any = {"customer": customer, "items": [{"price": basic.id}], **subscribed}
        return cls(client, basic, pro, yearly, customer, client.v1.subscriptions.create(asked))

    @property
    def item(self) -> str:
        return self.subscription["items"].data[0].id

    def configuration(self, **features: Any) -> stripe.billing_portal.Configuration:
        """All is on but what ``features`` say otherwise."""
        return self.client.v1.billing_portal.configurations.create({"features": {**self.features(), **features}})

    def features(self) -> Any:
        return {
            "customer_update": {"enabled": True, "allowed_updates": ["email", "name", "address", "tax_id"]},
            "invoice_history": {"enabled": True},
            "payment_method_update": {"enabled": True},
            "subscription_cancel": {"enabled": True},
            "subscription_pause": {"enabled": True},
            "subscription_update": self.updates(),
        }

    def updates(self, **more: Any) -> Any:
        basic, pro = str(self.basic.product), str(self.pro.product)
        return {
            "enabled": True,
            "default_allowed_updates": ["price", "quantity", "promotion_code"],
            "products": [
                {"product": basic, "prices": [self.basic.id, self.yearly.id]},
                {"product": pro, "prices": [self.pro.id]},
            ],
            **more,
        }

    def session(self, configuration: str | None = None, **params: Any) -> stripe.billing_portal.Session:
        asked: Any = {"customer": self.customer, "return_url": BACK, **params}
        asked = {name: value for name, value in asked.items() if value is not None}
        if configuration:
            asked["configuration"] = configuration
        return self.client.v1.billing_portal.sessions.create(asked)

    def flow(self, type: str, **hash: Any) -> Any:
        """``flow_data`` of a type, about the subscription unless ``hash`` names another."""
        return {"type": type, type: {"subscription": self.subscription.id, **hash}}


class Told:
    """The events of an account since the last look, oldest first."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self.client = client
        self.seen = 0
        self.events()

    def events(self) -> list[stripe.Event]:
        listed = list(self.client.v1.events.list({"limit": 100}).auto_paging_iter())
        fresh = listed[: len(listed) - self.seen][::-1]
        self.seen = len(listed)
        return fresh

    def types(self) -> list[str]:
        return [event.type for event in self.events()]


def plan(client: stripe.StripeClient, name: str, amount: int) -> stripe.Price:
    return price(client, amount, product_data={"name": name}, recurring={"interval": "month"})


def price(client: stripe.StripeClient, amount: int, **params: Any) -> stripe.Price:
    asked: Any = {"currency": "usd", "unit_amount": amount, **params}
    return client.v1.prices.create(asked)


def subscriber(client: stripe.StripeClient, **params: Any) -> str:
    """A customer with a card."""
    card = "pm_card_visa"
    asked: Any = {
        "email": "ada@example.com",
        "payment_method": card,
        "invoice_settings": {"default_payment_method": card},
        **params,
    }
    return client.v1.customers.create(asked).id
