"""What Stripe's own tools call and no SDK describes: operations, in data.py's encoding.

Written by hand from the requests that the Stripe CLI makes (stripe-behaviour.md 5.5).  What the real ones answer is not
documented: here they answer the objects that they are about.
"""

from typing import Any

_CARD = "/v1/issuing/cards/{card}"
_PAGE = "/v1/payment_pages/{session}"

OPERATIONS: dict[str, Any] = {
    "POST /v1/events/{id}/retry": [
        "retry",
        ["event"],
        "object",
        {"account": "string", "for_stripecli": "boolean", "webhook_endpoint": "string"},
    ],
    "POST /v1/stripecli/sessions": [
        "create",
        [],
        "nothing",
        {
            "device_name": "string",
            "filters": "string",
            "forward_connect_to_url": "string",
            "forward_thin_connect_to_url": "string",
            "forward_thin_to_url": "string",
            "forward_to_url": "string",
            "websocket_features": ["list", "string"],
        },
    ],
    f"GET {_PAGE}": ["page", ["checkout.session"], "object", {}],
    f"POST {_PAGE}/confirm": [
        "confirm",
        ["checkout.session"],
        "object",
        {"expected_amount": "integer", "payment_method!": "string"},
    ],
    f"POST {_CARD}/test/authorizations": [
        "create",
        ["issuing.authorization"],
        "object",
        {
            "authorization_method": ["enum", "chip", "contactless", "keyed_in", "online", "swipe"],
            "held_amount!": "integer",
            "held_currency": "string",
        },
    ],
}
