"""A channel: what one receiver has coming, and the thread that works it off."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from mockbill.webhooks.delivery import Task
from mockbill.webhooks.listeners import Relay
from mockbill.webhooks.post import Poster

_log = logging.getLogger(__name__)
_LINGER = 1.0  # seconds; less than any common server keeps an idle connection, so that none is used as it closes

Key: TypeAlias = tuple[str, str]  # account ("" for all) and receiver


class Channel:
    """Attempts at one receiver, one after the other in the order in which they were queued.

    Its thread lives while there is something to do, and a second more.  So a receiver that is slow or dead holds up
    nobody else.  All methods but the thread's own are called with ``lock`` held.
    """

    def __init__(
        self,
        key: Key,
        home: "dict[Key, Channel]",
        lock: threading.Lock,
        attempt: "Callable[[Channel, Task, Poster | Relay], None]",
        poster: Callable[[], Poster | Relay],
    ) -> None:
        self.key = key
        self.taken = 0  # attempts ever queued
        self.tried = 0  # and ever made: so this is also the number of the one that is under way
        self.under_way: Task | None = None
        self.stalled = False  # the last attempt got no answer in time: nobody waits for this receiver now
        self.closed = False
        self.thread: threading.Thread | None = None
        self.queue: deque[Task] = deque()
        self._home = home
        self._attempt = attempt
        self._poster = poster
        self._changed = threading.Condition(lock)

    @property
    def coming(self) -> list[Task]:
        """All attempts that are not over, that under way included."""
        return [*([self.under_way] if self.under_way else []), *self.queue]

    def put(self, task: Task) -> None:
        """Queue an attempt; does not wait."""
        self.taken += 1
        self.queue.append(task)
        if self.thread is None:
            self.thread = threading.Thread(target=self._work, name=f"webhooks to {self.key[1]}", daemon=True)
            self.thread.start()
        else:
            self._changed.notify()

    def drop_oldest(self) -> Task:
        """Take off the attempt that has been queued longest: it will not be made."""
        self.tried += 1
        return self.queue.popleft()

    def close(self) -> None:
        """Have the thread end after the attempt that it is at."""
        self.closed = True
        self._changed.notify()

    def _work(self) -> None:
        poster = self._poster()
        try:
            while (task := self._next()) is not None:
                try:
                    self._attempt(self, task, poster)
                except Exception:  # a fault of ours in one delivery must not silence the receiver
                    _log.exception("delivering %s to %s failed", task.delivery.event["id"], self.key[1])
        finally:
            poster.close()

    def _next(self) -> Task | None:
        """The next attempt, once there is one; None when the thread can end."""
        with self._changed:
            self.under_way = None
            patience = time.monotonic() + _LINGER
            while not self.closed:
                if self.queue:
                    self.under_way = self.queue.popleft()
                    return self.under_way
                if (wait := patience - time.monotonic()) <= 0:
                    break
                self._changed.wait(wait)
            self.thread = None
            self._home.pop(self.key, None)
            return None
