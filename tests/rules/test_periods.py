"""Billing periods: anchors at month ends, leap years, spans and instants as people write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules.periods import (
    DAY,
    Span,
    add,
    boundary,
    day_text,
    iso,
    next_boundary,
    parse_instant,
    parse_span,
    period_containing,
)


def at(text: str) -> int:
    """The seconds of an instant, by the standard library instead of the code under test."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


instants = st.integers(at("1970-01-01"), at("2100-01-01"))
intervals = st.sampled_from(["day", "week", "month", "year"])
counts = st.integers(1, 36)
steps = st.integers(-50, 200)


@pytest.mark.parametrize(
    ("anchor", "interval", "count", "n", "expected"),
    [
        ("2026-01-31 10:20:30", "month", 1, 0, "2026-01-31 10:20:30"),
        ("2026-01-31 10:20:30", "month", 1, 1, "2026-02-28 10:20:30"),
        ("2026-01-31 10:20:30", "month", 1, 2, "2026-03-31 10:20:30"),
        ("2026-01-31 10:20:30", "month", 1, 3, "2026-04-30 10:20:30"),
        ("2026-01-30 00:00:00", "month", 1, 1, "2026-02-28 00:00:00"),
        ("2026-01-29 00:00:00", "month", 1, 1, "2026-02-28 00:00:00"),
        ("2024-01-29 00:00:00", "month", 1, 1, "2024-02-29 00:00:00"),
        ("2025-11-30 12:00:00", "month", 3, 1, "2026-02-28 12:00:00"),
        ("2025-11-30 12:00:00", "month", 3, 2, "2026-05-30 12:00:00"),
        ("2024-02-29 23:59:59", "year", 1, 1, "2025-02-28 23:59:59"),
        ("2024-02-29 23:59:59", "year", 1, 4, "2028-02-29 23:59:59"),
        ("2024-02-29 23:59:59", "year", 3, 1, "2027-02-28 23:59:59"),
        ("2026-03-31 00:00:00", "month", 1, -1, "2026-02-28 00:00:00"),
        ("2026-03-28 01:30:00", "day", 1, 2, "2026-03-30 01:30:00"),  # no daylight saving in UTC
        ("2026-12-30 08:00:00", "week", 2, 1, "2027-01-13 08:00:00"),
    ],
)
def test_a_boundary_is_counted_from_the_anchor(anchor, interval, count, n, expected):
    assert boundary(at(anchor), interval, count, n) == at(expected)


@pytest.mark.parametrize(
    ("moment", "start", "end"),
    [
        ("2026-01-31 00:00:00", "2026-01-31 00:00:00", "2026-02-28 00:00:00"),
        ("2026-02-27 23:59:59", "2026-01-31 00:00:00", "2026-02-28 00:00:00"),
        ("2026-02-28 00:00:00", "2026-02-28 00:00:00", "2026-03-31 00:00:00"),
        ("2026-03-30 23:59:59", "2026-02-28 00:00:00", "2026-03-31 00:00:00"),
        ("2025-12-31 00:00:00", "2025-12-31 00:00:00", "2026-01-31 00:00:00"),
        ("2025-12-30 00:00:00", "2025-11-30 00:00:00", "2025-12-31 00:00:00"),
    ],
)
def test_a_monthly_period_anchored_on_the_31st_contains_the_moment(moment, start, end):
    assert period_containing(at("2026-01-31 00:00:00"), "month", 1, at(moment)) == (at(start), at(end))


def test_the_next_boundary_lies_strictly_after():
    anchor = at("2026-01-31")
    assert next_boundary(anchor, "month", 1, anchor) == at("2026-02-28")
    assert next_boundary(anchor, "month", 1, at("2026-02-28") - 1) == at("2026-02-28")


def test_adding_a_month_clamps_to_its_end():
    assert add(at("2026-01-31"), "month", 1) == at("2026-02-28")
    assert add(at("2026-01-31"), "week", 2) == at("2026-02-14")


@given(instants, intervals, counts, steps)
def test_boundaries_strictly_increase(anchor, interval, count, n):
    assert boundary(anchor, interval, count, n) < boundary(anchor, interval, count, n + 1)


@given(instants, st.sampled_from(["month", "year"]), counts, st.integers(-50, 200))
def test_a_calendar_boundary_has_the_anchors_time_of_day_and_its_day_or_the_months_last(anchor, interval, count, n):
    first, later = utc(anchor), utc(boundary(anchor, interval, count, n))
    assert later.time() == first.time()
    is_last_day = utc(boundary(anchor, interval, count, n) + DAY).month != later.month
    assert later.day == first.day or (later.day < first.day and is_last_day)


@given(instants, st.integers(-50, 200))
def test_twelve_months_are_a_year_and_three_months_a_quarter(anchor, n):
    assert boundary(anchor, "month", 12, n) == boundary(anchor, "year", 1, n)
    assert boundary(anchor, "month", 3, 4 * n) == boundary(anchor, "year", 1, n)
    assert boundary(anchor, "day", 7, n) == boundary(anchor, "week", 1, n)


@given(instants, intervals, counts, instants)
def test_a_period_contains_its_moment_and_lies_on_the_anchors_grid(anchor, interval, count, moment):
    start, end = period_containing(anchor, interval, count, moment)
    assert start <= moment < end
    assert period_containing(anchor, interval, count, start) == (start, end)
    assert period_containing(anchor, interval, count, end)[0] == end
    assert next_boundary(anchor, interval, count, moment) == end


@given(instants, intervals, counts, steps)
def test_every_boundary_starts_the_period_that_it_belongs_to(anchor, interval, count, n):
    start, end = boundary(anchor, interval, count, n), boundary(anchor, interval, count, n + 1)
    assert period_containing(anchor, interval, count, start) == (start, end)
    assert period_containing(anchor, interval, count, end - 1) == (start, end)


@pytest.mark.parametrize(
    ("text", "months", "seconds"),
    [
        ("1 month", 1, 0),
        ("3 days 2 hours", 0, 3 * DAY + 7200),
        ("90 minutes", 0, 5400),
        ("2 years, 1 month and 1 second", 25, 1),
        ("2w", 0, 14 * DAY),
        ("1d12h", 0, 36 * 3600),
        ("  10  Sec ", 0, 10),
        ("1 hr 5 mins", 0, 3900),
        ("0 days", 0, 0),
        ("30 s", 0, 30),
    ],
)
def test_a_span_is_read_as_people_write_it(text, months, seconds):
    assert parse_span(text) == Span(months, seconds)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "empty"),
        ("3 dyas", "'dyas' .*did you mean days"),
        ("1 fortnite", "'fortnite' .*units are second, minute"),
        ("5", "5 in '5' lacks its unit"),
        ("3 days 2", "2 in '3 days 2' lacks its unit"),
        ("a month", "'a' .*no whole number"),
        ("1.5 months", "'1.5' .*no whole number"),
        ("-3 days", "'-' .*no whole number"),
        ("3 m", "minutes or months"),
    ],
)
def test_a_span_with_a_mistake_is_refused_by_naming_it(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        parse_span(text)


def test_a_span_counts_calendar_months_before_seconds():
    assert parse_span("1 month 1 day").after(at("2026-01-31")) == at("2026-03-01")
    assert parse_span("1 year").after(at("2024-02-29")) == at("2025-02-28")


@pytest.mark.parametrize("text", ["9000 years", "9999999999999 days", "1 day 200000 months"])
def test_a_span_does_not_lead_past_the_last_year(text):
    with pytest.raises(ValueError, match="year"):
        parse_span(text).after(at("2026-01-31"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-01T00:00:00Z", "2026-03-01 00:00:00"),
        ("2026-03-01", "2026-03-01 00:00:00"),
        ("2026-03-01T12:30", "2026-03-01 12:30:00"),
        ("2026-03-01 12:30:15", "2026-03-01 12:30:15"),
        ("2026-03-01T02:00:00+02:00", "2026-03-01 00:00:00"),
        ("1767225600", "2026-01-01 00:00:00"),
        (1767225600, "2026-01-01 00:00:00"),
        (" 2026-03-01 ", "2026-03-01 00:00:00"),
    ],
)
def test_an_instant_is_read_in_every_spelling(value, expected):
    assert parse_instant(value) == at(expected)


@pytest.mark.parametrize("value", ["", "tomorrow", "2026-13-01", "2026-02-30", True, "99999999999999", "-5", "1e9"])
def test_what_is_no_instant_is_refused(value):
    with pytest.raises(ValueError, match=r"no instant|past the year"):
        parse_instant(value)


@given(st.integers(0, at("2999-12-31")))
def test_an_instant_survives_being_written_and_read(moment):
    assert parse_instant(iso(moment)) == moment
    assert iso(moment) == utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_day_is_written_as_stripe_does():
    assert day_text(at("2025-11-10 23:59:59")) == "10 Nov 2025"
    assert day_text(at("2026-03-01")) == "1 Mar 2026"
