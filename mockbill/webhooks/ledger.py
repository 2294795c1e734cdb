"""The ledger of one account: what is on its way to its receivers, and what was sent."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from mockbill.webhooks.delivery import Attempt, Delivery, Task
from mockbill.webhooks.post import Reply
from mockbill.webhooks.retries import Schedule
from mockbill.webhooks.routing import Routes
from mockbill.webhooks.scripts import Desk
from mockbill.world import World

_ROOM_FOR_BODIES = 16 << 20  # bytes of receivers' answers that are kept for an account; the oldest go first
_WEIGHT = 300  # bytes that keeping the shortest of them takes

FATES = ("failed", "pending", "delivered", "dropped")  # of an event with several deliveries the first counts


@dataclass(eq=False, slots=True)
class Ledger:
    """What is known of one account's deliveries.  ``forgotten`` once the account has been emptied.

    A delivery that has an attempt coming is either queued in a channel (``moving``) or parked here: until the time of
    its retry, or, in the mode ``manual``, until it is pulled, or for as long as scripts keep it back at their ``desk``.
    """

    world: World
    log: deque[Delivery]
    routes: Routes
    desk: Desk
    noted: int = 0  # deliveries that ever were in the log
    moving: int = 0  # attempts queued or under way
    held: dict[str, Task] = field(default_factory=dict)  # by the delivery's id, in the order in which they are pulled
    retries: Schedule = field(default_factory=Schedule)  # on the account's clock, in seconds
    parked: dict[str, dict[str, Delivery]] = field(default_factory=dict)  # by receiver, all that wait, oldest first
    forgotten: bool = False
    failing: dict[str, int] = field(default_factory=dict)  # since when a receiver has taken nothing
    overflow: Counter[str] = field(default_factory=Counter)  # how many were given up for want of room, by receiver
    _bodies: deque[tuple[Delivery, int, int]] = field(default_factory=deque)  # delivery, attempt, weight
    _weight: int = 0

    @property
    def waiting(self) -> int:
        """How many deliveries are parked."""
        return sum(map(len, self.parked.values()))

    @property
    def pending(self) -> int:
        """How many attempts are still to be made."""
        return self.moving + self.waiting

    @property
    def busy(self) -> bool:
        """Whether any of them will be made without anybody's doing: a pull, a script's release, a clock's advance."""
        still = len(self.held) + self.desk.still + (len(self.retries) if self.world.clock.mode == "frozen" else 0)
        return self.pending > still

    def park(self, delivery: Delivery) -> None:
        """A delivery waits."""
        self.parked.setdefault(delivery.receiver.id, {})[delivery.id] = delivery

    def unpark(self, delivery: Delivery) -> None:
        """It waits no more, for its time, for being pulled or for a script."""
        waiting = self.parked.get(delivery.receiver.id)
        if waiting is not None and waiting.pop(delivery.id, None) is not None:
            self.held.pop(delivery.id, None)
            self.retries.drop(delivery)
            self.desk.withdraw(delivery)
            delivery.waits = None
            if not waiting:
                del self.parked[delivery.receiver.id]

    def is_parked(self, delivery: Delivery) -> bool:
        """Whether a delivery waits."""
        return delivery.id in self.parked.get(delivery.receiver.id, ())

    def oldest_parked(self, receiver: str) -> Delivery | None:
        """The delivery that has waited longest for a receiver."""
        return next(iter(self.parked.get(receiver, {}).values()), None)

    def add(self, delivery: Delivery) -> None:
        """A delivery begins; the oldest in the log makes room for it."""
        self.log.append(delivery)
        self.noted += 1
        self._forget_bodies()

    def note(self, delivery: Delivery, attempt: Attempt) -> None:
        """Add an attempt to a delivery.  All bodies together are bounded, for an error page may be long."""
        delivery.attempts.append(attempt)
        self._weigh(delivery, len(delivery.attempts) - 1)

    def amend(self, delivery: Delivery, place: int, reply: Reply) -> None:
        """Put into an attempt what its receiver has answered later than it was written down."""
        spent = reply.milliseconds or delivery.attempts[place].reply.milliseconds
        delivery.attempts[place] = replace(delivery.attempts[place], reply=replace(reply, milliseconds=spent))
        if not reply.good:
            delivery.end("failed")
        self._weigh(delivery, place)

    def _weigh(self, delivery: Delivery, place: int) -> None:
        attempt = delivery.attempts[place]
        if not attempt.reply.body:
            return
        weight = len(attempt.reply.body) + _WEIGHT
        self._bodies.append((delivery, place, weight))
        self._weight += weight
        self._forget_bodies()

    def _forget_bodies(self) -> None:
        """The oldest ones where there are too many, and those of deliveries that the log, and so memory, lets go."""
        oldest = self.log[0].id if self.log else None
        while self._bodies and (self._weight > _ROOM_FOR_BODIES or oldest is None or self._bodies[0][0].id < oldest):
            old, number, weight = self._bodies.popleft()
            self._weight -= weight
            bare = old.attempts[number]
            old.attempts[number] = replace(bare, reply=replace(bare.reply, body=""))

    def newest(self, test: Callable[[Delivery], bool]) -> Delivery | None:
        """The newest delivery in the log that passes a test."""
        return next(filter(test, reversed(self.log)), None)

    def select(
        self,
        *,
        type: str | None = None,
        event: str | None = None,
        endpoint: str | None = None,
        state: str | None = None,
    ) -> Iterator[Delivery]:
        """Deliveries of the log that pass all filters, newest first (see ``Looking.deliveries``)."""
        return (
            delivery
            for delivery in reversed(self.log)
            if passes(delivery, type, endpoint)
            and event in (None, delivery.event["id"])
            and state in (None, delivery.state)
        )


def fates(log: Iterable[Delivery]) -> dict[str, str]:
    """By event, what became of its deliveries: one has ``failed``, or else is ``pending``, or else was ``delivered``.

    Events of which all were dropped by scripts are ``dropped``.
    """
    found: dict[str, str] = {}
    for delivery in log:
        state = "pending" if delivery.state == "retrying" else delivery.state
        known = found.get(delivery.event["id"])
        if known is None or FATES.index(state) < FATES.index(known):
            found[delivery.event["id"]] = state
    return found


def passes(delivery: Delivery, type: str | None, endpoint: str | None) -> bool:
    """Whether a delivery is of an event type, which may end in ``*``, and to an endpoint, by its id or URL."""
    if endpoint not in (None, delivery.receiver.id, delivery.receiver.url):
        return False
    if type is None:
        return True
    told: str = delivery.event["type"]
    return told.startswith(type[:-1]) if type.endswith("*") else told == type
