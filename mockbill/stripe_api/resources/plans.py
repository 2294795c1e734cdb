"""Plans."""

from mockbill.billing import plans, prices
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, includes
from mockbill.world import Doc, Work


@handles("POST /v1/plans")
def create(call: Call) -> Doc:
    """A plan, and the price that it also is."""
    return plans.create(call.work, call.params)


@handles("GET /v1/plans/{plan}")
def retrieve(call: Call) -> Doc:
    """A recurring price in a plan's shape."""
    return prices.plan_of(plans.price_of(call.work, call.id))


@handles("POST /v1/plans/{plan}")
def update(call: Call) -> Doc:
    """The plan and its price with other fields."""
    return plans.update(call.work, plans.price_of(call.work, call.id), call.params)


@handles("DELETE /v1/plans/{plan}")
def delete(call: Call) -> Doc:
    """Both are gone."""
    return plans.delete(call.work, plans.price_of(call.work, call.id))


@handles("GET /v1/plans")
def listing(call: Call) -> Doc:
    """The recurring prices in a plan's shape."""
    sent = {name: call.params[name] for name in ("active", "product") if call.params.get(name) not in (None, "")}
    page = lists.page(call.work, "price", call.params, {**sent, "type": "recurring"}, call.path)
    return {**page, "data": [prices.plan_of(price) for price in page["data"]]}


@includes("plan", "tiers")
def tiers(w: Work, plan: Doc) -> list[Doc] | None:
    """The tiers of a tiered plan."""
    return prices.tiers_of(w, plan) or None
