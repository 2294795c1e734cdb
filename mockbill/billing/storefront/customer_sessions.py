"""Customer sessions: a secret with which a page may show what is a customer's own (Payment Element, pricing table)."""

from typing import Any

from mockbill.billing import unmodelled
from mockbill.world import Doc, Problem, Work

LIFETIME = 1_800  # seconds: Stripe's thirty minutes
_COMPONENTS = (
    "active_entitlements", "buy_button", "customer_portal", "customer_sheet", "mobile_payment_element",
    "payment_element", "pricing_table",
)  # fmt: skip
_SHEET = {"payment_method_allow_redisplay_filters": None, "payment_method_remove": None}
_FEATURES: dict[str, Doc] = {
    "customer_sheet": _SHEET,
    "mobile_payment_element": {
        "payment_method_allow_redisplay_filters": None,
        "payment_method_redisplay": None,
        "payment_method_remove": None,
        "payment_method_save": None,
        "payment_method_save_allow_redisplay_override": None,
    },
    "payment_element": {
        "payment_method_allow_redisplay_filters": ["always"],
        "payment_method_redisplay": "disabled",
        "payment_method_redisplay_limit": 3,
        "payment_method_remove": "disabled",
        "payment_method_save": "disabled",
        "payment_method_save_usage": None,
    },
}  # of a component that is enabled, where nothing else is said
_MOST_SHOWN = 10


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/customer_sessions``: at least one component has to be enabled.  Kept for its half hour, never read."""
    unmodelled.refuse(params, ("customer_account",), "customer sessions")
    if not params.get("customer"):
        raise Problem("Missing required param: customer.", code="parameter_missing", param="customer")
    customer = w.need("customer", params["customer"], "customer")
    w.use_clock_of(customer)
    asked = params.get("components") or {}
    if not any(component.get("enabled") for component in asked.values()):
        raise Problem("At least one component must be enabled.", param="components")
    session = w.build(
        "customer_session",
        client_secret=f"cuss_secret_{w.text(44)}",
        components={name: _component(name, asked.get(name) or {}) for name in _COMPONENTS},
        customer=customer["id"],
        expires_at=w.now + LIFETIME,
    )
    return {name: value for name, value in session.items() if name != "id"}


def _component(name: str, asked: dict[str, Any]) -> Doc:
    enabled = bool(asked.get("enabled"))
    if name not in _FEATURES:
        return {"enabled": enabled}
    given = asked.get("features") or {}
    if given and not enabled:
        raise Problem(
            f"You cannot set features of a component that is not enabled: set `components[{name}][enabled]` to true.",
            param=f"components[{name}][features]",
        )
    limit = given.get("payment_method_redisplay_limit", 1)
    if not 1 <= limit <= _MOST_SHOWN:
        raise Problem(
            f"Invalid payment_method_redisplay_limit: must be between 1 and {_MOST_SHOWN}.",
            param=f"components[{name}][features][payment_method_redisplay_limit]",
        )
    return {"enabled": enabled, "features": {**_FEATURES[name], **given} if enabled else None}
