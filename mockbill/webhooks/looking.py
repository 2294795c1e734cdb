"""Looking at deliveries: the log of each account, and waiting for what is under way."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from mockbill.settings import Settings
from mockbill.webhooks.channel import Channel, Key
from mockbill.webhooks.delivery import Delivery
from mockbill.webhooks.ledger import Ledger
from mockbill.world import World

COURTESY = 0.1  # seconds


class Looking:
    """What the hub knows, and everything about it that changes nothing.

    Locks: a world's lock may be held when ours is taken, never the other way round.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._progress = threading.Condition(self._lock)
        self._rest = threading.Condition(self._lock)  # beside it, because who drains need not wake at every attempt
        self._ledgers: dict[str, Ledger] = {}
        self._channels: dict[Key, Channel] = {}
        self._closed = False

    # waiting

    def _tell(self) -> None:
        """Let all who wait look again; called with our lock held."""
        self._progress.notify_all()
        self._rest.notify_all()

    def settle(self, world: World) -> None:
        """Wait until all that is queued by now has been attempted once; at most for the webhook timeout.

        A receiver that let a timeout pass is not waited for again until it answers: it may be hanging, or waiting for
        the very call that waits here.
        """
        if not self._channels:
            return
        with self._lock:
            marks = {
                channel: (channel.taken, None)
                for (account, _), channel in self._channels.items()
                if account in ("", world.name) and channel.tried < channel.taken
            }
            self._wait_for(marks)

    def _wait_for(self, marks: Mapping[Channel, tuple[int, object]]) -> None:
        """Wait until channels have made so many attempts.

        An attempt that stands beside a number may be one that waits for us: it gets a moment to end, and no more.
        """

        def met(channel: Channel, mark: int, excused: object) -> bool:
            if channel.tried >= mark or channel.stalled:
                return True
            return excused is not None and channel.under_way is excused

        def settled(*, strictly: bool) -> bool:
            return self._closed or all(
                met(channel, mark, None if strictly else excused) for channel, (mark, excused) in marks.items()
            )

        if any(excused is not None for _, excused in marks.values()):
            self._progress.wait_for(lambda: settled(strictly=True), COURTESY)
        if marks and not self._progress.wait_for(lambda: settled(strictly=False), self._settings.webhook_timeout):
            for channel, mark in marks.items():
                channel.stalled = channel.stalled or not met(channel, *mark)

    def drain(self, world: World | None, timeout: float) -> dict[str, Any]:
        """Wait until nothing is left to deliver, retries included, for an account or for all; ``timeout`` in seconds.

        Not for what needs somebody to do something: deliveries that are to be pulled, that scripts hold or keep for a
        window that is not full, and retries on a frozen clock.
        Answers ``{"drained", "pending": attempts still to be made, "retrying": deliveries between two attempts,
        "failed": deliveries in the log that were given up}``.
        """
        with self._lock:

            def ledgers() -> list[Ledger]:
                known = list(self._ledgers.values())  # a copy: accounts come without our lock
                return [ledger for ledger in known if world is None or ledger.world is world]

            self._rest.wait_for(lambda: self._closed or not any(ledger.busy for ledger in ledgers()), timeout)
            pending = sum(ledger.pending for ledger in ledgers())
            states = Counter(delivery.state for ledger in ledgers() for delivery in ledger.log)
            return {
                "drained": not pending,
                "pending": pending,
                "retrying": states["retrying"],
                "failed": states["failed"],
            }

    def wait_until(
        self, account: str, take: Callable[[Delivery], object], met: Callable[[], bool], timeout: float
    ) -> bool:
        """Wait, at most ``timeout`` seconds, until ``met``, which is asked anew whenever a delivery has moved.

        Each delivery of an account's log is given to ``take`` once, oldest first, also those that come meanwhile.  Both
        are called with our lock held: they must not take a world's.
        """
        ledger, taken = None, 0

        def is_met() -> bool:
            nonlocal ledger, taken
            current = self._ledgers.get(account)
            if current is not ledger:
                ledger, taken = current, 0
            if ledger is not None and (fresh := min(ledger.noted - taken, len(ledger.log))):
                taken = ledger.noted
                for delivery in list(islice(reversed(ledger.log), fresh))[::-1]:
                    take(delivery)
            return met()

        with self._lock:
            return self._progress.wait_for(lambda: self._closed or is_met(), timeout) and is_met()

    # looking

    def log(self, account: str) -> list[Delivery]:
        """The deliveries of an account's log, oldest first."""
        with self._lock:
            ledger = self._ledgers.get(account)
            return list(ledger.log) if ledger else []

    def fallen(self, account: str) -> int:
        """How many deliveries the log of an account has had to let go."""
        with self._lock:
            ledger = self._ledgers.get(account)
            return ledger.noted - len(ledger.log) if ledger else 0

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

    def delivery(self, account: str, id: str) -> dict[str, Any] | None:
        """One delivery of an account's log."""
        with self._lock:
            ledger = self._ledgers.get(account)
            found = ledger.newest(lambda delivery: delivery.id == id) if ledger else None
            return found.as_dict() if found else None

    def _select(self, account: str, limit: int | None, **filters: str | None) -> list[Any]:
        ledger = self._ledgers.get(account)
        return list(islice(ledger.select(**filters), limit)) if ledger else []
