"""Waiting on the server for events, deliveries and API calls: answered as soon as it is true, else with what came.

Nothing here sleeps or asks again and again: each log wakes those who wait for it.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from marshmallow import ValidationError, fields, validates_schema
from marshmallow.validate import OneOf, Range

from mockbill.control.asking import Asked, Read, Refusal, body, world_of
from mockbill.control.blueprint import blueprint
from mockbill.control.deliveries import LONGEST, STATES, delivery_tests
from mockbill.control.events import WORDS, marked
from mockbill.control.requests import request_test
from mockbill.control.rooms import LoggedRequest, rooms
from mockbill.control.searching import check_type, search_of, states_of, terms_of
from mockbill.rules.log_query import Term, among
from mockbill.webhooks.delivery import Delivery
from mockbill.webhooks.ledger import FATES, fates
from mockbill.world import Doc, World
from mockbill.world.event_search import Search

_SHOWN = 20  # of what came instead, in the message; the rest is in the error's ``came``


class Wait(Asked):
    """``after`` counts only what followed an event or, for API calls, a request."""

    customer = fields.String()
    on = fields.String(data_key="for")
    request = fields.String()
    text = fields.String()
    q = fields.String()
    count = fields.Integer(strict=True, validate=Range(1, 10_000), load_default=1)
    timeout = fields.Float(validate=Range(0, LONGEST), load_default=10.0)
    after = fields.String()


class WaitForEvents(Wait):
    """``type``, or ``types`` that have to come in this order, others between them."""

    type = fields.String()
    types = fields.List(fields.String())
    status = fields.String()

    @validates_schema
    def one_kind(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("types") and not data.get("type"):
            raise ValidationError("Missing data for required field.", "type")
        if "types" in data and ("type" in data or "status" in data or data["count"] != 1):
            raise ValidationError("an order of events is waited for once, without type, status and count", "types")


class WaitForDeliveries(Wait):
    """Deliveries that are ``delivered``, unless another ``state`` is asked for."""

    type = fields.String()
    event = fields.String()
    endpoint = fields.String()
    state = fields.String(validate=OneOf(STATES), load_default="delivered")


class WaitForRequests(Wait):
    method = fields.String()
    path = fields.String()
    status = Read(str)


_EVENTS, _DELIVERIES, _REQUESTS = WaitForEvents(), WaitForDeliveries(), WaitForRequests()


@blueprint.post("/events/wait")
def wait_for_events() -> dict[str, Any]:
    """Answer the newest ``count`` events that are looked for once there are that many, or those of an order of types.

    Of all in the log, or of those after ``after``.  With ``status`` their deliveries have to have come that far.
    """
    asked = body(_EVENTS)
    world = world_of(asked)
    order: list[str] = asked.get("types") or []
    for type in order or [asked["type"]]:
        check_type(type, "types" if order else "type")
    terms = terms_of(asked, WORDS)
    if order:
        terms.append(Term("type", ",".join(order)))
    search, is_wanted = search_of(world, terms), states_of(terms, FATES)
    began = _mark(world, asked.get("after"))
    if is_wanted is not None:
        found = _events_that_became(world, search, is_wanted, asked["count"], asked["timeout"])
    else:
        enough = _Order(order) if order else _Newest(asked["count"])
        found = _events(world, search, enough, asked["timeout"])
    wanted = " then ".join(order) if order else asked["type"]
    if len(found) == (len(order) or asked["count"]):
        return {"data": [marked(world, event) for event in found]}
    with world.lock:
        log = world.table("event")
        came = [event["type"] for event in log.select(after=began)]
        last = [log.rows[key]["type"] for key in log.order[-3:]]
    some = [term.value for term in terms if term.word not in ("type", "after")]
    number = f"{len(found)} of {len(order) or asked['count']}"
    about = f" for {', '.join(some)}" if some else ""
    raise _timed_out(asked, f"{number} {wanted}{about}", came, "events", last)


@blueprint.post("/deliveries/wait")
def wait_for_deliveries() -> dict[str, Any]:
    """Answer the newest ``count`` deliveries that are looked for once there are that many."""
    asked = body(_DELIVERIES)
    world = world_of(asked)
    is_one, has_come_so_far = delivery_tests(world, asked)
    known = {delivery.id for delivery in rooms().webhooks.log(world.name)}
    candidates: list[Delivery] = []
    found: deque[Delivery] = deque(maxlen=asked["count"])

    def take(delivery: Delivery) -> None:
        if is_one(delivery):
            candidates.append(delivery)

    def enough() -> bool:
        found.clear()
        found.extend(filter(has_come_so_far, candidates))
        return len(found) == found.maxlen

    if rooms().webhooks.wait_until(world.name, take, enough, asked["timeout"]):
        return {"data": [delivery.as_dict() for delivery in found]}
    log = rooms().webhooks.log(world.name)
    if "after" in asked:
        follows = search_of(world, [Term("after", asked["after"])]).fits
        came = [delivery for delivery in log if follows(delivery.event)]
    else:
        came = [delivery for delivery in log if delivery.id not in known]
    wanted = f"{len(found)} of {found.maxlen} {asked['state']} {asked.get('type', 'deliveries')}"
    raise _timed_out(asked, wanted, list(map(_told, came)), "deliveries", list(map(_told, log[-3:])))


def _told(delivery: Delivery) -> str:
    return f"{delivery.event['type']} ({delivery.state})"


@blueprint.post("/requests/wait")
def wait_for_requests() -> dict[str, Any]:
    """Answer the newest ``count`` API calls that are looked for once there are that many: of a server or an account."""
    asked = body(_REQUESTS)
    test = request_test(asked)
    account, after = asked.get("account"), asked.get("after")
    count: int = asked["count"]
    known = {call.id for call in rooms().requests(account)}
    if after is not None and after not in known:
        raise Refusal(404, "request_missing", f"No such request: '{after}'", "after")
    found: list[LoggedRequest] = []

    def enough(newest: Sequence[LoggedRequest]) -> bool:
        found.clear()
        for call in newest:
            if call.id == after or len(found) == count:
                break
            if test(call):
                found.append(call)
        return len(found) == count

    if rooms().wait_for_requests(account, enough, asked["timeout"]):
        return {"data": [call.as_dict() for call in reversed(found)]}
    log = rooms().requests(account)[::-1]
    told = [f"{call.method} {call.path} {call.status}" for call in log]
    place = next((place for place, call in enumerate(log) if call.id == after), -1) + 1
    came = told[place:] if after else [line for line, call in zip(told, log, strict=True) if call.id not in known]
    words = [str(asked[name]) for name in ("method", "path", "status") if name in asked]
    raise _timed_out(asked, f"{len(found)} of {count} {' '.join(words) or 'calls'}", came, "calls", told[-3:])


class _Newest:
    """Takes events in their order until there are so many; the last so many are ``found``."""

    def __init__(self, count: int) -> None:
        self.found: deque[Doc] = deque(maxlen=count)
        self._count = int(count)

    def begin(self, search: Search) -> None:
        self.found.extend(search.newest(self._count))

    def take(self, event: Doc) -> None:
        self.found.append(event)

    @property
    def is_met(self) -> bool:
        """Whether there are so many."""
        return len(self.found) == self._count


class _Order:
    """Takes events until the types have come one after the other."""

    def __init__(self, types: Sequence[str]) -> None:
        self.found: deque[Doc] = deque()
        self._types = [among(type) for type in types]

    def begin(self, search: Search) -> None:
        for event in search.walk():
            self.take(event)

    def take(self, event: Doc) -> None:
        if not self.is_met and self._types[len(self.found)](event["type"]):
            self.found.append(event)

    @property
    def is_met(self) -> bool:
        return len(self.found) == len(self._types)


def _events(world: World, search: Search, enough: _Newest | _Order, timeout: float) -> list[Doc]:
    """Wait for events; each is looked at once, when it is committed."""
    with world.lock:
        log = world.table("event")
        enough.begin(search)
        seen = log.arrivals

    def met() -> bool:
        nonlocal log, seen
        if world.table("event") is not log:  # the account was emptied
            log, seen = world.table("event"), 0
            enough.found.clear()
        for event in log.select(after=seen):
            if search.fits(event):
                enough.take(event)
        seen = log.arrivals
        return bool(enough.is_met)

    world.wait_until(met, timeout)
    return list(enough.found)


def _events_that_became(
    world: World, search: Search, is_wanted: Callable[[str], bool], count: int, timeout: float
) -> list[Doc]:
    """Wait for events of which the deliveries have come as far as is wanted."""
    found: deque[Doc] = deque(maxlen=count)
    deliveries: list[Delivery] = []  # of the events that are looked for

    def take(delivery: Delivery) -> None:
        if delivery.event.get("object") == "event" and search.fits(delivery.event):
            deliveries.append(delivery)

    def met() -> bool:
        states = fates(deliveries)
        events = {delivery.event["id"]: delivery.event for delivery in deliveries}
        found.clear()
        found.extend(event for id, event in events.items() if is_wanted(states[id]))
        return len(found) == count

    rooms().webhooks.wait_until(world.name, take, met, timeout)
    with world.lock:
        return [world.fetch("event", event["id"]) or event for event in found]


def _mark(world: World, after: str | None) -> int:
    """The key of the event after which all counts as having come: the one that was named, or the last one."""
    with world.lock:
        log = world.table("event")
        return log.keys.get(after or "", log.arrivals)


def _timed_out(asked: dict[str, Any], wanted: str, came: list[str], what: str, last: list[str]) -> Refusal:
    """What came instead, whole in ``came``: since the call began, or since what ``after`` names."""
    since = f"since {asked['after']}" if asked.get("after") else "meanwhile"
    if came:
        cut = f"..., {', '.join(came[-_SHOWN:])}" if len(came) > _SHOWN else ", ".join(came)
        told = f"What came {since}: {cut}."
    elif last:
        told = f"Nothing came {since}. The last {what} were {', '.join(last)}."
    else:
        told = f"There were no {what} at all."
    message = f"In {asked['timeout']:g} s there came {wanted}. {told}"
    return Refusal(409, "wait_timed_out", message, more={"came": came})
