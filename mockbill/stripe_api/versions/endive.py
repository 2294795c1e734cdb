"""2026-09-30.endive: payment_method_types can no longer be written, and an update's billing_cycle_anchor is a hash.

An account is rejected for a kind of fraud, too, where older clients know just ``fraud`` (that it was this release is
inferred from the majors of stripe-python).
"""

from collections.abc import Callable
from typing import Any

from mockbill.stripe_api.versions.release import Release
from mockbill.surface import INTEGER, STRING, any_of, list_of, one_of
from mockbill.world import Doc, Problem

_TYPES = {"payment_method_types": list_of(STRING)}
_TYPED = (
    "POST /v1/payment_intents",
    "POST /v1/payment_intents/{intent}",
    "POST /v1/payment_intents/{intent}/confirm",
    "POST /v1/setup_intents",
    "POST /v1/setup_intents/{intent}",
    "POST /v1/checkout/sessions",
)
_NOW = one_of("now", "unchanged")
_ANCHOR = {"billing_cycle_anchor": any_of(_NOW, {"type!": _NOW})}  # both, for requests that name no version
_ANCHORED = (
    "POST /v1/subscriptions/{subscription_exposed_id}",
    "POST /v1/subscriptions/{subscription}/resume",
)
_PREVIEW = "POST /v1/invoices/create_preview"
_REJECT = "POST /v1/accounts/{account}/reject"
_FRAUDS = ("fraud_no_intent_to_fulfill", "fraud_other", "fraud_payment_method_casher", "fraud_payment_method_tester")
_REASON = one_of("fraud", "terms_of_service", "other", "credit", *_FRAUDS)
_DATED_ANCHOR = any_of(_NOW, INTEGER, {"timestamp": INTEGER, "type!": STRING})


def _no_longer() -> Problem:
    return Problem(
        "The payment_method_types parameter is no longer supported. Use allowed_payment_method_types or "
        "excluded_payment_method_types instead.",
        code="payment_method_types_no_longer_supported",
        param="payment_method_types",
    )


def _anchor(params: dict[str, Any], version: str) -> dict[str, Any]:
    anchor = params.get("billing_cycle_anchor")
    return {**params, "billing_cycle_anchor": {"type": anchor}} if isinstance(anchor, str) else params


def _preview_anchor(params: dict[str, Any], version: str) -> dict[str, Any]:
    """The same in ``subscription_details`` of a preview, where a date may stand, too."""
    details = params.get("subscription_details") or {}
    anchor = details.get("billing_cycle_anchor")
    if anchor is None or isinstance(anchor, dict):
        return params
    told = {"type": anchor} if isinstance(anchor, str) else {"timestamp": anchor, "type": "timestamp"}
    return {**params, "subscription_details": {**details, "billing_cycle_anchor": told}}


def _fraud(params: dict[str, Any], version: str) -> dict[str, Any]:
    return {**params, "reason": "fraud_other"} if params.get("reason") == "fraud" else params


def _untyped(last_error: str) -> Callable[[Doc], Doc]:
    """Before, an intent's last error did not say of which type its payment method was."""

    def downgrade(intent: Doc) -> Doc:
        error = intent.get(last_error)
        if not error or "payment_method_type" not in error:
            return intent
        kept = {name: value for name, value in error.items() if name != "payment_method_type"}
        return {**intent, last_error: kept}

    return downgrade


RELEASE = Release(
    version="2026-09-30.endive",
    accepts={
        **dict.fromkeys(_TYPED, _TYPES),
        **dict.fromkeys(_ANCHORED, _ANCHOR),
        _PREVIEW: {("subscription_details", "billing_cycle_anchor"): _DATED_ANCHOR},
        _REJECT: {"reason": _REASON},
    },
    upgrades={**dict.fromkeys(_ANCHORED, _anchor), _PREVIEW: _preview_anchor, _REJECT: _fraud},
    renamed={
        **{key: [(r"billing_cycle_anchor\[\w+\]", "billing_cycle_anchor")] for key in _ANCHORED},
        _PREVIEW: [(r"(subscription_details\[billing_cycle_anchor\])\[\w+\]", r"\1")],
    },
    downgrades={
        "payment_intent": _untyped("last_payment_error"),
        "setup_intent": _untyped("last_setup_error"),
    },
    refuses={key: {"payment_method_types": _no_longer} for key in _TYPED},
)
