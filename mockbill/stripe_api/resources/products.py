"""Products."""

from mockbill.billing import products
from mockbill.stripe_api.registry import resource

resource(
    "product",
    "/v1/products/{id}",
    create=products.create,
    update=products.update,
    delete=products.delete,
    filters={"active": "active", "ids": "id", "shippable": "shippable", "type": "type", "url": "url"},
)
