"""Meters: what is counted, under which event name, and how (stripe-behaviour.md 2.18)."""

from typing import Any

from mockbill import surface
from mockbill.world import Doc, Problem, Work

CUSTOMER_KEY, VALUE_KEY = "stripe_customer_id", "value"
_LONGEST_NAME = 100
_KIND = "billing.meter"


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/billing/meters``: ``billing.meter.created``.  An event name belongs to one active meter."""
    name = _checked(params["event_name"], "event_name")
    _check_free(w, name)
    meter = w.add(
        _KIND,
        customer_mapping=params.get("customer_mapping") or {"event_payload_key": CUSTOMER_KEY, "type": "by_id"},
        default_aggregation=params["default_aggregation"],
        display_name=_checked(params["display_name"], "display_name"),
        event_name=name,
        event_time_window=params.get("event_time_window"),
        status="active",
        status_transitions={"deactivated_at": None},
        updated=w.now,
        value_settings=params.get("value_settings") or {"event_payload_key": VALUE_KEY},
    )
    w.emit("billing.meter.created", meter)
    return meter


def update(w: Work, meter: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/billing/meters/{id}``: only the display name can change."""
    name = _checked(params.get("display_name") or meter["display_name"], "display_name")
    if name == meter["display_name"]:
        return meter
    changed = w.change(meter, display_name=name, updated=w.now)
    w.emit("billing.meter.updated", changed, meter)
    return changed


def deactivate(w: Work, meter: Doc, params: dict[str, Any]) -> Doc:
    """No event is taken any more; what was counted is billed.  The wording of the refusals is not established."""
    del params
    if meter["status"] != "active":
        raise Problem(f"The meter {meter['id']} is already inactive.")
    return _moved(w, meter, "inactive", "billing.meter.deactivated", w.now)


def reactivate(w: Work, meter: Doc, params: dict[str, Any]) -> Doc:
    """Events are taken again, unless another meter has taken over their name."""
    del params
    if meter["status"] == "active":
        raise Problem(f"The meter {meter['id']} is already active.")
    _check_free(w, meter["event_name"])
    return _moved(w, meter, "active", "billing.meter.reactivated", None)


def active(w: Work, event_name: str) -> Doc:
    """The meter that counts events of this name; Problem where there is none, or none any more."""
    known = w.find(_KIND, event_name=event_name)
    for meter in known:
        if meter["status"] == "active":
            return meter
    if known:
        raise Problem(
            f'The meter for event name "{event_name}" has been deactivated.', code="archived_meter", param="event_name"
        )
    raise Problem(f'No active meter found for event name "{event_name}".', code="no_meter", param="event_name")


def newest(w: Work, event_name: str) -> Doc | None:
    """The meter that has, or had last, this event name."""
    known = w.find(_KIND, event_name=event_name)
    return known[-1] if known else None


def usable(w: Work, id: str, param: str) -> Doc:
    """The meter that a new price bills by."""
    meter = w.need(_KIND, id, param)
    if meter["status"] != "active":
        raise Problem(f"The meter {id} is inactive. Only active meters can be used by new prices.", param=param)
    return meter


def _moved(w: Work, meter: Doc, status: str, event: str, at: int | None) -> Doc:
    changed = w.change(meter, status=status, status_transitions={"deactivated_at": at}, updated=w.now)
    w.emit(event, changed, meter)
    return changed


def _check_free(w: Work, event_name: str) -> None:
    """The wording is not established."""
    if any(meter["status"] == "active" for meter in w.find(_KIND, event_name=event_name)):
        raise Problem(
            f'A meter with event name "{event_name}" already exists and is active. Event names must be unique among '
            "active meters.",
            code="resource_already_exists",
            param="event_name",
        )


def _checked(text: str, param: str) -> str:
    if len(text) > _LONGEST_NAME:
        raise Problem(f"Invalid string: {text[:20]}...; must be at most {_LONGEST_NAME} characters", param=param)
    return text


def blank(kind: str) -> Doc:
    """A new object of a kind that has no id."""
    return {name: value for name, value in surface.blank(kind).items() if name != "id"}
