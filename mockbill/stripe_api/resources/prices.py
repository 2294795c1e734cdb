"""Prices."""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.billing import prices
from mockbill.stripe_api.registry import includes, resource
from mockbill.world import Doc, Problem, Work

_MOST_KEYS = 10


def _check_keys(w: Work, params: Mapping[str, Any]) -> Callable[[Doc], bool] | None:
    if len(params.get("lookup_keys") or ()) > _MOST_KEYS:
        raise Problem(f"You can specify up to {_MOST_KEYS} lookup_keys.", param="lookup_keys")
    return None


resource(
    "price",
    "/v1/prices/{price}",
    create=prices.create,
    update=prices.update,
    filters={
        "active": "active",
        "currency": "currency",
        "lookup_keys": "lookup_key",
        "product": "product",
        "recurring.interval": "recurring.interval",
        "recurring.meter": "recurring.meter",
        "recurring.usage_type": "recurring.usage_type",
        "type": "type",
    },
    keep=_check_keys,
)


@includes("price", "tiers")
def tiers(w: Work, price: Doc) -> list[Doc] | None:
    """The tiers of a tiered price, in its own currency."""
    return prices.tiers_of(w, price) or None


@includes("price", "currency_options")
def currency_options(w: Work, price: Doc) -> dict[str, Doc]:
    """What the price costs in each currency; their tiers, too, are shown only when expanded."""
    return prices.options_of(w, price)
