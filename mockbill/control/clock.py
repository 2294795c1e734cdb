"""The clock of an account: read it, set it, advance it through all that falls due."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validates_schema
from marshmallow.validate import OneOf

from mockbill.billing import test_clocks
from mockbill.billing.subscription_status import RENEWING
from mockbill.control.asking import Asked, Read, Refusal, body, query, world_of
from mockbill.control.blueprint import blueprint
from mockbill.control.rooms import rooms
from mockbill.rules.periods import HOUR, Span, iso, parse_instant, parse_span
from mockbill.world import Advanced, Doc, World
from mockbill.world.clock import wall

_NEXT_RENEWAL = "next renewal"
_COLLECTION = HOUR  # after the renewal its invoice is finalized and collected (stripe-behaviour.md 3.5)


def _instant(value: str | int) -> int:
    at = parse_instant(value)
    if at < 0:
        raise ValueError(f"{value!r} lies before 1970, where Unix time begins")
    return at


def _target(value: str | int) -> str | int:
    """An instant in seconds, or "next renewal" (with a hyphen where a shell would want quotes)."""
    if isinstance(value, str) and value.strip().lower().replace("-", " ") == _NEXT_RENEWAL:
        return _NEXT_RENEWAL
    try:
        return _instant(value)
    except ValueError as error:
        raise ValueError(f'{error}, or "next renewal"') from None


class SetClock(Asked):
    now = Read(_instant)
    mode = fields.String(validate=OneOf(("real", "offset", "frozen")))

    @validates_schema
    def something(self, data: Mapping[str, Any], **_: Any) -> None:
        if "now" not in data and "mode" not in data:
            raise ValidationError('needs "now", "mode" or both, such as {"now": "2026-03-01T00:00:00Z"}')
        if "now" in data and data.get("mode") == "real":
            raise ValidationError('"mode": "real" is the time as it is; "offset" runs on from "now"')


class Advance(Asked):
    by = Read(lambda value: parse_span(str(value)))
    to = Read(_target)
    subscription = fields.String()

    @validates_schema
    def one_way(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("by" in data) == ("to" in data):
            raise ValidationError('needs either "by" or "to", such as {"by": "1 month"} or {"to": "next renewal"}')


_ASKED, _SET, _ADVANCE = Asked(), SetClock(), Advance()


def time_of(world: World) -> dict[str, Any]:
    """``{"now": "2026-03-01T00:00:00Z", "mode"}``."""
    return {"now": iso(world.clock.now), "mode": world.clock.mode}


@blueprint.get("/clock")
def read_clock() -> dict[str, Any]:
    return time_of(world_of(query(_ASKED)))


@blueprint.post("/clock")
def set_clock() -> dict[str, Any]:
    """Set the clock; in an account that is not empty, all that falls due on the way happens."""
    asked = body(_SET)
    world = world_of(asked)
    mode = asked.get("mode")
    with world.advancing:
        # Without an instant the clock changes only its mode, where it stands: that is never the past.
        moved = "now" in asked or mode == "real"
        target = asked.get("now", wall() if mode == "real" else world.clock.now)
        done = Advanced()
        if not world.is_empty:
            if moved:
                _refuse_the_past(world, target, None)
            done = world.advance(target)
            world.hub.settle(world)
        with world.lock:
            world.clock.set(target, mode)
            if world.keeper:
                world.keeper.note(world)
    return {**time_of(world), **_told(world, done)}


@blueprint.post("/clock/advance")
def advance_clock() -> dict[str, Any]:
    """Advance the account's clock, or the test clock of ``subscription`` if it has one, and deliver what happened.

    ``"to": "next renewal"`` goes on for the hour after which Stripe finalizes and collects the renewal's invoice;
    the answer's ``renewal`` tells the moment itself.
    """
    asked = body(_ADVANCE)
    world = world_of(asked)
    with world.advancing:
        subscription = _subscription(world, asked.get("subscription"))
        timeline = subscription["test_clock"] if subscription else None
        renewal = _renewal(world, subscription) if asked.get("to") == _NEXT_RENEWAL else None
        until = _until(world, asked, timeline, renewal)
        _refuse_the_past(world, until, timeline)
        done = _advance_test_clock(world, timeline, until) if timeline else world.advance(until)
    world.hub.settle(world)
    answer = {"now": iso(world.time(timeline)), **_told(world, done)}
    if timeline:
        answer["test_clock"] = timeline
    if renewal:
        answer["renewal"] = {"subscription": renewal["id"], "at": iso(_period_end(renewal))}
    return answer


def _told(world: World, done: Advanced) -> dict[str, Any]:
    """What an advance did; ``undelivered`` are all deliveries of the account that have been tried in vain so far."""
    return {"events": done.events, "moments": done.moments, "undelivered": rooms().webhooks.undelivered(world.name)}


def _until(world: World, asked: Mapping[str, Any], timeline: str | None, renewal: Doc | None) -> int:
    if renewal is not None:
        return _period_end(renewal) + _COLLECTION
    if "to" in asked:
        return int(asked["to"])
    span: Span = asked["by"]
    try:
        return span.after(world.time(timeline))
    except ValueError as error:
        raise Refusal(422, "field_invalid", f"by: {error}", "by") from None


def _refuse_the_past(world: World, target: int, timeline: str | None) -> None:
    now = world.time(timeline)
    if target >= now:
        return
    whose = f"test clock {timeline}" if timeline else f"clock of account {world.name}"
    name = world.name
    reset = f'mockbill reset --account {name}, or POST /_mockbill/reset {{"account": "{name}"}}'
    hint = "" if timeline else f" Empty the account first: {reset}."
    raise Refusal(409, "clock_only_goes_forward", f"The {whose} stands at {iso(now)}, later than {iso(target)}.{hint}")


def _subscription(world: World, id: str | None) -> Doc | None:
    if id is None:
        return None
    with world.lock:
        found = world.fetch("subscription", id)
    if found is None:
        raise Refusal(404, "subscription_missing", f"No such subscription: '{id}'", "subscription")
    return found


def _renewal(world: World, named: Doc | None) -> Doc:
    """The subscription that renews next: the named one, else the earliest on the account's own clock."""
    if named is not None:
        if named["status"] not in RENEWING:
            raise Refusal(
                409, "subscription_not_renewing", f"{named['id']} is {named['status']} and renews no more.", "to"
            )
        return named
    with world.work() as work:
        coming = [doc for status in RENEWING for doc in work.find("subscription", status=status, test_clock=None)]
    if not coming:
        raise Refusal(
            409,
            "no_renewal",
            f"No subscription of account {world.name} renews; those on test clocks must be named.",
            "to",
        )
    return min(coming, key=_period_end)


def _period_end(subscription: Doc) -> int:
    return min(int(item["current_period_end"]) for item in subscription["items"]["data"])


def _advance_test_clock(world: World, id: str, until: int) -> Advanced:
    with world.work(timeline=id) as work:
        test_clocks.begin_advance(work, work.need("test_helpers.test_clock", id), {"frozen_time": until})
    return test_clocks.finish_advance(world, id, until)
