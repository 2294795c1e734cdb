"""Credit notes: what a part of an invoice line takes back of its discounts and taxes, and where the money goes.

All amounts are in minor units.  A line is credited by its ``amount`` (before discounts and exclusive tax) or by what
the customer paid for it.  Its discounts and taxes come back in proportion: after each credit what has come back of each
of them is its rounded share of what has been credited in all, so that a line that is credited bit by bit gives back
exactly what it charged.  How Stripe rounds here is not established.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from mockbill.rules import money


@dataclass(frozen=True, slots=True)
class Part:
    """A line, or a part of it: its amount, what each discount takes ``off``, its taxes, the tax it is ``spared``.

    Only ``exclusive`` taxes come on top; the others are in the amount.
    """

    amount: int
    off: tuple[int, ...] = ()
    exclusive: tuple[int, ...] = ()
    inclusive: tuple[int, ...] = ()
    spared: int = 0

    @property
    def payable(self) -> int:
        """What the customer pays for it."""
        return self.amount - sum(self.off) + sum(self.exclusive) - self.spared

    def __add__(self, other: "Part") -> "Part":
        return Part(
            self.amount + other.amount,
            _each_added(self.off, other.off),
            _each_added(self.exclusive, other.exclusive),
            _each_added(self.inclusive, other.inclusive),
            self.spared + other.spared,
        )

    def __neg__(self) -> "Part":
        return Part(
            -self.amount,
            tuple(-each for each in self.off),
            tuple(-each for each in self.exclusive),
            tuple(-each for each in self.inclusive),
            -self.spared,
        )

    def __sub__(self, other: "Part") -> "Part":
        return self + -other


class Funds(NamedTuple):
    """A credit note's total: what lowers the invoice (``before`` payment), and what is given back (``after`` it)."""

    before: int
    after: int


def nothing(whole: Part) -> Part:
    """No part of a line."""
    return whole - whole


def by_amount(whole: Part, taken: Part, amount: int) -> Part:
    """The part with this ``amount`` of a line of which ``taken`` was credited before.

    ValueError for more than is left.
    """
    if whole.amount < 0:
        return -by_amount(-whole, -taken, -amount)
    left = whole - taken
    if not 0 < amount <= left.amount:
        raise ValueError(f"{amount} of {left.amount}")
    share = Fraction(taken.amount + amount, whole.amount)
    part = _proportional(whole, left, share, amount)
    rest = left - part
    most = amount - part.spared
    least = sum(left.off) + rest.spared - rest.amount - sum(rest.exclusive)
    return replace(part, off=_moved(part.off, left.off, least, most))


def by_payable(whole: Part, taken: Part, payable: int) -> Part:
    """The part for which the customer paid this.  ValueError for more than is left."""
    if whole.payable < 0:
        return -by_payable(-whole, -taken, -payable)
    left = whole - taken
    if not 0 < payable <= left.payable:
        raise ValueError(f"{payable} of {left.payable}")
    share = Fraction(taken.payable + payable, whole.payable)
    part = _proportional(whole, left, share, 0)
    rest_off = sum(left.off) - sum(part.off) + left.spared - part.spared
    least = sum(left.exclusive) - (left.payable - payable) - rest_off
    part = replace(part, exclusive=_moved(part.exclusive, left.exclusive, least, payable))
    return replace(part, amount=payable - part.payable)


def amount_of_units(amount: int, quantity: int, before: int, units: int) -> int:
    """What ``units`` of a line's quantity come to, after some of it were credited ``before``.

    ValueError for more than there are.
    """
    if not 0 < units <= quantity - before:
        raise ValueError(f"{units} of {quantity - before}")
    return _rounded(amount, before + units, quantity) - _rounded(amount, before, quantity)


def spread(total: int, left: Sequence[int]) -> list[int]:
    """``total`` spread over lines in proportion to what is ``left`` of each to be paid back; nothing exceeds that."""
    whole = sum(left)
    return money.apportion(total, [Fraction(total * each, whole) for each in left])


def funds(total: int, remaining: int) -> Funds:
    """It first lowers what ``remaining`` is to be paid of the invoice; the rest of it has been paid already."""
    before = min(total, max(0, remaining))
    return Funds(before, total - before)


def number(invoice_number: str, count: int) -> str:
    """``INVOICE-CN-01`` for the first of an invoice; void ones keep theirs."""
    return f"{invoice_number}-CN-{count:02d}"


def kind(funds: Funds) -> str:
    """``type``: ``pre_payment``, ``post_payment`` or ``mixed``."""
    if not funds.after:
        return "pre_payment"
    return "mixed" if funds.before else "post_payment"


def _proportional(whole: Part, left: Part, share: Fraction, amount: int) -> Part:
    """What has come back of each after ``share`` of the line has been credited, less what came back before."""

    def due(all_of_it: int, rest: int) -> int:
        return max(0, min(rest, money.round_half_up(all_of_it * share) - (all_of_it - rest)))

    def each(names: tuple[int, ...], rests: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(map(due, names, rests))

    return Part(
        amount,
        each(whole.off, left.off),
        each(whole.exclusive, left.exclusive),
        each(whole.inclusive, left.inclusive),
        due(whole.spared, left.spared),
    )


def _moved(values: tuple[int, ...], most: tuple[int, ...], low: int, high: int) -> tuple[int, ...]:
    """The values with a sum from ``low`` to ``high``, each from nothing to the most it may be: cents, from the last."""
    moved = list(values)
    missing = max(low - sum(moved), 0) or min(high - sum(moved), 0)
    for at in range(len(moved) - 1, -1, -1):
        step = max(-moved[at], min(most[at] - moved[at], missing))
        moved[at] += step
        missing -= step
    return tuple(moved)


def _each_added(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _rounded(amount: int, units: int, quantity: int) -> int:
    return money.round_half_up(Fraction(amount * units, quantity))
