"""How a story writes time."""

import pytest

from mockbill.scenario.moments import iso, later, seconds, span


@pytest.mark.parametrize(
    ("start", "by", "end"),
    [
        ("2026-01-31T10:00:00Z", "1 month", "2026-02-28T10:00:00Z"),
        ("2026-01-31T10:00:00Z", "2 months", "2026-03-31T10:00:00Z"),
        ("2026-11-30T10:00:00Z", "3 months", "2027-02-28T10:00:00Z"),
        ("2028-02-29T00:00:00Z", "1 year", "2029-02-28T00:00:00Z"),
        ("2026-12-31T23:59:59Z", "1 second", "2027-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "3 days 2 hours", "2026-01-04T02:00:00Z"),
        ("2026-01-01T00:00:00Z", "1 week and 30 minutes", "2026-01-08T00:30:00Z"),
    ],
)
def test_a_span_after_a_moment(start: str, by: str, end: str) -> None:
    moment = seconds(start)
    assert moment is not None
    assert iso(later(moment, by)) == end


@pytest.mark.parametrize("text", ["", "soon", "month", "1", "1 fortnight", "3 days x", "-1 day", "1.5 hours"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f'"{text}"'):
        span(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("2026-01-31T10:00", "2026-01-31T10:00:00Z"),
        ("2026-01-31 10:00:00", "2026-01-31T10:00:00Z"),
        ("2026-01-31T10:00:00+02:00", "2026-01-31T08:00:00Z"),
    ],
)
def test_a_moment_is_in_utc_unless_it_says_otherwise(text: str, moment: str) -> None:
    assert seconds(text) == seconds(moment)


@pytest.mark.parametrize("text", ["2026-13-01", "2026-02-30", "tomorrow", "20260131", "4242"])
def test_other_texts_are_no_moments(text: str) -> None:
    assert seconds(text) is None
