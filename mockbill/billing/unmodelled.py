"""Parameters that Stripe knows and mockbill does not act on yet: refused, so that nothing is silently left out."""

from collections.abc import Iterable, Mapping
from typing import Any

from mockbill.world import Problem


def refuse(params: Mapping[str, Any], names: Iterable[str], where: str) -> None:
    """501 with Stripe's error object for the first of these parameters that asks for something."""
    for name in names:
        value = params.get(name)
        if value not in (None, "", False, [], {}, "none") and value != {"enabled": False}:
            raise Problem(
                f"mockbill does not simulate {name} on {where} yet; leave it out to go on without it.",
                code="mockbill_unsupported",
                param=name,
                status=501,
                headers={"Stripe-Should-Retry": "false"},
            )
