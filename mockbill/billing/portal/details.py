"""A customer's own details in the portal: name, addresses and tax ids, as far as the configuration lets them (3.20)."""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import customers, tax_ids
from mockbill.billing.portal import actions
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing

_FEATURE = "customer_update"


def allowed_updates(w: Work, session: Doc) -> frozenset[str]:
    """What may be changed: ``name``, ``email``, ``phone``, ``address``, ``shipping``, ``tax_id``."""
    return frozenset(actions.allowed(w, session, _FEATURE)["features"][_FEATURE]["allowed_updates"])


def update(w: Work, session: Doc, changes: Mapping[str, Any]) -> Doc:
    """``customer.updated``, where anything changes; ``changes`` are parameters of the API by name."""
    allowed = allowed_updates(w, session)
    for name in changes:
        if name not in allowed:
            raise Problem(f"The portal configuration does not let customers update their {name}.", status=403)
    return customers.update(w, w.need("customer", session["customer"]), dict(changes))


def add_tax_id(w: Work, session: Doc, type: str, value: str) -> Doc:
    """``customer.tax_id.created``."""
    _check_tax_ids(w, session)
    return tax_ids.add(w, w.need("customer", session["customer"]), {"type": type, "value": value})


def remove_tax_id(w: Work, session: Doc, id: str) -> Doc:
    """``customer.tax_id.deleted``."""
    _check_tax_ids(w, session)
    tax_id = w.get("tax_id", id)
    if tax_id is None or tax_id["customer"] != session["customer"]:
        raise missing("tax_id", id, "id")
    return tax_ids.delete(w, tax_id)


def _check_tax_ids(w: Work, session: Doc) -> None:
    if "tax_id" not in allowed_updates(w, session):
        raise Problem("The portal configuration does not let customers update their tax ids.", status=403)
