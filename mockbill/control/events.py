"""Events: list and find them, look at one, take it along, send it again."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import orjson
from flask import Response
from marshmallow import fields
from marshmallow.validate import OneOf

from mockbill.control import exports
from mockbill.control.asking import Asked, Refusal, body, query, world_of
from mockbill.control.blueprint import blueprint
from mockbill.control.rooms import LoggedRequest, rooms
from mockbill.control.searching import Searched, search_of, states_of, terms_of
from mockbill.rules.log_query import Term
from mockbill.webhooks.ledger import FATES, fates
from mockbill.world import Doc, World, event_search, made_up, thin_events

WORDS = (*event_search.WORDS, "status")


class Resend(Asked):
    endpoint = fields.String()


class Export(Asked):
    """``endpoint`` is an id or a URL; without it the first that wants the event."""

    form = fields.String(data_key="as", validate=OneOf(("curl", "step", "json", "fixture")), load_default="json")
    endpoint = fields.String()


_ASKED, _EXPORT, _FILTER, _RESEND = Asked(), Export(), Searched(), Resend()


@blueprint.get("/events")
def list_events() -> dict[str, Any]:
    """Oldest first: the newest ``limit`` events that are looked for, or those that follow ``after``.

    ``status`` is what became of an event's deliveries: pending, delivered, failed or dropped.  ``fallen`` is how many
    events the log had to let go: it holds the last ones of the setting ``event_log``.
    """
    asked = query(_FILTER)
    world, limit = world_of(asked), asked["limit"]
    terms = terms_of(asked, WORDS)
    newest_first = "after" not in asked
    found = list(islice(_found(world, terms, newest_first), limit + 1))
    page = found[:limit]
    if newest_first:
        page.reverse()
    log = world.table("event")
    return {
        "data": [marked(world, event) for event in page],
        "has_more": len(found) > limit,
        "fallen": log.arrivals - len(log.order),
    }


@blueprint.get("/events/<id>")
def show_event(id: str) -> dict[str, Any]:
    """One event, with its ``deliveries`` and, in ``caused_by``, the API call that caused it if that is known still."""
    world = world_of(query(_ASKED))
    event = event_of(world, id)
    call = _cause(event)
    ids = [event["id"], *(twin["id"] for twin in (thin_events.of(event) if event["object"] == "event" else ()))]
    deliveries = [told.as_dict() for told in rooms().webhooks.log(world.name) if told.event["id"] in ids]
    return {**marked(world, event), "caused_by": call and call.as_dict(), "deliveries": deliveries}


@blueprint.get("/events/<id>/export")
def export_event(id: str) -> Response:
    """One event ``as`` something to go on with, as text: see ``exports``."""
    asked = query(_EXPORT)
    world = world_of(asked)
    event = stored(world, id)
    if asked["form"] == "fixture":
        return Response(exports.fixture(event, _cause(event)), mimetype="application/json")
    letter = rooms().webhooks.letter(world, event, asked.get("endpoint"))
    if asked["form"] == "json":
        return Response(letter.body, mimetype="application/json")
    text = exports.curl(event, letter) if asked["form"] == "curl" else exports.step(orjson.loads(letter.body))
    return Response(text, mimetype="text/plain")


@blueprint.post("/events/<id>/resend")
def resend_event(id: str) -> dict[str, Any]:
    """Deliver an event once more, to every endpoint that listens to its type or to one of them."""
    asked = body(_RESEND)
    world = world_of(asked)
    return {"data": rooms().webhooks.resend(world, event_of(world, id)["id"], asked.get("endpoint"))}


def marked(world: World, event: Doc) -> Doc:
    """An event as the log shows it: with ``"synthetic": true`` where it was made up."""
    return {**event, "synthetic": True} if made_up.is_made_up(world, event) else event


def event_of(world: World, id: str) -> Doc:
    """An event of the log as the API shows it, or 404."""
    found = stored(world, id)
    return thin_events.shown(found) if thin_events.is_thin(found) else found


def stored(world: World, id: str) -> Doc:
    """An event of the log, or 404."""
    with world.lock:
        found = world.fetch("event", id) or thin_events.find(world, id)
    if found is None:
        kept = world.settings.event_log
        raise Refusal(404, "event_missing", f"No such event: '{id}'; the last {kept} of an account are kept.", "id")
    return found


def _cause(event: Doc) -> LoggedRequest | None:
    """The API call that caused an event, where it is in the log."""
    request = (event.get("request") or (event.get("reason") or {}).get("request") or {}).get("id")
    return next((call for call in rooms().requests(None) if call.id == request), None)


def _found(world: World, terms: Sequence[Term], newest_first: bool) -> Iterator[Doc]:
    search, is_wanted = search_of(world, terms), states_of(terms, FATES)
    if is_wanted is None:
        return search.walk(newest_first=newest_first)
    known = fates(rooms().webhooks.log(world.name))
    return search.walk(newest_first=newest_first, among={id for id, state in known.items() if is_wanted(state)})
