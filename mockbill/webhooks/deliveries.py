"""Deliveries: takes committed events to every receiver that wants them, retries, and keeps the log."""

import logging
import threading
import time
from itertools import count
from typing import Any

from mockbill.settings import Settings
from mockbill.webhooks import keeping
from mockbill.webhooks.channel import Channel
from mockbill.webhooks.delivery import Delivery, Occasion, Task
from mockbill.webhooks.endpoints import KIND
from mockbill.webhooks.ledger import Ledger, passes
from mockbill.webhooks.listeners import Polled, Terms
from mockbill.webhooks.listeners.stripe_cli import Begun, Session, Socket
from mockbill.webhooks.post import Reply
from mockbill.webhooks.routing import Receiver
from mockbill.webhooks.scripted import Scripted
from mockbill.webhooks.sending import RAW, Letter, Render, Sender
from mockbill.world import Doc, World, thin_events
from mockbill.world.problems import missing

_log = logging.getLogger(__name__)
_FAREWELL = 0.5  # seconds that closing waits for attempts under way


class Deliveries(Scripted):
    """The hub of all accounts (see ``world.Hub``)."""

    def __init__(self, settings: Settings, render: Render) -> None:
        super().__init__(settings, Sender(settings, render))
        self._socket: Socket | None = None

    # hearing of events: called with the world's lock held

    def listens(self, world: World) -> bool:
        """Whether an account has any receivers, or listeners."""
        return self._ledger(world).routes.are_any

    def receivers(self, world: World, event: Doc) -> int:
        """How many receivers an event will be delivered to, not counting those of its thin twins."""
        return len(self._ledger(world).routes.to(event))

    def publish(self, world: World, events: list[Doc]) -> None:
        """Queue committed events for their receivers."""
        ledger = self._ledger(world)
        routes = ledger.routes
        if routes.hears_thin:
            events = [told for event in events for told in _with_thin(event)]
        for event in events:
            for listener, connected in routes.ears(event):
                listener.heard(world, event, connected=connected)
        routed = [(event, receivers) for event in events if (receivers := routes.to(event))]
        if not routed:
            return
        with self._lock:
            for event, receivers in routed:
                for receiver in receivers:
                    owed = not receiver.thin  # only snapshot events count who has yet to take them
                    self._begin(self._new(ledger, event, receiver, owed=owed))
            self._progress.notify_all()  # somebody may wait for what is pending

    def forget(self, world: World) -> None:
        """The account is being emptied: give up what was to be delivered, and empty its log."""
        with self._lock:
            ledger = self._ledgers.pop(world.name, None)
            if ledger is not None:
                ledger.forgotten = True
                for delivery in [one for waiting in ledger.parked.values() for one in waiting.values()]:
                    self._give_up(delivery, "the account was emptied")
                self._tell()

    # listening for a while

    def listen(self, world: World, terms: Terms) -> Polled:
        """Somebody listens from now on, until it ends that or is gone (see ``Polled``); with the secret that it has."""

        def make(id: str) -> Polled:
            return Polled(id, terms, self._settings.webhook_secret, self._sender.shown)

        return self.listeners.add(world.name, make)

    def begin_session(self, world: World, terms: Terms) -> Begun:
        """Have the real ``stripe listen`` listen: its id, its secret, and the port of the websocket."""
        port = self.open_socket()

        def make(id: str) -> Session:
            return Session(id, terms, self._settings.webhook_secret, self._amend)

        return Begun(self.listeners.expect(world.name, make), self._settings.webhook_secret, port)

    def open_socket(self) -> int:
        """Open the websocket for Stripe's CLI, unless it is open; its port.  OSError where that cannot be had."""
        settings = self._settings
        with self._lock:
            if self._socket is None:
                self._socket = Socket(settings.host, settings.stripe_cli_port, self.listeners.arrive)
            return self._socket.port

    def _amend(self, delivery: Delivery, place: int, reply: Reply) -> None:
        with self._lock:
            delivery.ledger.amend(delivery, place, reply)
            self._tell()

    # retries on the account's clock: called by the world as time goes on, with its lock held

    def next_retry(self, world: World) -> int | None:
        """When on the account's clock a delivery is next tried again; None where none waits for that."""
        ledger = self._ledgers.get(world.name)
        if ledger is None or not ledger.parked:
            return None
        with self._lock:
            at = ledger.retries.next()
        return None if at is None else int(at)

    def retry(self, world: World, until: int) -> None:
        """Try again what is due by ``until``, in the order of its time."""
        ledger = self._ledgers[world.name]
        with self._lock:
            while (at := ledger.retries.next()) is not None and at <= until:
                self._fall_due(ledger.retries.take())

    # the modes in which an account delivers

    def begin_request(self) -> None:
        """A request begins in this thread."""
        self._inline.begin()

    def end_request(self) -> None:
        """It has its answer.  In the mode ``inline`` wait until its events were attempted, as ``settle`` does."""
        if marks := self._inline.end():
            with self._lock:
                self._wait_for(marks)

    def pull(
        self,
        world: World,
        *,
        type: str | None = None,
        endpoint: str | None = None,
        limit: int | None = None,
        timeout: float,
    ) -> list[dict[str, Any]]:
        """Attempt what is held in the mode ``manual``, oldest first and one after the other; answers the deliveries.

        Filters are those of ``deliveries``.  After ``timeout`` seconds no further attempt is begun.
        """
        deadline = time.monotonic() + timeout
        pulled: list[Delivery] = []
        with self._lock:
            ledger = self._ledgers.get(world.name)
            held = list(ledger.held.values()) if ledger else []
            chosen = [task for task in held if passes(task.delivery, type, endpoint)]
            for task in chosen[:limit]:
                left = deadline - time.monotonic()
                if left <= 0 or self._closed:
                    break
                if task.delivery.ledger.held.get(task.delivery.id) is not task:
                    continue  # somebody else has pulled it, or had it resent
                pulled.append(task.delivery)
                if (channel := self._release(task.delivery)) is not None:
                    self._await(channel, channel.taken, left)
            return [delivery.as_dict() for delivery in pulled]

    def release(self, world: World) -> None:
        """Queue what was held, where the account's mode is ``manual`` no more."""
        with self._lock:
            ledger = self._ledgers.get(world.name)
            if ledger is not None and world.settings.webhooks != "manual":
                for task in list(ledger.held.values()):
                    self._release(task.delivery)

    # asking

    def resend(self, world: World, id: str, endpoint: str | None = None) -> list[dict[str, Any]]:
        """Deliver once more, now: a delivery by its id, or an event by its id to one endpoint or all that want it.

        It is another attempt of the same delivery; failing, it is not retried by itself.  Problem when there is no
        such delivery, event or endpoint.  Answers the deliveries, as ``deliveries`` does.
        """
        with world.lock:
            ledger = self._ledger(world)
            stored = world.fetch("event", id) or thin_events.find(world, id)
            known = ledger.routes.by_id
            if endpoint is not None and endpoint not in known:
                raise missing(KIND, endpoint, KIND)
            receivers = ledger.routes.to(stored) if stored and endpoint is None else ()
        if endpoint is not None:
            receivers = (known[endpoint],)
        with self._lock:
            if stored is not None:
                chosen = [self._again(ledger, stored, receiver) for receiver in receivers]
            elif found := ledger.newest(lambda delivery: delivery.id == id):
                chosen = [found]
            else:
                raise missing("event" if id.startswith("evt_") else "delivery", id, "id")
            return self._resend(chosen)

    def letter(self, world: World, event: Doc, endpoint: str | None = None) -> Letter:
        """An event as it would be posted now, freshly signed: to an endpoint by its id or URL, or the first that wants
        it; without an address and a signature where nobody does.  Problem where there is no such endpoint.
        """
        with world.lock:
            routes = self._ledger(world).routes
            wanting = routes.to(event)
            if endpoint is not None:
                wanting = tuple(one for one in routes.by_id.values() if endpoint in (one.id, one.url))
                if not wanting:
                    raise missing(KIND, endpoint, "endpoint")
        return self._sender.letter(world, event, wanting[0] if wanting else None)

    def send_raw(self, world: World, body: bytes, type: str | None = None) -> str:
        """Sign and send these bytes as they are, once each, to every receiver, or to those of an event type.

        No event stands behind them.  Answers the id under which the log has them in the place of an event's.
        """
        with world.lock, self._lock:
            ledger = self._ledger(world)
            sent = {"id": f"{RAW}_{next(self._numbers):014d}", "object": RAW, "type": type or RAW, RAW: body}
            receivers = ledger.routes.to(sent) if type else tuple(ledger.routes.by_id.values())
            for receiver in receivers:
                self._begin(self._new(ledger, sent, receiver, owed=False))
            return str(sent["id"])

    def resend_all(
        self,
        world: World,
        *,
        state: str,
        since: int | str | None = None,
        type: str | None = None,
        endpoint: str | None = None,
    ) -> list[dict[str, Any]]:
        """Make one more attempt, now, at all deliveries of the log in a state, oldest first; see ``resend``.

        ``since`` is the time of the first event on the account's clock, or the id of that event.
        """
        first = self._first(world, since) if isinstance(since, str) else None
        with self._lock:
            ledger = self._ledgers.get(world.name)
            found = list(ledger.select(type=type, endpoint=endpoint, state=state))[::-1] if ledger else []
            if isinstance(since, int):
                found = [delivery for delivery in found if delivery.event.get("created", 0) >= since]
            elif first is not None:
                found = [delivery for delivery in found if delivery.id >= first]
            return self._resend(found)

    def _first(self, world: World, event: str) -> str:
        """The id of an event's first delivery in the log, ids being in order; Problem where it has none."""
        with self._lock:
            ledger = self._ledgers.get(world.name)
            told = [delivery.id for delivery in ledger.select(event=event)] if ledger else []
        if not told:
            raise missing("event", event, "since")
        return told[-1]

    def close(self) -> None:
        """Stop delivering.  Attempts under way get half a second, then they are left to their threads, all daemons.

        What is still to be delivered is told in one line, and kept where there is a keeper.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            channels = list(self._channels.values())
            for channel in channels:
                channel.close()
            self._alarm.close()
            self._sender.close()
            self.listeners.close()
            self._tell()
            queued = [task.delivery for channel in channels for task in channel.coming]
        if self._socket is not None:
            self._socket.close()
        deadline = time.monotonic() + _FAREWELL
        for channel in channels:
            if channel.thread is not None and channel.thread is not threading.current_thread():
                channel.thread.join(max(0.0, deadline - time.monotonic()))
        self._leave(queued)

    def _leave(self, queued: list[Delivery]) -> None:
        """Keep what is not over, and say so; called with no lock held."""
        with self._lock:
            ledgers = list(self._ledgers.values())
            parked = [one for ledger in ledgers for line in ledger.parked.values() for one in line.values()]
            left = {one.id: one for one in [*queued, *parked] if not one.is_over and not one.ledger.forgotten}
        if not left:
            return
        kept: dict[Ledger, list[Delivery]] = {}
        for id in sorted(left):
            kept.setdefault(left[id].ledger, []).append(left[id])
        for ledger, deliveries in kept.items():
            if ledger.world.keeper is not None:
                keeping.keep(ledger.world, deliveries)
        receivers = len({(one.ledger.world.name, one.receiver.id) for one in left.values()})
        _log.warning(
            "stopped with %d %s to %d %s still to be made: %s",
            *(len(left), "delivery" if len(left) == 1 else "deliveries"),
            *(receivers, "receiver" if receivers == 1 else "receivers"),
            f"kept in {self._settings.data}" if self._settings.data else "lost, for there is no --data FILE",
        )

    def resume(self, world: World) -> None:
        """Go on with what was still to be delivered in an account when its server stopped."""
        with world.lock:
            ledger = self._ledger(world)
        kept = keeping.taken_up(world, ledger)
        if not kept:
            return
        with self._lock:
            highest = max(int(delivery.id.removeprefix("dlv_")) for delivery in kept)
            self._numbers = count(max(highest + 1, next(self._numbers)))
            for delivery in kept:
                ledger.add(delivery)
                if delivery.next_retry is None:
                    self._offer(delivery, Occasion.RETRY if delivery.is_begun else Occasion.FIRST)
                else:
                    delivery.state = "retrying"
                    self._replan(delivery, delivery.next_retry)
        _log.info("%d deliveries of account %s go on", len(kept), world.name)

    # called with our lock held

    def _await(self, channel: Channel, mark: int, timeout: float) -> None:
        """Wait until a channel has made so many attempts."""
        self._progress.wait_for(lambda: self._closed or channel.tried >= mark, timeout)

    def _release(self, delivery: Delivery) -> Channel | None:
        """Queue a delivery that is held."""
        task = delivery.ledger.held[delivery.id]
        delivery.ledger.unpark(delivery)
        return self._queue(task)

    def _again(self, ledger: Ledger, event: Doc, receiver: Receiver) -> Delivery:
        """The delivery of an event to a receiver that is in the log, or a new one."""
        known = ledger.newest(
            lambda delivery: delivery.event["id"] == event["id"] and delivery.receiver.id == receiver.id
        )
        return known or self._new(ledger, event, receiver, owed=False)

    def _resend(self, chosen: list[Delivery]) -> list[dict[str, Any]]:
        for delivery in chosen:
            self._queue(Task(delivery, Occasion.RESEND, delivery.ledger.world.clock.now))
        return [delivery.as_dict() for delivery in chosen]


def _with_thin(event: Doc) -> list[Doc]:
    """An event and, of a snapshot, the thin ones that it is besides."""
    return [event] if thin_events.is_thin(event) else [event, *thin_events.of(event)]
