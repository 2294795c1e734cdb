"""World: one account's documents, clock, ids, events and due list, behind one lock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from mockbill.world.clock import Clock
from mockbill.world.due import DueList, Moment, Rule
from mockbill.world.ids import Ids
from mockbill.world.problems import Problem
from mockbill.world.table import Doc, LiveDB, LiveTable
from mockbill.world.work import Work

if TYPE_CHECKING:
    from mockbill.settings import Settings


class Engine(Protocol):
    """What billing teaches a world: when documents fall due, and what happens then."""

    @property
    def rules(self) -> Mapping[str, Rule]:
        """By kind of document: its next moment."""

    @property
    def handlers(self) -> Mapping[str, Callable[[Work, Doc], None]]:
        """By the verb that a rule names: what happens then."""


class Hub(Protocol):
    """Who hears of committed work."""

    def receivers(self, world: World, event: Doc) -> int:
        """How many endpoints this event will be delivered to."""

    def publish(self, world: World, events: list[Doc]) -> None:
        """Take committed events for delivery; must not wait."""

    def settle(self, world: World) -> None:
        """Wait until what was published has been delivered once."""


class Keeper(Protocol):
    """Who makes committed work durable."""

    def commit(self, world: World, work: Work) -> None: ...

    def note(self, world: World) -> None: ...

    def erase(self, world: World) -> None: ...


@dataclass(slots=True)
class Site:
    """Where the server is found: the URL, without a slash at its end, that links in documents start with."""

    url: str


@dataclass(slots=True)
class Advanced:
    """What an advance of time did: the types of the events, in order, and how many due moments were run."""

    events: list[str] = field(default_factory=list)
    moments: int = 0


class World:
    """The state of one account.  Changes go through ``work``; time through ``advance``."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        engine: Engine,
        hub: Hub,
        site: Site,
        keeper: Keeper | None = None,
        connected_id: str | None = None,
    ) -> None:
        self.name = name
        self.settings = settings
        self.engine = engine
        self.hub = hub
        self.site = site
        self.keeper = keeper
        self.api_version = settings.api_version
        self.lock = threading.RLock()
        self.committed = threading.Condition(self.lock)
        self.advancing = threading.RLock()
        self._begin()
        self.connected_id = connected_id
        self.account_id = connected_id or self.ids.make("account", 0)

    def _begin(self) -> None:
        self.db = LiveDB()
        self.tables: dict[str, LiveTable] = {}
        self.due = DueList()
        self.ids = Ids(self.settings.seed, self.name)
        self.clock = Clock.starting(self.settings.frozen_at)

    def empty(self) -> None:
        """Forget every document, event and id, as if the account were new; the clock starts as its setting says."""
        with self.lock:
            self.forget()
            if self.keeper:
                self.keeper.erase(self)

    def forget(self) -> None:
        """The same, without telling the keeper."""
        self._begin()
        if self.connected_id is None:
            self.account_id = self.ids.make("account", 0)

    def replan(self) -> None:
        """Derive the due list from all documents anew, as after loading them."""
        for kind, rule in self.engine.rules.items():
            for doc in self.table(kind).rows.values():
                self.due.plan(doc, rule(self, doc), self.timeline_of(doc))

    @property
    def is_empty(self) -> bool:
        """Whether nothing lives in this account's time: webhook endpoints, which have no time of their own, may be."""
        return not any(table.rows for kind, table in self.tables.items() if not kind.endswith("webhook_endpoint"))

    def table(self, kind: str) -> LiveTable:
        """The live table of a kind; names that begin with ``_`` hold what is no Stripe object."""
        table = self.tables.get(kind)
        if table is None:
            table = self.tables[kind] = cast(LiveTable, self.db.table(kind))
        return table

    def fetch(self, kind: str, id: str) -> Doc | None:
        """The current version of a document."""
        return self.table(kind).fetch(id)

    def timeline_of(self, doc: Doc) -> str | None:
        """The test clock that drives a document: its own or its customer's; None is the account's own clock."""
        if "test_clock" not in doc:
            doc = self.fetch("customer", doc.get("customer") or "") or {}
        return doc.get("test_clock")

    def time(self, timeline: str | None) -> int:
        """Seconds on a test clock, or on the account's own clock."""
        clock = self.fetch("test_helpers.test_clock", timeline) if timeline else None
        return int(clock["frozen_time"]) if clock else self.clock.now

    @contextmanager
    def work(self, request: Doc | None = None, timeline: str | None = None) -> Iterator[Work]:
        """One unit of work.  ``request`` is the ``{"id", "idempotency_key"}`` that its events name."""
        with self.lock:
            work = Work(self, request, timeline)
            try:
                yield work
            except Problem as problem:
                if not problem.keeps:
                    work.rollback()
                    raise
                self._commit(work)
                raise
            except BaseException:
                work.rollback()
                raise
            self._commit(work)

    def _commit(self, work: Work) -> None:
        for id, doc in work.changed.items():
            rule = self.engine.rules.get(doc.get("object", ""))
            if rule is not None:
                current = self.fetch(doc["object"], id)
                self.due.plan(doc, rule(self, current) if current is not None else None, self.timeline_of(doc))
        if work.events:
            self._log(work)
        if self.keeper and (work.undone or work.events):
            self.keeper.commit(self, work)
        if work.events:
            self.hub.publish(self, work.events)
            self.committed.notify_all()

    def wait_until(self, met: Callable[[], bool], timeout: float) -> bool:
        """Wait, at most ``timeout`` seconds, until ``met``, which is asked anew after each commit that made events."""
        with self.committed:
            return self.committed.wait_for(met, timeout)

    def _log(self, work: Work) -> None:
        log = self.table("event")
        for event in work.events:
            event["pending_webhooks"] = self.hub.receivers(self, event)
            log.put(event)
        while len(log.order) > self.settings.event_log:
            log.drop(log.rows[log.order[0]]["id"])

    # time

    def advance(self, until: int, timeline: str | None = None) -> Advanced:
        """Run every due moment up to ``until`` in order, each in its own unit of work.

        The clock stands at each moment while it runs.  After each one its webhooks are delivered, so that a receiver
        may answer by calling the API back in that moment.
        """
        done = Advanced()
        with self.advancing:
            while (events := self._run_next(timeline, until)) is not None:
                done.events += events
                done.moments += 1
            with self.lock:
                self._set_time(timeline, until)
                if self.keeper:
                    self.keeper.note(self)
        return done

    def _run_next(self, timeline: str | None, until: int) -> list[str] | None:
        with self.lock:
            moment = self.due.next(timeline, until)
            if moment is None:
                return None
            self._set_time(timeline, max(moment.at, self.time(timeline)))
            events = self.run(moment, timeline)
        if events:
            self.hub.settle(self)
        return events

    def run(self, moment: Moment, timeline: str | None) -> list[str]:
        """Do what is due at a moment; it is off the list first, so that a failing handler cannot block time."""
        self.due.forget(moment)
        with self.work(timeline=timeline) as work:
            doc = work.get(moment.kind, moment.id)
            if doc is not None:
                self.engine.handlers[moment.verb](work, doc)
                work.reschedule(work.get(moment.kind, moment.id) or doc)
            events = work.events
        return [event["type"] for event in events]

    def _set_time(self, timeline: str | None, instant: int) -> None:
        if timeline is None:
            if instant > self.clock.now:  # a clock that runs by itself may be past it already
                self.clock.set(instant)
            return
        clock = self.fetch("test_helpers.test_clock", timeline)
        if clock is not None:
            self.table("test_helpers.test_clock").put({**clock, "frozen_time": instant})
