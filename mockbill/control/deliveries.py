"""Webhook deliveries: their log, waiting until nothing is left to deliver, making them once more."""

import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from marshmallow import fields
from marshmallow.validate import OneOf, Range

from mockbill.control.asking import Asked, Read, Refusal, body, query, world_of
from mockbill.control.blueprint import blueprint
from mockbill.control.rooms import rooms
from mockbill.control.searching import Searched, search_of, terms_of
from mockbill.rules.log_query import Term
from mockbill.rules.periods import parse_instant
from mockbill.webhooks.delivery import Delivery
from mockbill.world import World, event_search

LONGEST = 300.0  # seconds that one call may wait

WORDS = (*event_search.WORDS, "status", "state", "event", "endpoint")
STATES = ("pending", "retrying", "delivered", "failed", "dropped")


def _since(value: str | int) -> str | int:
    """The id of an event, or an instant."""
    return value if isinstance(value, str) and value.startswith("evt_") else parse_instant(value)


class Filter(Searched):
    """Besides the words of a search: ``event``, ``endpoint`` (an id or a URL), and the ``state``.

    ``status`` is a state too, or that of the answer: 500, or 5xx.  Without ``limit`` the whole log is answered.
    """

    event = fields.String()
    endpoint = fields.String()
    state = fields.String(validate=OneOf(STATES))
    limit = fields.Integer(validate=Range(1, 10_000))
    after = fields.String()


class Pull(Asked):
    """What of the queue is sent: all of it, unless a filter or a ``limit`` says otherwise."""

    type = fields.String()
    endpoint = fields.String()
    limit = fields.Integer(strict=True, validate=Range(1, 10_000))
    timeout = fields.Float(validate=Range(0, LONGEST), load_default=30.0)


class ResendAll(Asked):
    """Deliveries that were given up (``failed``), unless another ``state`` is asked for."""

    type = fields.String()
    endpoint = fields.String()
    state = fields.String(validate=OneOf(STATES), load_default="failed")
    since = Read(_since)


class Drain(Asked):
    timeout = fields.Float(validate=Range(0, LONGEST), load_default=30.0)


_ASKED, _FILTER, _PULL, _RESEND, _DRAIN = Asked(), Filter(), Pull(), ResendAll(), Drain()


@blueprint.get("/deliveries")
def list_deliveries() -> dict[str, Any]:
    """Oldest first: the newest ``limit`` deliveries that are looked for, each with all its attempts.

    ``fallen`` is how many the log had to let go: it holds the last ones of the setting ``delivery_log``.
    """
    asked = query(_FILTER)
    world = world_of(asked)
    test = delivery_test(world, asked)
    newest = filter(test, reversed(rooms().webhooks.log(world.name)))
    found = list(islice(newest, asked.get("limit")))[::-1]
    return {"data": [told.as_dict() for told in found], "fallen": rooms().webhooks.fallen(world.name)}


def delivery_test(world: World, asked: Mapping[str, Any]) -> Callable[[Delivery], bool]:
    """Whether a delivery is looked for."""
    which, state = delivery_tests(world, asked)
    return lambda delivery: which(delivery) and state(delivery)


def delivery_tests(
    world: World, asked: Mapping[str, Any]
) -> tuple[Callable[[Delivery], bool], Callable[[Delivery], bool]]:
    """Whether a delivery is one that is looked for, and whether it has come as far.

    They take no lock, for they are asked under the hub's.
    """
    terms = terms_of(asked, WORDS)
    which = [_test(term) for term in terms if term.word in ("event", "endpoint")]
    states = [_test(term) for term in terms if term.word in ("status", "state")]
    search = search_of(world, [term for term in terms if term.word in event_search.WORDS])
    return (
        lambda delivery: all(test(delivery) for test in which) and search.fits(delivery.event),
        lambda delivery: all(test(delivery) for test in states),
    )


def _test(term: Term) -> Callable[[Delivery], bool]:
    holds = _plain(term.word, term.value)
    return (lambda delivery: not holds(delivery)) if term.negated else holds


def _plain(word: str, value: str) -> Callable[[Delivery], bool]:
    if word == "event":
        return lambda delivery: bool(delivery.event["id"] == value)
    if word == "endpoint":
        return lambda delivery: value in (delivery.receiver.id, delivery.receiver.url)
    wanted = value.split(",")
    for name in wanted:
        if name not in STATES and not re.fullmatch(r"[1-5](\d\d|xx)", name):
            known = ", ".join(STATES)
            raise Refusal(422, "field_invalid", f"{word}: {name} is none of {known}, nor 500 or 5xx", word)
    return lambda delivery: not _said_of(delivery).isdisjoint(wanted)


def _said_of(delivery: Delivery) -> set[str]:
    """The state of a delivery, and of its last attempt the status and its class."""
    answer = delivery.attempts[-1].reply.status if delivery.attempts else None
    return {delivery.state} if answer is None else {delivery.state, str(answer), f"{answer // 100}xx"}


@blueprint.post("/deliveries/pull")
def pull_deliveries() -> dict[str, Any]:
    """In the mode ``manual``: attempt what waits, oldest first and one after the other, and answer the deliveries.

    After ``timeout`` seconds no further attempt is begun; what is left waits on.
    """
    asked = body(_PULL)
    world = world_of(asked)
    asked.pop("account", None)
    return {"data": rooms().webhooks.pull(world, **asked)}


@blueprint.post("/deliveries/resend")
def resend_deliveries() -> dict[str, Any]:
    """Make one more attempt at all that failed: since a time of the account, or an event, and to one endpoint or all.

    Like that of one delivery it answers at once, and plans no retries.
    """
    asked = body(_RESEND)
    world = world_of(asked)
    asked.pop("account", None)
    return {"data": rooms().webhooks.resend_all(world, **asked)}


@blueprint.get("/deliveries/<id>")
def show_delivery(id: str) -> dict[str, Any]:
    found = rooms().webhooks.delivery(world_of(query(_ASKED)).name, id)
    if found is None:
        raise Refusal(404, "delivery_missing", f"No such delivery: '{id}'", "id")
    return found


@blueprint.post("/deliveries/<id>/resend")
def resend_delivery(id: str) -> dict[str, Any]:
    """Make one more attempt, now; the answer does not wait for it."""
    return {"data": rooms().webhooks.resend(world_of(body(_ASKED)), id)}


@blueprint.post("/drain")
def drain() -> dict[str, Any]:
    """Wait until nothing is left to deliver, retries included: ``{"drained", "pending", "retrying", "failed"}``.

    ``drained`` is false when that took longer than ``timeout``, which is no error: a dead receiver is retried for long.
    ``failed`` deliveries were given up, now or before.
    """
    asked = body(_DRAIN)
    everyone = asked.get("account") == "*"
    return rooms().webhooks.drain(None if everyone else world_of(asked), asked["timeout"])
