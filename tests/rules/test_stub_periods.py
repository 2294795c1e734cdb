"""Parts of periods: what lies between a start and an anchor, and what that is worth; worked out by hand."""

from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules.periods import boundary, iso, natural_periods, next_boundary, next_day_of_month, number
from mockbill.rules.proration import share


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


instants = st.integers(at("1990-01-01"), at("2090-01-01"))
intervals = st.sampled_from(["day", "week", "month", "year"])
counts = st.integers(1, 12)
lengths = st.integers(1, 3 * 366 * 86_400)


@pytest.mark.parametrize(
    ("anchor", "interval", "count", "start", "end", "worth"),
    [
        # Stripe's own two: 14 of the 28 days from 15 Feb to 15 Mar, 17 of the 31 from 15 Jan to 15 Feb.
        ("2026-03-01", "month", 1, "2026-02-15", "2026-03-01", Fraction(1, 2)),
        ("2026-02-01", "month", 1, "2026-01-15", "2026-02-01", Fraction(17, 31)),
        # In a leap year 15 Feb to 15 Mar are 29 days, and 1 March is 15 of them away.
        ("2024-03-01", "month", 1, "2024-02-15", "2024-03-01", Fraction(15, 29)),
        # On the grid of a 31st, the 28 February begins a whole period that ends on 31 March.
        ("2026-01-31", "month", 1, "2026-02-28", "2026-03-31", Fraction(1)),
        # That period cut on 15 March: 15 of its 31 days.
        ("2026-01-31", "month", 1, "2026-02-28", "2026-03-15", Fraction(15, 31)),
        # 1 July until the end of the year: 184 of the 365 days until the next 1 July.
        ("2027-01-01", "year", 1, "2026-07-01", "2027-01-01", Fraction(184, 365)),
        # Over 29 February 2028 the imagined year has 366 days.
        ("2028-01-01", "year", 1, "2027-07-01", "2028-01-01", Fraction(184, 366)),
        # A quarter from 10 January to 10 April has 90 days; 31 of them until 10 February.
        ("2026-02-10", "month", 3, "2026-01-10", "2026-02-10", Fraction(31, 90)),
        # Wednesday noon to Monday midnight are 4.5 of 7 days.
        ("2026-01-05", "week", 1, "2025-12-31 12:00", "2026-01-05", Fraction(9, 14)),
        # Six hours of a day.
        ("2026-01-02", "day", 1, "2026-01-01 18:00", "2026-01-02", Fraction(1, 4)),
        # Backdated in classic billing: September whole, then 14 of October's 31 days.
        ("2026-10-15", "month", 1, "2026-09-01", "2026-10-15", 1 + Fraction(14, 31)),
        # Three whole months on the grid.
        ("2026-10-15", "month", 1, "2026-07-15", "2026-10-15", Fraction(3)),
    ],
)
def test_a_part_of_a_period_is_worth_its_days_of_the_imagined_period(anchor, interval, count, start, end, worth):
    assert share(at(anchor), interval, count, at(start), at(end)) == worth


@pytest.mark.parametrize(
    ("anchor", "start", "end", "cuts"),
    [
        ("2026-10-15", "2026-09-01", "2026-11-15", ["2026-09-01", "2026-09-15", "2026-10-15", "2026-11-15"]),
        ("2026-11-01", "2026-09-01", "2026-11-01", ["2026-09-01", "2026-10-01", "2026-11-01"]),
        ("2026-03-31", "2026-02-10", "2026-02-28", ["2026-02-10", "2026-02-28"]),
        ("2024-01-31", "2024-01-31", "2024-04-30", ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
    ],
)
def test_backdated_time_is_cut_at_the_boundaries_of_the_months(anchor, start, end, cuts):
    periods = natural_periods(at(anchor), "month", 1, at(start), at(end))
    assert [iso(each)[:10] for each in [*(first for first, _ in periods), periods[-1][1]]] == cuts


@pytest.mark.parametrize(
    ("after", "parts", "anchor"),
    [
        ("2026-10-15 08:09:10", {"day_of_month": 1}, "2026-11-01 08:09:10"),
        ("2026-10-15 08:09:10", {"day_of_month": 15}, "2026-10-15 08:09:10"),  # now is such a moment
        ("2026-10-15 08:09:10", {"day_of_month": 15, "hour": 8}, "2026-10-15 08:09:10"),
        ("2026-10-15 08:09:10", {"day_of_month": 15, "hour": 7}, "2026-11-15 07:09:10"),
        ("2026-10-15 08:09:10", {"day_of_month": 16, "hour": 0, "minute": 0, "second": 0}, "2026-10-16 00:00:00"),
        ("2026-12-31 23:59:59", {"day_of_month": 1}, "2027-01-01 23:59:59"),
        ("2026-02-10 00:00:00", {"day_of_month": 31}, "2026-03-31 00:00:00"),
        ("2026-10-15 00:00:00", {"day_of_month": 1, "month": 10}, "2027-10-01 00:00:00"),
        ("2026-10-15 00:00:00", {"day_of_month": 30, "month": 2}, "2027-02-28 00:00:00"),
        ("2027-10-15 00:00:00", {"day_of_month": 29, "month": 2}, "2028-02-29 00:00:00"),
    ],
)
def test_an_anchor_config_means_the_next_such_moment(after, parts, anchor):
    assert iso(next_day_of_month(at(after), **parts)) == iso(at(anchor))


@given(instants, intervals, counts, instants, lengths)
def test_the_cuts_are_boundaries_and_leave_no_gap(anchor, interval, count, start, length):
    end = min(start + length, boundary(anchor, interval, count, number(anchor, interval, count, start) + 40))
    periods = natural_periods(anchor, interval, count, start, end)
    assert (periods[0][0], periods[-1][1]) == (start, end)
    for (_, before), (after, _) in pairwise(periods):
        assert before == after == next_boundary(anchor, interval, count, before - 1)


@given(instants, intervals, counts, st.integers(-50, 50))
def test_a_period_on_the_grid_is_worth_one(anchor, interval, count, n):
    start, end = boundary(anchor, interval, count, n), boundary(anchor, interval, count, n + 1)
    assert share(anchor, interval, count, start, end) == 1


@given(instants, intervals, counts, instants, lengths, lengths)
def test_more_time_is_worth_more(anchor, interval, count, start, one, other):
    early, late = sorted((start + one, start + other))
    worth = share(anchor, interval, count, start, early)
    assert 0 < worth <= share(anchor, interval, count, start, late)


@given(instants, st.integers(1, 31))
def test_a_config_is_met_within_two_months_and_on_its_day(after, day):
    anchor = next_day_of_month(after, day)
    assert after <= anchor <= after + 62 * 86_400
    assert datetime.fromtimestamp(anchor, UTC).day == day
