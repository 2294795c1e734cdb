"""Which credit grants pay for which lines of an invoice, and how much of each (stripe-behaviour.md 2.18).

Grants are used up one after the other: by priority (0 is the highest), then what expires first (never is last), then
what was given before what was paid for, then what took effect first, then what was made first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FIRST, LAST = 0, 100
"""The highest and the lowest priority of a grant."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant with what is left of it, in minor units; it pays for all metered ``prices`` where these are None."""

    id: str
    left: int
    priority: int = 50
    expires_at: int | None = None
    is_promotional: bool = False
    effective_at: int = 0
    created: int = 0
    prices: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What a line comes to after its discounts; ``price`` is that of a metered line, None where no credit may pay."""

    amount: int
    price: str | None


def in_order(grants: Iterable[Grant]) -> list[Grant]:
    """The grants as they are used up; those that are alike stay in the order in which they come."""
    return sorted(grants, key=_rank)


def _rank(grant: Grant) -> tuple[int, bool, int, bool, int, int]:
    never = grant.expires_at is None
    return grant.priority, never, grant.expires_at or 0, not grant.is_promotional, grant.effective_at, grant.created


def applied(lines: Sequence[Line], grants: Iterable[Grant]) -> list[list[tuple[str, int]]]:
    """For each line what the grants pay of it, in the order in which they are used: ``(id, amount)``.

    No line gets more than it comes to, no grant gives more than it has, and all together no more than the whole
    invoice: where another line is a credit, what that pays is not paid twice.
    """
    rest = [max(line.amount, 0) if line.price is not None else 0 for line in lines]
    budget = max(sum(line.amount for line in lines), 0)
    paid: list[list[tuple[str, int]]] = [[] for _ in lines]
    for grant in in_order(grants):
        left = grant.left
        for place, line in enumerate(lines):
            amount = min(left, rest[place], budget)
            if amount > 0 and (grant.prices is None or line.price in grant.prices):
                paid[place].append((grant.id, amount))
                left, budget, rest[place] = left - amount, budget - amount, rest[place] - amount
    return paid
