"""How much Stripe lets a test clock hold, and how far it lets one go in one step (stripe-behaviour.md 4.8)."""

from collections.abc import Iterable

from mockbill.rules.periods import Interval, add

CUSTOMERS = 3  # on one clock
SUBSCRIPTIONS = 3  # of one customer
QUOTES = 10  # that are nobody's yet, on one clock
_INTERVALS = 2  # of the shortest subscription, or years where there is none


def furthest(now: int, recurring: Iterable[tuple[Interval, int]]) -> int:
    """The last second to which a clock may be advanced in one step; ``recurring`` are interval and count of prices."""
    intervals = list(recurring) or [("year", 1)]
    return min(add(now, interval, count * _INTERVALS) for interval, count in intervals)
