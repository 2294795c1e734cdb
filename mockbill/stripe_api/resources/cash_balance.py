"""The cash that customers have sent by bank transfer: their balance, its movements, where to send more."""

from mockbill.billing.bank_transfers import cash_balance, instructions, reconciliation
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles
from mockbill.world import Doc
from mockbill.world.problems import missing

_CUSTOMER = "/v1/customers/{customer}"


def _customer(call: Call) -> Doc:
    customer = call.work.need("customer", call.ids["customer"])
    call.work.use_clock_of(customer)
    return customer


@handles(f"GET {_CUSTOMER}/cash_balance")
def retrieve(call: Call) -> Doc:
    return cash_balance.of(call.work, _customer(call)["id"])


@handles(f"POST {_CUSTOMER}/cash_balance")
def update(call: Call) -> Doc:
    return cash_balance.update(call.work, _customer(call), call.params)


@handles(f"POST {_CUSTOMER}/funding_instructions")
def fund_by(call: Call) -> Doc:
    return instructions.create(call.work, _customer(call), call.params)


@handles("POST /v1/test_helpers/customers/{customer}/fund_cash_balance")
def fund(call: Call) -> Doc:
    return reconciliation.fund(call.work, _customer(call), call.params)


@handles(f"GET {_CUSTOMER}/cash_balance_transactions")
def listing(call: Call) -> Doc:
    return lists.page(call.work, cash_balance.KIND, call.params, {"customer": _customer(call)["id"]}, call.path)


@handles(f"GET {_CUSTOMER}/cash_balance_transactions/{{transaction}}")
def movement(call: Call) -> Doc:
    transaction = call.work.get(cash_balance.KIND, call.id)
    if transaction is None or transaction["customer"] != call.ids["customer"]:
        raise missing(cash_balance.KIND, call.id, "id")
    return transaction
