"""Billing periods: calendar arithmetic in UTC seconds, always counted from the anchor."""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

Interval = Literal["day", "week", "month", "year"]

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

_FIXED: Mapping[str, int] = MappingProxyType({"day": DAY, "week": WEEK})  # seconds
_CALENDAR: Mapping[str, int] = MappingProxyType({"month": 1, "year": 12})  # months
_EPOCH = date(1970, 1, 1).toordinal()
LATEST = (date.max.toordinal() + 1 - _EPOCH) * DAY - 1  # the last second of the year 9999, where dates end
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _day(at: int) -> date:
    return date.fromordinal(at // DAY + _EPOCH)


@lru_cache(maxsize=4096)  # days and spans come again with every subscription
def _months_later(day: int, months: int) -> int:
    """The day (since 1970) with the same number that many months later, or that month's last day."""
    begun = date.fromordinal(day + _EPOCH)
    year, month = divmod(_month(begun) + months, 12)
    if not 1 <= year <= 9999:
        raise ValueError(f"{months} months from {begun} lie outside the years 1 to 9999")
    number = begun.day if begun.day <= 28 else min(begun.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, number).toordinal() - _EPOCH


@lru_cache(maxsize=4096)
def _months_between(day: int, later: int) -> int:
    """From the month of a day (since 1970) to that of another."""
    return _month(date.fromordinal(later + _EPOCH)) - _month(date.fromordinal(day + _EPOCH))


def _month(day: date) -> int:
    """Months since the year 0."""
    return day.year * 12 + day.month - 1


def _add_months(at: int, months: int) -> int:
    """The same day of the month and time of day, ``months`` later; the month's last day where there is no such day."""
    day, clock = divmod(at, DAY)
    return _months_later(day, months) * DAY + clock


def _in_range(at: int) -> int:
    if at > LATEST:
        raise ValueError(f"{at} seconds after 1970 lie past the year 9999")
    return at


def boundary(anchor: int, interval: Interval, count: int, n: int) -> int:
    """The instant ``n`` periods of ``count`` intervals after the anchor (before it, when ``n`` is negative).

    Each boundary is reckoned from the anchor and not from the one before, so an anchor on the 31st gives 28 Feb and
    then 31 Mar again, and one on 29 Feb gives 28 Feb in common years.
    """
    if interval in _FIXED:
        return anchor + n * count * _FIXED[interval]
    return _add_months(anchor, n * count * _CALENDAR[interval])


def period_containing(anchor: int, interval: Interval, count: int, at: int) -> tuple[int, int]:
    """Start and end of the period with start <= ``at`` < end, on the anchor's grid, before the anchor as well."""
    n = number(anchor, interval, count, at)
    return boundary(anchor, interval, count, n), boundary(anchor, interval, count, n + 1)


def number(anchor: int, interval: Interval, count: int, at: int) -> int:
    """Which period after the anchor an instant lies in: 0 is the first one, -1 the one before the anchor."""
    if interval in _FIXED:
        return (at - anchor) // (count * _FIXED[interval])
    # The boundary in `at`'s own month is the only one that can lie on either side of it.
    n = _months_between(anchor // DAY, at // DAY) // (count * _CALENDAR[interval])
    return n - 1 if boundary(anchor, interval, count, n) > at else n


def next_boundary(anchor: int, interval: Interval, count: int, after: int) -> int:
    """The first boundary later than ``after``."""
    return boundary(anchor, interval, count, number(anchor, interval, count, after) + 1)


def add(at: int, interval: Interval, count: int) -> int:
    """``count`` intervals after ``at``."""
    return boundary(at, interval, count, 1)


def is_boundary(anchor: int, interval: Interval, count: int, at: int) -> bool:
    """Whether a period begins at an instant."""
    return boundary(anchor, interval, count, number(anchor, interval, count, at)) == at


def natural_periods(anchor: int, interval: Interval, count: int, start: int, end: int) -> list[tuple[int, int]]:
    """The time from ``start`` to ``end`` cut at the boundaries: a stub where it begins between two, then periods."""
    first, last = number(anchor, interval, count, start), number(anchor, interval, count, end - 1)
    cuts = [start, *(boundary(anchor, interval, count, n) for n in range(first + 1, last + 1)), end]
    return list(pairwise(cuts))


def next_day_of_month(
    after: int,
    day_of_month: int,
    *,
    month: int | None = None,
    hour: int | None = None,
    minute: int | None = None,
    second: int | None = None,
) -> int:
    """The anchor that ``billing_cycle_anchor_config`` means: the next such moment in UTC, ``after`` itself included.

    Parts of the time of day that are left out are those of ``after``.  Without a month, months that lack the day are
    passed over, for the anchor must know the day: one on the 31st bills in February on the last day all the same.
    With a month that lacks it, it is the last day of that month.
    """
    minutes, own_second = divmod(after % DAY, MINUTE)
    own_hour, own_minute = divmod(minutes, 60)
    clock = (
        (own_hour if hour is None else hour) * HOUR
        + (own_minute if minute is None else minute) * MINUTE
        + (own_second if second is None else second)
    )
    for months in range(_month(_day(after)), _month(_day(after)) + 25):
        year, index = divmod(months, 12)
        last = monthrange(year, index + 1)[1]
        if month not in (None, index + 1) or (month is None and day_of_month > last):
            continue
        at = (date(year, index + 1, min(day_of_month, last)).toordinal() - _EPOCH) * DAY + clock
        if at >= after:
            return at
    raise ValueError(f"no month {month} with a day {day_of_month}")  # only for what no calendar has


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as people say it: calendar months, then seconds."""

    months: int = 0
    seconds: int = 0

    def after(self, at: int) -> int:
        """This long after ``at``; ValueError past the year 9999."""
        return _in_range(_add_months(at, self.months) + self.seconds)


_UNITS: Mapping[str, Span] = MappingProxyType(
    {
        "second": Span(seconds=1),
        "minute": Span(seconds=MINUTE),
        "hour": Span(seconds=HOUR),
        "day": Span(seconds=DAY),
        "week": Span(seconds=WEEK),
        "month": Span(months=1),
        "year": Span(months=12),
    }
)
_SHORT = {"s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "d": "day", "w": "week",
          "mo": "month", "y": "year", "yr": "year"}  # fmt: skip


def parse_span(text: str) -> Span:
    """``"1 month"``, ``"3 days 2 hours"``, ``"90 minutes"``, ``"1 year, 2 weeks and 1 day"`` or ``"2w"``.

    Raises ValueError, naming the word that is wrong and the nearest right one.
    """
    months = seconds = 0
    words = re.findall(r"\d+(?:\.\d+)?|[^\W\d]+|[^\s\w]+", text)
    words = [word for word in words if word not in (",", "and")]
    if not words:
        raise ValueError('a span of time is empty: write it as "1 month" or "3 days 2 hours"')
    for number, word in zip(words[::2], [*words[1::2], ""], strict=False):
        if not number.isascii() or not number.isdigit():
            raise ValueError(
                f'{number!r} in {text!r} is no whole number: write a span as "1 month" or "3 days 2 hours"'
            )
        if not word:
            raise ValueError(f'{number} in {text!r} lacks its unit: write "{number} days", for example')
        unit = _unit(word, text)
        months += int(number) * unit.months
        seconds += int(number) * unit.seconds
    return Span(months, seconds)


def _unit(word: str, text: str) -> Span:
    singular = word.lower().removesuffix("s") or word
    singular = _SHORT.get(singular, singular)
    if singular in _UNITS:
        return _UNITS[singular]
    if word in ("m", "M"):
        raise ValueError(f"{word!r} in {text!r} could mean minutes or months: write one of the two out")
    near = get_close_matches(singular, _UNITS, n=1)
    hint = f"did you mean {near[0]}s?" if near else f"the units are {', '.join(_UNITS)}"
    raise ValueError(f"{word!r} in {text!r} is no unit of time; {hint}")


def parse_instant(value: int | str) -> int:
    """Unix seconds from ``2026-03-01``, ``2026-03-01T00:00:00Z`` or the seconds themselves, as number or digits.

    Any offset will do; without one it is UTC. Raises ValueError on anything else.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return _in_range(value)
    text = str(value).strip()
    if text.isascii() and text.isdigit():
        return _in_range(int(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{value!r} is no instant: write 2026-03-01, 2026-03-01T00:00:00Z or seconds since 1970"
        ) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def iso(at: int) -> str:
    """``2026-03-01T00:00:00Z``."""
    minutes, second = divmod(at % DAY, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_day(at).isoformat()}T{hour:02}:{minute:02}:{second:02}Z"


def day_text(at: int) -> str:
    """``10 Nov 2025``: how Stripe writes the day of a proration, in UTC."""
    day = _day(at)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
