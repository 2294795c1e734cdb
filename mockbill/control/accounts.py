"""Accounts as a whole: what the server is and holds, emptying accounts, and what of Stripe's API is modelled."""

from collections import Counter
from typing import Any

from flask import request

from mockbill import __version__
from mockbill.control.asking import Asked, body, query, world_of
from mockbill.control.blueprint import blueprint
from mockbill.control.clock import time_of
from mockbill.control.rooms import rooms
from mockbill.settings import TABLE
from mockbill.world import World

_ASKED = Asked()


@blueprint.get("/info")
def info() -> dict[str, Any]:
    """Version, API version, accounts, settings, and the clock of the account asked about."""
    world = world_of(query(_ASKED))
    return {
        "version": __version__,
        "api_version": world.api_version,
        "url": rooms().worlds.site.url_for(request.environ),
        "account": world.name,
        "accounts": [_account(known) for known in rooms().worlds.all()],
        "clock": time_of(world),
        "settings": _settings(),
    }


def _settings() -> dict[str, Any]:
    """Those of the server; of a secret no more than that it is one."""
    told = rooms().settings.as_dict()
    return {name: "whsec_..." if TABLE[name].is_secret else value for name, value in told.items()}


def _account(world: World) -> dict[str, Any]:
    with world.lock:
        tables = {kind: len(table.rows) for kind, table in world.tables.items() if not kind.startswith("_")}
    return {
        "name": world.name,
        "id": world.account_id,
        "seed": world.seed,
        "clock": time_of(world),
        "documents": {kind: count for kind, count in sorted(tables.items()) if count},
    }


@blueprint.post("/reset")
def reset() -> dict[str, Any]:
    """Empty an account, or with ``"account": "*"`` all of them; their clocks start again as the setting says."""
    asked = body(_ASKED)
    worlds = rooms().worlds.all() if asked.get("account") == "*" else [world_of(asked)]
    for world in worlds:
        with world.advancing:
            rooms().forget(world)
    return {"reset": [world.name for world in worlds]}


@blueprint.get("/coverage")
def coverage() -> dict[str, Any]:
    """Every operation of Stripe's API with its level, and how many there are of each."""
    query(_ASKED)
    levels = sorted(rooms().coverage(), key=lambda level: (level.path, level.method))
    counts = Counter(level.level for level in levels)
    return {
        "counts": {name: counts[name] for name in ("simulated", "stored", "unsupported")},
        "operations": [level._asdict() for level in levels],
    }
