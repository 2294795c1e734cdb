"""The books of the sample application: what one that is idempotent and order-proof knows of the webhooks it has had."""

import threading
from collections.abc import Callable

from mockbill.scenario import objects
from mockbill.scenario.client import Document, Refused, Unreachable


class Books:
    """Each event counts once, however often it comes, and its age does not matter.

    Where the order of events cannot be relied on, what an event shows may be old: so `fetch`, once it is set, is asked
    for the object as it is by then, as Stripe recommends.
    """

    def __init__(self) -> None:
        self.fetch: Callable[[str], Document] | None = None
        self._lock = threading.Lock()
        self._objects: dict[str, Document] = {}
        self._acted: dict[str, str] = {}

    def enter(self, event: Document) -> None:
        """Take a verified event in."""
        with self._lock:
            if event["id"] in self._acted:
                return
            self._acted[event["id"]] = event["type"]
        shown = event["data"]["object"]
        if id := shown.get("id"):
            known = self._now(id, shown)
            with self._lock:
                self._objects[id] = known

    def known(self, id: str) -> Document | None:
        """An object as the application knows it."""
        with self._lock:
            return self._objects.get(id)

    def acted(self, type: str) -> int:
        """How many events of a type it has acted on."""
        with self._lock:
            return list(self._acted.values()).count(type)

    def _now(self, id: str, shown: Document) -> Document:
        if self.fetch is None or not objects.is_id(id):
            return shown
        try:
            return self.fetch(id)
        except (Refused, Unreachable):  # it is gone, and what the event showed is the last that there was
            return shown
