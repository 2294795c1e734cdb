"""How a story writes time: ISO moments, seconds and spans such as "1 month" or "3 days 2 hours"; all in UTC."""

import calendar
import re
from datetime import UTC, datetime, timedelta

_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
UNITS = (*_SECONDS, "month", "year")

_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?")
_PART = re.compile(r"(\d+)\s*([a-z]+)")


def seconds(moment: str) -> int | None:
    """The Unix seconds of an ISO moment (`2026-02-28T10:00:00Z`, or the date alone); None for any other text."""
    if not _ISO.fullmatch(moment):
        return None
    try:
        when = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def span(text: str) -> list[tuple[int, str]]:
    """`"3 days 2 hours"` as [(3, "day"), (2, "hour")]; raises ValueError with the reason."""
    words = text.lower().replace(" and ", " ").replace(",", " ").strip()
    parts = _PART.findall(words)
    if not parts or _PART.sub("", words).strip():
        raise ValueError(f'"{text}" is no span of time; write "1 month" or "3 days 2 hours"')
    named = [(int(count), unit.removesuffix("s")) for count, unit in parts]
    for _, unit in named:
        if unit not in UNITS:
            raise ValueError(f'"{text}" has the unknown unit "{unit}"; there are {", ".join(UNITS)}')
    return named


def later(moment: int, text: str) -> int:
    """The moment (seconds) one span after another; a month keeps the day of the month or takes the last one."""
    when = datetime.fromtimestamp(moment, UTC)
    for count, unit in span(text):
        if unit in _SECONDS:
            when += timedelta(seconds=count * _SECONDS[unit])
            continue
        years, month = divmod(when.month - 1 + count * (12 if unit == "year" else 1), 12)
        last = calendar.monthrange(when.year + years, month + 1)[1]
        when = when.replace(year=when.year + years, month=month + 1, day=min(when.day, last))
    return int(when.timestamp())
