"""Events."""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.stripe_api.registry import resource
from mockbill.world import Doc, Work


def _types(w: Work, params: Mapping[str, Any]) -> Callable[[Doc], bool] | None:
    """``type`` with a trailing ``*``, and ``types[]``."""
    wanted = [params["type"]] if "type" in params else params.get("types")
    if not wanted:
        return None
    exact = {name for name in wanted if not name.endswith("*")}
    prefixes = tuple(name[:-1] for name in wanted if name.endswith("*"))
    return lambda event: event["type"] in exact or (bool(prefixes) and event["type"].startswith(prefixes))


resource("event", "/v1/events/{id}", keep=_types)
