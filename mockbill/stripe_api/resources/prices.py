"""Prices."""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.billing import prices
from mockbill.stripe_api.registry import resource
from mockbill.world import Doc, Work


def _chosen(w: Work, params: Mapping[str, Any]) -> Callable[[Doc], bool] | None:
    """``lookup_keys[]`` and ``recurring[...]``, which are no plain equality."""
    keys, recurring = params.get("lookup_keys"), params.get("recurring")
    if not keys and not recurring:
        return None
    return lambda price: (
        (not keys or price["lookup_key"] in keys)
        and all((price["recurring"] or {}).get(name) == value for name, value in (recurring or {}).items())
    )


resource(
    "price",
    "/v1/prices/{price}",
    create=prices.create,
    update=prices.update,
    filters={"active": "active", "currency": "currency", "product": "product", "type": "type"},
    keep=_chosen,
)
