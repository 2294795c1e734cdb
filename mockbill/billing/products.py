"""Products and their default prices."""

from typing import Any

from mockbill.billing import fields, prices
from mockbill.billing.tax import codes
from mockbill.world import Doc, Problem, Work


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/products``: ``name``; ``default_price_data`` makes the default price with it."""
    product = prices.new_product(w, params)
    data = params.get("default_price_data")
    if not data:
        return product
    price = prices.create(w, {**data, "product": product["id"]})
    priced = w.change(product, default_price=price["id"])
    w.emit("product.updated", priced, product)
    return priced


def update(w: Work, product: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/products/{id}``."""
    codes.check(params.get("tax_code"))
    if default := params.get("default_price"):
        price = w.need("price", default, "default_price")
        if price["product"] != product["id"]:
            raise Problem(
                f"The price {default} belongs to another product, so it cannot be the default price of "
                f"{product['id']}.",
                param="default_price",
            )
    changes = fields.fields_of("product", params, product)
    if all(product.get(name) == value for name, value in changes.items()):
        return product
    changed = w.change(product, updated=w.now, **changes)
    w.emit("product.updated", changed, product)
    return changed


def delete(w: Work, product: Doc) -> Doc:
    """``DELETE``: only a product without prices; others are archived with ``active=false``."""
    if w.find("price", product=product["id"]):
        raise Problem("This product cannot be deleted because it has one or more user-created prices.", param="id")
    answer = w.remove(product)
    w.emit("product.deleted", product)
    return answer
