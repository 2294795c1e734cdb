"""Stripe's tax codes, as far as they are listed here: those that shops use most (``tax_codes.tsv``).

Stripe has some hundreds; the identifiers and names are Stripe's, the descriptions our own.
"""

import re
from functools import cache
from pathlib import Path

_FORM = re.compile(r"txcd_\d{8}")

NONTAXABLE = "txcd_00000000"
"""Of products that are never taxed."""
GENERAL = "txcd_10000000"
"""Of what names no code and has no preset, as in a new account's tax settings (from memory)."""
SHIPPING = "txcd_92010001"


@cache
def listed() -> dict[str, dict[str, str | None]]:
    """All of the list as API objects, by id; read on first use."""
    rows = Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8").splitlines()
    return {
        id: {"id": id, "object": "tax_code", "description": description, "name": name, "requirements": None}
        for id, name, description in (row.split("\t") for row in rows)
    }


def is_well_formed(id: str) -> bool:
    """Whether it has the form of a tax code: one of Stripe's that is not listed here is none the worse."""
    return _FORM.fullmatch(id) is not None
