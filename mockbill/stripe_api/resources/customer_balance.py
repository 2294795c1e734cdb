"""Customer balance transactions."""

from mockbill.billing import customer_balance
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles
from mockbill.world import Doc
from mockbill.world.problems import missing

_KIND = "customer_balance_transaction"


@handles("POST /v1/customers/{customer}/balance_transactions")
def _adjust(call: Call) -> Doc:
    customer = call.work.need("customer", call.ids["customer"])
    call.work.use_clock_of(customer)
    return customer_balance.adjust(call.work, customer, call.params)


@handles("GET /v1/customers/{customer}/balance_transactions")
def _list(call: Call) -> Doc:
    customer = call.work.need("customer", call.ids["customer"])
    return lists.page(call.work, _KIND, call.params, {"customer": customer["id"]}, call.path)


@handles("GET /v1/customers/{customer}/balance_transactions/{transaction}")
def _retrieve(call: Call) -> Doc:
    return _owned(call)


@handles("POST /v1/customers/{customer}/balance_transactions/{transaction}")
def _describe(call: Call) -> Doc:
    return customer_balance.describe(call.work, _owned(call), call.params)


def _owned(call: Call) -> Doc:
    transaction = call.work.get(_KIND, call.id)
    if transaction is None or transaction["customer"] != call.ids["customer"]:
        raise missing(_KIND, call.id, "id")
    return transaction
