"""Proration: the share of a period's price that belongs to what is left of the period."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from mockbill.rules import periods
from mockbill.rules.money import allocate, round_half_up

Itemized = tuple[int, list[tuple[str, int]]]


def fraction(start: int, end: int, at: int) -> Fraction:
    """The exact part of the period [start, end) that lies after ``at``, by the second: 1 before it, 0 past it."""
    if end <= start:
        return Fraction(0)  # a period without length has nothing left to charge or to give back
    return Fraction(end - min(max(at, start), end), end - start)


def prorate(amount: int | Fraction, start: int, end: int, at: int) -> int:
    """What of ``amount`` (smallest unit; negative for a credit) falls on the rest of the period.

    Credit and debit are each rounded on their own, halves away from zero, and only then added up.
    """
    return round_half_up(amount * fraction(start, end, at))


def share(anchor: int, interval: periods.Interval, count: int, start: int, end: int) -> Fraction:
    """How many periods the time from ``start`` to ``end`` is worth: 1 for a whole one, a fraction for a stub.

    Periods begin on the anchor's grid where ``start`` lies on it.  Otherwise they are imagined from ``start`` on, as
    Stripe documents for backdating: 14 days from 15 Feb are half a month, because 15 Feb to 15 Mar are 28 days.
    """
    origin = anchor if periods.is_boundary(anchor, interval, count, start) else start
    first, last = (periods.number(origin, interval, count, at) for at in (start, end))
    below, above = periods.boundary(origin, interval, count, last), periods.boundary(origin, interval, count, last + 1)
    return last - first + Fraction(end - below, above - below)


@dataclass(frozen=True, slots=True)
class Debit:
    """What was charged for a time: an invoice line, or an invoice item that still waits for its invoice.

    ``amount`` is before, ``discounts`` (by discount id) are what was taken off it.  ``until`` is from where on it was
    given back already, the ``end`` where it was not.
    """

    id: str
    bill: str | None  # the invoice; None while it waits for one
    price: str
    quantity: int
    amount: int
    start: int
    end: int
    until: int
    discounts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Credit:
    """What is given back of debits for the time [start, end): ``amount`` and ``discounts`` are 0 or negative."""

    debits: tuple[Debit, ...]
    amount: int
    start: int
    end: int
    discounts: tuple[tuple[str, int], ...] = ()


def credits(debits: Iterable[Debit], at: int, *, itemized: bool = False) -> list[Credit]:
    """What is given back for the time after ``at`` of what was really charged, as flexible billing does it.

    One credit for all debits of one invoice, price and period (the tiers of a price), else one for each.  What is
    given back of a debit over any number of changes is never more than the debit.  Discounts are part of the amount
    (net), or ``itemized`` beside it.
    """
    groups: dict[tuple[object, ...], list[Debit]] = {}
    for debit in debits:
        if at < debit.until:
            key = (debit.bill or debit.id, debit.price, debit.start, debit.end, debit.until)
            groups.setdefault(key, []).append(debit)
    return [_credit(tuple(group), at, itemized) for group in groups.values()]


def _credit(group: tuple[Debit, ...], at: int, itemized: bool) -> Credit:
    first = group[0]
    taken: dict[str, int] = {}
    for debit in group:
        for discount, amount in debit.discounts:
            taken[discount] = taken.get(discount, 0) + amount
    gross = sum(debit.amount for debit in group)
    net = _unused(gross - sum(taken.values()), first, at)
    if not (itemized and taken):
        return Credit(group, -net, max(at, first.start), first.until)
    whole = _unused(gross, first, at)
    shares = zip(taken, allocate(net - whole, list(taken.values())), strict=True)
    return Credit(group, -whole, max(at, first.start), first.until, tuple(shares))


def itemized(worth: Fraction, off: Sequence[tuple[str, Fraction]], start: int, end: int, at: int) -> Itemized:
    """The rest of a period at its price, and what each discount takes off that, by discount id.

    Together they are the rest of what the period costs net, to the cent, as if discounts were a part of the amount.
    """
    amount = prorate(worth, start, end, at)
    if not off:
        return amount, []
    taken = amount - prorate(worth - sum(share for _, share in off), start, end, at)
    weights = [round_half_up(share) for _, share in off]
    return amount, [(id, share) for (id, _), share in zip(off, allocate(taken, weights), strict=True) if share]


def _unused(amount: int, debit: Debit, at: int) -> int:
    """What of ``amount`` falls between ``at`` and where it was given back already."""
    rest = prorate(amount, debit.start, debit.end, at)
    return rest - prorate(amount, debit.start, debit.end, debit.until)
