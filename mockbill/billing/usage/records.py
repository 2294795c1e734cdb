"""Usage records: how usage was told of before meters, by subscription item and second.

A metered price without a meter, which only versions before basil can make, says by ``aggregate_usage`` what the records
of a period come to: ``sum``, ``last_during_period``, ``last_ever`` or ``max``.
"""

from decimal import Decimal
from fractions import Fraction

from mockbill.billing import price_terms
from mockbill.billing.usage import ledger
from mockbill.rules import pricing, usage
from mockbill.rules.usage import Reading
from mockbill.world import Doc, Work

_FORMULAS = {"last_during_period": "last", "last_ever": "last", "max": "max", "sum": "sum"}


def note(w: Work, item: str, at: int, quantity: int, *, adds: bool) -> None:
    """The usage of an item in a second: more of it, or all of it."""
    kept = w.private("usage_record", f"{item}/{at}")
    total = quantity
    if kept is not None:
        total += kept["quantity"] if adds else 0
        ledger.take_back(w, item, item, Reading(at, kept["arrival"], Decimal(kept["quantity"])), [])
    counted = ledger.note(w, item, item, at, Decimal(total))
    w.keep("usage_record", f"{item}/{at}", item=item, at=at, quantity=total, arrival=counted.arrival)


def total(w: Work, item: Doc, start: int, end: int) -> Fraction:
    """What the records from ``start`` to before ``end`` come to, as the item's price has it."""
    how = aggregation(w, item["price"])
    start = 0 if how == "last_ever" else start
    return usage.aggregated(_FORMULAS[how], ledger.tally(w, item["id"], item["id"], start, end))


def note_billed(w: Work, item: Doc, line: str, quantity: pricing.Units) -> None:
    """How much of the usage of an item a line bills, together with those of the other tiers that come after it."""
    if is_recorded(item):
        w.keep("recorded_line", line, quantity=int(quantity))  # records have whole quantities


def billed(w: Work, line: str) -> int | None:
    """How much was noted of a line; None for one that bills no usage that was recorded."""
    kept = w.private("recorded_line", line)
    return kept["quantity"] if kept else None


def is_recorded(item: Doc) -> bool:
    """Whether an item is billed by records: its price is metered, and has no meter."""
    recurring = item["price"]["recurring"]
    return bool(recurring and recurring["usage_type"] == "metered" and not recurring["meter"])


def is_of_all_time(w: Work, price: Doc) -> bool:
    """Whether a price bills the last that was ever recorded, of whatever period."""
    recurring = price["recurring"] or {}
    metered = recurring.get("usage_type") == "metered" and not recurring.get("meter")
    return metered and aggregation(w, price) == "last_ever"


def aggregation(w: Work, price: Doc) -> str:
    """``aggregate_usage`` of a metered price without a meter."""
    return str(price_terms.of(w, price).get("aggregate_usage") or "sum")
