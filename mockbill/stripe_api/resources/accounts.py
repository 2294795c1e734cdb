"""Accounts: the caller's own and its connected ones."""

from mockbill.billing import accounts
from mockbill.billing.connect import links, sessions
from mockbill.stripe_api import keys, lists
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


@handles("GET /v1/accounts")
def listing(call: Call) -> Doc:
    page = lists.page(call.work, "account", call.params, {}, call.path)
    return {**page, "data": [accounts.shown(call.work, each) for each in page["data"]]}


@handles(f"GET {_ITEM}")
def retrieve(call: Call) -> Doc:
    own = call.id == call.work.world.account_id
    return accounts.own(call.work) if own else accounts.shown(call.work, _connected(call))


@handles(f"POST {_ITEM}")
def update(call: Call) -> Doc:
    return accounts.update(call.work, accounts.shown(call.work, _connected(call)), call.params)


@handles(f"DELETE {_ITEM}")
def delete(call: Call) -> Doc:
    return accounts.delete(call.work, _connected(call))


@handles(f"POST {_ITEM}/reject")
def reject(call: Call) -> Doc:
    return accounts.reject(call.work, _connected(call), call.params)


@handles(f"POST {_ITEM}/unreject")
def unreject(call: Call) -> Doc:
    return accounts.unreject(call.work, _connected(call), call.params)


@handles(f"POST {_ITEM}/login_links")
def log_in(call: Call) -> Doc:
    return links.log_in(call.work, _connected(call))


@handles("POST /v1/account_links")
def link(call: Call) -> Doc:
    return links.create(call.work, call.params)


@handles("POST /v1/account_sessions")
def open_session(call: Call) -> Doc:
    return sessions.create(call.work, call.params)
