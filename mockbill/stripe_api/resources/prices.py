"""Prices."""

from mockbill.billing import prices
from mockbill.stripe_api.registry import resource

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
)
