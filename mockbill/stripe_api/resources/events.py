"""Events."""

from collections.abc import Callable

from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, resource
from mockbill.world import Doc

resource("event", "/v1/events/{id}")


@handles("GET /v1/events")
def listing(call: Call) -> Doc:
    """``type``, which may end in ``*``, and ``types[]``."""
    wanted = [call.params["type"]] if "type" in call.params else call.params.get("types", [])
    if any("*" in name for name in wanted):
        return lists.page(call.work, "event", call.params, {}, call.path, _matching(wanted))
    return lists.page(call.work, "event", call.params, {"type": frozenset(wanted)} if wanted else {}, call.path)


def _matching(wanted: list[str]) -> Callable[[Doc], bool]:
    exact = {name for name in wanted if not name.endswith("*")}
    starts = tuple(name[:-1] for name in wanted if name.endswith("*"))
    return lambda event: event["type"] in exact or event["type"].startswith(starts)
