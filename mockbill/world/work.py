"""A unit of work: the one door for change.  Either everything that was done in it happens, or nothing did."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from mockbill import surface
from mockbill.surface.shapes import wire_order
from mockbill.world.events import event, previous_attributes
from mockbill.world.problems import Problem, missing
from mockbill.world.table import Doc, LiveTable

if TYPE_CHECKING:
    from types import TracebackType

    from mockbill.settings import Settings
    from mockbill.world.world import Plan, World

_REHEARSED = 1 << 40  # ids of a rehearsal are drawn from here on, so that nothing real will ever bear one of them
_WITH_RELATED_EVENTS = ("payment_intent", "charge")  # the ids of their events share characters with theirs
_NOT_REQUESTED: Doc = {"id": None, "idempotency_key": None}


class Savepoint(NamedTuple):
    """How far a unit of work had come: changes, events, the counter that ids are drawn from, and the parts of it in
    other accounts."""

    changes: int
    events: int
    counter: int
    beside: Mapping[World, Savepoint] = MappingProxyType({})


class Work:
    """Reads and changes one account's documents under its lock, in a ``with`` statement.

    Changes are written through and remembered in ``undone``; leaving by an exception takes them back, ids included,
    unless it is a Problem that ``keeps`` them.  Events wait here until the work is committed.
    """

    __slots__ = (
        "_counter",
        "_last_change",
        "_principal",
        "_table",
        "afterwards",
        "changed",
        "endings",
        "events",
        "heard",
        "logged",
        "now",
        "others",
        "plans",
        "rehearsing",
        "request",
        "site_url",
        "tables",
        "timeline",
        "undone",
        "world",
    )

    heard: bool
    """Whether there are any receivers of its events; set when it is committed, as ``plans`` are."""
    plans: list[Plan]
    """What it makes fall due."""

    def __init__(
        self, world: World, request: Doc | None = None, timeline: str | None = None, site_url: str | None = None
    ) -> None:
        self.world = world
        self.tables = world.tables
        self._table = world.table
        self.request = request or _NOT_REQUESTED
        self.timeline = timeline
        self.site_url = site_url or world.site.url  # what links start with
        self.undone: list[tuple[LiveTable, str, int | None, Doc | None]] = []
        self.changed: dict[str, Doc] = {}
        self.events: list[Doc] = []
        self.afterwards: list[Callable[[], None]] = []
        self.endings: list[Callable[[], None]] = []
        self.logged: Sequence[Doc] = ()  # the events that stand in the log already
        self.rehearsing = False
        self.others: dict[World, Work] = {}  # the parts of this work in other accounts
        self._principal: Work | None = None  # of which this one is such a part
        self._counter = 0
        self._last_change: tuple[Doc, Doc, Collection[str]] | None = None  # of, into, and the names of the fields
        self.now = 0  # seconds on the timeline of this work: a test clock's, or the account's own clock

    def __enter__(self) -> Self:
        self.world.lock.acquire()
        self._counter = self.world.ids.counter
        self.now = self.world.time(self.timeline)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if error is None or (isinstance(error, Problem) and error.keeps):
                if self.endings:
                    self._end()
                self.world.commit(self)
            else:
                self.rollback()
        finally:
            self.world.lock.release()

    # other accounts

    def beside(self, world: World) -> Work:
        """The part of this unit of work in a connected account or its platform: both happen, or nothing does.

        The two share a lock, which is held already.  There it is the time of that account's own clock.
        """
        whole = self._principal or self
        if world is whole.world:
            return whole
        part = whole.others.get(world)
        if part is None:
            assert world.lock is whole.world.lock, f"{world.name} has a lock of its own"
            part = whole.others[world] = Work(world, self.request, site_url=self.site_url)
            part._principal, part._counter = whole, world.ids.counter
            part.now = world.time(None)
            if whole.rehearsing:
                part.rehearsing = True
                world.ids.counter += _REHEARSED
        return part

    @property
    def parts(self) -> list[Work]:
        """This work and its parts in other accounts."""
        return [self, *self.others.values()]

    # time

    def use_clock_of(self, owner: Doc | str | None) -> None:
        """Go on in the time of a customer (or of anything that holds a ``test_clock``)."""
        doc = self.get("customer", owner) if isinstance(owner, str) else owner
        timeline = (doc or {}).get("test_clock")
        if timeline != self.timeline:
            self.timeline, self.now = timeline, self.world.time(timeline)

    def stand_at(self, instant: int) -> None:
        """Go on as if it were this instant on the timeline of this work: for rehearsals of what is to come."""
        self.now = instant

    @property
    def settings(self) -> Settings:
        return self.world.settings

    # reading

    def get(self, kind: str, id: str | None) -> Doc | None:
        """The current version of a document, or None."""
        return self._table(kind).fetch(id) if id else None

    def need(self, kind: str, id: str, param: str = "id") -> Doc:
        """The current version of a document, or Stripe's ``No such ...`` (404 when ``param`` is the path's id)."""
        doc = self._table(kind).fetch(id)
        if doc is None:
            raise missing(kind, id, param)
        return doc

    def find(self, kind: str, where: Mapping[str, Any] | None = None, /, **equals: Any) -> list[Doc]:
        """Documents whose fields equal the given values, oldest first; ``where`` takes dotted paths."""
        return self._table(kind).matching({**where, **equals} if where else equals)

    def tombstone(self, id: str) -> Doc | None:
        """What is left of a deleted document: ``{"id", "object", "deleted": true}``."""
        return self._table("_tombstone").fetch(id)

    # changing

    def id(self, kind: str, like: str | None = None) -> str:
        """A new id for a kind; ``like`` makes it a relative of another one (charges of their intent)."""
        return self.world.ids.like(kind, like) if like else self.world.ids.make(kind, self.now)

    def text(self, length: int) -> str:
        """Random characters, the same again for the same seed and calls: secrets, codes, prefixes."""
        return self.world.ids.text(length)

    def build(self, kind: str, /, **fields: Any) -> Doc:
        """A new document of a kind, by its shape, not stored: for what lives inside another document."""
        return self.build_on(surface.blank(kind), fields)

    def build_on(self, blank: Doc, fields: dict[str, Any]) -> Doc:
        """The same of a blank that says more than its shape; ``fields`` get an id and a time where they have none."""
        if "id" not in fields:
            fields["id"] = self.id(blank["object"])
        if "created" in blank and "created" not in fields:
            fields["created"] = self.now
        return merged(blank, fields)

    def add(self, kind: str, /, **fields: Any) -> Doc:
        """Build a document and store it."""
        return self.put(kind, self.build_on(surface.blank(kind), fields))

    def put(self, kind: str, doc: Doc) -> Doc:
        """Store a version of a document."""
        table = self._table(kind)
        id = doc["id"]
        self.undone.append((table, id, None, table.put(doc)))
        if "object" in doc:  # what is kept privately under the same id falls due with nothing
            self.changed[id] = doc
        return doc

    def change(self, doc: Doc, /, **fields: Any) -> Doc:
        """Store a new version of ``doc`` with these top-level fields; returns it."""
        kind = doc["object"]
        old = self._table(kind).fetch(doc["id"]) or doc
        new = merged(old, fields)
        self._last_change = old, new, fields
        return self.put(kind, new)

    def remove(self, doc: Doc, *, tombstone: bool = False) -> Doc:
        """Forget a document and return Stripe's deletion answer; ``tombstone`` keeps that answer for later reads."""
        table = self._table(doc["object"])
        dropped = table.drop(doc["id"])
        if dropped is not None:
            self.undone.append((table, doc["id"], *dropped))
            self.changed[doc["id"]] = doc
        answer = {"id": doc["id"], "object": doc["object"], "deleted": True}
        if tombstone:
            self.put("_tombstone", answer)
        return answer

    # what is no field of Stripe's

    def private(self, kind: str, id: str) -> Doc | None:
        """What we keep beside a document: a card's number, an endpoint's secret, a session's line items."""
        return self._table("_" + kind).fetch(id)

    def keep(self, kind: str, id: str, /, **values: Any) -> Doc:
        """Keep values beside a document, merged over what is there."""
        return self.put("_" + kind, {**(self.private(kind, id) or {}), **values, "id": id})

    def reschedule(self, doc: Doc) -> None:
        """Have the due moment of a document computed anew although the document itself has not changed."""
        self.changed.setdefault(doc["id"], doc)

    # events

    def emit(self, type: str, doc: Doc, before: Doc | None = None) -> None:
        """Record an event with ``doc`` as it is now; ``previous_attributes`` tells what ``before`` had held."""
        if self.rehearsing:  # nobody will ever see this one but the rehearsal itself
            self.events.append({"type": type, "data": {"object": doc}})
            return
        world = self.world
        ids = world.ids
        related = doc.get("object") in _WITH_RELATED_EVENTS
        id = ids.like("event", doc["id"]) if related else ids.make("event", self.now)
        data: Doc = {"object": doc}
        if before is not None:
            data["previous_attributes"] = previous_attributes(before, doc, self._names_changed(before, doc))
        self.events.append(event(id, type, self.now, world.api_version, data, self.request, world.connected_id))

    def _names_changed(self, before: Doc, doc: Doc) -> Collection[str] | None:
        """The fields in which two versions may differ, where one was just made of the other; else nobody knows."""
        last = self._last_change
        return last[2] if last is not None and last[0] is before and last[1] is doc else None

    def take_events(self, mark: int) -> list[Doc]:
        """Take back the events since ``mark`` (a length of ``events``), to tell of them at another place."""
        taken = self.events[mark:]
        del self.events[mark:]
        return taken

    def arrange_events(self, mark: int, order: Sequence[str]) -> None:
        """Tell of the events since ``mark`` in the order of their types; types that are not named go after the rest."""
        rank = {type: position for position, type in enumerate(order)}
        self.events[mark:] = sorted(self.events[mark:], key=lambda event: rank.get(event["type"], len(rank)))

    def log_events(self) -> None:
        """Store the events; nothing falls due with them."""
        self._table("event").extend(self.events)
        self.logged = self.events

    # ending

    def at_the_end(self, call: Callable[[], None]) -> None:
        """Have something done last in this work, as part of it; not in a rehearsal, which nothing follows.

        What it is about may have been taken back by then.
        """
        if not self.rehearsing:
            (self._principal or self).endings.append(call)

    def _end(self) -> None:
        try:
            for call in self.endings:
                call()
        except BaseException:
            self.rollback()
            raise

    def after_commit(self, call: Callable[[], None]) -> None:
        """Have something done when all is recorded; never, when the work is taken back."""
        (self._principal or self).afterwards.append(call)

    def savepoint(self) -> Savepoint:
        """A point to which this work can go back, ids and events included."""
        point = Savepoint(len(self.undone), len(self.events), self.world.ids.counter)
        if not self.others:
            return point
        return point._replace(beside={world: part.savepoint() for world, part in self.others.items()})

    def back_to(self, point: Savepoint) -> None:
        """Take back what was done since a savepoint, newest change first."""
        while len(self.undone) > point.changes:
            table, id, key, old = self.undone.pop()
            if old is None:
                table.take_back(id)
            elif key is not None:
                table.restore(key, old)
            else:
                table.put(old)
        del self.events[point.events :]
        self.world.ids.counter = point.counter
        for world, part in [*self.others.items()]:
            if world in point.beside:
                part.back_to(point.beside[world])
            else:
                part.back_to(Savepoint(0, 0, part._counter))
                del self.others[world]

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Whatever is done inside is taken back at the end: documents, events, ids, time, and what was to follow."""
        point, changed, afterwards = self.savepoint(), dict(self.changed), len(self.afterwards)
        timeline, now, rehearsing = self.timeline, self.now, self.rehearsing
        self.rehearsing = True
        self.world.ids.counter += _REHEARSED
        try:
            if not self.others:
                yield
                return
            with ExitStack() as parts:
                for part in self.others.values():
                    parts.enter_context(part.rehearsal())
                yield
        finally:
            self.back_to(point)
            self.changed = changed
            del self.afterwards[afterwards:]
            self.timeline, self.now, self.rehearsing = timeline, now, rehearsing

    def rollback(self) -> None:
        """Take everything back, in other accounts too."""
        for part in self.others.values():
            part.rollback()
        self.others.clear()
        for told in reversed(self.logged):
            self._table("event").take_back(told["id"])
        self.logged = ()
        self.back_to(Savepoint(0, 0, self._counter))
        self.changed.clear()


def merged(doc: Doc, fields: Mapping[str, Any]) -> Doc:
    """A new version with some fields replaced, in wire order: id, object, then alphabetical.

    None leaves out a field that is never null.
    """
    new = {**doc, **fields}
    never_null = surface.never_null(doc["object"])
    if not fields.keys().isdisjoint(never_null):
        for name in never_null & fields.keys():
            if fields[name] is None:
                del new[name]
    return new if len(new) == len(doc) else {**_ordered(tuple(new)), **new}


@lru_cache(maxsize=512)  # documents of a kind hold the same names, with few exceptions
def _ordered(names: tuple[str, ...]) -> Doc:
    """Names in wire order, as the document that they begin."""
    return dict.fromkeys(wire_order(names))
