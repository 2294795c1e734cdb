"""Tax ids of customers and of the account itself: made, verified, deleted (stripe-behaviour.md 2.9, 4.7)."""

from typing import Any

from mockbill.billing import fields, unmodelled
from mockbill.rules import tax_ids
from mockbill.world import Doc, Problem, Work, World

VERIFICATION = 5  # seconds that the registry takes; how long Stripe's takes is not established
_UNKNOWN = {"status": "unavailable", "verified_address": None, "verified_name": None}


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/tax_ids``: the account's own, or ``owner[customer]``'s."""
    owner = params.get("owner") or {"type": "self"}
    unmodelled.refuse({owner["type"]: True}, ("account", "application"), "owners of tax ids")
    if owner["type"] == "customer":
        if not owner.get("customer"):
            raise Problem("Missing required param: owner[customer].", code="parameter_missing", param="owner[customer]")
        return add(w, w.need("customer", owner["customer"], "owner[customer]"), params)
    check(params)
    return _made(w, params, {"customer": None, "type": "self"}, None)


def add(w: Work, customer: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/customers/{customer}/tax_ids``: ``customer.tax_id.created``; some registries answer later."""
    w.use_clock_of(customer)
    check(params)
    status = "unavailable" if params["type"] not in tax_ids.VERIFIED_TYPES else "pending"
    tax_id = _made(w, params, {"customer": customer["id"], "type": "customer"}, {**_UNKNOWN, "status": status})
    w.emit("customer.tax_id.created", tax_id)
    return tax_id


def check(params: dict[str, Any], where: str = "") -> None:
    """Problem where a value has not the form of its type; ``where`` is the hash that both are in."""
    for name in ("type", "value"):
        if not params.get(name):
            param = f"{where}[{name}]" if where else name
            raise Problem(f"Missing required param: {param}.", code="parameter_missing", param=param)
    if not tax_ids.is_valid(params["type"], params["value"]):
        param = f"{where}[value]" if where else "value"
        raise Problem(f"Invalid value for {params['type']}.", code="tax_id_invalid", param=param)


def delete(w: Work, tax_id: Doc) -> Doc:
    """``DELETE``: ``customer.tax_id.deleted``; invoices that are finalized keep it."""
    w.use_clock_of(tax_id["customer"])
    answer = w.remove(tax_id)
    if tax_id["customer"]:
        w.emit("customer.tax_id.deleted", tax_id)
    return answer


def due(world: World, tax_id: Doc) -> tuple[int, str] | None:
    """When the registry answers; for one test value it never does."""
    if (tax_id["verification"] or {}).get("status") != "pending":
        return None
    if tax_ids.verification(tax_id["type"], tax_id["value"]) == "pending":
        return None
    return tax_id["created"] + VERIFICATION, "tax_id.verify"


def verify(w: Work, tax_id: Doc) -> None:
    """The registry has answered: ``customer.tax_id.updated``.  It names nobody here: name and address stay null."""
    status = tax_ids.verification(tax_id["type"], tax_id["value"])
    w.emit("customer.tax_id.updated", w.change(tax_id, verification={**_UNKNOWN, "status": status}), tax_id)


def of_customer(w: Work, customer_id: str) -> list[Doc]:
    """The tax ids of a customer, oldest first; at once where the account has none."""
    return w.find("tax_id", customer=customer_id) if w.world.table("tax_id").keys else []


def as_told(owned: list[Doc]) -> list[Doc]:
    """Tax ids as invoices and checkout sessions show them."""
    return [{"type": tax_id["type"], "value": tax_id["value"]} for tax_id in owned]


def own_named(w: Work, ids: list[str] | str | None, param: str) -> list[str] | None:
    """The ``account_tax_ids`` parameter: ids of the account's own tax ids; none where it is empty."""
    for position, id in enumerate(ids or ()):
        tax_id = w.need("tax_id", id, f"{param}[{position}]")
        if tax_id["customer"]:
            raise Problem(f"The tax ID {id} belongs to a customer, not to your account.", param=f"{param}[{position}]")
    return list(ids) if ids else None


def _made(w: Work, params: dict[str, Any], owner: Doc, verification: Doc | None) -> Doc:
    return w.add(
        "tax_id",
        country=tax_ids.country(params["type"], params["value"]),
        customer=owner["customer"],
        owner=fields.fitted("tax_id", ("owner",), owner),
        type=params["type"],
        value=params["value"],
        verification=verification,
    )
