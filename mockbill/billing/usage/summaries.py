"""Meter event summaries: what a customer has used in a stretch of time, as a whole or by hours or days."""

from collections.abc import Mapping
from typing import Any

from mockbill.billing.usage import ledger, meters
from mockbill.rules import usage
from mockbill.world import Doc, Problem, Work

_WIDTHS = {"hour": usage.HOUR, "day": usage.DAY}
_MOST = 10_000  # windows of one call, so that nobody asks for all hours since 1970 by mistake; Stripe's is not known


def of(w: Work, meter: Doc, params: Mapping[str, Any]) -> list[Doc]:
    """``GET /v1/billing/meters/{id}/event_summaries``: newest window first, those without events too.

    Start and end are aligned to minutes, or to the windows (UTC).
    """
    customer = w.need("customer", params["customer"], "customer")
    start, end, window = params["start_time"], params["end_time"], params.get("value_grouping_window")
    _check(start, end, window)
    spans = usage.windows(start, end, _WIDTHS.get(window or ""))
    return [_summary(w, meter, customer["id"], *span) for span in reversed(spans)]


def _check(start: int, end: int, window: str | None) -> None:
    width = _WIDTHS.get(window or "", usage.MINUTE)
    for name, instant in (("start_time", start), ("end_time", end)):
        if instant < 0 or instant % width:
            raise Problem(
                f"Invalid {name}: {instant}. It must be aligned with {window or 'minute'} boundaries (UTC).", param=name
            )
    if start >= end:
        raise Problem("The end_time must be after the start_time.", param="end_time")
    if window and (end - start) // width > _MOST:
        raise Problem(f"The time between start_time and end_time has more than {_MOST} windows.", param="end_time")


def _summary(w: Work, meter: Doc, customer: str, start: int, end: int) -> Doc:
    told = w.world.ids.digest(f"{meter['id']}/{customer}/{start}/{end}", 40)
    return {
        **meters.blank("billing.meter_event_summary"),
        "id": f"mtrusg_test_{told}",
        "aggregated_value": usage.shown(ledger.total(w, meter, customer, start, end)),
        "end_time": end,
        "meter": meter["id"],
        "start_time": start,
    }
