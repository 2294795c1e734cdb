"""Mandates: read alone, as they come of confirmed intents."""

from mockbill.stripe_api.registry import Call, handles
from mockbill.world import Doc


@handles("GET /v1/mandates/{mandate}")
def retrieve(call: Call) -> Doc:
    return call.work.need("mandate", call.id)
