"""A channel: what one receiver has coming, and the thread that works it off."""

import heapq
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import TypeAlias

from mockbill.webhooks.delivery import Task
from mockbill.webhooks.post import Poster

_log = logging.getLogger(__name__)
_LINGER = 1.0  # seconds; less than any common server keeps an idle connection, so that none is used as it closes

Key: TypeAlias = tuple[str, str]  # account ("" for all) and receiver


class Channel:
    """First attempts in the order of commit, and retries when their time comes.

    Its thread lives while there is something to do or to wait for, and a second more.  So a receiver that is slow or
    dead holds up nobody else.  All methods but the thread's own are called with ``lock`` held.
    """

    def __init__(
        self,
        key: Key,
        home: "dict[Key, Channel]",
        lock: threading.Lock,
        attempt: "Callable[[Channel, Task, Poster], None]",
    ) -> None:
        self.key = key
        self.taken = 0  # first attempts ever queued
        self.tried = 0  # and ever made
        self.stalled = False  # the last attempt got no answer in time: nobody waits for this receiver now
        self.closed = False
        self.thread: threading.Thread | None = None
        self._home = home
        self._attempt = attempt
        self._arrivals = count()
        self._queue: deque[Task] = deque()
        self._retries: list[tuple[float, int, Task]] = []
        self._changed = threading.Condition(lock)

    def put(self, task: Task) -> None:
        """Queue an attempt; does not wait."""
        self._queue.append(task)
        if self.thread is None:
            self.thread = threading.Thread(target=self._work, name=f"webhooks to {self.key[1]}", daemon=True)
            self.thread.start()
        else:
            self._changed.notify()

    def put_later(self, task: Task, wait: float) -> None:
        """Queue an attempt for ``wait`` seconds from now; called by the thread itself."""
        heapq.heappush(self._retries, (time.monotonic() + wait, next(self._arrivals), task))

    def close(self) -> None:
        """Have the thread end after the attempt that it is at."""
        self.closed = True
        self._changed.notify()

    def _work(self) -> None:
        poster = Poster()
        try:
            while (task := self._next(poster)) is not None:
                try:
                    self._attempt(self, task, poster)
                except Exception:  # a fault of ours in one delivery must not silence the receiver
                    _log.exception("delivering %s to %s failed", task.delivery.event["id"], self.key[1])
        finally:
            poster.close()

    def _next(self, poster: Poster) -> Task | None:
        """The next attempt, once it is time for it; None when the thread can end."""
        with self._changed:
            patience = time.monotonic() + _LINGER
            while not self.closed:
                now = time.monotonic()
                if self._queue:
                    return self._queue.popleft()
                if self._retries and self._retries[0][0] <= now:
                    return heapq.heappop(self._retries)[2]
                if now < patience:
                    until = min([patience, *(due for due, _, _ in self._retries[:1])])
                elif self._retries:
                    poster.close()
                    until = self._retries[0][0]
                else:
                    break
                self._changed.wait(until - now)
            self.thread = None
            self._home.pop(self.key, None)
            return None
