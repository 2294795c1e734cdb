"""Webhook deliveries: their log, waiting until they are made, making them once more."""

from typing import Any

from marshmallow import fields
from marshmallow.validate import OneOf, Range

from mockbill.control.asking import Asked, Read, Refusal, body, query, world_of
from mockbill.control.blueprint import blueprint
from mockbill.control.events import LONGEST
from mockbill.control.rooms import rooms
from mockbill.rules.periods import parse_instant

_STATES = ("pending", "retrying", "delivered", "failed", "dropped")


def _since(value: str | int) -> str | int:
    """The id of an event, or an instant."""
    return value if isinstance(value, str) and value.startswith("evt_") else parse_instant(value)


class Filter(Asked):
    """``type`` may end in ``*``; ``endpoint`` is an id or a URL.  Without ``limit`` the whole log is answered."""

    type = fields.String()
    event = fields.String()
    endpoint = fields.String()
    state = fields.String(validate=OneOf(_STATES))
    limit = fields.Integer(validate=Range(1, 10_000))


class WaitFor(Asked):
    """Deliveries that are ``delivered``, unless another ``state`` is asked for."""

    type = fields.String()
    event = fields.String()
    endpoint = fields.String()
    state = fields.String(validate=OneOf(_STATES), load_default="delivered")
    count = fields.Integer(strict=True, validate=Range(1, 10_000), load_default=1)
    timeout = fields.Float(validate=Range(0, LONGEST), load_default=10.0)


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
    state = fields.String(validate=OneOf(_STATES), load_default="failed")
    since = Read(_since)


class Drain(Asked):
    timeout = fields.Float(validate=Range(0, LONGEST), load_default=30.0)


_ASKED, _FILTER, _WAIT, _PULL, _RESEND, _DRAIN = Asked(), Filter(), WaitFor(), Pull(), ResendAll(), Drain()


@blueprint.get("/deliveries")
def list_deliveries() -> dict[str, Any]:
    """Oldest first: the newest ``limit`` deliveries that pass the filter, each with all its attempts."""
    asked = query(_FILTER)
    account = world_of(asked).name
    asked.pop("account", None)
    return {"data": rooms().webhooks.deliveries(account, **asked)[::-1]}


@blueprint.post("/deliveries/wait")
def wait_for_deliveries() -> dict[str, Any]:
    """Answer the newest ``count`` deliveries that pass the filter once there are that many."""
    asked = body(_WAIT)
    account = world_of(asked).name
    asked.pop("account", None)
    count, timeout = asked.pop("count"), asked.pop("timeout")
    found = rooms().webhooks.wait(account, count, timeout, **asked)
    if len(found) == count:
        return {"data": found[::-1]}
    wanted = f"{asked['state']} {asked.get('type', 'deliveries')}"
    raise Refusal(409, "wait_timed_out", f"In {timeout:g} s there came {len(found)} of {count} {wanted}.")


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
