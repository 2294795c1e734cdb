"""Invoice payments."""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.stripe_api.registry import resource
from mockbill.world import Doc, Work


def _paid_by(w: Work, params: Mapping[str, Any]) -> Callable[[Doc], bool] | None:
    """``payment[type]`` with ``payment[payment_intent]``."""
    payment = params.get("payment")
    if not payment:
        return None
    return lambda doc: all(doc["payment"].get(name) == value for name, value in payment.items())


resource(
    "invoice_payment",
    "/v1/invoice_payments/{invoice_payment}",
    filters={"invoice": "invoice", "status": "status"},
    keep=_paid_by,
)
