"""Usage: what meter events of a stretch of time come to, exactly, and how time is cut so that nothing need be scanned.

A tally is what a set of events comes to whatever the formula.  Tallies are kept for each day, hour, minute and second
that has events; any stretch of time is made up of few of those (``slots_of_span``).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction

DAY, HOUR, MINUTE, SECOND = 86_400, 3_600, 60, 1
WIDTHS = (DAY, HOUR, MINUTE, SECOND)
"""The lengths of the slots that are kept, in seconds; each is made up of whole ones of the next."""

PAST, FUTURE = 35 * DAY, 5 * MINUTE
"""How far the time of an event may lie in the past and in the future (stripe-behaviour.md 2.18)."""

UNIQUE = DAY
"""For how long an identifier is an event's own, and for how long the event can be canceled."""

_DIGITS = 15
_VALUE = re.compile(r"[+-]?(\d+)(?:\.(\d+))?", re.ASCII)
_EXACT = Context(prec=100, traps=[Inexact, InvalidOperation])  # sums of 15-digit values never need as many


@dataclass(frozen=True, slots=True)
class Reading:
    """One event: its second, its place in the order of arrival, and its value."""

    at: int
    arrival: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class Tally:
    """What some events come to: how many, their sum, the last of them, and the highest value."""

    count: int = 0
    sum: Decimal = Decimal(0)
    last: Reading | None = None
    most: Decimal | None = None


NOTHING = Tally()


class TooManyDigits(ValueError):
    """A number that is too long for the value of an event."""


def value_of(text: str) -> Decimal:
    """The value of an event: a decimal of up to 15 digits, negative ones too.  Raises ValueError, or TooManyDigits."""
    match = _VALUE.fullmatch(text.strip())
    if match is None:
        raise ValueError("it is no number")
    if len(match[1].lstrip("0")) + len(match[2] or "") > _DIGITS:
        raise TooManyDigits(f"it has more than {_DIGITS} digits")
    return Decimal(text.strip())


def with_event(tally: Tally, event: Reading) -> Tally:
    """The tally with one event more."""
    last, most = _later(tally.last, event), _higher(tally.most, event.value)
    return Tally(tally.count + 1, _EXACT.add(tally.sum, event.value), last, most)


def together(tallies: Iterable[Tally]) -> Tally:
    """What the events of several tallies come to; the tallies share none."""
    count, whole, last, most = 0, Decimal(0), None, None
    for tally in tallies:
        count += tally.count
        whole = _EXACT.add(whole, tally.sum)
        last = _later(last, tally.last)
        most = _higher(most, tally.most)
    return Tally(count, whole, last, most)


def of_window(formula: str, events: Sequence[Reading]) -> list[Reading]:
    """What counts of the events of one window, in the order in which they came: it comes to the last one's value.

    An event that comes later and is of a later second adds what it has beyond those before it, so that a window which
    spans the end of a period is divided by it, and nothing of it is billed twice.  One that comes later and is of an
    earlier second takes the place of what it precedes.
    """
    standing: list[Reading] = []
    for event in events:
        while standing and standing[-1].at >= event.at:
            standing.pop()
        standing.append(event)
    if formula == "count":  # the window is one event, where it was first told of
        return standing[:1]
    if formula == "last":
        return standing
    before = [Decimal(0), *(event.value for event in standing)]
    return [
        Reading(event.at, event.arrival, _EXACT.subtract(event.value, already))
        for event, already in zip(standing, before, strict=False)
    ]


def _higher(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)


def _later(one: Reading | None, other: Reading | None) -> Reading | None:
    """The later of two events; of one second, the one that arrived later."""
    if one is None or other is None:
        return one or other
    return other if (other.at, other.arrival) > (one.at, one.arrival) else one


def aggregated(formula: str, tally: Tally) -> Fraction:
    """What a meter of this formula reads: ``sum``, ``count``, ``last`` or ``max``; nothing at all is 0."""
    if formula == "count":
        return Fraction(tally.count)
    if formula == "last":
        return Fraction(tally.last.value) if tally.last else Fraction(0)
    if formula == "max":
        return Fraction(tally.most or 0)
    return Fraction(tally.sum)


def billable(usage: Fraction) -> int | Fraction:
    """What of a usage is billed: corrections can make it negative, which is billed as nothing (Stripe documents so)."""
    if usage <= 0:
        return 0
    return usage.numerator if usage.denominator == 1 else usage


def shown(value: Fraction) -> int | float:
    """A usage as JSON has it."""
    return value.numerator if value.denominator == 1 else float(value)


def slots_of(second: int) -> Iterator[tuple[int, int]]:
    """The slots that a second lies in: ``(width, number)``, longest first."""
    for width in WIDTHS:
        yield width, second // width


def slots_of_span(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The fewest slots that make up the time from ``start`` to before ``end``: ``(width, number)`` in order of time."""
    at = start
    while at < end:
        width = next(width for width in WIDTHS if at % width == 0 and at + width <= end)
        yield width, at // width
        at += width


def windows(start: int, end: int, width: int | None) -> list[tuple[int, int]]:
    """The time from ``start`` to ``end`` in windows of a width, or as a whole."""
    if width is None:
        return [(start, end)]
    return [(at, min(at + width, end)) for at in range(start, end, width)]
