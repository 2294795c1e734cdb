"""Products."""

from mockbill.billing import products
from mockbill.stripe_api.registry import resource

resource(
    "product",
    "/v1/products/{id}",
    create=products.create,
    update=products.update,
    delete=products.delete,
    filters={"active": "active", "shippable": "shippable", "type": "type", "url": "url"},
    keep=lambda w, params: (lambda doc: doc["id"] in params["ids"]) if params.get("ids") else None,
)
