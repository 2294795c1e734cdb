"""Meter events: checked, counted, and canceled (stripe-behaviour.md 2.18).

Which calls check an event before they answer, and which tell of what was wrong by thin events (``error_reports``):
the v2 call checks all of it and the v2 stream nothing, as the SDK documents.  Of v1 Stripe's guide says that events are
processed afterwards, while users report its ``No active meter found``: so it looks at the name and the identifier.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from mockbill.billing.usage import error_reports, ledger, meters
from mockbill.billing.usage.error_reports import Fault
from mockbill.rules import usage
from mockbill.rules.usage import Reading
from mockbill.world import Doc, Problem, Work

LISTENERS: list[Callable[[Work, Doc, str, int], None]] = []
"""Called with a meter, a customer's id and the second whose usage has changed, in the same unit of work."""

_DUPLICATE = "duplicate_meter_event"
_LONGEST_IDENTIFIER = 100
_WINDOWS = {"day": usage.DAY, "hour": usage.HOUR}


def take(w: Work, params: Mapping[str, Any]) -> Doc:
    """``POST /v1/billing/meter_events``: taken, and counted if it can be; else a report of why not follows."""
    meter = meters.active(w, params["event_name"])
    try:
        return create(w, params)
    except Problem as problem:
        if problem.code not in error_reports.CODES:
            raise
        taken = {**params, "identifier": _identifier(w, params.get("identifier"))}
        error_reports.tell(w, [Fault(meter, problem, taken["identifier"])])
        return _answer(w, taken, params.get("timestamp") or w.now)


def take_all(w: Work, sent: Sequence[Mapping[str, Any]]) -> None:
    """``POST /v2/billing/meter_event_stream``: those that can be are counted, of the others a report follows.

    One whose identifier another has had is that other one, sent again.
    """
    faults = []
    for params in sent:
        try:
            create(w, params)
        except Problem as problem:
            if problem.code == _DUPLICATE:
                continue
            if problem.code not in error_reports.CODES:
                raise
            meter = meters.newest(w, params["event_name"])
            faults.append(Fault(meter, problem, params.get("identifier") or w.text(32)))
    if faults:
        error_reports.tell(w, faults)


def create(w: Work, params: Mapping[str, Any]) -> Doc:
    """``POST /v2/billing/meter_events``: the event, counted.  It has no id; its identifier is its own for a day.

    A meter with an ``event_time_window`` is told of whole hours or days: of a window the event that comes last counts,
    as Stripe's guide has it of pre-aggregated usage (``rules.usage.of_window`` says where in time).
    """
    meter = meters.active(w, params["event_name"])
    customer = _customer(w, meter, params["payload"])
    w.use_clock_of(customer)
    at = _time(w, params.get("timestamp"))
    value = _value(meter, params["payload"])
    identifier = _identifier(w, params.get("identifier"))
    event = w.keep(
        "meter_event",
        w.text(24),
        identifier=identifier,
        meter=meter["id"],
        customer=customer["id"],
        slot=_slot(meter, customer["id"], at),
        at=at,
        value=str(value),
        received=w.now,
        arrival=None,
        counted=None,
        canceled=False,
    )
    if meter["event_time_window"]:
        changed = _recount(w, meter, event["slot"])
    else:
        _count(w, event, event["value"])
        changed = [at]
    _tell(w, meter, customer["id"], changed)
    return _answer(w, {**params, "identifier": identifier}, at)


def _answer(w: Work, params: Mapping[str, Any], at: int) -> Doc:
    return {
        **meters.blank("billing.meter_event"),
        "created": w.now,
        "event_name": params["event_name"],
        "identifier": params["identifier"],
        "payload": dict(params["payload"]),
        "timestamp": at,
    }


def cancel(w: Work, params: Mapping[str, Any]) -> Doc:
    """``POST /v1/billing/meter_event_adjustments``: an event of the last 24 hours never happened.

    Stripe documents that a finalized invoice stays as it is, and that none is issued to correct it; a draft follows.
    It is done at once, so its status is never ``pending``.
    """
    identifier = (params.get("cancel") or {}).get("identifier")
    if not identifier:
        raise Problem(
            "Missing required param: cancel[identifier].", code="parameter_missing", param="cancel[identifier]"
        )
    meter = meters.active(w, params["event_name"])
    event = _known(w, meter, identifier)
    event = w.keep("meter_event", event["id"], canceled=True)
    if meter["event_time_window"]:
        changed = _recount(w, meter, event["slot"])
    else:
        _uncount(w, event)
        changed = [event["at"]]
    _tell(w, meter, event["customer"], changed)
    return {
        **meters.blank("billing.meter_event_adjustment"),
        "cancel": {"identifier": identifier},
        "event_name": meter["event_name"],
        "status": "complete",
        "type": params["type"],
    }


def _tell(w: Work, meter: Doc, customer: str, seconds: Sequence[int]) -> None:
    for at in seconds:
        for listener in LISTENERS:
            listener(w, meter, customer, at)


def _slot(meter: Doc, customer: str, at: int) -> str:
    """The events that are looked at together: those of a second, or of a window that a meter is told of as a whole."""
    width = _WINDOWS.get(meter["event_time_window"], 1)
    return f"{meter['id']}/{customer}/{at // width}"


def _recount(w: Work, meter: Doc, slot: str) -> list[int]:
    """Count what the events of a window come to now; answers the seconds whose usage has changed, in their order."""
    events = w.find("_meter_event", slot=slot)
    told = [Reading(each["at"], n, Decimal(each["value"])) for n, each in enumerate(events) if not each["canceled"]]
    formula = meter["default_aggregation"]["formula"]
    wanted = {each.arrival: str(each.value) for each in usage.of_window(formula, told)}
    changed = set()
    for n, event in enumerate(events):
        if event["counted"] == wanted.get(n):
            continue
        if event["counted"] is not None:
            _uncount(w, event)
        if n in wanted:
            _count(w, event, wanted[n])
        changed.add(event["at"])
    return sorted(changed)


def _count(w: Work, event: Doc, value: str) -> None:
    noted = ledger.note(w, event["meter"], event["customer"], event["at"], Decimal(value))
    w.keep("meter_event", event["id"], arrival=noted.arrival, counted=value)


def _uncount(w: Work, event: Doc) -> None:
    """Take an event out of what is counted; the others of its second are those of its slot that count."""
    w.keep("meter_event", event["id"], arrival=None, counted=None)
    slot = w.find("_meter_event", slot=event["slot"])
    others = [_reading(each) for each in slot if each["at"] == event["at"] and each["counted"] is not None]
    ledger.take_back(w, event["meter"], event["customer"], _reading(event), others)


def _reading(event: Doc) -> Reading:
    return Reading(event["at"], event["arrival"], Decimal(event["counted"]))


def _known(w: Work, meter: Doc, identifier: str) -> Doc:
    """The event to cancel, in whose customer's time the call goes on."""
    found = [event for event in w.find("_meter_event", identifier=identifier) if event["meter"] == meter["id"]]
    if not found:
        raise Problem(f"No such meter event: '{identifier}'", code="resource_missing", param="cancel[identifier]")
    event = found[-1]
    w.use_clock_of(event["customer"])
    if event["canceled"]:
        raise Problem(f"The meter event '{identifier}' is already canceled.", param="cancel[identifier]")
    if w.now - event["received"] > usage.UNIQUE:
        raise Problem(
            f"The meter event '{identifier}' was received more than 24 hours ago and can no longer be canceled.",
            param="cancel[identifier]",
        )
    return event


def _customer(w: Work, meter: Doc, payload: Mapping[str, str]) -> Doc:
    key = meter["customer_mapping"]["event_payload_key"]
    if not (id := payload.get(key)):
        raise Problem(
            f"Customer mapping key {key} not found in payload.",
            code="meter_event_no_customer_defined",
            param=f"payload[{key}]",
        )
    customer = w.get("customer", id)
    if customer is None:
        raise Problem(f"No such customer: '{id}'", code="meter_event_customer_not_found", param=f"payload[{key}]")
    return customer


def _value(meter: Doc, payload: Mapping[str, str]) -> Decimal:
    """How much was used: a meter that counts needs no value, and looks at none."""
    if meter["default_aggregation"]["formula"] == "count":
        return Decimal(1)
    key = meter["value_settings"]["event_payload_key"]
    if not (text := payload.get(key)):
        raise Problem(
            f"The payload is missing the value key `{key}`.",
            code="meter_event_value_not_found",
            param=f"payload[{key}]",
        )
    try:
        return usage.value_of(text)
    except ValueError as error:
        raise Problem(
            f"Invalid value of a meter event: {text}; {error}.",
            code=f"meter_event_{'value_too_many_digits' if type(error) is usage.TooManyDigits else 'invalid_value'}",
            param=f"payload[{key}]",
        ) from None


def _time(w: Work, asked: int | None) -> int:
    at = w.now if asked is None else asked
    if at < w.now - usage.PAST:
        raise Problem(
            "The timestamp of a meter event must be within the past 35 days.",
            code="timestamp_too_far_in_past",
            param="timestamp",
        )
    if at > w.now + usage.FUTURE:
        raise Problem(
            "The timestamp of a meter event can be up to 5 minutes in the future.",
            code="timestamp_in_future",
            param="timestamp",
        )
    return at


def _identifier(w: Work, asked: str | None) -> str:
    """The event's own, or a new one; Problem for one that an event of the last day has."""
    if not asked:
        return w.text(32)
    if len(asked) > _LONGEST_IDENTIFIER:
        raise Problem(
            f"Invalid string: {asked[:20]}...; must be at most {_LONGEST_IDENTIFIER} characters", param="identifier"
        )
    if any(abs(w.now - event["received"]) < usage.UNIQUE for event in w.find("_meter_event", identifier=asked)):
        raise Problem(f"An event already exists with identifier {asked}.", code=_DUPLICATE, param="identifier")
    return asked
