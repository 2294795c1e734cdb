"""Proration: the share of a period's price that belongs to what is left of the period."""

from fractions import Fraction

from mockbill.rules.money import round_half_up


def fraction(start: int, end: int, at: int) -> Fraction:
    """The exact part of the period [start, end) that lies after ``at``, by the second: 1 before it, 0 past it."""
    if end <= start:
        return Fraction(0)  # a period without length has nothing left to charge or to give back
    return Fraction(end - min(max(at, start), end), end - start)


def prorate(amount: int, start: int, end: int, at: int) -> int:
    """What of ``amount`` (smallest unit; negative for a credit) falls on the rest of the period.

    Credit and debit are each rounded on their own, halves away from zero, and only then added up.
    """
    return round_half_up(amount * fraction(start, end, at))
