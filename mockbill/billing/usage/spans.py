"""Which usage of a metered item is billed: from when on, and what of it was billed before (section 3.15).

Time that ends a period divides usage by its seconds.  A request that ends one - another price, a new billing cycle, a
threshold - comes within a second, of which some events were there before it and others come after: so what is there is
billed, and noted, that what comes is counted beyond it.
"""

from fractions import Fraction
from typing import NamedTuple

from mockbill.billing.usage import ledger, records
from mockbill.rules import money, pricing, usage
from mockbill.world import Doc, Work


class Span(NamedTuple):
    """From when on usage is billed, and how much of that is on a bill already."""

    start: int
    billed: Fraction


class Used(NamedTuple):
    """What is to be billed, and of the same period what comes before it."""

    start: int
    quantity: pricing.Units
    beyond: pricing.Units


def of(w: Work, subscription: Doc, item: Doc) -> Span:
    """That of an item in its period: what was used before it was there, or at a price before this one, is not billed.

    An item that was there from the beginning is billed from the start of its period, which may lie before that: a
    backdated subscription bills what was used before anybody made it.
    """
    start: int = item["current_period_start"]
    kept = w.private("metered", item["id"])
    if kept is None or kept["price"] != item["price"]["id"]:
        born = item["created"] if item["created"] > subscription["created"] else 0
        return Span(max(start, born), Fraction(0))
    start = max(start, kept["since"])
    return Span(start, money.parse_decimal(kept["billed"]) if start == kept["from"] else Fraction(0))


def used(w: Work, subscription: Doc, item: Doc, end: int, span: Span | None = None) -> Used:
    """What is to be billed of the item before ``end``; ``span`` is that of a bill made before, else what it is now."""
    span = span or of(w, subscription, item)
    billed = usage.billable(span.billed)
    total = _read(w, subscription, item, span.start, end)
    return Used(min(span.start, end), usage.billable(total - billed), billed)


def told(span: Span) -> Doc:
    """A span as it can be kept."""
    return {"start": span.start, "billed": money.decimal_string(span.billed)}


def read(kept: Doc) -> Span:
    """A span that was kept."""
    return Span(kept["start"], money.parse_decimal(kept["billed"]))


def begin(w: Work, subscription: Doc, item: Doc) -> None:
    """Bill the item at its present price from this moment on; what was counted in this second is not billed so."""
    take_up(w, item["id"], begun(w, subscription, item))


def begun(w: Work, subscription: Doc, item: Doc, *, divided: bool = False) -> Doc:
    """What ``begin`` notes, for an item that may be billed so only later, by ``take_up``.

    Where time has ``divided`` usage by its seconds, nothing of this second is billed yet.
    """
    counted = Fraction(0) if divided else _read(w, subscription, item, w.now, w.now + 1)
    return _noted(item, since=w.now, start=w.now, billed=counted)


def take_up(w: Work, item: str, noted: Doc) -> None:
    """Bill the item as that was noted."""
    w.keep("metered", item, **noted)


def note_billed(w: Work, subscription: Doc, item: Doc) -> None:
    """All that the item has used in its period is on a bill."""
    start, end = of(w, subscription, item).start, item["current_period_end"]
    counted = _read(w, subscription, item, start, end)
    kept = w.private("metered", item["id"])
    same = kept is not None and kept["price"] == item["price"]["id"]
    since = kept["since"] if kept is not None and same else start
    take_up(w, item["id"], _noted(item, since=since, start=start, billed=max(counted, Fraction(0))))


def _noted(item: Doc, *, since: int, start: int, billed: Fraction) -> Doc:
    return {"price": item["price"]["id"], "since": since, "from": start, "billed": money.decimal_string(billed)}


def _read(w: Work, subscription: Doc, item: Doc, start: int, end: int) -> Fraction:
    """What was used from ``start`` to before ``end``, by the meter of the item's price or by the item's records."""
    if (meter := item["price"]["recurring"]["meter"]) is None:
        return records.total(w, item, start, end)
    return ledger.total(w, w.need("billing.meter", meter), subscription["customer"], start, end)
