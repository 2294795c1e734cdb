"""A shop that sells by checkout, and a visitor who opens its pages without JavaScript."""

from dataclasses import dataclass
from typing import Any

import requests
import stripe

from mockbill.scenario.checkout_page import CheckoutPage
from mockbill.server import LocalServer

GOOD, DECLINED, THREE_D_SECURE, NO_FUNDS = (
    "4242424242424242",
    "4000000000000002",
    "4000002760003184",
    "4000000000009995",
)


@dataclass
class Shop:
    """An account that sells a subscription, seats and a mug, and the URL of its own site."""

    client: stripe.StripeClient
    site: str
    pro: str
    seat: str
    mug: str

    def checkout(self, *prices: str, quantity: int = 1, **params: Any) -> stripe.checkout.Session:
        """A session for these prices; a subscription that leads to the shop's site unless ``params`` say otherwise."""
        asked: dict[str, Any] = {
            "mode": "subscription",
            "success_url": f"{self.site}/thanks?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{self.site}/pricing",
            **params,
        }
        if asked["mode"] != "setup":
            asked["line_items"] = [{"price": price, "quantity": quantity} for price in prices or (self.pro,)]
        sent: Any = {name: value for name, value in asked.items() if value}
        return self.client.v1.checkout.sessions.create(sent)

    def look(self, session: stripe.checkout.Session) -> stripe.checkout.Session:
        return self.client.v1.checkout.sessions.retrieve(
            session.id, {"expand": ["subscription", "customer", "payment_intent", "setup_intent", "invoice"]}
        )

    def events(self) -> list[str]:
        """The types of all events so far, oldest first."""
        return [event.type for event in reversed(self.client.v1.events.list({"limit": 100}).data)]


@dataclass
class Answer:
    """What a browser without JavaScript gets: redirects are not followed."""

    status: int
    location: str | None
    text: str
    headers: dict[str, str]

    @property
    def page(self) -> CheckoutPage:
        return CheckoutPage(self.text)


class Visitor:
    """Opens pages and posts forms without JavaScript and without cookies."""

    def __init__(self, server: LocalServer, session: requests.Session) -> None:
        self.server = server
        self.session = session

    def get(self, url: str | None) -> Answer:
        return self._ask("GET", url)

    def post(self, url: str | None, **fields: str) -> Answer:
        return self._ask("POST", url, data=fields)

    def pay(self, url: str | None, card: str = "4242424242424242", **fields: str) -> Answer:
        """Fill in everything, and send it."""
        typed = {"email": "ada@example.com", "name": "Ada Lovelace", "exp": "12 / 34", "cvc": "123", "card": card}
        return self.post(url, **{**typed, **fields})

    def _ask(self, method: str, url: str | None, **sent: Any) -> Answer:
        assert url is not None
        address = url if url.startswith("http") else self.server.url + url
        answer = self.session.request(method, address, allow_redirects=False, timeout=30, **sent)
        return Answer(answer.status_code, answer.headers.get("Location"), answer.text, dict(answer.headers))
