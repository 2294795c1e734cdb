"""No garbage collection while time goes on."""

import gc
import threading
from types import TracebackType

_HARDLY_EVER = (10_000_000, 1_000_000, 1_000_000)  # a first pass after so many objects more than there were


class Uncollected:
    """A ``with`` statement in which garbage is not looked for, but counted references still free what nobody holds.

    An advance makes documents by the hundred thousand, and the collector would walk through each of them three times
    before it left them alone, though they make no cycles.  At the end they count as old at once, with whatever cycles
    callers made meanwhile: the next full collection frees those.  Advances of several accounts may overlap: the last
    one that ends sets the collector free.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._before = gc.get_threshold()

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._before = gc.get_threshold()
                gc.set_threshold(*_HARDLY_EVER)
            self._inside += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside:
                return
            ours_alone = not gc.get_freeze_count()
            gc.freeze()
            if ours_alone:  # what our host has frozen stays so, as the server does with what survives
                gc.unfreeze()  # to the old ones
            gc.set_threshold(*self._before)


UNCOLLECTED = Uncollected()
