"""Invoice payments."""

from mockbill.stripe_api.registry import resource

resource(
    "invoice_payment",
    "/v1/invoice_payments/{invoice_payment}",
    filters={
        "invoice": "invoice",
        "payment.payment_intent": "payment.payment_intent",
        "payment.payment_record": "payment.payment_record",
        "payment.type": "payment.type",
        "status": "status",
    },
)
