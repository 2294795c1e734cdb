"""The settings of one account: how it bills and delivers, where that differs from what the server was started with."""

from collections.abc import Mapping
from typing import Any

from mockbill.control.asking import Asked, Refusal, nearest, query, raw_body, world_of
from mockbill.control.blueprint import blueprint
from mockbill.control.rooms import rooms
from mockbill.settings import TABLE, SettingError
from mockbill.world import World

_ASKED = Asked()
_OWN = [row.name for row in TABLE.values() if row.of_account]  # the ones that an account may have of its own


@blueprint.get("/settings")
def read_settings() -> dict[str, Any]:
    """What holds for an account, and which of it is its own."""
    return _told(world_of(query(_ASKED)))


@blueprint.post("/settings")
def change_settings() -> dict[str, Any]:
    """Change all that are sent, or with a mistake none: ``{"dunning": "smart:unpaid"}``; null is the server's again.

    What was planned before stays: a retry keeps its date, and the wait after it is the new one.
    """
    asked = raw_body()
    world = world_of(asked)
    values = {name: value for name, value in asked.items() if name != "account"}
    _check_names(values)
    try:
        world.configure(values)
    except SettingError as error:
        raise Refusal(422, "field_invalid", str(error), error.name) from None
    rooms().webhooks.release(world)
    return _told(world)


def _check_names(values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name in TABLE and name not in _OWN:
            raise Refusal(
                422, "setting_of_the_server", f"{name} is the server's, not an account's: start it with that.", name
            )
        if name not in _OWN:
            raise Refusal(422, "field_unknown", f"{name} is no setting of an account{nearest(name, _OWN)}", name)
        if isinstance(value, dict):
            raise Refusal(422, "field_invalid", f"{name}: must be text or a number", name)


def _told(world: World) -> dict[str, Any]:
    held = world.settings.as_dict()
    return {
        "account": world.name,
        "settings": {name: held[name] for name in _OWN},
        "own": sorted(world.own_settings),
    }
