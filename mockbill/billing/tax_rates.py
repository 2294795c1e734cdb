"""Tax rates: created, changed, archived (stripe-behaviour.md 2.9)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from mockbill.billing import fields
from mockbill.rules import countries
from mockbill.world import Doc, Problem, Work

_DECIMALS = 4  # of a percentage


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/tax_rates``: ``display_name``, ``inclusive`` and ``percentage`` are required and the last two stay."""
    for name in ("display_name", "inclusive", "percentage"):
        if params.get(name) in (None, ""):
            raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
    _check(params)
    percentage = _percentage(params["percentage"])
    rate = w.add(
        "tax_rate",
        **{
            "active": True,
            "rate_type": "percentage",
            **fields.fields_of("tax_rate", params, {}, but=("country",)),
            "country": _country(params),
            "effective_percentage": percentage,
            "percentage": percentage,
        },
    )
    w.emit("tax_rate.created", rate)
    return rate


def update(w: Work, rate: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/tax_rates/{tax_rate}``: all but the percentage and ``inclusive``; ``active=false`` archives it.

    What uses the rate already goes on using it, under the name it had.
    """
    _check(params)
    changes = fields.fields_of("tax_rate", params, rate, but=("country",))
    if "country" in params:
        changes["country"] = _country(params)
    changed = w.change(rate, **changes)
    if changed != rate:
        w.emit("tax_rate.updated", changed, rate)
    return changed


def of_data(w: Work, data: Mapping[str, Any], where: str) -> Doc:
    """The rate of exactly this ``tax_rate_data``, made and archived when it is first needed; no event."""
    key = repr(sorted(data.items()))
    if kept := w.private("tax_rate_data", key):
        return w.need("tax_rate", kept["rate"])
    try:
        _check(dict(data))
        percentage = _percentage(data["percentage"])
    except Problem as problem:
        problem.param = f"{where}[{problem.param or 'percentage'}]"
        raise
    own = fields.fields_of("tax_rate", data, {}, but=("country",))
    shown = {"country": _country(dict(data)), "effective_percentage": percentage, "percentage": percentage}
    rate = w.add("tax_rate", **{**own, **shown, "active": False, "rate_type": "percentage"})
    w.keep("tax_rate_data", key, rate=rate["id"])
    return rate


def _check(params: dict[str, Any]) -> None:
    if params.get("display_name") == "":
        raise Problem(
            "You passed an empty string for 'display_name'.", code="parameter_invalid_empty", param="display_name"
        )
    country = params.get("country")
    if country and not countries.is_one(country):
        raise Problem(
            f"Country '{country}' is unknown. Try using a 2-character alphanumeric country code instead, such as 'US', "
            "'EG', or 'GB'.",
            code="country_code_invalid",
            param="country",
        )


def _country(params: dict[str, Any]) -> str | None:
    return params["country"].upper() if params.get("country") else None


def _percentage(sent: float) -> float:
    exact = Decimal(str(sent))
    if not 0 <= exact <= 100:
        raise Problem("Invalid percentage: must be between 0 and 100", param="percentage")
    if exact != round(exact, _DECIMALS):
        raise Problem(f"Invalid percentage: must have at most {_DECIMALS} decimal places", param="percentage")
    return sent
