"""Searching the logs of events, deliveries and API calls: the same words for all three, one by one or in one text."""

from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from marshmallow import fields

from mockbill import surface
from mockbill.control.asking import Page, Refusal
from mockbill.rules.log_query import Term, Unreadable, among, is_exact, parse
from mockbill.world import World, event_search
from mockbill.world.event_search import Missing, Search

_PARAMS = {"for": "on"}  # as an attribute; words of a search are named as the fields of a call are


class Searched(Page):
    """What is looked for, by words of ``event_search``.

    ``q`` holds any of them in one text: ``is:failed type:invoice.* customer:cus_1 after:2026-03-01 -type:*.created``.
    ``is`` in it is ``status``.
    """

    type = fields.String()
    on = fields.String(data_key="for")
    customer = fields.String()
    request = fields.String()
    status = fields.String()
    since = fields.String()
    before = fields.String()
    text = fields.String()
    q = fields.String()


def terms_of(asked: Mapping[str, Any], words: Collection[str]) -> list[Term]:
    """What a call asks for, in its fields and in its ``q``."""
    terms = [Term(word, asked[name]) for word in words if asked.get(name := _PARAMS.get(word, word))]
    if asked.get("q"):
        try:
            found = parse(asked["q"], {*words, "is"})
        except Unreadable as reason:
            raise Refusal(422, "query_invalid", f"q: {reason}", "q") from None
        terms += [term._replace(word="status") if term.word == "is" else term for term in found]
    return terms


def search_of(world: World, terms: Sequence[Term]) -> Search:
    """A search among the events of an account."""
    for term in terms:
        if term.word in ("since", "after", "before"):
            _check_moment(world, term)
    return Search(world, terms)


def _check_moment(world: World, term: Term) -> None:
    try:
        event_search.Search(world, [term])
    except Missing as missing:
        kept = world.settings.event_log
        message = f"No such event: '{missing.id}'; the last {kept} of an account are kept."
        raise Refusal(404, "event_missing", message, missing.word) from None
    except ValueError as error:
        raise Refusal(422, "field_invalid", f"{term.word}: {error}", term.word) from None


def states_of(terms: Sequence[Term], known: Collection[str]) -> Callable[[str], bool] | None:
    """Whether a state is one of those asked for by ``status``; None where nothing is."""
    asked = [term for term in terms if term.word == "status"]
    for term in asked:
        for name in term.value.split(","):
            if name not in known:
                raise Refusal(422, "field_invalid", f"status: {name} is none of {', '.join(known)}", "status")
    if not asked:
        return None
    return lambda state: all((state in term.value.split(",")) is not term.negated for term in asked)


def check_type(pattern: str, param: str = "type") -> None:
    """Refuse to wait for an event that does not exist, with the names that are near."""
    known = surface.events()
    for name in pattern.split(","):
        if name in known or (not is_exact(name) and any(map(among(name), known))):
            continue
        twin = name.removeprefix("v1.")
        if name in surface.thin_events():
            told = f"wait for {twin}, or for" if twin in known else "wait for"
            message = f"{name} is a thin event, which this log does not hold; {told} its delivery (deliveries/wait)."
        else:
            close = get_close_matches(name, known, n=3, cutoff=0.5)
            near = f"; nearest: {', '.join(close)}" if close else ""
            message = f"{name!r} is no event{near}."
        raise Refusal(422, "type_unknown", message, param)
