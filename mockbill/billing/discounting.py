"""What discounts take off the lines of an invoice (stripe-behaviour.md 3.12)."""

from collections.abc import Mapping, Sequence
from typing import Any

from mockbill.world import Doc, Work


def spread(w: Work, invoice: Mapping[str, Any], lines: Sequence[Doc]) -> Sequence[Doc]:
    """The lines with their ``discount_amounts``."""
    return lines
