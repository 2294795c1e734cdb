"""Tax rates, the tax ids of customers and of the account, and its tax settings."""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.billing import automatic_tax, tax_ids, tax_rates, tax_settings
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, resource
from mockbill.world import Doc, Work
from mockbill.world.problems import missing


def _made_by_hand(w: Work, params: Mapping[str, Any]) -> Callable[[Doc], bool]:
    return lambda rate: not automatic_tax.is_made_here(w, rate)


resource(
    "tax_rate",
    "/v1/tax_rates/{tax_rate}",
    create=tax_rates.create,
    update=tax_rates.update,
    filters={"active": "active", "inclusive": "inclusive"},
    keep=_made_by_hand,
)


@handles("POST /v1/tax_ids")
def _create(call: Call) -> Doc:
    return tax_ids.create(call.work, call.params)


@handles("GET /v1/tax_ids/{id}")
def _retrieve(call: Call) -> Doc:
    return call.work.need("tax_id", call.id)


@handles("DELETE /v1/tax_ids/{id}")
def _delete(call: Call) -> Doc:
    return tax_ids.delete(call.work, call.work.need("tax_id", call.id))


@handles("GET /v1/tax_ids")
def _list(call: Call) -> Doc:
    """The account's own, unless an owner is named."""
    owner = call.params.get("owner") or {"type": "self"}
    where = {f"owner.{name}": id for name, id in owner.items()}
    return lists.page(call.work, "tax_id", call.params, where, call.path)


@handles("POST /v1/customers/{customer}/tax_ids")
def _add(call: Call) -> Doc:
    return tax_ids.add(call.work, call.work.need("customer", call.id), call.params)


@handles("GET /v1/customers/{customer}/tax_ids")
def _list_owned(call: Call) -> Doc:
    customer = call.work.need("customer", call.id)
    return lists.page(call.work, "tax_id", call.params, {"customer": customer["id"]}, call.path)


@handles("GET /v1/customers/{customer}/tax_ids/{id}")
def _retrieve_owned(call: Call) -> Doc:
    return _owned(call)


@handles("DELETE /v1/customers/{customer}/tax_ids/{id}")
def _delete_owned(call: Call) -> Doc:
    return tax_ids.delete(call.work, _owned(call))


def _owned(call: Call) -> Doc:
    customer = call.work.need("customer", call.ids["customer"])
    tax_id = call.work.get("tax_id", call.id)
    if tax_id is None or tax_id["customer"] != customer["id"]:
        raise missing("tax_id", call.id, "id")
    return tax_id


@handles("GET /v1/tax/settings")
def _settings(call: Call) -> Doc:
    return tax_settings.current(call.work)


@handles("POST /v1/tax/settings")
def _update_settings(call: Call) -> Doc:
    return tax_settings.update(call.work, call.params)
