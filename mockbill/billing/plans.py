"""Plans: the older face of recurring prices, under the same ids (stripe-behaviour.md 2.7)."""

from typing import Any

from mockbill.billing import fields, prices
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing

_SAME = ("active", "billing_scheme", "currency", "metadata", "nickname", "tiers", "tiers_mode")
_RECURRING = ("aggregate_usage", "interval", "interval_count", "meter", "trial_period_days", "usage_type")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/plans``: a price by its older names; ``product`` is an id, or a hash that makes one."""
    id = params.get("id")
    if id and w.get("price", id):
        raise Problem("Plan already exists.", code="resource_already_exists", param="id")
    price = prices.create(w, _as_price(params), id=id or w.id("plan"))
    return prices.plan_of(price)


def update(w: Work, price: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/plans/{plan}``: active, metadata, nickname, product, trial_period_days."""
    changes = fields.fields_of("price", params, price, but=("product",))
    if params.get("product"):
        changes["product"] = w.need("product", params["product"], "product")["id"]
    if "trial_period_days" in params:
        days = prices.checked_trial(params["trial_period_days"] or None, "trial_period_days")
        changes["recurring"] = {**price["recurring"], "trial_period_days": days}
    return prices.plan_of(prices.changed(w, price, **changes))


def delete(w: Work, price: Doc) -> Doc:
    """``DELETE /v1/plans/{plan}``: nothing new can be sold at it; who subscribes to it goes on.

    plan.deleted, and price.deleted since the price is gone as well.
    """
    plan = prices.plan_of(price)
    prices.forget(w, price)
    w.emit("plan.deleted", plan)
    w.emit("price.deleted", price)
    return {"id": plan["id"], "object": "plan", "deleted": True}


def price_of(w: Work, id: str, param: str = "id") -> Doc:
    """The price that is this plan; Problem in a plan's words where there is none."""
    price = w.get("price", id)
    if price is None or not price["recurring"]:
        raise missing("plan", id, param)
    return price


def _as_price(params: dict[str, Any]) -> dict[str, Any]:
    price = {name: params[name] for name in _SAME if name in params}
    price["metadata"] = params.get("metadata") or {}
    price["recurring"] = {name: params[name] for name in _RECURRING if name in params}
    for ours, theirs in (("unit_amount", "amount"), ("unit_amount_decimal", "amount_decimal")):
        if theirs in params:
            price[ours] = params[theirs]
    if "transform_usage" in params:
        price["transform_quantity"] = params["transform_usage"]
    product = params.get("product")
    if isinstance(product, dict):
        return {**price, "product_data": product}
    return {**price, "product": product}
