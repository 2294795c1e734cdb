"""Moving deliveries: queued in channels or held, attempted, planned again, given up."""

import logging
import math
from collections import deque
from functools import partial
from itertools import count

from mockbill.settings import Settings
from mockbill.webhooks import endpoints
from mockbill.webhooks.channel import Channel
from mockbill.webhooks.delivery import Attempt, Delivery, Occasion, Task
from mockbill.webhooks.ledger import Ledger
from mockbill.webhooks.listeners import Listeners, Relay
from mockbill.webhooks.looking import Looking
from mockbill.webhooks.modes import Inline
from mockbill.webhooks.post import Poster
from mockbill.webhooks.retries import Alarm
from mockbill.webhooks.routing import Receiver, Routes
from mockbill.webhooks.scripts import Desk, Terms
from mockbill.webhooks.sending import Sender
from mockbill.world import Doc, World
from mockbill.world.clock import wall

_log = logging.getLogger(__name__)
_TOLD_EVERY = 1_000  # deliveries that are given up for want of room


class Moving(Looking):
    """The life of a delivery.  What begins with ``_`` is called with our lock held, unless it says otherwise."""

    def __init__(self, settings: Settings, sender: Sender) -> None:
        super().__init__(settings)
        self._sender = sender
        self._alarm = Alarm(self._lock, self._fall_due)
        self._inline = Inline()
        self._numbers = count(1)
        self.listeners = Listeners()
        self._given: tuple[Terms, ...] = ()  # the scripts that each account begins with
        self._shared = tuple(
            Receiver(f"forward_{number}", url, settings.webhook_secret, shared=True)
            for number, url in enumerate(settings.forward_to, 1)
        )

    # making and queueing

    def _new(self, ledger: Ledger, event: Doc, receiver: Receiver, *, owed: bool) -> Delivery:
        delivery = Delivery(f"dlv_{next(self._numbers):014d}", ledger, event, receiver, owed)
        ledger.add(delivery)
        return delivery

    def _offer(self, delivery: Delivery, occasion: Occasion) -> None:
        """Have it attempted: at once, or in the mode ``manual`` once it is pulled."""
        ledger = delivery.ledger
        task = Task(delivery, occasion, ledger.world.clock.now)
        if ledger.world.settings.webhooks == "manual":
            delivery.state, delivery.next_retry = "pending", None
            ledger.park(delivery)
            ledger.held[delivery.id] = task
            self._bound(ledger, delivery.receiver)
        else:
            self._queue(task)

    def _queue(self, task: Task) -> Channel | None:
        if self._closed:
            return None
        ledger, receiver = task.delivery.ledger, task.delivery.receiver
        key = ("" if receiver.shared else ledger.world.name, receiver.id)
        channel = self._channels.get(key)
        if channel is None:
            channel = Channel(key, self._channels, self._lock, self._attempt, partial(self._sender.poster, receiver))
            self._channels[key] = channel
        if ledger.world.settings.webhooks == "inline" or task.delivery.is_early:
            self._inline.expect(channel)
        ledger.moving += 1
        channel.put(task)
        self._bound(ledger, receiver, channel)
        return channel

    def _bound(self, ledger: Ledger, receiver: Receiver, channel: Channel | None = None) -> None:
        """Give up what has waited longest for a receiver for whom too much is waiting: nobody who publishes waits."""
        most = self._settings.webhook_queue
        if len(ledger.parked.get(receiver.id, ())) + (len(channel.queue) if channel else 0) <= most:
            return
        reason = f"given up: more than {most:,} were waiting for this receiver"
        oldest = ledger.oldest_parked(receiver.id)
        if oldest is None and channel is not None:
            oldest = channel.drop_oldest().delivery
            oldest.ledger.moving -= 1
        if oldest is not None:
            self._give_up(oldest, reason)
            ledger.overflow[receiver.id] += 1
            if ledger.overflow[receiver.id] % _TOLD_EVERY == 1:  # a flood of events makes no flood of lines
                _log.warning("%s: the oldest are %s; %d so far", receiver.id, reason, ledger.overflow[receiver.id])

    def _give_up(self, delivery: Delivery, reason: str) -> None:
        delivery.ledger.unpark(delivery)
        self._alarm.schedule.drop(delivery)
        if not delivery.is_over:
            delivery.end("failed", reason)

    def _fall_due(self, delivery: Delivery) -> None:
        """The time of a retry has come."""
        delivery.ledger.unpark(delivery)
        self._offer(delivery, Occasion.RETRY)

    # attempting: called by the channels' threads, with no lock held

    def _attempt(self, channel: Channel, task: Task, poster: Poster | Relay) -> None:
        """Make one attempt, whatever it leads to, and let those know who wait for it."""
        try:
            self._try(channel, task, poster)
            self._count_down(task.delivery)
        finally:
            with self._lock:
                channel.tried, channel.under_way = channel.tried + 1, None
                task.delivery.ledger.moving -= 1
                self._progress.notify_all()
                if not task.delivery.ledger.moving:
                    self._rest.notify_all()

    def _try(self, channel: Channel, task: Task, poster: Poster | Relay) -> None:
        delivery = task.delivery
        if task.occasion is Occasion.RETRY and delivery.is_over:
            return  # somebody had it resent in the meantime
        receiver = self._present(delivery)
        attempt = self._sender.send(task, receiver, poster) if receiver else None
        is_dead = False
        with self._lock:
            if attempt is not None:
                self._note(channel, task, attempt)
                is_dead = self._is_dead(delivery, good=attempt.reply.good)
                if receiver is not None and receiver.listener is not None:
                    receiver.listener.attempted(delivery, attempt)
            elif delivery.state != "delivered":
                self._give_up(delivery, "the endpoint is disabled or deleted")
        if is_dead:
            self._disable(delivery)

    def _present(self, delivery: Delivery) -> Receiver | None:
        """The receiver with the URL and secret that it has now; None when it is disabled, deleted or forgotten."""
        if delivery.ledger.forgotten:
            return None
        if delivery.receiver.shared:
            return delivery.receiver
        world = delivery.ledger.world
        with world.lock:
            return self._ledger(world).routes.by_id.get(delivery.receiver.id)

    def _note(self, channel: Channel, task: Task, attempt: Attempt) -> None:
        """Record an attempt and plan the next one, if there is to be one."""
        delivery, reply = task.delivery, attempt.reply
        delivery.ledger.note(delivery, attempt)
        channel.stalled = reply.timed_out
        if reply.good:
            delivery.ledger.unpark(delivery)
            self._alarm.schedule.drop(delivery)
            delivery.end("delivered")
            return
        if task.occasion is Occasion.RETRY:
            delivery.retries += 1
        planned = delivery.next_retry is not None
        if not task.occasion.is_extra:
            planned = self._plan(task)
        if delivery.state != "delivered":  # a failed resend does not undo what has been delivered
            if planned:
                delivery.state = "retrying"
            elif not delivery.ledger.is_parked(delivery):
                delivery.end("failed")
        _log.info(
            "%s to %s failed: %s; %s",
            delivery.event["id"],
            delivery.receiver.id,
            reply.error or reply.status,
            "will be tried again" if planned else "given up",
        )

    def _plan(self, task: Task) -> bool:
        """Plan the next try, on real time or on the account's clock; False when there have been enough."""
        delivery, ledger = task.delivery, task.delivery.ledger
        settings = ledger.world.settings
        listener = delivery.receiver.listener
        if delivery.retries >= len(settings.webhook_retries) or ledger.forgotten or (listener and not listener.retried):
            return False
        wait = settings.webhook_retries[delivery.retries]
        if settings.webhook_retry_clock == "world":
            clock = ledger.world.clock
            # On a frozen clock, which may have been advanced meanwhile, the attempt was at the time of its queueing.
            self._replan(delivery, (task.at if clock.mode == "frozen" else clock.now) + math.ceil(wait))
        else:
            self._replan(delivery, wall() + round(wait), wait)
        return True

    def _replan(self, delivery: Delivery, at: int, wait: float | None = None) -> None:
        """Have it tried again at a second of the clock for that; ``wait`` is how long that is, where it is known."""
        ledger, delivery.next_retry = delivery.ledger, at
        if ledger.world.settings.webhook_retry_clock == "world":
            ledger.retries.plan(delivery, at)
        else:
            self._alarm.set(delivery, max(0, at - wall()) if wait is None else wait)
        ledger.park(delivery)
        self._bound(ledger, delivery.receiver)

    def _is_dead(self, delivery: Delivery, *, good: bool) -> bool:
        """Whether a receiver has taken nothing for as long as the setting allows (it is kept in memory only)."""
        ledger, receiver = delivery.ledger, delivery.receiver
        settings, clock = ledger.world.settings, ledger.world.clock
        if good:
            ledger.failing.pop(receiver.id, None)
            return False
        now = clock.now if settings.webhook_retry_clock == "world" else wall()
        since = ledger.failing.setdefault(receiver.id, now)
        if receiver.shared or not settings.webhook_disable_after or now - since < settings.webhook_disable_after:
            return False
        del ledger.failing[receiver.id]  # whoever enables it again gives it the whole time anew
        return True

    def _disable(self, delivery: Delivery) -> None:
        """Disable an endpoint that has failed for long; called with no lock held."""
        world, id = delivery.ledger.world, delivery.receiver.id
        for home in (world, world.platform):  # an endpoint that hears of connected accounts belongs to their platform
            if home is None or delivery.ledger.forgotten:
                continue
            with home.work() as work:
                found = endpoints.disable(work, id)
            if found:
                _log.warning("%s of account %s is disabled: it has taken nothing for long", id, home.name)

    def _count_down(self, delivery: Delivery) -> None:
        """An event shows how many receivers have yet to take it."""
        if delivery.state != "delivered" or not delivery.owed:
            return
        delivery.owed = False
        world = delivery.ledger.world
        with world.work() as work:
            event = work.get("event", delivery.event["id"])
            # An account that was emptied in the meantime may have an event of the same id again.
            if event is not None and event["pending_webhooks"] and not delivery.ledger.forgotten:
                work.put("event", {**event, "pending_webhooks": event["pending_webhooks"] - 1})

    def _ledger(self, world: World) -> Ledger:
        """The account's ledger, its routes up to date; called with the world's lock held, and not necessarily ours."""
        ledger = self._ledgers.get(world.name)
        if ledger is None:
            log: deque[Delivery] = deque(maxlen=self._settings.delivery_log)
            ledger = self._ledgers[world.name] = Ledger(
                world, log, Routes(world, self._shared, self.listeners), Desk(world.seed, self._given)
            )
        elif not ledger.routes.fit(world):
            ledger.routes = Routes(world, self._shared, self.listeners)
        return ledger
