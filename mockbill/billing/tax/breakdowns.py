"""``tax_breakdown`` of calculations: of each line by jurisdiction, and of all of them by rate.

What is not taxed has a ``taxable_amount`` of 0 there, unlike on invoices (as in Stripe's guide to zero tax; from
memory).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from mockbill.rules import tax_table, taxes
from mockbill.world import Doc

_TAXED = ("standard_rated", "reduced_rated", "zero_rated")


@dataclass(frozen=True)
class Rate:
    """What was decided for an item: by which rate of which place, within its amount or on top of it."""

    found: tax_table.Decision
    country: str
    state: str | None
    inclusive: bool
    sourcing: str

    @cached_property
    def rule(self) -> taxes.Rate:
        """It as the rules of taxes take it: items of one rate share its id."""
        found = self.found
        id = f"{self.country}-{self.state}:{found.percentage}:{found.entry.tax_type}:{found.reason}:{self.inclusive}"
        return taxes.Rate(id, found.percentage, self.inclusive, found.reason)

    @property
    def percentage(self) -> str:
        """As Stripe writes it: 19.0, 8.875."""
        return str(float(self.found.percentage))


class Entry(NamedTuple):
    """A rate, and what it levies on one item."""

    rate: Rate
    levy: taxes.Levy

    @property
    def taxable(self) -> int:
        return self.levy.taxable if self.levy.reason in _TAXED else 0


def of_line(entries: Sequence[Entry]) -> list[Doc]:
    """The breakdown of one item."""
    return [
        {
            "amount": entry.levy.amount,
            "jurisdiction": {
                "country": entry.rate.country,
                "display_name": entry.rate.state or entry.rate.country,
                "level": "state" if entry.rate.state else "country",
                "state": entry.rate.state,
            },
            "sourcing": entry.rate.sourcing,
            "tax_rate_details": {
                "display_name": entry.rate.found.entry.name,
                "percentage_decimal": entry.rate.percentage,
                "tax_type": entry.rate.found.entry.tax_type,
            }
            if entry.levy.reason in _TAXED
            else None,
            "taxability_reason": entry.levy.reason,
            "taxable_amount": entry.taxable,
        }
        for entry in entries
    ]


def added_up(entries: Iterable[Entry]) -> list[Doc]:
    """The breakdown of a whole calculation: one entry for each rate and reason, in the order of the items."""
    sums: dict[str, Doc] = {}
    for entry in entries:
        before = sums.get(entry.levy.rate.id, {"amount": 0, "taxable_amount": 0})
        sums[entry.levy.rate.id] = {
            "amount": before["amount"] + entry.levy.amount,
            "inclusive": entry.rate.inclusive,
            "tax_rate_details": {
                "country": entry.rate.country,
                "flat_amount": None,
                "percentage_decimal": entry.rate.percentage,
                "rate_type": "percentage",
                "state": entry.rate.state,
                "tax_type": entry.rate.found.entry.tax_type,
            },
            "taxability_reason": entry.levy.reason,
            "taxable_amount": before["taxable_amount"] + entry.taxable,
        }
    return [*sums.values()]
