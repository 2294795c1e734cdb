"""What customers have used by each meter, kept as events come in: a tally for each slot of time that has events."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from mockbill.rules import usage
from mockbill.rules.usage import Reading, Tally
from mockbill.world import Doc, Work


def note(w: Work, meter: str, customer: str, at: int, value: Decimal) -> Reading:
    """Count an event of the second ``at`` in."""
    account = _account(meter, customer)
    whole = w.private("usage", account) or {"first": at, "last": at, "arrivals": 0}
    event = Reading(at, whole["arrivals"] + 1, value)
    first, last = min(whole["first"], at), max(whole["last"], at)
    w.keep("usage", account, first=first, last=last, arrivals=event.arrival)
    for slot in _slots(account, at):
        _keep(w, slot, usage.with_event(_kept(w, slot), event))
    return event


def take_back(w: Work, meter: str, customer: str, event: Reading, others: Sequence[Reading]) -> None:
    """Have an event never counted; ``others`` are those of the same second that still count.

    What they come to is reckoned anew, from the shortest slot upwards.
    """
    account = _account(meter, customer)
    left = usage.together(Tally(1, other.value, other, other.value) for other in others)
    _keep(w, f"{account}/{usage.SECOND}/{event.at}", left)
    for shorter, width in zip(usage.WIDTHS[:0:-1], usage.WIDTHS[-2::-1], strict=True):
        number, parts = event.at // width, width // shorter
        within = range(number * parts, (number + 1) * parts)
        _keep(w, f"{account}/{width}/{number}", usage.together(_kept(w, f"{account}/{shorter}/{n}") for n in within))


def tally(w: Work, meter: str, customer: str, start: int, end: int) -> Tally:
    """What the events from ``start`` to before ``end`` come to, by way of a few kept tallies."""
    account = _account(meter, customer)
    whole = w.private("usage", account)
    if whole is None:
        return usage.NOTHING
    start, end = max(start, whole["first"]), min(end, whole["last"] + 1)
    return usage.together(_kept(w, f"{account}/{width}/{n}") for width, n in usage.slots_of_span(start, end))


def total(w: Work, meter: Doc, customer: str, start: int, end: int) -> Fraction:
    """What a meter reads for a customer's events from ``start`` to before ``end``."""
    return usage.aggregated(meter["default_aggregation"]["formula"], tally(w, meter["id"], customer, start, end))


def _account(meter: str, customer: str) -> str:
    return f"{meter}/{customer}"


def _slots(account: str, at: int) -> Iterator[str]:
    return (f"{account}/{width}/{number}" for width, number in usage.slots_of(at))


def _kept(w: Work, slot: str) -> Tally:
    kept = w.private("usage", slot)
    if kept is None:
        return usage.NOTHING
    last, most = kept["last"], kept.get("most")
    return Tally(
        kept["count"],
        Decimal(kept["sum"]),
        Reading(last[0], last[1], Decimal(last[2])) if last else None,
        None if most is None else Decimal(most),
    )


def _keep(w: Work, slot: str, tally: Tally) -> None:
    last = tally.last
    told = [last.at, last.arrival, str(last.value)] if last else None
    most = None if tally.most is None else str(tally.most)
    w.keep("usage", slot, count=tally.count, sum=str(tally.sum), last=told, most=most)
