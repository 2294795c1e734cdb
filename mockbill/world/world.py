"""World: one account's documents, clock, ids, events and due list, behind one lock."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from mockbill.world.clock import Clock
from mockbill.world.due import DueList, Moment, Rule
from mockbill.world.faults import Faults
from mockbill.world.garbage import UNCOLLECTED
from mockbill.world.ids import Ids
from mockbill.world.site import Site
from mockbill.world.table import Doc, LiveDB, LiveTable, Tables
from mockbill.world.work import Work

if TYPE_CHECKING:
    from mockbill.settings import Settings


_log = logging.getLogger(__name__)
_TIMELESS = ("webhook_endpoint", "event_destination")

Plan: TypeAlias = tuple[Doc, tuple[int, str] | None, str | None]
"""A document, its next moment (seconds and verb) and the timeline on which that is."""


class Engine(Protocol):
    """What billing teaches a world: when documents fall due, and what happens then."""

    @property
    def rules(self) -> Mapping[str, Rule]:
        """By kind of document: its next moment."""

    @property
    def handlers(self) -> Mapping[str, Callable[[Work, Doc], object]]:
        """By the verb that a rule names: what happens then."""

    @property
    def closing(self) -> Sequence[Callable[[Work], None]]:
        """What is left to do at the end of each unit of work, in it."""


class Hub(Protocol):
    """Who hears of committed work."""

    def listens(self, world: World) -> bool:
        """Whether there is anybody to hear of anything."""

    def receivers(self, world: World, event: Doc) -> int:
        """How many endpoints this event will be delivered to."""

    def publish(self, world: World, events: list[Doc]) -> None:
        """Take committed events for delivery; must not wait."""

    def resend(self, world: World, id: str, endpoint: str | None = None) -> object:
        """Deliver an event once more, to one endpoint or to all that want it; Problem where there is no such one."""

    def begin_session(self, world: World, terms: Any) -> Any:
        """Have Stripe's CLI listen for a while: ``id``, ``secret`` and ``port`` of its session."""

    def settle(self, world: World) -> None:
        """Wait until what was published has been delivered once."""

    def next_retry(self, world: World) -> int | None:
        """When on the account's own clock something is next delivered again."""

    def retry(self, world: World, until: int) -> None:
        """Deliver again what is due by then; must not wait."""


class Keeper(Protocol):
    """Who makes committed work durable."""

    def commit(self, works: Sequence[Work]) -> None: ...

    def note(self, world: World) -> None: ...

    def erase(self, world: World) -> None: ...


@dataclass(slots=True)
class Advanced:
    """What an advance of time did: the types of the events, in order, and how many due moments were run."""

    events: list[str] = field(default_factory=list)
    moments: int = 0
    failures: list[str] = field(default_factory=list)


class MomentsFailed(RuntimeError):
    """Time went on, but some of what fell due could not be done: what, and why.  The next advance tries it again."""


class World:
    """The state of one account.  Changes go through ``work``; time through ``advance``."""

    table: Callable[[str], LiveTable]
    """The live table of a kind; names that begin with ``_`` hold what is no Stripe object."""
    connected: Callable[[str], World]
    """The world of an account that is connected to this one, by its ``acct_...``."""
    platform: World | None = None
    """The account that this one is connected to."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        engine: Engine,
        hub: Hub,
        site: Site,
        keeper: Keeper | None = None,
        connected_id: str | None = None,
        seed: int | None = None,
    ) -> None:
        self.name = name
        self._server_settings = settings
        self.settings = settings
        self.own_settings: dict[str, Any] = {}
        self.seed = seed if seed is not None else settings.seed or 0
        self.engine = engine
        self.hub = hub
        self.site = site
        self.keeper = keeper
        self.api_version = settings.api_version
        self._waiting = 0  # how many wait for what is committed
        self._lock_by(threading.RLock())
        self.advancing = threading.RLock()
        self._begin()
        self.connected_id = connected_id
        self.account_id = connected_id or self.ids.make("account", 0)

    def _lock_by(self, lock: threading.RLock) -> None:
        self.lock = lock
        self.committed = threading.Condition(lock)

    def connect_to(self, platform: World) -> None:
        """Be an account of this platform, under the platform's lock: so work in one may go on in the other."""
        with self.lock:
            self._lock_by(platform.lock)
            self.platform = platform

    def _begin(self) -> None:
        self.db = LiveDB()
        self.tables = Tables(self.db)
        self.table = self.tables.__getitem__
        self.due = DueList()
        self.failed: dict[str, Moment] = {}
        self.faults = Faults()
        self.ids = Ids(self.seed, self.name)
        self.clock = Clock.starting(self.settings.frozen_at)

    def configure(self, values: Mapping[str, Any]) -> None:
        """Change settings of this account alone; None takes the server's again.  Raises SettingError."""
        with self.lock:
            self.adopt({name: value for name, value in {**self.own_settings, **values}.items() if value is not None})
            self.replan()
            if self.keeper:
                self.keeper.note(self)

    def adopt(self, own: Mapping[str, Any]) -> None:
        """Take these settings as the account's own, over the server's; nothing is planned anew."""
        self.settings = self._server_settings.changed(own) if own else self._server_settings
        self.own_settings = dict(own)

    def empty(self) -> None:
        """Forget all, its own settings included, as if the account were new; the clock starts as its setting says."""
        with self.lock:
            self.forget()
            if self.keeper:
                self.keeper.erase(self)

    def forget(self) -> None:
        """The same, without telling the keeper."""
        self.adopt({})
        self._begin()
        if self.connected_id is None:
            self.account_id = self.ids.make("account", 0)

    def replan(self) -> None:
        """Derive the due list from all documents anew, as after loading them or changing a setting."""
        plans = [(key, self._plan(doc)) for kind in self.engine.rules for key, doc in self.table(kind).rows.items()]
        for _, plan in sorted(plans, key=lambda pair: pair[0]):  # of one second, what was made first comes first
            self.due.plan(*plan)

    @property
    def is_empty(self) -> bool:
        """Whether nothing lives in this account's time: who listens, and has no time of its own, may be there."""
        return not any(table.rows for kind, table in self.tables.items() if not kind.endswith(_TIMELESS))

    def fetch(self, kind: str, id: str) -> Doc | None:
        """The current version of a document."""
        return self.table(kind).fetch(id)

    def timeline_of(self, doc: Doc) -> str | None:
        """The test clock that drives a document: its own, or that of its customer or of its charge's.

        None is the account's own clock.
        """
        if "test_clock" not in doc:
            if "customer" not in doc and "charge" in doc:
                doc = self.fetch("charge", doc["charge"] or "") or {}
            doc = self.fetch("customer", doc.get("customer") or "") or {}
        return doc.get("test_clock")

    def time(self, timeline: str | None) -> int:
        """Seconds on a test clock, or on the account's own clock."""
        clock = self.fetch("test_helpers.test_clock", timeline) if timeline else None
        return int(clock["frozen_time"]) if clock else self.clock.now

    def work(self, request: Doc | None = None, timeline: str | None = None, site_url: str | None = None) -> Work:
        """One unit of work, for a ``with`` statement that holds the lock meanwhile.

        ``request`` is the ``{"id", "idempotency_key"}`` that its events name, ``site_url`` where the caller found us.
        """
        return Work(self, request, timeline, site_url)

    def commit(self, work: Work) -> None:
        """Record a unit of work and tell of it.

        Whatever fails before all is recorded, the keeper's disk included, takes the work back.
        """
        parts = work.parts
        try:
            for part in parts:
                if part.changed:
                    for close in self.engine.closing:
                        close(part)
            for part in parts:
                part.heard = part.world._address(part)
                part.plans = part.world._plans(part)
            self._record(parts)
        except BaseException:
            work.rollback()
            raise
        for part in parts:
            part.world._announce(part)
        for call in work.afterwards:
            call()

    def _address(self, work: Work) -> bool:
        """Note on each event how many receivers it will be delivered to; answers whether there are any receivers."""
        if not work.events or not self.hub.listens(self):
            return False
        for event in work.events:
            event["pending_webhooks"] = self.hub.receivers(self, event)
        return True  # those of thin events are not counted

    def _record(self, parts: Sequence[Work]) -> None:
        """Log the events and make the work durable."""
        for part in parts:
            part.log_events()
        if self.keeper and any(part.undone or part.logged for part in parts):
            self.keeper.commit(parts)

    def _plans(self, work: Work) -> list[Plan]:
        """What a unit of work makes fall due."""
        rules = self.engine.rules
        return [self._plan(doc) for doc in work.changed.values() if doc["object"] in rules]

    def _plan(self, doc: Doc) -> Plan:
        """What a document of a kind that falls due has coming."""
        kind = doc["object"]
        current = self.table(kind).fetch(doc["id"])
        moment = self.engine.rules[kind](self, current) if current is not None else None
        return doc, moment, None if moment is None else self.timeline_of(doc)

    def _announce(self, work: Work) -> None:
        """Nothing can fail any more: let time, receivers (where events are ``heard``) and those who wait know."""
        for plan in work.plans:
            self.due.plan(*plan)
        if work.events:
            self._trim(self.table("event"))
            if work.heard:
                self.hub.publish(self, work.events)
            if self._waiting:
                self.committed.notify_all()

    def _trim(self, log: LiveTable) -> None:
        """Keep the log at its length.

        It may be some hundredths too long, for to take the first off a list costs as much as to take off many.
        """
        longest = self.settings.event_log
        surplus = len(log.order) - longest
        if surplus > longest >> 6:
            log.drop_first(surplus)

    def wait_until(self, met: Callable[[], bool], timeout: float) -> bool:
        """Wait, at most ``timeout`` seconds, until ``met``, which is asked anew after each commit that made events."""
        with self.committed:
            self._waiting += 1
            try:
                return self.committed.wait_for(met, timeout)
            finally:
                self._waiting -= 1

    # time

    def advance(self, until: int, timeline: str | None = None, *, settles: bool = True) -> Advanced:
        """Run every due moment up to ``until`` in order, each in its own unit of work.

        The clock stands at each moment while it runs.  After each one its webhooks are delivered, so that a receiver
        may answer by calling the API back in that moment; not so without ``settles``: real time waits for nobody.
        """
        done = Advanced()
        with self.advancing, UNCOLLECTED:
            if settles and timeline is None and self.settings.webhook_retry_clock == "world":
                self.hub.settle(self)  # what fails only now is tried again on the way
            self._give_another_chance(timeline)
            while self._run_next(timeline, until, done, settles):
                pass
            with self.lock:
                self._set_time(timeline, until)
                if self.keeper:
                    self.keeper.note(self)
        if done.failures:
            raise MomentsFailed("; ".join(done.failures))
        return done

    def _run_next(self, timeline: str | None, until: int, done: Advanced, settles: bool) -> bool:
        """Run the next due moment, or try again what was not delivered and is due before it, if there is either."""
        with self.lock:
            moment = self.due.next(timeline, until)
            retry_at = self.hub.next_retry(self) if timeline is None else None
            if retry_at is not None and retry_at < (until + 1 if moment is None else moment.at):
                self._retry(retry_at, done)
                told = True
            elif moment is None:
                return False
            else:
                told = self._run_or_set_aside(moment, timeline, done)
        if told and settles:
            self.hub.settle(self)
        return True

    def _retry(self, at: int, done: Advanced) -> None:
        """Have the hub deliver again what is due for that at this second."""
        self._set_time(None, at)
        self.hub.retry(self, at)
        done.moments += 1

    def _run_or_set_aside(self, moment: Moment, timeline: str | None, done: Advanced) -> bool:
        """Run a moment; answers whether there were events.  One that fails is set aside: time goes on for the rest."""
        self._set_time(timeline, moment.at)
        self.due.forget(moment)
        done.moments += 1
        try:
            events = self._run(moment, timeline)
        except Exception as error:
            _log.exception("%s of %s failed", moment.verb, moment.id)
            done.failures.append(f"{moment.verb} of {moment.id}: {type(error).__name__}: {error}")
            self.failed[moment.id] = moment
            return False
        done.events += events
        return bool(events)

    def _run(self, moment: Moment, timeline: str | None) -> list[str]:
        with self.work(timeline=timeline) as work:
            doc = work.get(moment.kind, moment.id)
            if doc is not None:
                self.engine.handlers[moment.verb](work, doc)
                work.reschedule(doc)
            events = work.events
        return [event["type"] for event in events]

    def _give_another_chance(self, timeline: str | None) -> None:
        """What failed earlier falls due again, unless its document has gone on without it."""
        with self.lock:
            for moment in [m for m in self.failed.values() if m.id not in self.due.current]:
                doc = self.fetch(moment.kind, moment.id)
                if doc is not None and self.timeline_of(doc) == timeline:
                    self.due.plan(*self._plan(doc))
            self.failed = {id: m for id, m in self.failed.items() if id not in self.due.current}

    def _set_time(self, timeline: str | None, instant: int) -> None:
        """Time only goes forward: a clock that runs by itself may be past the instant already."""
        if instant <= self.time(timeline):
            return
        if timeline is None:
            self.clock.set(instant)
            return
        clock = self.fetch("test_helpers.test_clock", timeline)
        if clock is not None:
            self.table("test_helpers.test_clock").put({**clock, "frozen_time": instant})
