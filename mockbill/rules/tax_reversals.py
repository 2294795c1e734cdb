"""Reversals of tax transactions: what is left to reverse, and how a flat amount is spread over the lines.

All amounts are in the smallest unit of a currency.  A line that includes its tax is worth its amount, any other its
amount and its tax.  How Stripe spreads a flat amount is not established: here in proportion to what is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from mockbill.rules.money import apportion, round_half_up


@dataclass(frozen=True, slots=True)
class Part:
    """An amount and the tax on it: a line, or what is left of one."""

    amount: int
    tax: int
    inclusive: bool = False

    @property
    def worth(self) -> int:
        """What the customer pays for it."""
        return self.amount if self.inclusive else self.amount + self.tax

    def plus(self, amount: int, tax: int) -> "Part":
        return Part(self.amount + amount, self.tax + tax, self.inclusive)


def spread(total: int, left: Sequence[Part]) -> list[Part]:
    """The parts of what is left that are worth ``total`` together; it must not be more than all that is left."""
    whole = sum(part.worth for part in left)
    exact = [Fraction(total * part.worth, whole) if whole else Fraction(0) for part in left]
    return [_share(share, part) for share, part in zip(apportion(total, exact), left, strict=True)]


def _share(worth: int, part: Part) -> Part:
    tax = round_half_up(Fraction(worth * part.tax, part.worth)) if part.worth else 0
    return Part(worth if part.inclusive else worth - tax, tax, part.inclusive)
