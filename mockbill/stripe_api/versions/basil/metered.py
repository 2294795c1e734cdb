"""Metered prices of before basil: without a meter, they are billed by usage records."""

from typing import Any

from mockbill.surface import one_of

_BASIL = "2025-03-31.basil"
_AGGREGATED = one_of("last_during_period", "last_ever", "max", "sum")

ACCEPTS: dict[str, dict[Any, Any]] = {
    "POST /v1/plans": {"aggregate_usage": _AGGREGATED},
    "POST /v1/prices": {("recurring", "aggregate_usage"): _AGGREGATED},
}


def _price(params: dict[str, Any], version: str) -> dict[str, Any]:
    """By their sum, if nothing else was said."""
    recurring = params.get("recurring") or {}
    if not _is_recorded(recurring, version):
        return params
    return {**params, "recurring": {"aggregate_usage": "sum", **recurring}}


def _plan(params: dict[str, Any], version: str) -> dict[str, Any]:
    return {"aggregate_usage": "sum", **params} if _is_recorded(params, version) else params


def _is_recorded(params: dict[str, Any], version: str) -> bool:
    return version < _BASIL and params.get("usage_type") == "metered" and not params.get("meter")


UPGRADES = {"POST /v1/plans": _plan, "POST /v1/prices": _price}
