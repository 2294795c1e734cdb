"""``/v1/customers/{customer}/subscriptions``: the older paths of subscriptions, which Stripe still serves."""

from mockbill.stripe_api.registry import HANDLERS, TWINS, Call, handles
from mockbill.world import Doc
from mockbill.world.problems import missing

_OLD = "/v1/customers/{customer}/subscriptions"
_NEW = "/v1/subscriptions"
_ONE = "{subscription_exposed_id}"

TWINS |= {
    f"GET {_OLD}": f"GET {_NEW}",
    f"POST {_OLD}": f"POST {_NEW}",
    **{f"{method} {_OLD}/{_ONE}": f"{method} {_NEW}/{_ONE}" for method in ("GET", "POST", "DELETE")},
    f"DELETE {_OLD}/{_ONE}/discount": f"DELETE {_NEW}/{_ONE}/discount",
}


@handles(f"GET {_OLD}", f"POST {_OLD}")
def _of_customer(call: Call) -> Doc:
    call.params["customer"] = call.work.need("customer", call.ids["customer"])["id"]
    return _as_today(call)


@handles(*(key for key in TWINS if f"{_OLD}/" in key))
def _owned(call: Call) -> Doc:
    """404 for one of another customer."""
    subscription = call.work.need("subscription", call.id)
    if subscription["customer"] != call.ids["customer"]:
        raise missing("subscription", call.id, "id")
    return _as_today(call)


def _as_today(call: Call) -> Doc:
    answer: Doc = HANDLERS[TWINS[call.operation.key]](call)
    return answer
