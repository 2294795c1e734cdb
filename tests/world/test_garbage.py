"""An advance looks for no garbage, and leaves the process as it found it."""

import gc
import weakref

from mockbill.world.garbage import Uncollected


class _Ring:
    def __init__(self) -> None:
        self.itself = self


def test_thresholds_come_back_when_the_last_of_several_ends() -> None:
    before = gc.get_threshold()
    uncollected, inside = Uncollected(), []
    with uncollected:
        with uncollected:
            inside.append(gc.get_threshold())
        inside.append(gc.get_threshold())
    assert all(young > 1_000_000 for young, _, _ in inside)
    assert gc.get_threshold() == before


def test_cycles_that_were_made_meanwhile_are_freed_by_the_next_full_collection() -> None:
    with Uncollected():
        gone = weakref.ref(_Ring())
        assert gone() is not None
    assert gc.get_freeze_count() == 0
    gc.collect()
    assert gone() is None
