"""The clock of an account: real, offset or frozen; and the due list that it drives."""

import pytest

from mockbill.world import clock as clock_module
from mockbill.world.clock import Clock
from mockbill.world.due import DueList


@pytest.fixture(autouse=True)
def wall(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The wall clock, which stands where the test puts it."""
    hands = [1_000]
    monkeypatch.setattr(clock_module, "wall", lambda: hands[0])
    return hands


def test_a_real_clock_goes_with_the_wall(wall: list[int]) -> None:
    clock = Clock.starting(None)
    assert (clock.now, clock.mode) == (1_000, "real")
    wall[0] += 5
    assert clock.now == 1_005


def test_a_frozen_clock_stands_until_it_is_set(wall: list[int]) -> None:
    clock = Clock.starting(50)
    wall[0] += 5
    assert (clock.now, clock.mode) == (50, "frozen")
    clock.set(90)
    wall[0] += 5
    assert (clock.now, clock.mode) == (90, "frozen")


def test_a_real_clock_that_is_set_goes_on_from_there(wall: list[int]) -> None:
    clock = Clock()
    clock.set(5_000)
    wall[0] += 7
    assert (clock.now, clock.mode) == (5_007, "offset")
    clock.set(6_000, "frozen")
    wall[0] += 7
    assert (clock.now, clock.mode) == (6_000, "frozen")
    clock.set(0, "real")
    assert (clock.now, clock.mode) == (1_014, "real")


def doc(id: str) -> dict[str, str]:
    return {"id": id, "object": "thing"}


def due(listed: DueList, timeline: str | None, until: int) -> list[tuple[int, str]]:
    """What falls due, in order, each taken off the list."""
    found = []
    while (moment := listed.next(timeline, until)) is not None:
        found.append((moment.at, moment.id))
        listed.forget(moment)
    return found


def test_moments_come_in_the_order_of_time_and_then_of_arrival() -> None:
    listed = DueList()
    for at, id in ((30, "c"), (10, "b"), (10, "a"), (20, "d")):
        listed.plan(doc(id), (at, "go"), None)
    assert due(listed, None, 20) == [(10, "b"), (10, "a"), (20, "d")]
    assert due(listed, None, 29) == []
    assert due(listed, None, 30) == [(30, "c")]


def test_a_document_has_one_moment_which_a_new_plan_replaces() -> None:
    listed = DueList()
    listed.plan(doc("a"), (10, "go"), None)
    listed.plan(doc("a"), (25, "go"), None)
    listed.plan(doc("b"), (5, "go"), None)
    listed.plan(doc("b"), None, None)
    assert due(listed, None, 20) == []
    assert due(listed, None, 99) == [(25, "a")]


def test_each_test_clock_has_a_queue_of_its_own() -> None:
    listed = DueList()
    listed.plan(doc("a"), (10, "go"), None)
    listed.plan(doc("b"), (5, "go"), "clock_1")
    listed.plan(doc("a"), (10, "go"), "clock_1")
    assert due(listed, None, 99) == []
    assert [moment.id for moment in listed.coming("clock_1")] == ["a", "b"]
    assert due(listed, "clock_1", 99) == [(5, "b"), (10, "a")]
