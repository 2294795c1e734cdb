"""Triggers: make an event come about, or have any body signed and sent."""

from base64 import b64decode
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from marshmallow import ValidationError, fields
from marshmallow.validate import Range

from mockbill.control.asking import Asked, Refusal, body, world_of
from mockbill.control.blueprint import blueprint
from mockbill.control.rooms import rooms

MOST = 1000  # times that one call may cause an event


class Body(fields.Field[bytes]):
    """The bytes of a text, or those that base64 stands for."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> bytes:
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, dict) and list(value) == ["base64"] and isinstance(value["base64"], str):
            with suppress(ValueError):
                return b64decode(value["base64"], validate=True)
        raise ValidationError('must be a text, or {"base64": ...} of bytes')


class Trigger(Asked):
    """``set`` is ``{path: value}``; ``raw`` is a text, or ``{"base64": ...}`` of bytes that are none."""

    type = fields.String()
    raw = Body()
    on = fields.String(data_key="for")
    customer = fields.String()
    given = fields.Dict(keys=fields.String(), data_key="set")
    times = fields.Integer(strict=True, validate=Range(1, MOST), load_default=1)


_TRIGGER = Trigger()


@blueprint.post("/trigger")
def trigger() -> dict[str, Any]:
    """Answer ``{"type", "synthetic", "event", "events", "deliveries"}`` once each delivery was attempted.

    With ``raw`` its bytes are signed and sent to every endpoint, or to those that listen to ``type``; no event is made.
    """
    asked = body(_TRIGGER)
    world = world_of(asked)
    asked.pop("account", None)
    type, raw = asked.pop("type", None), asked.pop("raw", None)
    if raw is not None:
        if unfit := asked.keys() & {"on", "customer", "given"}:
            name = _TRIGGER.fields[min(unfit)].data_key or min(unfit)
            raise Refusal(422, "field_invalid", f"{name}: a raw body is sent as it is", name)
        for _ in range(asked["times"] - 1):
            rooms().triggers.send_raw(world, raw, type)
        return rooms().triggers.send_raw(world, raw, type)
    if type is None:
        raise Refusal(422, "field_missing", "type: name an event, such as invoice.paid", "type")
    return rooms().triggers.trigger(world, type, **asked)


@blueprint.get("/trigger")
def list_triggers() -> dict[str, Any]:
    """Every event that there is, and whether it is caused or made up."""
    return {"data": list(rooms().triggers.listed())}
