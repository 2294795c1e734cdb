"""Entitlements: features, the products that bring them, and what customers are entitled to."""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.billing.entitlements import active, features, product_features
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, resource
from mockbill.world import Doc, Work


def _archived_or_not(w: Work, params: Mapping[str, Any]) -> Callable[[Doc], bool] | None:
    """All features are listed unless ``archived`` says which."""
    archived = params.get("archived")
    return None if archived is None else lambda feature: feature["active"] is not archived


resource(
    "entitlements.feature",
    "/v1/entitlements/features/{id}",
    create=features.create,
    update=features.update,
    filters={"lookup_key": "lookup_key"},
    keep=_archived_or_not,
)


@handles("GET /v1/entitlements/active_entitlements")
def _list_active(call: Call) -> Doc:
    customer = call.work.need("customer", call.params["customer"], "customer")
    return lists.page_of(active.of_customer(call.work, customer["id"]), call.params, call.path, active.KIND)


@handles("GET /v1/entitlements/active_entitlements/{id}")
def _retrieve_active(call: Call) -> Doc:
    return call.work.need(active.KIND, call.id)


@handles("POST /v1/products/{product}/features")
def _attach(call: Call) -> Doc:
    return product_features.create(call.work, _product(call), call.params)


@handles("GET /v1/products/{product}/features")
def _list_attached(call: Call) -> Doc:
    ids = product_features.ids_of(call.work, _product(call)["id"])
    return lists.page(call.work, product_features.KIND, call.params, {"id": ids}, call.path)


@handles("GET /v1/products/{product}/features/{id}")
def _retrieve_attached(call: Call) -> Doc:
    return product_features.need(call.work, _product(call), call.id)


@handles("DELETE /v1/products/{product}/features/{id}")
def _detach(call: Call) -> Doc:
    return product_features.delete(call.work, _product(call), call.id)


def _product(call: Call) -> Doc:
    return call.work.need("product", call.ids["product"])
