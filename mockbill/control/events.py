"""Events: list them, wait for them on the server, send them again."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from marshmallow import fields
from marshmallow.validate import Range

from mockbill.control.asking import Asked, Page, Refusal, body, query, world_of
from mockbill.control.blueprint import blueprint
from mockbill.control.rooms import rooms
from mockbill.world import Doc, World, made_up

LONGEST = 300.0  # seconds that one call may wait


class Filter(Page):
    """``type`` may end in ``*``."""

    type = fields.String()
    customer = fields.String()


class Wait(Asked):
    type = fields.String(required=True)
    customer = fields.String()
    count = fields.Integer(strict=True, validate=Range(1, 10_000), load_default=1)
    timeout = fields.Float(validate=Range(0, LONGEST), load_default=10.0)
    after = fields.String()


class Resend(Asked):
    endpoint = fields.String()


_FILTER, _WAIT, _RESEND = Filter(), Wait(), Resend()


@blueprint.get("/events")
def list_events() -> dict[str, Any]:
    """Oldest first: the newest ``limit`` events that pass the filter, or those that follow ``after``."""
    asked = query(_FILTER)
    world, limit = world_of(asked), asked["limit"]
    with world.lock:
        if "after" in asked:
            found = list(islice(_matching(world, asked), limit + 1))
            page = found[:limit]
        else:
            found = list(islice(_matching(world, asked, newest_first=True), limit + 1))
            page = found[:limit][::-1]
        marked = [_marked(world, event) for event in page]
    return {"data": marked, "has_more": len(found) > limit}


@blueprint.post("/events/wait")
def wait_for_events() -> dict[str, Any]:
    """Answer the newest ``count`` events of a type once there are that many: of all, or of those after ``after``."""
    asked = body(_WAIT)
    world = world_of(asked)
    count: int = asked["count"]
    found: list[Doc] = []

    def enough() -> bool:
        found[:] = islice(_matching(world, asked, newest_first=True), count)
        return len(found) == count

    if world.wait_until(enough, asked["timeout"]):
        return {"data": found[::-1]}
    with world.lock:
        last = [event["type"] for event in islice(world.table("event").select(newest_first=True), 3)]
    seen = f"The last events were {', '.join(reversed(last))}." if last else "There was no event at all."
    raise Refusal(
        409, "wait_timed_out", f"In {asked['timeout']:g} s there came {len(found)} of {count} {asked['type']}. {seen}"
    )


@blueprint.post("/events/<id>/resend")
def resend_event(id: str) -> dict[str, Any]:
    """Deliver an event once more, to every endpoint that listens to its type or to one of them."""
    asked = body(_RESEND)
    world = world_of(asked)
    return {"data": rooms().webhooks.resend(world, _event(world, id, "id")["id"], asked.get("endpoint"))}


def _marked(world: World, event: Doc) -> Doc:
    """An event as the log shows it: with ``"synthetic": true`` where it was made up."""
    return {**event, "synthetic": True} if made_up.is_made_up(world, event) else event


def _event(world: World, id: str, param: str) -> Doc:
    """An event of the log, or 404."""
    with world.lock:
        found = world.fetch("event", id)
    if found is None:
        raise Refusal(404, "event_missing", f"No such event: '{id}'", param)
    return found


def _matching(world: World, asked: Mapping[str, Any], *, newest_first: bool = False) -> Iterable[Doc]:
    """Events that pass a filter, straight from the log: read them under the account's lock."""
    log = world.table("event")
    type, customer, after = asked.get("type"), asked.get("customer"), asked.get("after")
    exact = {"type": type} if type and not type.endswith("*") else {}
    since = log.keys[_event(world, after, "after")["id"]] if after else None
    found: Iterable[Doc] = log.select(exact, newest_first=newest_first, after=since)
    if type and not exact:
        found = filter(_starts_with(type[:-1]), found)
    return filter(_concerns(customer), found) if customer else found


def _starts_with(prefix: str) -> Callable[[Doc], bool]:
    return lambda event: bool(event["type"].startswith(prefix))


def _concerns(customer: str) -> Callable[[Doc], bool]:
    def concerns(event: Doc) -> bool:
        subject = event["data"]["object"]
        return bool(subject.get("customer") == customer or subject.get("id") == customer)

    return concerns
