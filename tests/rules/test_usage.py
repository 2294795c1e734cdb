"""Usage: tallies of events, and the slots of time that they are kept for."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules import usage
from mockbill.rules.usage import DAY, HOUR, MINUTE, NOTHING, SECOND, Reading, Tally

NOON = 1_769_860_800  # 2026-01-31T12:00:00Z

values = st.decimals(-(10**9), 10**9, places=3, allow_nan=False, allow_infinity=False)
readings = st.lists(st.tuples(st.integers(NOON - 3 * DAY, NOON + 3 * DAY), values), max_size=30).map(
    lambda drawn: [Reading(at, number, value) for number, (at, value) in enumerate(drawn)]
)


def tally_of(events: list[Reading]) -> Tally:
    tally = NOTHING
    for event in events:
        tally = usage.with_event(tally, event)
    return tally


@pytest.mark.parametrize(
    ("formula", "reads"),
    [
        ("sum", Fraction(31, 10)),  # 1.5 + 2 - 0.4
        ("count", 3),
        ("max", 2),
        ("last", 2),  # of noon there are two; the later one to arrive counts, though it was told of in between
    ],
)
def test_what_a_meter_reads(formula: str, reads: Fraction) -> None:
    events = [
        Reading(NOON, 1, Decimal("1.5")),
        Reading(NOON, 3, Decimal(2)),
        Reading(NOON - 1, 2, Decimal("-0.4")),
    ]
    assert usage.aggregated(formula, tally_of(events)) == reads
    assert usage.aggregated(formula, NOTHING) == 0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("12.50", "12.5"),
        ("-3", "-3"),
        ("+3", "3"),
        (" 7 ", "7"),
        ("0000000000000000001", "1"),  # zeros in front are no digits of it
        ("123456789012345", "123456789012345"),
        ("0.000000000000001", "0.000000000000001"),  # fifteen decimals
    ],
)
def test_values_that_are_taken(text: str, value: str) -> None:
    assert usage.value_of(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "x", "1e3", "1,5", ".5", "5.", "NaN", "Infinity", "0x1", "1_000", "１"])
def test_values_that_are_no_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        usage.value_of(text)


@pytest.mark.parametrize("text", ["1234567890123456", "123456789012345.6", "1.123456789012345"])
def test_values_of_more_than_fifteen_digits(text: str) -> None:
    with pytest.raises(ValueError, match="15 digits"):
        usage.value_of(text)


@pytest.mark.parametrize(
    ("used", "billed"), [(Fraction(5, 2), Fraction(5, 2)), (Fraction(-1), 0), (Fraction(0), 0), (Fraction(7), 7)]
)
def test_usage_that_was_corrected_below_nothing_is_billed_as_nothing(used: Fraction, billed: Fraction) -> None:
    assert usage.billable(used) == billed


def test_time_is_made_up_of_the_fewest_slots() -> None:
    # from 11:59:58 on 31 Jan to 01:01:01 on 2 Feb: 2 seconds, 12 hours, a day, an hour, a minute, a second
    start, end = NOON - 2, NOON + 12 * HOUR + DAY + HOUR + MINUTE + 1
    slots = [*usage.slots_of_span(start, end)]
    widths = [width for width, _ in slots]
    assert widths == [SECOND] * 2 + [HOUR] * 12 + [DAY, HOUR, MINUTE, SECOND]
    assert [*usage.slots_of_span(start, start)] == []


@given(st.integers(0, 10**10), st.integers(0, 10**6))
def test_slots_follow_one_another_and_fill_the_time(start: int, length: int) -> None:
    at = start
    for width, number in usage.slots_of_span(start, start + length):
        assert number * width == at
        at += width
    assert at == start + length


def test_windows_of_a_stretch_of_time() -> None:
    assert usage.windows(0, 2 * HOUR, HOUR) == [(0, HOUR), (HOUR, 2 * HOUR)]
    assert usage.windows(60, 600, None) == [(60, 600)]


@given(readings, st.randoms(use_true_random=False))
def test_the_order_in_which_events_come_does_not_matter(events: list[Reading], random: object) -> None:
    shuffled = [*events]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert tally_of(shuffled) == tally_of(events)


@given(readings, st.integers(NOON - 3 * DAY, NOON + 3 * DAY))
def test_a_window_comes_to_its_last_event_wherever_it_is_cut(events: list[Reading], cut: int) -> None:
    counted = usage.of_window("sum", events)
    parts = [sum(each.value for each in counted if (each.at < cut) is before) for before in (True, False)]
    assert sum(parts) == (events[-1].value if events else 0)
    assert len(usage.of_window("count", events)) == min(len(events), 1)
    assert [each.value for each in usage.of_window("last", events)][-1:] == [each.value for each in events[-1:]]


def test_what_each_event_of_a_window_counts_for() -> None:
    told = [Reading(9, 1, Decimal(100)), Reading(15, 2, Decimal(250)), Reading(12, 3, Decimal(180))]
    # 100 by nine; 250 by fifteen, which what is told of twelve then takes the place of: 80 more than by nine
    assert usage.of_window("sum", told) == [Reading(9, 1, Decimal(100)), Reading(12, 3, Decimal(80))]
    assert usage.of_window("last", told) == [told[0], told[2]]
    assert usage.of_window("count", told) == [told[0]]


@given(readings, st.integers(NOON - 3 * DAY, NOON + 3 * DAY))
def test_the_parts_come_to_the_whole(events: list[Reading], cut: int) -> None:
    before = tally_of([event for event in events if event.at < cut])
    after = tally_of([event for event in events if event.at >= cut])
    assert usage.together([before, after]) == tally_of(events)
