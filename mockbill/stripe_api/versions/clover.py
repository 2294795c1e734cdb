"""2025-09-30.clover: subscriptions are made in flexible billing mode unless they say otherwise."""

from typing import Any

from mockbill.stripe_api.versions.release import Release


def _classic(params: dict[str, Any], version: str) -> dict[str, Any]:
    if version >= RELEASE.version or "billing_mode" in params:
        return params
    return {**params, "billing_mode": {"type": "classic"}}


def _classic_session(params: dict[str, Any], version: str) -> dict[str, Any]:
    if params.get("mode") != "subscription":
        return params
    return {**params, "subscription_data": _classic(params.get("subscription_data") or {}, version)}


def _classic_preview(params: dict[str, Any], version: str) -> dict[str, Any]:
    """Of a subscription that would be created; one that exists has its mode."""
    details = params.get("subscription_details") or {}
    if params.get("subscription") or not details.get("items"):
        return params
    return {**params, "subscription_details": _classic(details, version)}


RELEASE = Release(
    version="2025-09-30.clover",
    upgrades={
        "POST /v1/subscriptions": _classic,
        "POST /v1/checkout/sessions": _classic_session,
        "POST /v1/invoices/create_preview": _classic_preview,
    },
)
