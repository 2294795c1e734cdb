"""Tax locations: where a performance takes place, for the tax on admission to it."""

from typing import Any

from mockbill.billing import fields
from mockbill.rules import tax_table
from mockbill.world import Doc, Problem, Work

KIND = "tax.location"


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/tax/locations``; Problem for an address from which tax cannot be told."""
    if tax_table.recognized(params["address"]) is None:
        raise Problem(
            "The address of the location isn't recognized.", code="customer_tax_location_invalid", param="address"
        )
    return w.add(KIND, **fields.fields_of(KIND, params, {}))
