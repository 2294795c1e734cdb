"""Accounts: the caller's own and its connected ones."""

from mockbill.billing import accounts
from mockbill.stripe_api import keys
from mockbill.stripe_api.registry import Call, handles, resource
from mockbill.world import Doc

_ITEM = "/v1/accounts/{account}"

resource("account", _ITEM, create=accounts.create)


def _connected(call: Call) -> Doc:
    account = call.work.get("account", call.id)
    if account is None:
        raise keys.not_yours(call.key, call.id)
    return account


@handles("GET /v1/account")
def own(call: Call) -> Doc:
    return accounts.own(call.work)


@handles(f"GET {_ITEM}")
def retrieve(call: Call) -> Doc:
    return accounts.own(call.work) if call.id == call.work.world.account_id else _connected(call)


@handles(f"POST {_ITEM}")
def update(call: Call) -> Doc:
    return accounts.update(call.work, _connected(call), call.params)


@handles(f"DELETE {_ITEM}")
def delete(call: Call) -> Doc:
    return accounts.delete(call.work, _connected(call))
