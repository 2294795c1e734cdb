"""Billing details of payment methods: what a new one shows, and what an update makes of them."""

from collections.abc import Mapping
from typing import Any

from mockbill.world import Doc

_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
_NONE = {"address": _NO_ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None}


def of(sent: Mapping[str, Any]) -> Doc:
    """Those of a new payment method."""
    return updated(_NONE, sent)


def updated(old: Doc, sent: Mapping[str, Any]) -> Doc:
    """After an update: members that were not sent keep their value, an empty string unsets."""
    new = {**old, **{name: value or None for name, value in sent.items()}}
    if "address" in sent:
        address = {name: value or None for name, value in (sent["address"] or {}).items()}
        new["address"] = {**(old["address"] if sent["address"] else _NO_ADDRESS), **address}
    return new
