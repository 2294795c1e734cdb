"""What discounts take off lines, to the smallest unit (stripe-behaviour.md 3.12).

Discounts of a line's own item come first, then those of the whole invoice, each in order and each on what the ones
before have left.  A discount is reckoned once on the sum of what it may touch, an exact half rounded up (Stripe's tie
rule is not published), and then spread over the lines in proportion.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from mockbill.rules import money


class Off(NamedTuple):
    """A discount: ``percent`` of what is left, or an ``amount`` in minor units; None in ``products`` means all."""

    id: str
    percent: Fraction | None = None
    amount: int = 0
    products: frozenset[str] | None = None

    def of(self, whole: int) -> int:
        """What it takes off ``whole``, never more than that."""
        wanted = self.amount if self.percent is None else money.round_half_up(whole * self.percent / 100)
        return min(whole, wanted)


class Line(NamedTuple):
    """A line as discounts see it: ``own`` are those of its item."""

    amount: int
    product: str | None = None
    own: tuple[Off, ...] = ()
    discountable: bool = True


Taken = list[tuple[str, int]]
"""What discounts took off one line: id and minor units, in the order in which they were applied."""


def taken(lines: Sequence[Line], offs: Sequence[Off] = ()) -> list[Taken]:
    """What the lines' own discounts and then ``offs``, those of the invoice, take off each line.

    A line that is credit, or not discountable (prorations), is left alone; one that a discount may touch tells of it
    even where that is nothing, as on a free trial.
    """
    found: list[Taken] = [[] for _ in lines]
    left = [line.amount for line in lines]
    for own in dict.fromkeys(line.own for line in lines):  # the lines of one item (its tiers) share its discounts
        for off in own:
            _apply(off, lines, left, found, [at for at, line in enumerate(lines) if line.own == own])
    for off in offs:  # one that is on the line itself has had its turn
        others = [at for at, line in enumerate(lines) if all(own.id != off.id for own in line.own)]
        _apply(off, lines, left, found, others)
    return found


def spread(total: int, left: Sequence[int]) -> list[int]:
    """``total`` spread in proportion to what is left of each line; $5.00 over $10 and $20 is 166 and 334.

    The last line takes what rounding down left over (``money.allocate``), and passes on what would make it negative.
    """
    shares = money.allocate(total, left)
    over = 0
    for at in range(len(shares) - 1, -1, -1):
        shares[at] += over
        over = max(0, shares[at] - left[at])
        shares[at] -= over
    return shares


def _apply(off: Off, lines: Sequence[Line], left: list[int], found: list[Taken], among: Iterable[int]) -> None:
    touched = [at for at in among if _touches(off, lines[at])]
    if not touched:
        return
    rest = [left[at] for at in touched]
    for at, share in zip(touched, spread(off.of(sum(rest)), rest), strict=True):
        left[at] -= share
        found[at].append((off.id, share))


def _touches(off: Off, line: Line) -> bool:
    return line.discountable and line.amount >= 0 and (off.products is None or line.product in off.products)
