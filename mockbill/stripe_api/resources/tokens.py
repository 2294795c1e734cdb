"""Tokens."""

from mockbill.billing import tokens
from mockbill.stripe_api.registry import Call, handles
from mockbill.world import Doc


@handles("POST /v1/tokens")
def create(call: Call) -> Doc:
    return tokens.create(call.work, call.params)


@handles("GET /v1/tokens/{token}")
def retrieve(call: Call) -> Doc:
    return tokens.retrieve(call.work, call.id)
