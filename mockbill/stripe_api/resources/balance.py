"""The balance and the transactions that moved it."""

from typing import Any

from mockbill.billing import balance
from mockbill.billing.funds import balance_settings, settlements
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles
from mockbill.world import Doc

_FILTERS = ("currency", "source", "type")


@handles("GET /v1/balance")
def retrieve_balance(call: Call) -> Doc:
    return balance.balance(call.work)


@handles("GET /v1/balance_settings")
def retrieve_settings(call: Call) -> Doc:
    return balance_settings.without_id(balance_settings.of(call.work))


@handles("POST /v1/balance_settings")
def update_settings(call: Call) -> Doc:
    return balance_settings.without_id(balance_settings.update(call.work, call.params))


@handles("GET /v1/balance_transactions/{id}")
def retrieve(call: Call) -> Doc:
    return balance.of_today(call.work, call.work.need("balance_transaction", call.id))


@handles("GET /v1/balance_transactions")
def listing(call: Call) -> Doc:
    where = {name: call.params[name] for name in _FILTERS if name in call.params}
    if payout := call.params.get("payout"):
        return _paid_out(call, payout, where)
    page = lists.page(call.work, "balance_transaction", call.params, where, call.path)
    return {**page, "data": [balance.of_today(call.work, transaction) for transaction in page["data"]]}


def _paid_out(call: Call, payout: str, where: dict[str, Any]) -> Doc:
    """What was paid out in an automatic payout, newest first."""
    call.work.need("payout", payout, "payout")
    found = [
        balance.of_today(call.work, each)
        for each in settlements.of(call.work, payout)
        if all(each[name] == value for name, value in where.items())
        and ("created" not in call.params or lists.in_range(each["created"], call.params["created"]))
    ]
    return lists.page_of(found, call.params, call.path, "balance_transaction")
