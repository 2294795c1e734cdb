"""A few words for the tests of payments: event chains, and the challenge page's two buttons."""

from typing import Any

import requests
import stripe

from mockbill.server import LocalServer

RETURN_URL = "https://shop.example/back"


def chain(client: stripe.StripeClient) -> list[str]:
    """The types of all events of the account, oldest first."""
    return [event.type for event in client.v1.events.list({"limit": 100}).auto_paging_iter()][::-1]


def since(client: stripe.StripeClient, seen: list[str]) -> list[str]:
    """The types of the events that came after ``seen``."""
    return chain(client)[len(seen) :]


def event(client: stripe.StripeClient, type: str) -> stripe.Event:
    """The newest event of a type."""
    return client.v1.events.list({"type": type, "limit": 1}).data[0]


def pay(client: stripe.StripeClient, card: str = "pm_card_visa", **params: Any) -> stripe.PaymentIntent:
    """Create and confirm an intent of $10.00."""
    wanted: dict[str, Any] = {
        "amount": 1000,
        "currency": "usd",
        "payment_method": card,
        "confirm": True,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        **params,
    }
    return client.v1.payment_intents.create(wanted)


def finish_challenge(server: LocalServer, intent: str, *, succeeded: bool) -> int:
    """Press one of the two buttons of the 3-D Secure page; returns the status of its answer."""
    answer = {"challenge": "complete" if succeeded else "fail"}
    return requests.post(f"{server.url}/3ds/{intent}", data=answer, timeout=10, allow_redirects=False).status_code
