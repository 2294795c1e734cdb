"""A listener that asks again and again for what there is to tell: ``mockbill listen``."""

from __future__ import annotations

import threading
import time
from base64 import b64encode
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mockbill.webhooks.listeners.listener import Listener, Terms
from mockbill.webhooks.post import Reply
from mockbill.world import Doc, World

if TYPE_CHECKING:
    from mockbill.webhooks.delivery import Attempt, Delivery

_LEASE = 10.0  # seconds without a call after which nobody is there any more
_NAP = 0.5  # seconds between two looks at whether the server stops
_ROOM = 10_000  # messages that wait for a listener who does not ask; then the oldest are lost, and counted

Show = Callable[[World, Doc, str | None], Doc]
"""An event as an API version shows it, or its own where none is named."""


class Polled(Listener):
    """Messages are numbered from 1 and kept until the call that names a later number."""

    def __init__(self, id: str, terms: Terms, secret: str, show: Show) -> None:
        super().__init__(id, terms, secret)
        self._show = show
        self._changed = threading.Condition(threading.RLock())
        self._messages: deque[tuple[int, Callable[[], dict[str, Any]]]] = deque()
        self._told = 0  # the number of the newest message
        self._waiting = 0  # calls that wait for messages
        self._leaves_at = time.monotonic() + _LEASE
        self._replies: dict[int, Reply | None] = {}  # by the number of the message that asked; None while awaited
        self._ended = False

    @property
    def alive(self) -> bool:
        return not self._ended and (self._waiting > 0 or time.monotonic() < self._leaves_at)

    def heard(self, world: World, event: Doc, *, connected: bool) -> None:
        self._tell(
            lambda: {
                "kind": "event",
                "id": event["id"],
                "type": event["type"],
                "connect": connected,
                "event": self._show(world, event, self.terms.api_version),
            }
        )

    def attempted(self, delivery: Delivery, attempt: Attempt) -> None:
        next_retry = delivery.as_dict()["next_retry"] if delivery.state == "retrying" else None
        self._tell(
            lambda: {
                "kind": "attempt",
                "id": delivery.event["id"],
                "type": delivery.event["type"],
                "delivery": delivery.id,
                "url": delivery.receiver.url,
                "occasion": attempt.occasion.value,
                "status": attempt.reply.status,
                "error": attempt.reply.error,
                "milliseconds": attempt.reply.milliseconds,
                "next_retry": next_retry,
                "scripts": list(attempt.scripts),
            }
        )

    def ask(self, url: str, headers: dict[str, str], body: bytes, timeout: float, cut: int | None) -> Reply:
        with self._changed:
            number = self._told + 1
            self._replies[number] = None
            self._tell(
                lambda: {
                    "kind": "post",
                    "url": url,
                    "headers": headers,
                    "body": b64encode(body).decode(),
                    "cut": cut,
                    "timeout": timeout,
                    "verify": self.terms.verify,
                }
            )
            # The client measures the time of the answer; a little more is for the way there and back.
            self._changed.wait_for(lambda: self._ended or self._replies[number] is not None, timeout + _LEASE / 4)
            reply = self._replies.pop(number)
        return reply or Reply(None, "", "the listener that forwards has not answered", True, timeout * 1000, {})

    def answer(self, number: int, reply: Reply) -> bool:
        """The client has posted what a message asked for; False when nobody waits for it any more."""
        with self._changed:
            self._leaves_at = time.monotonic() + _LEASE
            if number not in self._replies:
                return False
            self._replies[number] = reply
            self._changed.notify_all()
            return True

    def poll(self, after: int, timeout: float, is_stopping: Callable[[], bool]) -> dict[str, Any]:
        """What comes after a message, as soon as there is any: ``{"data", "missed", "closing"}``."""
        deadline = time.monotonic() + timeout
        with self._changed:
            self._waiting += 1
            try:
                while self._messages and self._messages[0][0] <= after:
                    self._messages.popleft()
                while not self._messages and not (self._ended or is_stopping()):
                    left = deadline - time.monotonic()
                    if left <= 0:
                        break
                    self._changed.wait(min(left, _NAP))
                found = list(self._messages)
                closing = self._ended or is_stopping()
            finally:
                self._waiting -= 1
                self._leaves_at = time.monotonic() + _LEASE
        missed = found[0][0] - after - 1 if found else 0
        return {
            "data": [{"number": number, **told()} for number, told in found],
            "missed": missed,
            "closing": closing,
        }

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _tell(self, message: Callable[[], dict[str, Any]]) -> None:
        with self._changed:
            self._told += 1
            self._messages.append((self._told, message))
            if len(self._messages) > _ROOM:
                self._messages.popleft()
            self._changed.notify_all()
