"""Tax codes on products and lines, checked and shown."""

from collections.abc import Mapping
from typing import Any

from mockbill.rules import tax_codes
from mockbill.world import Doc
from mockbill.world.problems import missing


def of(id: str, param: str = "id") -> Doc:
    """A code of the list; Problem for any other."""
    found = tax_codes.listed().get(id)
    if found is None:
        raise missing("tax_code", id, param)
    return found


def check(code: str | None, param: str = "tax_code") -> None:
    """Problem for what cannot be a tax code.

    The list is not complete, so a well-formed code that is not on it is taken for one of Stripe's.
    """
    if code and not tax_codes.is_well_formed(code):
        raise missing("tax_code", code, param)


def shown(doc: Mapping[str, Any]) -> Doc | None:
    """The ``tax_code`` of a product or shipping rate where it is expanded; of one not listed there is only its id."""
    code = doc.get("tax_code")
    if not code:
        return None
    unlisted: Doc = {"id": code, "object": "tax_code", "description": "", "name": code, "requirements": None}
    return tax_codes.listed().get(code) or unlisted
