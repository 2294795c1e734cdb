"""Thin events of the v2 API, and the destinations to which events are sent."""

from collections.abc import Callable, Iterator
from operator import ge, gt, le, lt
from typing import Any

from mockbill.stripe_api import pages_v2
from mockbill.stripe_api.registry import ACCEPTS, Call, handles
from mockbill.surface import STRING, optional
from mockbill.webhooks import destinations
from mockbill.world import Doc, Problem, Work, thin_events
from mockbill.world.instants import seconds
from mockbill.world.problems import missing

_MOST_TYPES = 20
_EVENTS, _DESTINATIONS = "GET /v2/core/events", "GET /v2/core/event_destinations"
_CREATE, _UPDATE = "POST /v2/core/event_destinations", "POST /v2/core/event_destinations/{id}"
pages_v2.paged(_EVENTS, _DESTINATIONS)
ACCEPTS[_CREATE] = ACCEPTS[_UPDATE] = {"description": optional(STRING)}


@handles(_EVENTS)
def _events(call: Call) -> Doc:
    """Newest first; by ``object_id``, ``types`` and the range of ``created``."""
    types = call.params.get("types") or []
    if len(types) > _MOST_TYPES:
        raise Problem(f"Up to {_MOST_TYPES} types can be asked for at a time.", code="invalid_fields", param="types")
    made_in = _range(call.params.get("created") or {})
    about = call.params.get("object_id") or None

    def walk(newest_first: bool, after: Any) -> Iterator[tuple[Any, Doc]]:
        found = thin_events.walk(
            call.work.world, about=about, types=frozenset(types), newest_first=newest_first, after=after
        )
        return (pair for pair in found if made_in(pair[1]["created"]))

    return pages_v2.page(call, walk, thin_events.shown)


def _range(asked: dict[str, str]) -> Callable[[int], bool]:
    """Whether seconds are in a range of instants."""
    at = {name: seconds(text, f"created.{name}") for name, text in asked.items() if text is not None}
    holds = {"gt": gt, "gte": ge, "lt": lt, "lte": le}
    return lambda created: all(holds[name](created, bound) for name, bound in at.items())


@handles("GET /v2/core/events/{id}")
def _event(call: Call) -> Doc:
    found = thin_events.find(call.work.world, call.id)
    if found is None:
        raise missing("event", call.id, "id")
    return thin_events.shown(found)


@handles(_DESTINATIONS)
def _listing(call: Call) -> Doc:
    table = call.work.world.table(destinations.KIND)

    def walk(newest_first: bool, after: Any) -> Iterator[tuple[Any, Doc]]:
        bounds = {"before" if newest_first else "after": after[0]} if after is not None else {}
        found = table.select(newest_first=newest_first, **bounds)
        return (((table.keys[doc["id"]],), doc) for doc in found)

    return pages_v2.page(call, walk, lambda doc: _shown(call, doc))


@handles(_CREATE)
def _create(call: Call) -> Doc:
    return _shown(call, destinations.create(call.work, call.params))


@handles("GET /v2/core/event_destinations/{id}")
def _retrieve(call: Call) -> Doc:
    return _shown(call, _subject(call))


@handles(_UPDATE)
def _update(call: Call) -> Doc:
    return _shown(call, destinations.update(call.work, _subject(call), call.params))


@handles("DELETE /v2/core/event_destinations/{id}")
def _delete(call: Call) -> Doc:
    gone = destinations.delete(call.work, _subject(call))
    return {"id": gone["id"], "object": gone["object"]}


@handles("POST /v2/core/event_destinations/{id}/ping")
def _ping(call: Call) -> Doc:
    return thin_events.shown(destinations.ping(call.work, _subject(call)))


def _switch(verb: str, change: Callable[[Work, Doc], Doc]) -> None:
    handles(f"POST /v2/core/event_destinations/{{id}}/{verb}")(
        lambda call: _shown(call, change(call.work, _subject(call)))
    )


_switch("disable", destinations.disable)
_switch("enable", destinations.enable)


def _subject(call: Call) -> Doc:
    return call.work.need(destinations.KIND, call.id)


def _shown(call: Call, destination: Doc) -> Doc:
    return destinations.shown(call.work, destination, call.params.get("include") or ())
