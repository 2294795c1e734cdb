"""Refunds."""

from mockbill.billing import refunds
from mockbill.stripe_api.registry import Call, handles, resource, subject
from mockbill.world import Doc

resource(
    "refund",
    "/v1/refunds/{refund}",
    create=refunds.create,
    update=refunds.update,
    actions={"cancel": refunds.cancel},
    filters={"charge": "charge", "payment_intent": "payment_intent"},
)


@handles("POST /v1/test_helpers/refunds/{refund}/expire")
def _expire(call: Call) -> Doc:
    return refunds.expire(call.work, subject(call, "refund"), call.params)
