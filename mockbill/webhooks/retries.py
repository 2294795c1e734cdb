"""When failed deliveries are tried again: by a clock's seconds, and with a thread where that is real time."""

import heapq
import threading
import time
from collections.abc import Callable
from itertools import count

from mockbill.webhooks.delivery import Delivery

_SLACK = 64  # entries of no more use that a schedule may hold before it is put in order


class Schedule:
    """Deliveries by the time of their retry, in seconds on one clock; of one time, the one planned first is first."""

    __slots__ = ("_arrivals", "_heap", "_known")

    def __init__(self) -> None:
        self._arrivals = count()
        self._heap: list[tuple[float, int, Delivery]] = []
        self._known: dict[str, int] = {}  # the arrival of the one entry of a delivery that counts

    def __len__(self) -> int:
        return len(self._known)

    def plan(self, delivery: Delivery, at: float) -> None:
        """Have a delivery fall due, instead of at any time that it had before."""
        self._known[delivery.id] = number = next(self._arrivals)
        heapq.heappush(self._heap, (at, number, delivery))
        if len(self._heap) > 2 * len(self._known) + _SLACK:  # years of planning and dropping must take no memory
            self._heap = [entry for entry in self._heap if self._counts(entry)]
            heapq.heapify(self._heap)

    def drop(self, delivery: Delivery) -> None:
        """It falls due no more."""
        self._known.pop(delivery.id, None)

    def next(self) -> float | None:
        """When the first one falls due."""
        while self._heap and not self._counts(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(self) -> Delivery:
        """The first one, which is scheduled no more; only after ``next`` has told that there is one."""
        delivery = heapq.heappop(self._heap)[2]
        del self._known[delivery.id]
        return delivery

    def _counts(self, entry: tuple[float, int, Delivery]) -> bool:
        return self._known.get(entry[2].id) == entry[1]


class Alarm:
    """A schedule on real time and the thread that keeps it, which lives while there is something to wait for.

    One thread for all receivers: a dead one that is tried for three days costs no thread of its own.  All methods but
    the thread's are called with ``lock`` held, and so is ``ring``.
    """

    def __init__(self, lock: threading.Lock, ring: Callable[[Delivery], None]) -> None:
        self.schedule = Schedule()
        self._ring = ring
        self._changed = threading.Condition(lock)
        self._thread: threading.Thread | None = None
        self._closed = False

    def set(self, delivery: Delivery, wait: float) -> None:
        """Ring for a delivery in ``wait`` seconds."""
        self.schedule.plan(delivery, time.monotonic() + wait)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="webhook retries", daemon=True)
            self._thread.start()
        else:
            self._changed.notify()

    def close(self) -> None:
        """Ring no more."""
        self._closed = True
        self._changed.notify()

    def _work(self) -> None:
        with self._changed:
            while not self._closed and (at := self.schedule.next()) is not None:
                if (wait := at - time.monotonic()) > 0:
                    self._changed.wait(wait)
                else:
                    self._ring(self.schedule.take())
            self._thread = None
