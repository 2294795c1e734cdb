"""Triggers: make an event come about, or have any body signed and sent."""

from typing import Any

from marshmallow import fields
from marshmallow.validate import Range

from mockbill.control.asking import Asked, body, world_of
from mockbill.control.blueprint import blueprint
from mockbill.control.rooms import rooms

MOST = 1000  # times that one call may cause an event


class Trigger(Asked):
    """``set`` is ``{path: value}``."""

    type = fields.String(required=True)
    on = fields.String(data_key="for")
    customer = fields.String()
    given = fields.Dict(keys=fields.String(), data_key="set")
    times = fields.Integer(strict=True, validate=Range(1, MOST), load_default=1)


_TRIGGER = Trigger()


@blueprint.post("/trigger")
def trigger() -> dict[str, Any]:
    """Answer ``{"type", "synthetic", "event", "events", "deliveries"}`` once each delivery was attempted."""
    asked = body(_TRIGGER)
    world = world_of(asked)
    asked.pop("account", None)
    return rooms().triggers.trigger(world, asked.pop("type"), **asked)


@blueprint.get("/trigger")
def list_triggers() -> dict[str, Any]:
    """Every event that there is, and whether it is caused or made up."""
    return {"data": list(rooms().triggers.listed())}
