"""Webhook endpoints: created, updated, deleted; the secret and the Connect flag are kept beside the document."""

import re
from typing import Any

from mockbill.world import Doc, Problem, Work
from mockbill.world.metadata import merge
from mockbill.world.work import merged

KIND = "webhook_endpoint"
_DESTINATION = "v2.core.event_destination"  # destinations.py, which builds on this module
MOST = 16  # for each account and mode
_URL = re.compile(r"https?://[^\s/?#]+([/?#]\S*)?", re.IGNORECASE)


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/webhook_endpoints``: ``url`` and ``enabled_events``; only this answer shows the ``secret``."""
    check_url(params["url"], "url")
    if len(w.find(KIND)) >= MOST:
        raise Problem(f"You have reached the maximum of {MOST} test webhook endpoints.")
    endpoint = w.add(KIND, status="enabled", api_version=params.get("api_version"), **_fields(params, {}))
    secret = f"whsec_{w.text(32)}"
    w.keep(KIND, endpoint["id"], secret=secret, connect=params.get("connect", False))
    return merged(endpoint, {"secret": secret})


def update(w: Work, endpoint: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/webhook_endpoints/{webhook_endpoint}``; Stripe has no events for it."""
    if "url" in params:
        check_url(params["url"], "url")
    changes = _fields(params, endpoint["metadata"])
    if "disabled" in params:
        changes["status"] = "disabled" if params["disabled"] else "enabled"
    return w.change(endpoint, **changes)


def disable(w: Work, id: str) -> bool:
    """Disable an endpoint, or a destination of v2, that has failed for days; False where there is none any more.

    Stripe does this after several days, of how many is not published; nor is the reason that a destination then gives.
    """
    for kind in (KIND, _DESTINATION):
        found = w.get(kind, id)
        if found is not None:
            told = {"status_details": {"disabled": {"reason": "user"}}, "updated": w.now} if kind != KIND else {}
            w.change(found, status="disabled", **told)
            return True
    return False


def delete(w: Work, endpoint: Doc) -> Doc:
    """``DELETE``: what is still to be delivered to it is given up, and its secret forgotten."""
    w.remove({"object": f"_{KIND}", "id": endpoint["id"]})
    return w.remove(endpoint)


def _fields(params: dict[str, Any], metadata: dict[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: params[name] for name in ("url", "enabled_events") if name in params}
    if "description" in params:
        fields["description"] = params["description"] or None
    if "metadata" in params:
        fields["metadata"] = merge(metadata, params["metadata"])
    return fields


def check_url(url: str, param: str) -> None:
    """Any http or https address will do: unlike Stripe we are wanted to reach ``localhost``."""
    if "://" not in url:
        raise Problem(
            "Invalid URL: An explicit scheme (such as https) must be provided.", code="url_invalid", param=param
        )
    if not _URL.fullmatch(url):
        raise Problem("Not a valid URL", code="url_invalid", param=param)
