"""Requests of before basil: one coupon or promotion code, and flat parameters of upcoming invoices."""

from typing import Any

from mockbill.surface import STRING, optional

_ONE = {"coupon": optional(STRING), "promotion_code": optional(STRING)}
_OF_PHASES = {("phases", name): each for name, each in _ONE.items()}
_FLAT = "subscription_"
_LISTED = ("POST /v1/subscriptions", "POST /v1/subscriptions/{subscription_exposed_id}")


def _listed(params: dict[str, Any], version: str) -> dict[str, Any]:
    """``coupon`` and ``promotion_code`` as the only one of ``discounts``; ``""`` takes the discount off."""
    named = {name: params[name] for name in _ONE if name in params}
    if not named:
        return params
    rest = {name: value for name, value in params.items() if name not in _ONE}
    return {**rest, "discounts": [{name: value} for name, value in named.items() if value] or ""}


def _previewed(params: dict[str, Any], version: str) -> dict[str, Any]:
    """An upcoming invoice's ``subscription_*`` as the ``subscription_details`` of a preview."""
    flat = {name: value for name, value in params.items() if name.startswith(_FLAT) and name != f"{_FLAT}details"}
    rest = {name: value for name, value in _listed(params, version).items() if name not in flat}
    details = {name.removeprefix(_FLAT): value for name, value in flat.items()}
    if (prorates := details.pop("prorate", None)) is not None:
        details.setdefault("proration_behavior", "create_prorations" if prorates else "none")
    if details:
        rest["subscription_details"] = {**rest.get("subscription_details", {}), **details}
    return rest


def _phases(params: dict[str, Any], version: str) -> dict[str, Any]:
    """The same in each phase of a schedule."""
    if not params.get("phases"):
        return params
    return {**params, "phases": [_listed(phase, version) for phase in params["phases"]]}


_SCHEDULED = ("POST /v1/subscription_schedules", "POST /v1/subscription_schedules/{schedule}")
_UPCOMING = ("GET /v1/invoices/upcoming", "GET /v1/invoices/upcoming/lines")

ACCEPTS: dict[str, dict[Any, Any]] = {
    **dict.fromkeys((*_LISTED, "POST /v1/customers", "POST /v1/customers/{customer}"), _ONE),
    **dict.fromkeys(_SCHEDULED, _OF_PHASES),
}
UPGRADES = {
    **dict.fromkeys(_LISTED, _listed),
    **dict.fromkeys(_SCHEDULED, _phases),
    **dict.fromkeys(_UPCOMING, _previewed),
}
REPLACED = dict.fromkeys(_UPCOMING, "POST /v1/invoices/create_preview")
