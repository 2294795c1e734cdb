"""Deliveries: takes committed events to every receiver that wants them, retries, and keeps the log."""

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from itertools import count, islice
from typing import Any

import orjson

from mockbill.settings import Settings
from mockbill.webhooks.channel import Channel, Key
from mockbill.webhooks.delivery import Attempt, Delivery, Ledger, Occasion, Task
from mockbill.webhooks.endpoints import KIND
from mockbill.webhooks.post import HEADERS, Poster, Reply
from mockbill.webhooks.routing import Receiver, Routes
from mockbill.webhooks.signing import sign
from mockbill.world import Doc, World, thin_events
from mockbill.world.clock import wall
from mockbill.world.problems import missing

_log = logging.getLogger(__name__)
_FAREWELL = 0.5  # seconds that closing waits for attempts under way

Render = Callable[[World, Doc, str], Doc]
"""An event of an account as an API version shows it."""


class Deliveries:
    """The hub of all accounts (see ``world.Hub``).

    Locks: a world's lock may be held when ours is taken, never the other way round.
    """

    def __init__(self, settings: Settings, render: Render) -> None:
        self._settings = settings
        self._render = render
        self._shared = tuple(
            Receiver(f"forward_{number}", url, settings.webhook_secret, shared=True)
            for number, url in enumerate(settings.forward_to, 1)
        )
        self._lock = threading.Lock()
        self._progress = threading.Condition(self._lock)
        self._ledgers: dict[str, Ledger] = {}
        self._channels: dict[Key, Channel] = {}
        self._numbers = count(1)
        self._closed = False

    # hearing of events: called with the world's lock held

    def listens(self, world: World) -> bool:
        """Whether an account has any receivers."""
        return bool(self._ledger(world).routes.by_id)

    def receivers(self, world: World, event: Doc) -> int:
        """How many receivers an event will be delivered to, not counting those of its thin twins."""
        return len(self._ledger(world).routes.to(event))

    def publish(self, world: World, events: list[Doc]) -> None:
        """Queue committed events for their receivers."""
        ledger = self._ledger(world)
        routes = ledger.routes
        if routes.hears_thin:
            events = [told for event in events for told in _with_thin(event)]
        routed = [(event, receivers) for event in events if (receivers := routes.to(event))]
        if not routed:
            return
        with self._lock:
            for event, receivers in routed:
                for receiver in receivers:
                    owed = not receiver.thin  # only snapshot events count who has yet to take them
                    self._queue(self._new(ledger, event, receiver, owed=owed), Occasion.FIRST)

    def forget(self, world: World) -> None:
        """The account is being emptied: give up what was to be delivered, and empty its log."""
        with self._lock:
            ledger = self._ledgers.pop(world.name, None)
            if ledger is not None:
                ledger.forgotten = True
                self._progress.notify_all()

    # waiting

    def settle(self, world: World) -> None:
        """Wait until all that was published so far has been attempted once; at most for the webhook timeout.

        A receiver that let a timeout pass is not waited for again until it answers: it may be hanging, or waiting for
        the very call that waits here.
        """
        if not self._channels:
            return
        with self._lock:
            marks = [
                (channel, channel.taken)
                for (account, _), channel in self._channels.items()
                if account in ("", world.name) and channel.tried < channel.taken
            ]

            def settled() -> bool:
                return self._closed or all(c.tried >= mark or c.stalled for c, mark in marks)

            if marks and not self._progress.wait_for(settled, self._settings.webhook_timeout):
                for channel, mark in marks:
                    channel.stalled = channel.stalled or channel.tried < mark

    def drain(self, world: World | None, timeout: float) -> dict[str, Any]:
        """Wait until nothing is left to deliver, retries included, for an account or for all; ``timeout`` in seconds.

        Answers ``{"drained", "pending": attempts still to be made, "retrying": deliveries between two attempts,
        "failed": deliveries in the log that were given up}``.
        """
        with self._lock:

            def ledgers() -> list[Ledger]:
                known = list(self._ledgers.values())  # a copy: accounts come without our lock
                return [ledger for ledger in known if world is None or ledger.world is world]

            def pending() -> int:
                return sum(ledger.outstanding for ledger in ledgers())

            self._progress.wait_for(lambda: self._closed or not pending(), timeout)
            states = Counter(delivery.state for ledger in ledgers() for delivery in ledger.log)
            return {
                "drained": not pending(),
                "pending": pending(),
                "retrying": states["retrying"],
                "failed": states["failed"],
            }

    # looking and asking

    def undelivered(self, account: str) -> int:
        """How many deliveries in an account's log were tried in vain: they are tried again, or were given up."""
        with self._lock:
            ledger = self._ledgers.get(account)
            return sum(delivery.state in ("retrying", "failed") for delivery in ledger.log) if ledger else 0

    def deliveries(
        self,
        account: str,
        *,
        type: str | None = None,
        event: str | None = None,
        endpoint: str | None = None,
        state: str | None = None,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """The log of an account, newest first: an event ``type`` may end in ``*``; ``endpoint`` is an id or a URL."""
        with self._lock:
            found = self._select(account, limit, type=type, event=event, endpoint=endpoint, state=state)
        return [delivery.as_dict() for delivery in found]  # without the lock: the log may be long

    def wait(self, account: str, number: int, timeout: float, **filters: str | None) -> list[dict[str, Any]]:
        """The newest ``number`` deliveries that pass the filters of ``deliveries``, once there are that many.

        After ``timeout`` seconds those that there are.
        """
        with self._lock:

            def enough() -> bool:
                return self._closed or len(self._select(account, number, **filters)) == number

            self._progress.wait_for(enough, timeout)
            return [delivery.as_dict() for delivery in self._select(account, number, **filters)]

    def delivery(self, account: str, id: str) -> dict[str, Any] | None:
        """One delivery of an account's log."""
        with self._lock:
            delivery = self._logged(account, lambda delivery: delivery.id == id)
            return delivery.as_dict() if delivery else None

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
            elif found := self._logged(world.name, lambda delivery: delivery.id == id):
                chosen = [found]
            else:
                raise missing("event" if id.startswith("evt_") else "delivery", id, "id")
            for delivery in chosen:
                self._queue(delivery, Occasion.RESEND)
            return [delivery.as_dict() for delivery in chosen]

    def close(self) -> None:
        """Stop delivering.  Attempts under way get half a second, then they are left to their threads, all daemons."""
        with self._lock:
            self._closed = True
            threads = [channel.thread for channel in self._channels.values() if channel.thread]
            for channel in self._channels.values():
                channel.close()
            self._progress.notify_all()
        deadline = time.monotonic() + _FAREWELL
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, deadline - time.monotonic()))

    # keeping account

    def _ledger(self, world: World) -> Ledger:
        """The account's ledger, its routes up to date; called with the world's lock held."""
        ledger = self._ledgers.get(world.name)
        if ledger is None:
            log: deque[Delivery] = deque(maxlen=self._settings.delivery_log)
            ledger = self._ledgers[world.name] = Ledger(world, log, Routes(world, self._shared))
        elif not ledger.routes.fit(world):
            ledger.routes = Routes(world, self._shared)
        return ledger

    def _new(self, ledger: Ledger, event: Doc, receiver: Receiver, *, owed: bool) -> Delivery:
        delivery = Delivery(f"dlv_{next(self._numbers):014d}", ledger, event, receiver, owed)
        ledger.log.append(delivery)
        return delivery

    def _again(self, ledger: Ledger, event: Doc, receiver: Receiver) -> Delivery:
        """The delivery of an event to a receiver that is in the log, or a new one."""
        known = self._logged(
            ledger.world.name,
            lambda delivery: delivery.event["id"] == event["id"] and delivery.receiver.id == receiver.id,
        )
        return known or self._new(ledger, event, receiver, owed=False)

    def _select(
        self,
        account: str,
        limit: int | None,
        *,
        type: str | None = None,
        event: str | None = None,
        endpoint: str | None = None,
        state: str | None = None,
    ) -> list[Delivery]:
        ledger = self._ledgers.get(account)
        chosen = (
            delivery
            for delivery in reversed(ledger.log if ledger else ())
            if (type is None or _matches(type, delivery.event["type"]))
            and event in (None, delivery.event["id"])
            and endpoint in (None, delivery.receiver.id, delivery.receiver.url)
            and state in (None, delivery.state)
        )
        return list(islice(chosen, limit))

    def _logged(self, account: str, test: Callable[[Delivery], bool]) -> Delivery | None:
        ledger = self._ledgers.get(account)
        return next(filter(test, reversed(ledger.log)), None) if ledger else None

    def _queue(self, delivery: Delivery, occasion: Occasion) -> None:
        if self._closed:
            return
        receiver = delivery.receiver
        key = ("" if receiver.shared else delivery.ledger.world.name, receiver.id)
        channel = self._channels.get(key)
        if channel is None:
            channel = self._channels[key] = Channel(key, self._channels, self._lock, self._attempt)
        channel.taken += occasion is Occasion.FIRST
        delivery.ledger.outstanding += 1
        channel.put(Task(delivery, occasion))

    # delivering: called by the channels' threads, with no lock held

    def _attempt(self, channel: Channel, task: Task, poster: Poster) -> None:
        """Make one attempt, whatever it leads to, and let those know who wait for it."""
        try:
            try:
                self._try(channel, task, poster)
            finally:
                with self._lock:
                    channel.tried += task.occasion is Occasion.FIRST
                    self._progress.notify_all()
            self._count_down(task.delivery)
        finally:
            with self._lock:
                task.delivery.ledger.outstanding -= 1
                self._progress.notify_all()

    def _try(self, channel: Channel, task: Task, poster: Poster) -> None:
        delivery = task.delivery
        if task.occasion is Occasion.RETRY and delivery.state != "retrying":
            return  # somebody had it resent in the meantime
        receiver = self._present(delivery)
        attempt = self._post(task, receiver, poster) if receiver else None
        with self._lock:
            if attempt is not None:
                self._note(channel, task, attempt)
            elif delivery.state != "delivered":
                delivery.state, delivery.next_retry = "failed", None
                delivery.reason = "the endpoint is disabled or deleted"

    def _present(self, delivery: Delivery) -> Receiver | None:
        """The receiver with the URL and secret that it has now; None when it is disabled, deleted or forgotten."""
        if delivery.ledger.forgotten:
            return None
        if delivery.receiver.shared:
            return delivery.receiver
        world = delivery.ledger.world
        with world.lock:
            return self._ledger(world).routes.by_id.get(delivery.receiver.id)

    def _post(self, task: Task, receiver: Receiver, poster: Poster) -> Attempt:
        at = wall()  # receivers compare the signature's age with the real time
        event = task.delivery.event
        try:
            shown = self._shown(task.delivery.ledger.world, event, receiver)
            body = orjson.dumps(shown, option=orjson.OPT_INDENT_2)
            signature = sign(receiver.secret, body, at)
        except Exception as error:
            _log.exception("%s cannot be rendered for %s", event["id"], receiver.id)
            return Attempt(at, task.occasion, "", Reply(None, "", f"mockbill failed: {error}", False, 0.0))
        headers = {**HEADERS, "Stripe-Signature": signature}
        reply = poster.post(receiver.url, headers, body, self._settings.webhook_timeout)
        return Attempt(at, task.occasion, signature, reply)

    def _shown(self, world: World, event: Doc, receiver: Receiver) -> Doc:
        if thin_events.is_thin(event):
            return thin_events.notice(event)
        return self._render(world, event, receiver.api_version or event["api_version"])

    def _note(self, channel: Channel, task: Task, attempt: Attempt) -> None:
        """Record an attempt and plan the next one, if there is to be one."""
        delivery, reply = task.delivery, attempt.reply
        delivery.attempts.append(attempt)
        channel.stalled = reply.timed_out
        if reply.good:
            delivery.state, delivery.next_retry = "delivered", None
            return
        waits = self._settings.webhook_retries
        if task.occasion is Occasion.RESEND:
            planned = delivery.next_retry is not None
        elif planned := delivery.retries < len(waits):
            wait = waits[delivery.retries]
            delivery.next_retry = wall() + round(wait)
            delivery.ledger.outstanding += 1
            channel.put_later(Task(delivery, Occasion.RETRY), wait)
        if delivery.state != "delivered":  # a failed resend does not undo what has been delivered
            delivery.state = "retrying" if planned else "failed"
            delivery.next_retry = delivery.next_retry if planned else None
        _log.info(
            "%s to %s failed: %s; %s",
            delivery.event["id"],
            delivery.receiver.id,
            reply.error or reply.status,
            "will be tried again" if planned else "given up",
        )

    def _count_down(self, delivery: Delivery) -> None:
        """An event shows how many receivers have yet to take it."""
        if delivery.state != "delivered" or not delivery.owed or self._closed:
            return
        delivery.owed = False
        world = delivery.ledger.world
        with world.work() as work:
            event = work.get("event", delivery.event["id"])
            # An account that was emptied in the meantime may have an event of the same id again.
            if event is not None and event["pending_webhooks"] and not delivery.ledger.forgotten:
                work.put("event", {**event, "pending_webhooks": event["pending_webhooks"] - 1})


def _with_thin(event: Doc) -> list[Doc]:
    """An event and, of a snapshot, the thin ones that it is besides."""
    return [event] if thin_events.is_thin(event) else [event, *thin_events.of(event)]


def _matches(pattern: str, type: str) -> bool:
    return type.startswith(pattern[:-1]) if pattern.endswith("*") else type == pattern
