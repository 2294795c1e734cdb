"""Payment method configurations: which payment methods the account offers where an intent does not name them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from mockbill import surface
from mockbill.billing import unmodelled
from mockbill.rules.bank_debits import SCHEMES
from mockbill.world import Doc, Problem, Work

KIND = "payment_method_configuration"
_FROM_THE_START = ("apple_pay", "card", "google_pay", "link")  # are on where nothing else was said
_OFFERED = {*_FROM_THE_START, *SCHEMES, "customer_balance"}  # what can be available here


def default_id(w: Work) -> str:
    """The id of the account's own configuration, which is there from the start."""
    return f"pmc_1{w.world.ids.digest(KIND, 23)}"


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/payment_method_configurations``; there is no event for it.  Types that are not named are as usual."""
    unmodelled.refuse(params, ("parent",), "payment method configurations")
    default(w)
    if not params.get("name"):
        raise Problem("Missing required param: name.", code="parameter_missing", param="name")
    return w.add(KIND, active=True, name=params["name"], **_methods(params, {}))


def update(w: Work, configuration: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../{configuration}``: its name, whether it is active, and what it switches on and off."""
    if params.get("active") is False and configuration["is_default"]:
        raise Problem("The default payment method configuration cannot be deactivated.", param="active")
    if params.get("name") == "":
        raise Problem("You passed an empty string for 'name'.", code="parameter_invalid_empty", param="name")
    named = {name: params[name] for name in ("active", "name") if name in params}
    return w.change(configuration, **named, **_methods(params, configuration))


def default(w: Work) -> Doc:
    """The account's own configuration, stored when it is first looked at."""
    id = default_id(w)
    return w.get(KIND, id) or w.add(KIND, id=id, active=True, is_default=True, name="Default", **_methods({}, {}))


def of(w: Work, id: str) -> Doc:
    """One configuration; Problem where there is none."""
    return default(w) if id == default_id(w) else w.need(KIND, id)


def switched_on(w: Work, id: str | None) -> frozenset[str]:
    """The types of payment methods that a configuration offers, the account's own where none is named.

    Problem for one that is not there or not active.
    """
    known = w.get(KIND, id or default_id(w))
    if known is None and id not in (None, default_id(w)):
        known = w.need(KIND, str(id), KIND)
    if known is None:
        return frozenset(_FROM_THE_START)
    if not known["active"]:
        raise Problem(f"The payment method configuration {id} is not active.", param=KIND)
    return frozenset(type for type in _types() if type in known and known[type]["available"])


@cache
def _types() -> tuple[str, ...]:
    """The types of payment methods that a configuration tells of."""
    fields = surface.shape(KIND).items()
    return tuple(name for name, field in fields if field.nested is not None and "display_preference" in field.nested)


def _methods(params: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Doc]:
    made = {}
    for type in _types():
        preference = ((params.get(type) or {}).get("display_preference") or {}).get("preference")
        if preference is None and type in before:
            continue
        value = preference if preference in ("on", "off") else "on" if type in _FROM_THE_START else "off"
        made[type] = {
            "available": value == "on" and type in _OFFERED,
            "display_preference": {"overridable": None, "preference": preference or "none", "value": value},
        }
    return made
