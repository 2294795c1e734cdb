"""What was wrong with meter events that Stripe had taken: thin events, by meter, with how often and an example of each.

Stripe gathers what it finds within some ten seconds; here each call is reported by itself, in the same second.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from mockbill.world import Doc, Problem, Work, instants, thin_events

CODES = {
    "archived_meter",
    "meter_event_customer_not_found",
    "meter_event_invalid_value",
    "meter_event_no_customer_defined",
    "meter_event_value_not_found",
    "meter_event_value_too_many_digits",
    "no_meter",
    "timestamp_in_future",
    "timestamp_too_far_in_past",
}
"""The refusals of an event that can be told afterwards, as the SDK and Stripe's guide list them."""

_WINDOW = 10  # seconds, as in the examples of Stripe's guide
_SAMPLES = 5  # how many Stripe shows is not established


class Fault(NamedTuple):
    """One event that could not be counted; ``meter`` is None where there is none of that name."""

    meter: Doc | None
    problem: Problem
    identifier: str


def tell(w: Work, faults: Sequence[Fault]) -> None:
    """``v1.billing.meter.error_report_triggered`` for each meter, ``v1.billing.meter.no_meter_found`` for the rest."""
    ordered = sorted(faults, key=_meter_id)
    for id, of_meter in groupby(ordered, key=_meter_id):
        found = list(of_meter)
        type = "error_report_triggered" if id else "no_meter_found"
        thin_events.emit(w, f"v1.billing.meter.{type}", found[0].meter, _data(w, found))


def _data(w: Work, faults: Sequence[Fault]) -> Doc:
    by_code: dict[str, list[Fault]] = {}
    for fault in faults:
        by_code.setdefault(str(fault.problem.code), []).append(fault)
    start, count = w.now - w.now % _WINDOW, len(faults)
    return {
        "developer_message_summary": "There is 1 invalid event" if count == 1 else f"There are {count} invalid events",
        "reason": {"error_count": count, "error_types": [_error_type(code, by_code[code]) for code in by_code]},
        "validation_end": instants.told(start + _WINDOW),
        "validation_start": instants.told(start),
    }


def _error_type(code: str, faults: Sequence[Fault]) -> Doc:
    samples = [
        {"error_message": fault.problem.message, "request": {"identifier": fault.identifier}}
        for fault in faults[:_SAMPLES]
    ]
    return {"code": code, "error_count": len(faults), "sample_errors": samples}


def _meter_id(fault: Fault) -> str:
    return fault.meter["id"] if fault.meter else ""
