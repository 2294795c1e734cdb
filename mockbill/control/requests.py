"""The log of API calls."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import fields

from mockbill.control.asking import Refusal, query
from mockbill.control.blueprint import blueprint
from mockbill.control.rooms import LoggedRequest, rooms
from mockbill.control.searching import Searched, terms_of
from mockbill.rules.log_query import Term, among
from mockbill.rules.periods import parse_instant
from mockbill.world import World, event_search

WORDS = ("method", "path", "status", "type", "for", "customer", "request", "since", "before", "text")
_OUTCOMES = {"failed": lambda status: status >= 400, "succeeded": lambda status: status < 400}


class Filter(Searched):
    """``path`` may hold ``*``; ``status`` is a number, a class such as ``4xx``, or ``failed``.

    ``for`` and ``customer`` are ids that the call names, or that an event is about which it caused; ``type`` is that
    of such an event.  Times are those of the account's clock.
    """

    method = fields.String()
    path = fields.String()


_FILTER = Filter()


@blueprint.get("/requests")
def list_requests() -> dict[str, Any]:
    """Oldest first, of the whole server or of one ``account``; a call with a refused key belongs to none.

    ``fallen`` is how many calls the log had to let go: it holds the last ones of the setting ``request_log``.
    """
    asked = query(_FILTER)
    account = asked.get("account")
    test = request_test(asked)
    found = list(reversed(rooms().requests(account)))
    limit, after = asked["limit"], asked.get("after")
    if after is not None:
        known = next((place for place, call in enumerate(found) if call.id == after), None)
        if known is None:
            raise Refusal(404, "request_missing", f"No such request: '{after}'", "after")
        found = found[known + 1 :]
    found = list(filter(test, found))
    page = found[-limit:] if after is None else found[:limit]
    return {
        "data": [call.as_dict() for call in page],
        "has_more": len(found) > len(page),
        "fallen": rooms().fallen_requests(account),
    }


@blueprint.get("/requests/<id>")
def show_request(id: str) -> dict[str, Any]:
    """One call, with the ``events`` that it caused: id, type and object of each."""
    for call in rooms().requests(None):
        if call.id == id:
            events = event_search.Search(world, [Term("request", id)]).walk() if (world := _world(call)) else ()
            told = [{"id": e["id"], "type": e["type"], "object": e["data"]["object"].get("id")} for e in events]
            return {**call.as_dict(), "events": told}
    kept = rooms().settings.request_log
    raise Refusal(404, "request_missing", f"No such request: '{id}'; the last {kept} of each account are kept.", "id")


def request_test(asked: Mapping[str, Any]) -> Callable[[LoggedRequest], bool]:
    """Whether a call is looked for; asking it takes locks of accounts."""
    tests = [_test(term) for term in terms_of(asked, WORDS)]
    return lambda call: all(test(call) for test in tests)


def _test(term: Term) -> Callable[[LoggedRequest], bool]:
    holds = _plain(term.word, term.value)
    return (lambda call: not holds(call)) if term.negated else holds


def _plain(word: str, value: str) -> Callable[[LoggedRequest], bool]:
    if word == "method":
        return lambda call: call.method == value.upper()
    if word == "path":
        is_one = among(value)
        return lambda call: is_one(call.path)
    if word == "status":
        return _status(value)
    if word == "request":
        return lambda call: call.id == value
    if word == "text":
        wanted = value.casefold()
        return lambda call: wanted in str(call.as_dict()).casefold()
    if word in ("since", "before"):
        return _when(word, value)
    return _caused(word, value)


def _status(value: str) -> Callable[[LoggedRequest], bool]:
    if value in _OUTCOMES:
        return lambda call: _OUTCOMES[value](call.status)
    if not re.fullmatch(r"[1-5](\d\d|xx)", value):
        raise Refusal(
            422, "field_invalid", f"status: {value} is no status such as 402, 4xx, failed, succeeded", "status"
        )
    return lambda call: value in (str(call.status), f"{call.status // 100}xx")


def _when(word: str, value: str) -> Callable[[LoggedRequest], bool]:
    try:
        at = parse_instant(value)
    except ValueError as error:
        raise Refusal(422, "field_invalid", f"{word}: {error}", word) from None
    return lambda call: (call.at < at) is (word == "before")


def _caused(word: str, value: str) -> Callable[[LoggedRequest], bool]:
    """Whether a call caused events of a type or about an object, or names the object itself."""

    def caused(call: LoggedRequest) -> bool:
        if word != "type" and any(value in said for said in (call.path, call.query, call.body)):
            return True
        world = _world(call)
        if world is None:
            return False
        return any(event_search.Search(world, [Term("request", call.id), Term(word, value)]).walk())

    return caused


def _world(call: LoggedRequest) -> World | None:
    """The account of a call."""
    return next((world for world in rooms().worlds.all() if world.name == call.account), None)
