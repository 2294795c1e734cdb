"""The API versions that there are."""

from functools import cache

from mockbill.surface.data import compiled, resolved


@cache
def versions() -> frozenset[str]:
    """Every version that a webhook endpoint can be pinned to: ``2026-10-28.endive``, ``2024-06-20``, ..."""
    parameters, _ = resolved(compiled()["operations"]["POST /v1/webhook_endpoints"][3])
    node, _ = resolved(parameters["api_version"])
    return frozenset(node[1:])
