"""An advance looks at young garbage only, and leaves the process as it found it."""

import gc

from mockbill.world.garbage import YoungOnly


def test_thresholds_come_back_when_the_last_of_several_ends() -> None:
    before = gc.get_threshold()
    young, inside = YoungOnly(), []
    with young:
        with young:
            inside.append(gc.get_threshold())
        inside.append(gc.get_threshold())
    assert all(old > 100_000 for _, _, old in inside)
    assert gc.get_threshold() == before
