"""The balance and the transactions that moved it."""

from mockbill.billing import balance
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles
from mockbill.world import Doc

_FILTERS = ("currency", "payout", "source", "type")


@handles("GET /v1/balance")
def retrieve_balance(call: Call) -> Doc:
    return balance.balance(call.work)


@handles("GET /v1/balance_transactions/{id}")
def retrieve(call: Call) -> Doc:
    return balance.of_today(call.work, call.work.need("balance_transaction", call.id))


@handles("GET /v1/balance_transactions")
def listing(call: Call) -> Doc:
    where = {name: call.params[name] for name in _FILTERS if name in call.params}
    page = lists.page(call.work, "balance_transaction", call.params, where, call.path)
    return {**page, "data": [balance.of_today(call.work, transaction) for transaction in page["data"]]}
