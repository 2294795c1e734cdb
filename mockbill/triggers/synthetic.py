"""Events that billing does not cause: emitted with an object of the right kind, and marked as such in the log."""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.world import Doc, Problem, Work, World


def planned(
    world: World, type: str, subject: Doc | None, customer: str | None, given: Mapping[str, Any]
) -> Callable[[Work], None]:
    """What makes the event up, in a unit of work."""
    raise Problem(f"Nothing causes {type} yet.", code="mockbill_unsupported", status=501)
