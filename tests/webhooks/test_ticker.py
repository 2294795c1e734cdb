"""The ticker among receivers that hang: where time runs by itself, each account's work is done in time."""

from collections.abc import Callable
from threading import Event

import stripe
from control.api import Control
from webhooks.stage import PATIENCE, Mockbill, Receiver, listen

EXPIRED = {"type": "checkout.session.expired", "timeout": PATIENCE / 2}


def test_no_account_waits_for_another_whose_receiver_hangs_or_that_is_being_advanced(
    serve: Callable[..., Mockbill], receive: Callable[..., Receiver]
) -> None:
    mockbill, answer = serve(), Event()
    hanging = receive(lambda _: 200 if answer.wait(PATIENCE) else 500)
    listen(mockbill.client("slow"), hanging.url, "checkout.session.expired")
    for account in ("busy", "slow", "quick"):  # as the ticker goes through them
        expires = _session(mockbill.client(account))
        mockbill.world(account).clock.set(expires - 1, "offset")
    with mockbill.world("busy").advancing:
        try:
            arrived = Control(mockbill.url, "quick").post("events/wait", **EXPIRED)
        finally:
            answer.set()
    assert len(arrived["data"]) == 1
    hanging.wait_for(1)
    Control(mockbill.url, "busy").post("events/wait", **EXPIRED)


def _session(client: stripe.StripeClient) -> int:
    """A checkout session; when it expires."""
    session = client.v1.checkout.sessions.create(
        {"mode": "setup", "currency": "usd", "success_url": "http://shop.example"}
    )
    assert session.expires_at is not None
    return session.expires_at
