"""The account's tax settings: where it is at home, and whether its prices include tax."""

from typing import Any

from mockbill import surface
from mockbill.billing import fields
from mockbill.billing.tax import codes
from mockbill.rules import countries
from mockbill.world import Doc, Problem, Work

_HOME = "US"  # of an account that has not said where it is, as in `GET /v1/account`


def current(w: Work) -> Doc:
    """``GET /v1/tax/settings``: active from the start, so that automatic tax works as soon as it is asked for.

    At Stripe it is ``pending`` until there is a head office; here that is in the account's country.
    """
    if kept := w.private("tax_settings", "own"):
        return dict(kept["doc"])
    blank = surface.blank("tax.settings")
    defaults = {**blank["defaults"], "provider": "stripe"}
    return {**blank, "defaults": defaults, "status": "active", "status_details": {"active": {}}}


def update(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/tax/settings``: the defaults and the head office; ``tax.settings.updated``."""
    codes.check((params.get("defaults") or {}).get("tax_code"), "defaults[tax_code]")
    country = ((params.get("head_office") or {}).get("address") or {}).get("country")
    if country and not countries.is_one(country):
        raise Problem(f"Country '{country}' is unknown.", param="head_office[address][country]")
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


def default_code(w: Work) -> str | None:
    """``defaults.tax_code``: of products that do not say it themselves."""
    kept = w.private("tax_settings", "own")
    return kept["doc"]["defaults"]["tax_code"] if kept else None
