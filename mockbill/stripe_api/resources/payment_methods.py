"""Payment methods, also as a part of their customer; the test ids (``pm_card_visa``) stand for new ones everywhere."""

from typing import Any

from mockbill.billing import detaching, payment_methods
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, Change, Handler, handles, resource
from mockbill.world import Doc, Problem
from mockbill.world.problems import missing

_ITEM = "/v1/payment_methods/{payment_method}"
_FILTERS = ("allow_redisplay", "type")

resource("payment_method", _ITEM, create=payment_methods.create)


def _subject(call: Call) -> Doc:
    try:
        method = payment_methods.instantiate(call.work, call.id, "payment_method")
    except Problem as problem:
        problem.status = 404
        raise
    call.work.use_clock_of(method["customer"] or call.params.get("customer"))
    return method


def _bound(change: Change) -> Handler:
    return lambda call: change(call.work, _subject(call), call.params)


handles(f"GET {_ITEM}")(_subject)
handles(f"POST {_ITEM}")(_bound(payment_methods.update))
handles(f"POST {_ITEM}/attach")(_bound(payment_methods.attach))
handles(f"POST {_ITEM}/detach")(_bound(detaching.detach))


@handles("GET /v1/payment_methods")
def listing(call: Call) -> Doc:
    """Those of a customer, or without one those of all customers: what nobody owns is not listed."""
    customer = call.params.get("customer")
    if customer:
        call.work.need("customer", customer, "customer")
    return _page(call, customer)


@handles("GET /v1/customers/{customer}/payment_methods")
def of_customer(call: Call) -> Doc:
    return _page(call, call.work.need("customer", call.ids["customer"])["id"])


def _page(call: Call, customer: str | None) -> Doc:
    where: dict[str, Any] = {name: call.params[name] for name in _FILTERS if name in call.params}
    if customer:
        where["customer"] = customer
    keep = None if customer else (lambda method: method["customer"] is not None)
    return lists.page(call.work, "payment_method", call.params, where, call.path, keep)


@handles("GET /v1/customers/{customer}/payment_methods/{payment_method}")
def retrieve(call: Call) -> Doc:
    customer = call.work.need("customer", call.ids["customer"])
    method = call.work.get("payment_method", call.id)
    if method is None or method["customer"] != customer["id"]:
        raise missing("payment_method", call.id, "id")
    return method
