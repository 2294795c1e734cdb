"""What ``--set path=value`` gives: paths read, and checked against the parameters of a recipe's principal call."""

from collections.abc import Mapping
from typing import Any

from mockbill import surface
from mockbill.triggers.cause import laid_over
from mockbill.world import Problem

_PARAM = "set"


def steps_of(path: str) -> list[str]:
    """``items.0.price`` and ``items[0][price]`` as their steps."""
    steps = path.replace("][", ".").replace("[", ".").removesuffix("]").split(".")
    if not all(steps):
        raise refusal(f"{path!r} is no path; write one as metadata.order_id or items.0.quantity.")
    return steps


def parameters_of(asked: Mapping[str, Any], type: str, sets: str | None) -> dict[str, Any]:
    """The tree of parameters that was set, each checked; Problem (422) for what the principal call does not take."""
    if asked and sets is None:
        raise refusal(f"Nothing can be set on {type}: no call of an application's brings it about.")
    tree: dict[str, Any] = {}
    for path, value in asked.items():
        steps, sent = steps_of(path), _sent(value)
        assert sets is not None
        try:
            surface.check_parameter(sets, steps, sent)
        except surface.Invalid as invalid:
            raise refusal(f"{path} cannot be set on {type}: {invalid.message}.") from None
        for step in reversed(steps):
            sent = {step: sent}
        tree = laid_over(tree, sent)
    return tree


def refusal(message: str) -> Problem:
    return Problem(message, code="set_invalid", param=_PARAM, status=422)


def _sent(value: Any) -> Any:
    """A JSON value as a form sends it."""
    if isinstance(value, dict):
        return {name: _sent(each) for name, each in value.items()}
    if isinstance(value, list):
        return {str(place): _sent(each) for place, each in enumerate(value)}
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
