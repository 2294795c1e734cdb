"""What a receiver is sent: the event in its version, signed with its secret, and what came back."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import NamedTuple

import orjson

from mockbill.settings import Settings
from mockbill.webhooks.delivery import Attempt, Task
from mockbill.webhooks.listeners import Relay
from mockbill.webhooks.post import HEADERS, Poster, Reply
from mockbill.webhooks.routing import Receiver
from mockbill.webhooks.signing import sign
from mockbill.world import Doc, World, thin_events
from mockbill.world.clock import wall

_log = logging.getLogger(__name__)

RAW = "raw"
"""Where bytes are sent as they are: the kind and type of what stands in place of an event, and its member with them."""

Render = Callable[[World, Doc, str], Doc]
"""An event of an account as an API version shows it."""


class Letter(NamedTuple):
    """What is posted: where to, by which headers, and these bytes."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Sender:
    """Makes one attempt of a delivery; called by the channels' threads, with no lock held."""

    def __init__(self, settings: Settings, render: Render) -> None:
        self._settings = settings
        self._render = render
        self._closing = threading.Event()

    def close(self) -> None:
        """Make no more pauses."""
        self._closing.set()

    def poster(self, receiver: Receiver) -> Poster | Relay:
        """The connection for one receiver."""
        listener = receiver.listener
        if listener is not None and listener.terms.by_client:
            return Relay(listener)
        insecure = self._settings.webhook_insecure or (listener is not None and not listener.terms.verify)
        return Poster(verify=not insecure)

    def send(self, task: Task, receiver: Receiver, poster: Poster | Relay) -> Attempt:
        """Post once.  Whatever goes wrong is told in the attempt's reply."""
        at = wall()  # receivers compare the signature's age with the real time
        event, manner, scripts = task.delivery.event, task.manner, task.scripts
        try:
            body = self._body(task.delivery.ledger.world, event, receiver, manner.api_version)
            body, signature = manner.signed(receiver.secret, body, at)
        except Exception as error:
            _log.exception("%s cannot be rendered for %s", event["id"], receiver.id)
            return Attempt(at, task.occasion, "", Reply.of_fault(f"mockbill failed: {error}"), scripts)
        headers = {**HEADERS, **dict(receiver.headers), "Stripe-Signature": signature}
        pieces = manner.feed(body, self._closing.wait)
        reply = poster.post(receiver.url, headers, body, self._settings.webhook_timeout, pieces)
        return Attempt(at, task.occasion, signature, reply, scripts)

    def letter(self, world: World, event: Doc, receiver: Receiver | None) -> Letter:
        """An event as a receiver would be sent it now, or as nobody in particular."""
        body = self._body(world, event, receiver or Receiver("", "", ""), None)
        if receiver is None:
            return Letter("", HEADERS, body)
        return Letter(receiver.url, {**HEADERS, "Stripe-Signature": sign(receiver.secret, body, wall())}, body)

    def _body(self, world: World, event: Doc, receiver: Receiver, version: str | None) -> bytes:
        raw: bytes | None = event.get(RAW)
        if raw is not None:
            return raw
        return orjson.dumps(self.shown(world, event, version or receiver.api_version), option=orjson.OPT_INDENT_2)

    def shown(self, world: World, event: Doc, version: str | None) -> Doc:
        """An event as a version shows it; without one, as its account's did."""
        if thin_events.is_thin(event):
            return thin_events.notice(event)
        return self._render(world, event, version or event["api_version"])
