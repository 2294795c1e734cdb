"""The taxes on the lines of an invoice (stripe-behaviour.md 3.13)."""

from collections.abc import Mapping, Sequence
from typing import Any

from mockbill.world import Doc, Work


def levied(w: Work, invoice: Mapping[str, Any], lines: Sequence[Doc]) -> Sequence[Doc]:
    """The lines with their ``taxes``."""
    return lines
