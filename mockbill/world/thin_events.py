"""Thin events: notices that name an object instead of showing it, and say more only to who fetches them.

There are two sorts.  *Twins* of snapshot events (``v1.customer.created``), and the finer ones beside them
(``rules/finer_events.py``), are made from the snapshot event each time somebody looks: they take no room, and verbs
need not think of them.  *Others* have no snapshot event (a meter's errors, the ping of a destination): ``emit`` keeps
them.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from heapq import merge
from typing import Any, TypeAlias

from mockbill import surface
from mockbill.rules.finer_events import finer
from mockbill.world.instants import told
from mockbill.world.table import Doc
from mockbill.world.work import Work
from mockbill.world.world import World

KIND = "v2.core.event"
PING = "v2.core.event_destination.ping"
Place: TypeAlias = tuple[int, int]
"""Where an event stands among all: the arrival of the last snapshot event before it, and its number after that."""

_FETCHED = ("changes", "data")  # what only who fetches it is told
_TWIN = "evt_test_65"  # what ids of twins begin with: then come their number in one letter, and the snapshot's id
_NUMBERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OTHERS = 1 << 40  # numbers of kept events begin here: of one place, twins come first


def emit(w: Work, type: str, related: Doc | None = None, data: Doc | None = None) -> Doc:
    """Record a thin event that has no snapshot event, and have it delivered when the work is committed.

    ``type`` is one that the SDK lists, such as ``v1.billing.meter.error_report_triggered``; ``related`` the document
    that it is about, of which only id, kind and address are told (None for a type that points to nothing, such as
    ``v1.billing.meter.no_meter_found``); ``data`` what it says beyond that, in wire shape, to who fetches it.  All
    three are kept by reference.  Like any change it is taken back with the work, and is none in a rehearsal.

        thin_events.emit(w, "v1.billing.meter.error_report_triggered", meter, {"reason": {...}, ...})
    """
    log = w.world.table(KIND)
    kept = {
        **_bare(w.id(KIND), type, w.now, w.request, w.world.connected_id),
        "data": data,
        "related_object": pointer(type, related) if related is not None else None,
        "place": w.world.table("event").arrivals + len(w.events),
    }
    w.put(KIND, kept)

    def announce() -> None:
        if (surplus := len(log.order) - w.world.settings.event_log) > 0:
            log.drop_first(surplus)
        w.world.hub.publish(w.world, [kept])

    w.after_commit(announce)
    return kept


def of(event: Doc) -> list[Doc]:
    """The thin events that a snapshot event is besides: its twin first, then the finer ones."""
    object, before = event["data"]["object"], event["data"].get("previous_attributes")
    known = surface.thin_events()
    types = [f"v1.{type}" for type in (event["type"], *finer(event["type"], object, before))]
    return [_twin(event, type, number) for number, type in enumerate(types) if type in known]


def find(world: World, id: str) -> Doc | None:
    """A thin event by its id."""
    if not id.startswith(_TWIN):
        return world.fetch(KIND, id)
    snapshot = world.fetch("event", f"evt_{id[len(_TWIN) + 1 :]}")
    return next((thin for thin in of(snapshot) if thin["id"] == id), None) if snapshot is not None else None


def walk(
    world: World, *, about: str | None, types: frozenset[str], newest_first: bool, after: Place | None
) -> Iterator[tuple[Place, Doc]]:
    """All thin events with their places, beyond ``after``: of these types, or of all, and about one object, or any."""
    where: dict[str, Any] = {"data.object.id": about} if about else {}
    if types:
        where["type"] = frozenset(source for type in types for source in _sources(type))
    key = after[0] if after is not None else None
    bounds = {"before" if newest_first else "after": key + (1 if newest_first else -1)} if key is not None else {}
    snapshots = world.table("event").select(where, newest_first=newest_first, **bounds)
    kept = world.table(KIND).select({"related_object.id": about} if about else {}, newest_first=newest_first)
    for place, thin in merge(
        _twins(world, snapshots, newest_first), _kept(world, kept), key=lambda pair: pair[0], reverse=newest_first
    ):
        if after is not None and (place >= after if newest_first else place <= after):
            continue
        if (not types or thin["type"] in types) and (not about or _is_about(thin, about)):
            yield place, thin


def shown(thin: Doc) -> Doc:
    """A thin event as the API answers it."""
    return {**{name: value for name, value in thin.items() if name != "place"}, "created": told(thin["created"])}


def notice(thin: Doc) -> Doc:
    """The same as a webhook brings it: without what has to be fetched."""
    return {name: value for name, value in shown(thin).items() if name not in _FETCHED}


def is_thin(event: Mapping[str, Any]) -> bool:
    """Whether an event is a thin one."""
    return event.get("object") == KIND


def pointer(type: str, doc: Doc) -> Doc | None:
    """``{"id", "type", "url"}`` of an object, as an event of a type has it: what there is one of has no id."""
    way = surface.thin_events().get(type, "object")
    url = _address(doc["object"], way)
    if way == "nothing" or url is None:
        return None
    known = {"type": doc["object"], "url": url(doc)}
    return known if way == "singleton" else {"id": doc["id"], **known}


def _bare(id: str, type: str, created: int, request: Doc, context: str | None) -> Doc:
    """All members but those that point to the object, with null for what there is not."""
    asked = {"id": request["id"], "idempotency_key": request["idempotency_key"] or ""}
    return {
        "id": id,
        "object": KIND,
        "changes": None,
        "context": context,
        "created": created,
        "data": None,
        "livemode": False,
        "reason": {"type": "request", "request": asked} if request["id"] is not None else None,
        "related_object": None,
        "type": type,
    }


def _twin(event: Doc, type: str, number: int) -> Doc:
    id = f"{_TWIN}{_NUMBERS[number]}{event['id'].removeprefix('evt_')}"
    return {
        **_bare(id, type, event["created"], event["request"], event.get("account")),
        "related_object": pointer(type, event["data"]["object"]),
        "snapshot_event": event["id"],
    }


def _twins(world: World, snapshots: Iterator[Doc], newest_first: bool) -> Iterator[tuple[Place, Doc]]:
    keys = world.table("event").keys
    for event in snapshots:
        numbered = list(enumerate(of(event)))
        for number, thin in reversed(numbered) if newest_first else numbered:
            yield (keys[event["id"]], number), thin


def _kept(world: World, events: Iterator[Doc]) -> Iterator[tuple[Place, Doc]]:
    keys = world.table(KIND).keys
    for thin in events:
        yield (thin["place"], _OTHERS + keys[thin["id"]]), thin


def _is_about(thin: Doc, id: str) -> bool:
    return bool((thin["related_object"] or {}).get("id") == id)


@cache
def _sources(type: str) -> tuple[str, ...]:
    """The types of the snapshot events that an event of a type is derived from: its own, or those of its object."""
    name = type.removeprefix("v1.")
    if name in surface.events():
        return (name,)
    head = name.rpartition(".")[0]
    return tuple(f"{head}.{ending}" for ending in ("created", "updated") if f"{head}.{ending}" in surface.events())


@cache
def _address(kind: str, way: str) -> Callable[[Doc], str] | None:
    """What makes the path at which an object is retrieved; None for what cannot be."""
    if kind == "discount":
        return lambda doc: f"/v1/customers/{doc['customer']}/discount"
    paths = [
        operation.path
        for operation in surface.operations().values()
        if (operation.method, operation.answer, operation.gone) == ("GET", "object", None)
        and kind in operation.kinds
        and operation.path.endswith("}") == (way != "singleton")
    ]
    if not paths:
        return None
    *owners, last = min(paths, key=lambda path: path.count("{")).split("/")[1:]
    steps = [*owners, "{id}" if last.startswith("{") else last]

    def url(doc: Doc) -> str:
        return "".join(f"/{doc[step[1:-1]] if step.startswith('{') else step}" for step in steps)

    return url
