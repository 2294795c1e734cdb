"""Taxes: what rates make of the discounted amounts of lines, inclusive and exclusive, to the cent.

All amounts are in the smallest unit of a currency; a line that gives credit has a negative amount and negative tax.
Rules: stripe-behaviour.md 3.13.  How invoice-level rounding shares the rounded sum among the lines is not established
there; here each line is rounded down first and the largest remainders get the missing units.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from mockbill.rules.money import apportion, round_half_up

Exemption = Literal["none", "exempt", "reverse"]
Rounding = Literal["line", "invoice"]

MOST = 5
"""Rates that one line may have."""

_UNTAXED = {"exempt": "customer_exempt", "reverse": "reverse_charge"}


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate on a line; ``reason`` is the ``taxability_reason`` that Stripe gives where the tax is levied."""

    id: str
    percentage: Fraction
    inclusive: bool
    reason: str = "not_available"


@dataclass(frozen=True, slots=True)
class Levy:
    """What one rate levies on one line; ``taxable`` is the amount without any tax."""

    rate: Rate
    amount: int
    taxable: int
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line's amount after its discounts, and the rates on it."""

    base: int
    rates: tuple[Rate, ...]


def levied(lines: Sequence[Line], exemption: Exemption = "none", rounding: Rounding = "line") -> list[list[Levy]]:
    """The levies on each line, in the order of its rates.

    Inclusive rates share what is in the amount, each by its percentage; exclusive ones are each reckoned on what is
    left without it.  A customer who is ``exempt`` or to whom the ``reverse`` charge applies pays nothing: all levies
    are 0, and ``taxable`` shows the amount that the included tax has been taken off (``taken_off``).
    """
    if exemption == "none" and rounding == "invoice":
        return _rounded_together(lines)
    taxed = [_rounded_alone(line) for line in lines]
    if exemption == "none":
        return taxed
    reason = _UNTAXED[exemption]
    return [[Levy(levy.rate, 0, levy.taxable, reason) for levy in levies] for levies in taxed]


def taken_off(base: int, levies: Sequence[Levy]) -> int:
    """What an untaxed customer is spared of an amount that includes tax; 0 where tax is levied."""
    if any(levy.rate.inclusive and levy.reason in _UNTAXED.values() for levy in levies):
        return base - levies[0].taxable
    return 0


def included(base: int, percentage: Fraction) -> int:
    """The tax that is in an amount: base − base/(1 + percentage/100), rounded half up."""
    return round_half_up(_included(base, percentage))


def _included(base: int, percentage: Fraction) -> Fraction:
    return base * percentage / (100 + percentage)


def _rounded_alone(line: Line) -> list[Levy]:
    """Every levy rounded on its line."""
    whole = sum((rate.percentage for rate in line.rates if rate.inclusive), Fraction(0))
    inside = included(line.base, whole)
    net = line.base - inside
    exact = [inside * rate.percentage / whole if whole else Fraction(0) for rate in line.rates if rate.inclusive]
    shares = iter(apportion(inside, exact))
    return [
        Levy(
            rate,
            next(shares) if rate.inclusive else round_half_up(net * rate.percentage / 100),
            net,
            rate.reason,
        )
        for rate in line.rates
    ]


def _rounded_together(lines: Sequence[Line]) -> list[list[Levy]]:
    """The exact levies of one rate on all lines are added up, rounded once, and shared among the lines again."""
    exact: dict[str, list[tuple[int, Fraction]]] = {}
    for position, line in enumerate(lines):
        whole = sum((rate.percentage for rate in line.rates if rate.inclusive), Fraction(0))
        net = line.base - _included(line.base, whole)
        for rate in line.rates:
            exact.setdefault(rate.id, []).append((position, net * rate.percentage / 100))
    amounts: dict[tuple[int, str], int] = {}
    for id, parts in exact.items():
        total = round_half_up(sum((part for _, part in parts), Fraction(0)))
        for (position, _), amount in zip(parts, apportion(total, [part for _, part in parts]), strict=True):
            amounts[position, id] = amount
    answers = []
    for position, line in enumerate(lines):
        left = line.base - sum(amounts[position, rate.id] for rate in line.rates if rate.inclusive)
        answers.append([Levy(rate, amounts[position, rate.id], left, rate.reason) for rate in line.rates])
    return answers
