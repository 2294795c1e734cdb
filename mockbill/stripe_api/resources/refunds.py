"""Refunds."""

from mockbill.billing import refunds
from mockbill.stripe_api.registry import resource

resource(
    "refund",
    "/v1/refunds/{refund}",
    create=refunds.create,
    update=refunds.update,
    actions={"cancel": refunds.cancel},
    filters={"charge": "charge", "payment_intent": "payment_intent"},
)
