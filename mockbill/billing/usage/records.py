"""Usage records: how usage was told of before meters, by subscription item and second.

A metered price without a meter, which only versions before basil can make, says by ``aggregate_usage`` what the records
of a period come to: ``sum``, ``last_during_period``, ``last_ever`` or ``max``.
"""

from decimal import Decimal
from fractions import Fraction

from mockbill.billing.usage import ledger
from mockbill.rules import usage
from mockbill.rules.usage import Reading
from mockbill.world import Doc, Work

_FORMULAS = {"last_during_period": "last", "last_ever": "last", "sum": "sum"}


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
    if how == "max":
        kept = w.find("_usage_record", item=item["id"])
        return Fraction(max((each["quantity"] for each in kept if start <= each["at"] < end), default=0))
    start = 0 if how == "last_ever" else start
    return usage.aggregated(_FORMULAS[how], ledger.tally(w, item["id"], item["id"], start, end))


def aggregation(w: Work, price: Doc) -> str:
    """``aggregate_usage`` of a metered price without a meter."""
    return str((w.private("price", price["id"]) or {}).get("aggregate_usage") or "sum")
