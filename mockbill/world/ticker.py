"""The ticker: with a clock that runs by itself, renewals and the like happen when their time comes."""

import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockbill.world.accounts import Worlds
    from mockbill.world.world import World

LONGEST = 1.0  # seconds asleep: how late a moment may be noticed that was planned meanwhile

_log = logging.getLogger(__name__)


class Ticker:
    """A thread that runs what falls due in the worlds of real and offset time; frozen ones wait to be advanced."""

    def __init__(self, worlds: "Worlds") -> None:
        self._worlds = worlds
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._tick, name="ticker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop once the moment that is being run, if any, is done."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=5)

    def _tick(self) -> None:
        while not self._closing.wait(LONGEST):
            for world in self._worlds.all():
                if self._closing.is_set():
                    return
                _catch_up(world)


def _catch_up(world: "World") -> None:
    with world.lock:
        now = world.clock.now
        due = world.clock.mode != "frozen" and (world.due.next(None, now) is not None or _retries(world, now))
    # No account may hold up the others: its receivers are not waited for, nor is whoever is advancing it just now.
    if not due or not world.advancing.acquire(blocking=False):
        return
    try:
        world.advance(now, settles=False)
    except Exception:  # the ticker must outlive a handler that fails
        _log.exception("what fell due in account %s failed", world.name)
    finally:
        world.advancing.release()


def _retries(world: "World", now: int) -> bool:
    """Whether something is to be delivered again by now."""
    at = world.hub.next_retry(world)
    return at is not None and at <= now
