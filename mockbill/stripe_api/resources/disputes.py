"""Disputes and early fraud warnings."""

from mockbill.billing.disputes import answering
from mockbill.stripe_api.registry import ACCEPTS, resource
from mockbill.surface import TEXT, field_type, optional

_FILTERS = {"charge": "charge", "payment_intent": "payment_intent"}

_evidence = field_type("dispute", "evidence")
assert _evidence is not None
assert _evidence.nested is not None
ACCEPTS["POST /v1/disputes/{dispute}"] = {  # each can be emptied, and be longer than other strings
    ("evidence", name): optional(TEXT) for name, field in _evidence.nested.items() if field.type == "string"
}

resource(
    "dispute",
    "/v1/disputes/{dispute}",
    update=answering.update,
    actions={"close": answering.close},
    filters=_FILTERS,
)
resource("radar.early_fraud_warning", "/v1/radar/early_fraud_warnings/{early_fraud_warning}", filters=_FILTERS)
