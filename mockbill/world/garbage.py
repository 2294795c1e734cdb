"""Garbage collection while time goes on: young objects only."""

import gc
import threading
from types import TracebackType

_YOUNG_ONLY = (5_000, 1_000_000, 1_000_000)


class YoungOnly:
    """A ``with`` statement in which nothing that has survived a collection is looked at again.

    An advance makes documents by the hundred thousand, and a full collection walks through every one of them, though
    they make no cycles.  Cycles that callers make meanwhile are still freed while they are young.  Advances of several
    accounts may overlap: the last one that ends puts the thresholds back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._before = gc.get_threshold()

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._before = gc.get_threshold()
                gc.set_threshold(*_YOUNG_ONLY)
            self._inside += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                gc.set_threshold(*self._before)


YOUNG_ONLY = YoungOnly()
