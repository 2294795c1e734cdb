"""What belongs to an account: capabilities, external accounts, persons."""

from collections.abc import Callable
from typing import Any

from mockbill.billing import accounts
from mockbill.billing.connect import capabilities, external_accounts, persons, standing
from mockbill.stripe_api import keys, lists
from mockbill.stripe_api.registry import Call, handles
from mockbill.world import Doc, Problem

_ITEM = "/v1/accounts/{account}"
_CAPABILITY = f"{_ITEM}/capabilities/{{capability}}"
_EXTERNAL = f"{_ITEM}/external_accounts"
_PERSONS = f"{_ITEM}/persons"


def _account(call: Call) -> Doc:
    """The account of the path: a connected one, or the caller's own."""
    id = call.ids["account"]
    if id == call.work.world.account_id:
        return accounts.own(call.work)
    account = call.work.get("account", id)
    if account is None:
        raise keys.not_yours(call.key, id)
    return account


def _to_change(call: Call) -> Doc:
    """The same, to be told something of; a connected account's own key can only read: its platform tells."""
    if call.work.world.platform is not None and call.ids["account"] == call.work.world.account_id:
        raise Problem(
            "mockbill takes what is told of a connected account from its platform: leave Stripe-Account out.",
            code="mockbill_unsupported",
            status=501,
        )
    return _account(call)


def _connected(call: Call) -> Doc:
    account = _to_change(call)
    if account["id"] == call.work.world.account_id:
        raise Problem("mockbill does not simulate this for one's own account, which lacks nothing.",
                      code="mockbill_unsupported", status=501)  # fmt: skip
    return account


@handles(f"GET {_ITEM}/capabilities")
def list_capabilities(call: Call) -> Doc:
    return lists.envelope(capabilities.every(call.work, _account(call)), call.path)


@handles(f"GET {_CAPABILITY}")
def retrieve_capability(call: Call) -> Doc:
    return capabilities.of(call.work, _account(call), call.id)


@handles(f"POST {_CAPABILITY}")
def update_capability(call: Call) -> Doc:
    return capabilities.update(call.work, _connected(call), call.id, call.params)


@handles(f"GET {_EXTERNAL}")
def list_external_accounts(call: Call) -> Doc:
    found = standing.external_accounts(call.work, _account(call)["id"])
    asked = call.params.get("object")
    shown = [each for each in found if not asked or each["object"] == asked]
    return lists.page_of(shown, call.params, call.path, "external_account")


@handles(f"POST {_EXTERNAL}")
def create_external_account(call: Call) -> Doc:
    return external_accounts.create(call.work, _to_change(call), call.params)


@handles(f"GET {_EXTERNAL}/{{id}}")
def retrieve_external_account(call: Call) -> Doc:
    return external_accounts.of(call.work, _account(call), call.id)


@handles(f"POST {_EXTERNAL}/{{id}}")
def update_external_account(call: Call) -> Doc:
    account = _to_change(call)
    return external_accounts.update(call.work, account, external_accounts.of(call.work, account, call.id), call.params)


@handles(f"DELETE {_EXTERNAL}/{{id}}")
def delete_external_account(call: Call) -> Doc:
    account = _to_change(call)
    return external_accounts.delete(call.work, account, external_accounts.of(call.work, account, call.id))


@handles(f"GET {_PERSONS}")
def list_persons(call: Call) -> Doc:
    where = {"account": _account(call)["id"]}
    return lists.page(call.work, persons.KIND, call.params, where, call.path, _related(call.params))


@handles(f"POST {_PERSONS}")
def create_person(call: Call) -> Doc:
    return persons.create(call.work, _connected(call), call.params)


@handles(f"GET {_PERSONS}/{{person}}")
def retrieve_person(call: Call) -> Doc:
    return persons.of(call.work, _account(call), call.id)


@handles(f"POST {_PERSONS}/{{person}}")
def update_person(call: Call) -> Doc:
    account = _connected(call)
    return persons.update(call.work, account, persons.of(call.work, account, call.id), call.params)


@handles(f"DELETE {_PERSONS}/{{person}}")
def delete_person(call: Call) -> Doc:
    account = _connected(call)
    return persons.delete(call.work, account, persons.of(call.work, account, call.id))


def _related(params: dict[str, Any]) -> Callable[[Doc], bool] | None:
    """Those who are any of what ``relationship`` says, and none of what it denies."""
    asked = params.get("relationship")
    if not asked:
        return None
    return lambda person: all(bool(person["relationship"][name]) is wanted for name, wanted in asked.items())
