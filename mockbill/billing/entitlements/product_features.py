"""Which features a product brings.  Subscriptions that are running learn of a change when their next period starts."""

from typing import Any

from mockbill.billing.entitlements import active
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing

KIND = "product_feature"


def create(w: Work, product: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/products/{product}/features``: the product brings ``entitlement_feature`` from now on.

    The wording of the refusals is not established.
    """
    id = params["entitlement_feature"]
    feature = w.need("entitlements.feature", id, "entitlement_feature")
    if not feature["active"]:
        raise Problem(
            f"The feature {id} is archived, so it cannot be attached to a product.", param="entitlement_feature"
        )
    if id in active.brought(w, product["id"]):
        raise Problem(
            f"The feature {id} is attached to this product already.",
            code="resource_already_exists",
            param="entitlement_feature",
        )
    active.freeze(w, product["id"])
    tie = w.add(KIND, entitlement_feature=feature)
    w.keep(KIND, tie["id"], product=product["id"])
    return tie


def delete(w: Work, product: Doc, id: str) -> Doc:
    """``DELETE /v1/products/{product}/features/{id}``."""
    tie = need(w, product, id)
    active.freeze(w, product["id"])
    w.keep(KIND, id, product=None)
    return w.remove(tie)


def need(w: Work, product: Doc, id: str) -> Doc:
    """The feature of this product with this id (``prodft_...``)."""
    tie = w.get(KIND, id)
    if tie is None or id not in ids_of(w, product["id"]):
        raise missing(KIND, id, "id")
    return tie


def ids_of(w: Work, product_id: str) -> frozenset[str]:
    """The ids under which a product has its features."""
    return frozenset(kept["id"] for kept in w.find("_product_feature", product=product_id))
