"""What releases took out of the API and today's SDK no longer describes: operations and shapes, in data.py's encoding.

Written by hand from what older SDKs declare (stripe-python 9 and 11).  An operation is here like any other: routed,
validated, covered; `GONE` names the release that took it out, and a request that names this version or a later one
does not find it.
"""

from typing import Any

_UPCOMING = "GET /v1/invoices/upcoming"
_PREVIEW = "POST /v1/invoices/create_preview"
_ITEM = "/v1/subscription_items/{subscription_item}"
_PAGE = {"ending_before": "string", "limit": "integer", "starting_after": "string"}

GONE = {
    _UPCOMING: "2025-03-31.basil",
    f"{_UPCOMING}/lines": "2025-03-31.basil",
    f"POST {_ITEM}/usage_records": "2025-03-31.basil",
    f"GET {_ITEM}/usage_record_summaries": "2025-03-31.basil",
}
"""Operations by key, and the release that is the first without them."""

_PLAIN = ("automatic_tax", "currency", "customer", "customer_details", "discounts", "expand", "invoice_items", "issuer",
          "on_behalf_of", "preview_mode", "schedule", "schedule_details", "subscription")  # fmt: skip
_OF_SUBSCRIPTION = ("cancel_at", "cancel_at_period_end", "cancel_now", "default_tax_rates", "items",
                    "proration_behavior", "proration_date", "resume_at", "start_date", "trial_end")  # fmt: skip


def operations(today: dict[str, Any]) -> dict[str, Any]:
    """Them by key, as the compiled file has operations; ``today`` are those of today, whose types they share."""
    preview = today[_PREVIEW][3]
    details = preview["subscription_details"]
    upcoming = {
        **{name: preview[name] for name in _PLAIN},
        "coupon": "?string",
        "subscription_billing_cycle_anchor": ["any_of", ["enum", "now", "unchanged"], "integer"],
        "subscription_details": details,
        **{f"subscription_{name}": details[name] for name in _OF_SUBSCRIPTION},
        "subscription_prorate": "boolean",
        "subscription_trial_from_plan": "boolean",
    }
    usage = {
        "action": ["enum", "increment", "set"],
        "quantity!": "integer",
        "timestamp": ["any_of", ["enum", "now"], "integer"],
    }
    return {
        _UPCOMING: ["upcoming", ["invoice"], "object", upcoming],
        f"{_UPCOMING}/lines": ["upcoming_lines", ["line_item"], "list", {**upcoming, **_PAGE}],
        f"POST {_ITEM}/usage_records": ["create", ["usage_record"], "object", usage],
        f"GET {_ITEM}/usage_record_summaries": ["list", ["usage_record_summary"], "list", _PAGE],
    }


SHAPES: dict[str, Any] = {
    "usage_record": {
        "id": "string",
        "livemode": "boolean",
        "object": ["enum", "usage_record"],
        "quantity": "integer",
        "subscription_item": "string",
        "timestamp": "integer",
    },
    "usage_record_summary": {
        "id": "string",
        "invoice": "?string",
        "livemode": "boolean",
        "object": ["enum", "usage_record_summary"],
        "period": {"end": "?integer", "start": "?integer"},
        "subscription_item": "string",
        "total_usage": "integer",
    },
}
