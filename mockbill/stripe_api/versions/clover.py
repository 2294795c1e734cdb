"""2025-09-30.clover: new subscriptions are in flexible billing mode; what a discount or a code gives is in a hash."""

from typing import Any

from mockbill.billing import coupons
from mockbill.stripe_api.older_fields import Older
from mockbill.stripe_api.versions.release import Release, without
from mockbill.surface import INTEGER, STRING, object_of, one_of
from mockbill.world import Doc, Problem, Work


def _classic(params: dict[str, Any], version: str) -> dict[str, Any]:
    if version >= RELEASE.version or "billing_mode" in params:
        return params
    return {**params, "billing_mode": {"type": "classic"}}


def _classic_session(params: dict[str, Any], version: str) -> dict[str, Any]:
    if params.get("mode") != "subscription":
        return params
    return {**params, "subscription_data": _classic(params.get("subscription_data") or {}, version)}


def _classic_quote(params: dict[str, Any], version: str) -> dict[str, Any]:
    """Of the subscription that a quote becomes; a copy of another quote has the mode of that."""
    if params.get("from_quote"):
        return params
    return {**params, "subscription_data": _classic(params.get("subscription_data") or {}, version)}


def _classic_preview(params: dict[str, Any], version: str) -> dict[str, Any]:
    """Of a subscription that would be created; one that exists has its mode."""
    if params.get("schedule_details") and not params.get("schedule"):
        return {**params, "schedule_details": _classic(params["schedule_details"], version)}
    details = params.get("subscription_details") or {}
    if params.get("subscription") or not details.get("items"):
        return params
    return {**params, "subscription_details": _classic(details, version)}


def _promoted(params: dict[str, Any], version: str) -> dict[str, Any]:
    """``coupon`` as the ``promotion`` of a new code, which has to be there by one name or the other."""
    if "promotion" in params:
        return params
    if "coupon" not in params:
        name = "coupon" if version < RELEASE.version else "promotion"
        raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
    rest = {name: value for name, value in params.items() if name != "coupon"}
    return {**rest, "promotion": {"type": "coupon", "coupon": params["coupon"]}}


def _coupon_in(name: str) -> Older:
    """The whole coupon, which stood where there is only its id now."""

    def fill(w: Work, doc: Doc) -> Doc | None:
        named = (doc.get(name) or {}).get("coupon")
        return named if isinstance(named, dict) else coupons.even_if_deleted(w, named)

    return Older(fill, ("coupon",))


def _classic_schedule(params: dict[str, Any], version: str) -> dict[str, Any]:
    """Of a subscription that will be created; one that exists has its mode."""
    return params if params.get("from_subscription") else _classic(params, version)


_CODES = "POST /v1/promotion_codes"
_ITERATIONS = {("phases", "iterations"): INTEGER}

RELEASE = Release(
    version="2025-09-30.clover",
    accepts={
        _CODES: {"coupon": STRING, "promotion?": object_of({"coupon": STRING, "type!": one_of("coupon")})},
        "POST /v1/subscription_schedules": _ITERATIONS,
        "POST /v1/subscription_schedules/{schedule}": _ITERATIONS,
        "POST /v1/invoices/create_preview": {("schedule_details", "phases", "iterations"): INTEGER},
    },
    upgrades={
        "POST /v1/subscriptions": _classic,
        "POST /v1/subscription_schedules": _classic_schedule,
        "POST /v1/checkout/sessions": _classic_session,
        "POST /v1/quotes": _classic_quote,
        "POST /v1/invoices/create_preview": _classic_preview,
        _CODES: _promoted,
    },
    renamed={_CODES: [(r"promotion(\[coupon\])?", "coupon")]},
    fields={"discount": {"coupon": _coupon_in("source")}, "promotion_code": {"coupon": _coupon_in("promotion")}},
    downgrades={"discount": without("source"), "promotion_code": without("promotion")},
)
