"""The ends of phases that are told by their length, worked out by hand."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules import periods
from mockbill.rules.phases import end_of


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("start", "anchor", "interval", "count", "end"),
    [
        ("2026-01-31", "2026-01-31", "month", 1, "2026-02-28"),
        ("2026-02-28", "2026-01-31", "month", 1, "2026-03-31"),  # on the anchor's grid: the 31st comes back
        ("2026-02-28", "2026-02-28", "month", 1, "2026-03-28"),  # anchored there: it stays the 28th
        ("2026-02-10", "2026-01-31", "month", 1, "2026-03-10"),  # off the grid: a month from its own start
        ("2026-02-10", "2026-01-31", "month", 12, "2027-02-10"),
        ("2024-02-29", "2024-02-29", "year", 1, "2025-02-28"),
        ("2025-02-28", "2024-02-29", "year", 3, "2028-02-29"),  # the next leap year
        ("2026-02-28", "2026-01-31", "week", 2, "2026-03-14"),  # 28 days after the anchor: four weeks, on the grid
        ("2026-02-27", "2026-01-31", "day", 3, "2026-03-02"),
    ],
)
def test_the_end_of_a_phase(start: str, anchor: str, interval: periods.Interval, count: int, end: str) -> None:
    assert end_of(at(start), at(anchor), interval, count) == at(end)


@given(
    anchor=st.integers(0, 4_000_000_000),
    lengths=st.lists(st.integers(1, 14), min_size=2, max_size=5),
    interval=st.sampled_from(["day", "week", "month", "year"]),
)
def test_phases_from_the_anchor_end_where_the_periods_of_their_time_do(
    anchor: int, lengths: list[int], interval: periods.Interval
) -> None:
    end = anchor
    for length in lengths:
        assert end < (end := end_of(end, anchor, interval, length))
    assert end == periods.boundary(anchor, interval, 1, sum(lengths))
