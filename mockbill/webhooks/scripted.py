"""Deliveries that scripts have a say in: judged when they are published, kept back, let go, copied and replayed."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from mockbill.webhooks.channel import Channel
from mockbill.webhooks.delivery import Delivery, Occasion, Task
from mockbill.webhooks.ledger import Ledger
from mockbill.webhooks.moving import Moving
from mockbill.webhooks.scripts import BadRule, Facts, Mistake, Step, Terms, read
from mockbill.webhooks.scripts.reading import nearest
from mockbill.webhooks.scripts.rule import names
from mockbill.world import Doc, World, thin_events


class Scripted(Moving):
    """Rules are an account's: an event of a connected account goes by those of that account, to whomever it is sent.

    They are for one run of the server; what they keep back when it stops is delivered once it is back.  What begins
    with ``_`` is called with our lock held.
    """

    # scripts of an account

    def give(self, terms: Iterable[Terms]) -> None:
        """The scripts that each account begins with; before anything is published."""
        self._given = tuple(terms)

    def scripts(self, world: World) -> list[dict[str, Any]]:
        """The rules of an account, with what is left of each."""
        with world.lock:
            ledger = self._ledger(world)
        with self._lock:
            return ledger.desk.as_list()

    def add_script(self, world: World, written: Any) -> dict[str, Any]:
        """Put a rule in force: ``{"match"?, "do", "times"?, "name"?}``.  Raises BadRule or TooMany."""
        return self.add_scripts(world, [read(written)])[0]

    def add_scripts(self, world: World, terms: Sequence[Terms]) -> list[dict[str, Any]]:
        """Put rules in force, all or none; raises BadRule or TooMany."""
        with world.lock:
            ledger = self._ledger(world)
            for each in terms:
                _check_ids(world, ledger, each)
        with self._lock:
            return [{**rule.as_dict(), "holding": 0} for rule in ledger.desk.add_all(terms)]

    def clear_scripts(self, world: World, id: str | None = None) -> int:
        """Forget a rule, or all, and let go what they keep back; answers how much that was.  Raises NoSuchRule."""
        with world.lock:
            ledger = self._ledger(world)
        with self._lock:
            waiting = ledger.desk.waiting
            self._carry(ledger.desk.clear(id))
            return waiting - ledger.desk.waiting

    def release_script(self, world: World, id: str) -> int:
        """Let go what a rule keeps back; answers how much that was.  Raises NoSuchRule."""
        with world.lock:
            ledger = self._ledger(world)
        with self._lock:
            holding = ledger.desk.kept_by(ledger.desk.find(id))
            self._carry(ledger.desk.release(id))
            return holding

    # deliveries

    def _begin(self, delivery: Delivery) -> None:
        """Have a new delivery attempted, unless scripts have something else in store for it."""
        desk = delivery.ledger.desk
        fate = desk.judge(_facts(delivery)) if desk else None
        if fate is None:
            self._offer(delivery, Occasion.FIRST)
            return
        delivery.fate, delivery.touched = fate, fate.told()
        if fate.drop:
            delivery.end("dropped", f"dropped by {fate.rules[-1].id}")
            self._tell()
        else:
            self._carry(desk.admit(delivery, delivery.receiver.id, fate))

    def _carry(self, steps: Iterable[Step]) -> None:
        """Send what goes now, and let the rest wait, by a clock where it has a time."""
        for step in steps:
            delivery: Delivery = step.item
            ledger = delivery.ledger
            self._alarm.schedule.drop(delivery)
            ledger.retries.drop(delivery)
            if step.waits is None:
                ledger.unpark(delivery)
                self._offer(delivery, Occasion.FIRST)
                continue
            ledger.park(delivery)
            delivery.waits = step.waits
            if (until := step.until) is None:
                pass
            elif until.clock == "world":
                ledger.retries.plan(delivery, ledger.world.clock.now + math.ceil(until.seconds))
            else:
                self._alarm.set(delivery, until.seconds)
            self._bound(ledger, delivery.receiver)
        self._tell()  # in the mode manual what goes now waits on, and who drains need not

    def _fall_due(self, delivery: Delivery) -> None:
        """The time of a retry has come, or of a delivery that was delayed."""
        if delivery.ledger.desk.keeps(delivery):
            self._carry(delivery.ledger.desk.wake(delivery))
        else:
            super()._fall_due(delivery)

    def _queue(self, task: Task) -> Channel | None:
        """With a first attempt go its copies, and the earlier events that are replayed around it."""
        fate = task.delivery.fate
        if fate is None or task.occasion is not Occasion.FIRST:
            return super()._queue(task)
        by = tuple(rule.id for rule in fate.rules if rule.terms.do.replay)
        for earlier in fate.before:
            self._replay(earlier, task, by)
        channel = super()._queue(task)
        for _ in range(fate.copies):
            super()._queue(Task(task.delivery, Occasion.COPY, task.at))
        for earlier in fate.after:
            self._replay(earlier, task, by)
        return channel

    def _replay(self, earlier: Delivery, task: Task, by: tuple[str, ...]) -> None:
        known = {touch["id"] for touch in earlier.touched}
        about = (touch for touch in task.delivery.touched if touch["id"] in by and touch["id"] not in known)
        earlier.touched = (*earlier.touched, *about)
        super()._queue(Task(earlier, Occasion.REPLAY, task.at, by))


def _facts(delivery: Delivery) -> Facts:
    """What scripts may ask about a delivery."""
    receiver, ledger = delivery.receiver, delivery.ledger

    def earlier(type: str | None) -> Delivery | None:
        def is_it(other: Delivery) -> bool:
            return (
                other.receiver.id == receiver.id
                and other.event["id"] != delivery.event["id"]
                and (type is None or names(type, other.event["type"]))
                and other.state != "dropped"
                and other.waits is None
                and other.id not in ledger.held
            )

        return ledger.newest(is_it)

    return Facts(delivery.event["type"], receiver.id, receiver.url, _customer(delivery.event), earlier)


def _customer(event: Doc) -> str | None:
    """The customer that an event is about: a thin one tells no more than the customer itself."""
    if thin_events.is_thin(event):
        related = event["related_object"] or {}
        return related["id"] if related.get("type") == "customer" else None
    if "data" not in event:
        return None  # raw bytes that somebody sends
    subject = event["data"]["object"]
    owner = subject["id"] if subject["object"] == "customer" else subject.get("customer")
    return owner if isinstance(owner, str) else None


def _check_ids(world: World, ledger: Ledger, terms: Terms) -> None:
    """A rule that somebody adds is about receivers and customers that are there; called with the world's lock held."""
    endpoint, customer = terms.match.endpoint, terms.match.customer
    known = ledger.routes.by_id
    if endpoint is not None and "://" not in endpoint and endpoint not in known:
        hint = nearest(endpoint, known) if known else "; there is none yet"
        raise BadRule([Mistake(("match", "endpoint"), f"{endpoint} is no endpoint that is enabled{hint}")])
    if customer is not None and world.fetch("customer", customer) is None:
        raise BadRule([Mistake(("match", "customer"), f"there is no customer {customer}")])
