"""A few words for the tests of payments: event chains, and the challenge page's two buttons."""

from typing import Any

import stripe

from mockbill.app import Application
from mockbill.billing import payment_intents, setup_intents

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


def finish_challenge(application: Application, account: str, intent: str, *, succeeded: bool) -> None:
    """What the buttons of the 3-D Secure page do."""
    kind, verbs = ("setup_intent", setup_intents) if intent.startswith("seti_") else ("payment_intent", payment_intents)
    with application.worlds.of(account).work() as work:
        verbs.complete_action(work, work.need(kind, intent), succeeded)
