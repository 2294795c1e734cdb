"""Faults: have an account's next calls fail, or its next payments be declined; list and end the rules."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validates_schema
from marshmallow.validate import OneOf, Range

from mockbill import surface
from mockbill.control.asking import Asked, Refusal, body, query, world_of
from mockbill.control.blueprint import blueprint
from mockbill.rules import declines
from mockbill.world import World
from mockbill.world.faults import HTTP_ANSWERS, NO_ANSWERS, form_of


class Answer(fields.Field[str]):
    """``card_declined`` or another decline code, an HTTP status, ``lock_timeout``, ``timeout`` or ``reset``."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> str:
        answer = str(value).strip()
        if isinstance(value, bool) or not isinstance(value, str | int) or not _is_known(answer):
            raise ValidationError(f"{value!r} is no answer{_near(answer)}")
        return answer


class Path(fields.Field[str]):
    """A path of Stripe's API: ``/v1/customers``, ``customers/cus_1``, ``/v1/invoices/*`` or as the reference has it."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> str:
        if not isinstance(value, str) or not value.strip("/"):
            raise ValidationError("must be a path such as /v1/customers, or /v1/invoices/*")
        path = "/" + value.strip().lstrip("/")
        path = path if path.startswith(("/v1", "/v2", "/*")) else f"/v1{path}"
        if "*" in path or "{" in path:
            return path
        known = sorted({operation.path for operation in surface.operations().values()})
        if not any(form_of(each).fullmatch(path) for each in known):
            near = get_close_matches(path, known, n=1)
            raise ValidationError(f"{path} is no path of Stripe's API{f'; nearest: {near[0]}' if near else ''}")
        return path


class Match(Schema):
    """Which calls a rule is for; of a decline, whose payments."""

    class Meta:
        unknown = RAISE

    method = fields.String(validate=OneOf(("GET", "POST", "DELETE")))
    path = Path()
    customer = fields.String()


class Rule(Asked):
    """``times`` is once unless it is said; null is until the rule is ended.

    ``when`` is ``before`` the call is done, which then is not; ``after`` it, only its answer is lost.
    """

    match = fields.Nested(Match(), load_default=dict)
    answer = Answer(required=True)
    times = fields.Integer(strict=True, validate=Range(1, 1_000_000), load_default=1, allow_none=True)
    when = fields.String(validate=OneOf(("before", "after")), load_default="before")

    @validates_schema
    def only_answers_are_lost(self, data: Mapping[str, Any], **_: Any) -> None:
        if data["when"] == "after" and data["answer"] not in NO_ANSWERS:
            raise ValidationError(
                "only an answer that never arrives (timeout, reset) can be lost after the call", "when"
            )

    @validates_schema
    def declines_are_of_payments(self, data: Mapping[str, Any], **_: Any) -> None:
        of_call = data["match"].keys() & {"method", "path"}
        if data["answer"] not in HTTP_ANSWERS and of_call:
            name = min(of_call)
            raise ValidationError(
                f"a decline is of a payment, be it a renewal's, not of a call: leave {name} away, or match customer",
                "match",
            )


_ASKED, _RULE = Asked(), Rule()


@blueprint.get("/faults")
def list_faults() -> dict[str, Any]:
    """The rules that hold, oldest first, each with how often it was met and what is left of it."""
    return _listed(world_of(query(_ASKED)))


@blueprint.post("/faults")
def add_fault() -> dict[str, Any]:
    """``{"answer": 429, "match"?: {"method"?, "path"?, "customer"?}, "times"?, "when"?}``: the rules, and which is new.

    An SDK tries again by itself what it was told may pass: ``{"answer": 500}`` once goes by unseen where it may retry.
    """
    asked = body(_RULE)
    world = world_of(asked)
    customer = asked["match"].get("customer")
    with world.lock:
        if customer is not None and world.fetch("customer", customer) is None:
            raise Refusal(404, "customer_missing", f"No such customer: '{customer}'", "match")
        fault = world.faults.add(asked["answer"], **asked["match"], times=asked["times"], when=asked["when"])
    return {"id": fault.id, **_listed(world)}


@blueprint.delete("/faults")
def clear_faults() -> dict[str, Any]:
    """End all rules of the account; the answer is what is left: none."""
    world = world_of(body(_ASKED))
    with world.lock:
        world.faults.clear()
    return _listed(world)


@blueprint.delete("/faults/<id>")
def end_fault(id: str) -> dict[str, Any]:
    """End one rule; the answer is the others."""
    world = world_of(body(_ASKED))
    with world.lock:
        if not world.faults.drop(id):
            raise Refusal(
                404, "fault_missing", f"No such fault: '{id}'; those that were met as often as asked are gone.", "id"
            )
    return _listed(world)


def _listed(world: World) -> dict[str, Any]:
    with world.lock:
        return {"data": [fault.as_dict() for fault in world.faults.all()]}


def _is_known(answer: str) -> bool:
    if answer in HTTP_ANSWERS:
        return True
    try:
        declines.named(answer)
    except ValueError:
        return False
    return True


def _near(answer: str) -> str:
    known = [*HTTP_ANSWERS, "card_declined", *declines.DECLINES]
    near = get_close_matches(answer, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(HTTP_ANSWERS)} and every decline code"
