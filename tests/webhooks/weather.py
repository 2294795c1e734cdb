"""Rules put in force by tests of delivery scripts, and what the log and Stripe's SDK make of what they do."""

from collections.abc import Callable
from typing import Any

import stripe
from webhooks.stage import Got, Mockbill, Receiver

Receive = Callable[..., Receiver]
Serve = Callable[..., Mockbill]


def script(mockbill: Mockbill, do: dict[str, Any], *, times: int | None = None, **match: Any) -> str:
    """Put a rule in force; its id."""
    rule = {"match": match, "do": do, **({} if times is None else {"times": times})}
    id: str = mockbill.app.webhooks.add_script(mockbill.world(), rule)["id"]
    return id


def release(mockbill: Mockbill, id: str) -> int:
    return mockbill.app.webhooks.release_script(mockbill.world(), id)


def verify(got: Got, endpoint: stripe.WebhookEndpoint) -> stripe.Event:
    """What Stripe's SDK makes of a request; raises SignatureVerificationError."""
    return stripe.Webhook.construct_event(got.body, got.headers["Stripe-Signature"], endpoint.secret)


def occasions(delivery: dict[str, Any]) -> list[tuple[str, int | None, list[str]]]:
    return [(attempt["occasion"], attempt["status"], attempt["scripts"]) for attempt in delivery["attempts"]]
