"""Parameters that Stripe knows and mockbill does not act on yet: refused, so that nothing is silently left out."""

from collections.abc import Iterable, Mapping
from typing import Any

from mockbill.world import Problem


def refuse(params: Mapping[str, Any], names: Iterable[str], where: str) -> None:
    """501 with Stripe's error object for the first of these parameters that asks for something."""
    for name in names:
        value = params.get(name)
        if value not in (None, "", False, [], {}, "none") and value != {"enabled": False}:
            raise unsupported(
                f"mockbill does not simulate {name} on {where} yet; leave it out to go on without it.", name
            )


def unsupported(message: str, param: str | None) -> Problem:
    """The 501 itself, where it is a value that is not acted on."""
    return Problem(
        message, code="mockbill_unsupported", param=param, status=501, headers={"Stripe-Should-Retry": "false"}
    )
