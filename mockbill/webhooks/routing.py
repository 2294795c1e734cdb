"""Who hears of what: the receivers of one account, by event type."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import chain
from operator import is_
from typing import TYPE_CHECKING

from mockbill.webhooks import destinations, endpoints
from mockbill.world import Doc, World, thin_events
from mockbill.world.table import LiveTable

if TYPE_CHECKING:
    from mockbill.webhooks.listeners import Listener, Listeners


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where deliveries go: an endpoint of the account, or a ``--forward-to`` URL, which stands for every account."""

    id: str  # we_..., ed_..., or forward_1
    url: str
    secret: str = field(repr=False)  # no log and no traceback shows it
    api_version: str | None = None
    shared: bool = False
    thin: bool = False  # hears of thin events, and of no others
    headers: tuple[tuple[str, str], ...] = ()  # that are sent beside ours
    listener: Listener | None = field(default=None, compare=False)  # for whose sake it is delivered to


class Routes:
    """The receivers of an account as its endpoint documents describe them.

    Documents never change in place, so routes are right for as long as the table holds the very documents that they
    were made from.  That is looked up each time (an account has at most 16), and a rollback needs no word of it.
    """

    __slots__ = (
        "_by_type", "_documents", "_enabled", "_listeners", "_of_platform", "_open", "_platforms", "_shared",
        "are_any", "by_id", "hears_thin",
    )  # fmt: skip

    def __init__(self, world: World, shared: tuple[Receiver, ...], listeners: Listeners) -> None:
        self._documents = _documents(world)
        self._of_platform = [] if world.platform is None else _documents(world.platform)
        self._shared = shared
        self._enabled: list[tuple[frozenset[str], Receiver]] = []
        self.by_id = {receiver.id: receiver for receiver in shared}
        self._by_type: dict[tuple[str, bool], tuple[Receiver, ...]] = {}
        self._open = listeners
        self._listeners = listeners.of(world.name)
        self._platforms = () if world.platform is None else listeners.of(world.platform.name)
        # Connect endpoints hear of connected accounts, never of the account that they belong to.
        self._enable(world, self._documents, connected=False)
        if world.platform is not None:
            self._enable(world.platform, self._of_platform, connected=True)
        for listener in self._listeners:
            self._hear(listener, connected=False)
        for listener in self._platforms:
            self._hear(listener, connected=True)
        self.hears_thin = any(receiver.thin for receiver in self.by_id.values())
        self.hears_thin |= any(listener.hears_thin for listener in (*self._listeners, *self._platforms))
        self.are_any = bool(self.by_id or self._listeners or self._platforms)  # who is told of anything

    def _hear(self, listener: Listener, *, connected: bool) -> None:
        for types, receiver in listener.receivers(connected=connected):
            self.by_id[receiver.id] = receiver
            self._enabled.append((types, receiver))

    def ears(self, event: Doc) -> Iterator[tuple[Listener, bool]]:
        """The listeners who want to hear of an event, and whether it is one of a connected account to them."""
        if not self._listeners and not self._platforms:
            return
        type, thin = event["type"], thin_events.is_thin(event)
        for listeners, connected in ((self._listeners, False), (self._platforms, True)):
            for listener in listeners:
                if listener.hears(type, thin=thin):
                    yield listener, connected

    def _enable(self, owner: World, documents: list[Doc], *, connected: bool) -> None:
        for doc in documents:
            kept = owner.table(f"_{doc['object']}").fetch(doc["id"])
            if doc["status"] == "enabled" and kept is not None and _listens(doc, kept, connected=connected):
                receiver = _receiver(doc, kept)
                self.by_id[receiver.id] = receiver
                self._enabled.append((frozenset(doc["enabled_events"]), receiver))

    def fit(self, world: World) -> bool:
        """Whether the endpoints and listeners are still those that these routes were made from."""
        if self._listeners is not self._open.of(world.name):
            return False
        if world.platform is not None and not (
            _are_still(world.platform, self._of_platform) and self._platforms is self._open.of(world.platform.name)
        ):
            return False
        return _are_still(world, self._documents)

    def to(self, event: Doc) -> tuple[Receiver, ...]:
        """Who is told of an event: of a ping the destination that it is for, of others who wants their type."""
        type, thin = event["type"], thin_events.is_thin(event)
        if type == thin_events.PING:
            pinged = self.by_id.get(event["related_object"]["id"])
            return (pinged,) if pinged is not None else ()
        found = self._by_type.get((type, thin))
        if found is None:
            own = tuple(receiver for types, receiver in self._enabled if receiver.thin is thin and wants(types, type))
            found = self._by_type[type, thin] = own if thin else self._shared + own
        return found


def wants(types: Collection[str], type: str) -> bool:
    """Whether an event type is among these, which may end in ``*``."""
    return type in types or any(each.endswith("*") and type.startswith(each[:-1]) for each in types)


def _listens(doc: Doc, kept: Doc, *, connected: bool) -> bool:
    """Whether an endpoint wants the events of connected accounts, or those of its own."""
    if doc["object"] == destinations.KIND:
        return (destinations.CONNECTED if connected else destinations.OWN) in doc["events_from"]
    return bool(kept["connect"] == connected)


def _receiver(doc: Doc, kept: Doc) -> Receiver:
    if doc["object"] == destinations.KIND:
        thin = doc["event_payload"] == "thin"
        return Receiver(doc["id"], kept["url"], kept["secret"], doc["snapshot_api_version"], thin=thin)
    return Receiver(doc["id"], doc["url"], kept["secret"], doc["api_version"])


def _documents(world: World) -> list[Doc]:
    """The endpoints of an account; those of a platform are read without its lock, which is never taken second."""
    tables = world.table(endpoints.KIND), world.table(destinations.KIND)
    return [doc for table in tables for key in tuple(table.order) if (doc := table.rows.get(key)) is not None]


def _are_still(world: World, known: list[Doc]) -> bool:
    """Asked by each unit of work that has events: nothing is made for the answer where there are no endpoints."""
    first, second = world.table(endpoints.KIND), world.table(destinations.KIND)
    if not known:
        return not first.rows and not second.rows
    if len(first.order) + len(second.order) != len(known):
        return False
    return all(map(is_, chain(_rows(first), _rows(second)), known))


def _rows(table: LiveTable) -> Iterator[Doc | None]:
    return map(table.rows.get, table.order)
