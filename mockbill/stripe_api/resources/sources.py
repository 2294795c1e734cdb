"""Legacy sources of a customer."""

from mockbill.billing import legacy_cards, sources
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, includes
from mockbill.world import Doc

_ALL = "/v1/customers/{customer}/sources"
_ONE = f"{_ALL}/{{id}}"

includes("customer", "sources")(sources.of_customer)


def _customer(call: Call) -> Doc:
    customer = call.work.need("customer", call.ids["customer"])
    call.work.use_clock_of(customer)
    return customer


@handles(f"GET {_ALL}")
def listing(call: Call) -> Doc:
    asked = call.params.get("object", "card")

    def is_source(method: Doc) -> bool:
        return asked == "card" and legacy_cards.is_legacy(method["id"])

    where = {"customer": _customer(call)["id"]}
    page = lists.page(call.work, "payment_method", call.params, where, call.path, is_source)
    return {**page, "data": [sources.shown(call.work, method) for method in page["data"]]}


@handles(f"POST {_ALL}")
def create(call: Call) -> Doc:
    return sources.create(call.work, _customer(call), call.params)


@handles(f"GET {_ONE}")
def retrieve(call: Call) -> Doc:
    return sources.retrieve(call.work, _customer(call)["id"], call.id)


@handles(f"POST {_ONE}")
def update(call: Call) -> Doc:
    return sources.update(call.work, _customer(call)["id"], call.id, call.params)


@handles(f"DELETE {_ONE}")
def delete(call: Call) -> Doc:
    return sources.delete(call.work, _customer(call)["id"], call.id)
