"""The account's tax settings: where it is at home, and whether its prices include tax."""

from typing import Any

from mockbill import surface
from mockbill.billing import fields
from mockbill.world import Doc, Work

_HOME = "US"  # of an account that has not said where it is, as in `GET /v1/account`


def current(w: Work) -> Doc:
    """``GET /v1/tax/settings``: active from the start, so that automatic tax works as soon as it is asked for."""
    if kept := w.private("tax_settings", "own"):
        return dict(kept["doc"])
    blank = surface.blank("tax.settings")
    return {**blank, "defaults": {**blank["defaults"], "provider": "stripe"}, "status": "active"}


def update(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/tax/settings``; ``tax.settings.updated``."""
    before = current(w)
    changed = {**before, **fields.fields_of("tax.settings", params, before)}
    w.keep("tax_settings", "own", doc=changed)
    if changed != before:
        w.emit("tax.settings.updated", changed, before)
    return changed


def home(w: Work) -> str:
    """The country of the account: that of its head office."""
    office = (w.private("tax_settings", "own") or {}).get("doc", {}).get("head_office") or {}
    return str((office.get("address") or {}).get("country") or _HOME).upper()


def default_behavior(w: Work) -> str | None:
    """``defaults.tax_behavior``: of prices that do not say it themselves."""
    kept = w.private("tax_settings", "own")
    return kept["doc"]["defaults"]["tax_behavior"] if kept else None
