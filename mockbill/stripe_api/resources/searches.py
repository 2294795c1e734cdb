"""Searches of all resources that have one."""

from mockbill.stripe_api import search
from mockbill.stripe_api.registry import Call, handles
from mockbill.world import Doc


@handles(*(f"GET /v1/{kind}s/search" for kind in search.FIELDS))
def _search(call: Call) -> Doc:
    kind = call.operation.kind
    assert kind is not None  # each search is of one kind
    return search.page(call.work, kind, call.params, call.path, counted="total_count" in call.expanded)
