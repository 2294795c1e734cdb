"""Meter events by Stripe's v2 API: one at a time, or many by the token of a session; times are RFC 3339 texts."""

from typing import Any

from mockbill.billing.usage import events, sessions
from mockbill.stripe_api.registry import Call, handles
from mockbill.world import Doc, Problem, instants

_MOST = 100  # events of one call


@handles("POST /v2/billing/meter_events")
def _event(call: Call) -> Doc:
    made = events.create(call.work, _in_seconds(call.params))
    return {**made, "object": "v2.billing.meter_event", **_told(made, "created", "timestamp")}


@handles("POST /v2/billing/meter_event_adjustments")
def _adjustment(call: Call) -> Doc:
    made = {**events.cancel(call.work, call.params), "created": call.work.now}
    id = f"mtradj_test_{call.work.text(24)}"
    return {**made, "object": "v2.billing.meter_event_adjustment", "id": id, **_told(made, "created")}


@handles("POST /v2/billing/meter_event_session")
def _session(call: Call) -> Doc:
    made = sessions.create(call.work)
    head = {"object": "v2.billing.meter_event_session", "livemode": False}
    return {**made, **head, **_told(made, "created", "expires_at")}


@handles("POST /v2/billing/meter_event_stream")
def _stream(call: Call) -> Doc:
    """All of the events are taken, whatever they are: what is wrong with one is told afterwards."""
    sent = call.params["events"]
    if len(sent) > _MOST:
        raise Problem(f"Up to {_MOST} events can be sent at a time; these are {len(sent)}.", param="events")
    events.take_all(call.work, [_in_seconds(event) for event in sent])
    return {}


def _in_seconds(params: dict[str, Any]) -> dict[str, Any]:
    """The parameters of an event as v1 has them."""
    if (text := params.get("timestamp")) is None:
        return params
    return {**params, "timestamp": int(instants.seconds(text, "timestamp"))}


def _told(made: Doc, *names: str) -> dict[str, str]:
    return {name: instants.told(made[name]) for name in names}
