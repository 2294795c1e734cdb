"""Event destinations of the v2 API: webhook endpoints for thin events or snapshots; URL and secret are kept beside.

They are delivered to as the endpoints of v1 are (``routing.py``).  What Stripe does where both APIs meet is not
established: here each API lists its own.
"""

from collections.abc import Iterable
from typing import Any

from mockbill import surface
from mockbill.surface.releases import versions
from mockbill.webhooks import endpoints
from mockbill.world import Doc, Problem, Work, thin_events
from mockbill.world.instants import told
from mockbill.world.metadata import merge

KIND = "v2.core.event_destination"
OWN, CONNECTED = "@self", "@accounts"
_SCOPES = {OWN: OWN, CONNECTED: CONNECTED, "self": OWN, "other_accounts": CONNECTED}  # with their earlier names
_SECRET, _URL = "webhook_endpoint.signing_secret", "webhook_endpoint.url"
_CLOUDS = ("amazon_eventbridge", "azure_event_grid")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v2/core/event_destinations``; only webhook endpoints can be reached from here."""
    if params["type"] != "webhook_endpoint":
        raise Problem(
            f"mockbill does not simulate destinations of type {params['type']} yet; use a webhook_endpoint.",
            code="mockbill_unsupported",
            status=501,
            headers={"Stripe-Should-Retry": "false"},
        )
    for name in _CLOUDS:
        if params.get(name) is not None:
            raise _invalid(f"{name} cannot be given for a destination of type webhook_endpoint.", name)
    if not (params.get("webhook_endpoint") or {}).get("url"):
        raise _invalid("webhook_endpoint.url is required for a destination of type webhook_endpoint.", _URL)
    url = params["webhook_endpoint"]["url"]
    endpoints.check_url(url, _URL)
    _check_types(params["enabled_events"], params["event_payload"])
    if len(w.find(KIND)) >= endpoints.MOST:
        raise Problem(f"You have reached the maximum of {endpoints.MOST} event destinations.")
    destination = w.add(
        KIND,
        description=params.get("description") or "",
        enabled_events=params["enabled_events"],
        event_payload=params["event_payload"],
        events_from=_scopes(params.get("events_from")),
        metadata=merge({}, params.get("metadata") or {}),
        name=params["name"],
        snapshot_api_version=_version(w, params),
        status="enabled",
        type="webhook_endpoint",
        updated=w.now,
    )
    w.keep(KIND, destination["id"], url=url, secret=f"whsec_{w.text(32)}")
    return destination


def update(w: Work, destination: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v2/core/event_destinations/{id}``."""
    url = (params.get("webhook_endpoint") or {}).get("url")
    if url is not None:
        endpoints.check_url(url, _URL)
    if "enabled_events" in params:
        _check_types(params["enabled_events"], destination["event_payload"])
    changes = {name: params[name] for name in ("enabled_events", "name") if params.get(name) is not None}
    if "description" in params:
        changes["description"] = params["description"] or ""
    if "metadata" in params:
        sent = {key: "" if value is None else value for key, value in (params["metadata"] or {}).items()}
        changes["metadata"] = merge(destination["metadata"], sent)
    if url is not None:
        w.keep(KIND, destination["id"], url=url)
    return w.change(destination, **changes, updated=w.now)


def disable(w: Work, destination: Doc) -> Doc:
    """``.../disable``: what is still to be delivered to it is given up when its time comes."""
    return w.change(destination, status="disabled", status_details={"disabled": {"reason": "user"}}, updated=w.now)


def enable(w: Work, destination: Doc) -> Doc:
    """``.../enable``."""
    return w.change(destination, status="enabled", status_details=None, updated=w.now)


def ping(w: Work, destination: Doc) -> Doc:
    """``.../ping``: an event for this destination alone, whatever it listens to."""
    if destination["status"] == "disabled":
        raise Problem(f"Event destination '{destination['id']}' is disabled: enable it before you ping it.")
    return thin_events.emit(w, thin_events.PING, destination)


def delete(w: Work, destination: Doc) -> Doc:
    """``DELETE``: its URL and secret are forgotten too."""
    w.remove({"object": f"_{KIND}", "id": destination["id"]})
    return w.remove(destination)


def shown(w: Work, destination: Doc, include: Iterable[str] = ()) -> Doc:
    """A destination as the API answers it: URL and, to who creates it, the secret only where they are asked for."""
    kept = w.private(KIND, destination["id"]) or {}
    return {
        **{name: value for name, value in destination.items() if name not in _CLOUDS},
        "created": told(destination["created"]),
        "updated": told(destination["updated"]),
        "webhook_endpoint": {
            "signing_secret": kept.get("secret") if _SECRET in include else None,
            "url": kept.get("url") if _URL in include else None,
        },
    }


def _check_types(types: list[str], payload: str) -> None:
    """Problem unless the events are of the sort that the destination takes: ``*`` is all of it."""
    if not types:
        raise _invalid("enabled_events must name at least one type of event.", "enabled_events")
    known = surface.thin_events() if payload == "thin" else surface.events()
    for type in types:
        if type != "*" and type not in known:
            raise _invalid(f"{type} is no type of {payload} event.", "enabled_events")


def _scopes(asked: list[str] | None) -> list[str]:
    for scope in asked or ():
        if scope not in _SCOPES:
            raise _invalid(f"Invalid events_from: {scope}; must be one of {', '.join(_SCOPES)}.", "events_from")
    return list(dict.fromkeys(_SCOPES[scope] for scope in asked or (OWN,)))


def _version(w: Work, params: dict[str, Any]) -> str | None:
    """The version in which snapshots are shown: the account's where none is given; thin events have none."""
    asked: str | None = params.get("snapshot_api_version")
    if params["event_payload"] == "thin":
        if asked is not None:
            raise _invalid("snapshot_api_version cannot be given for thin events.", "snapshot_api_version")
        return None
    if asked is not None and asked not in versions():
        raise _invalid(f"Invalid Stripe API version: {asked}", "snapshot_api_version")
    return asked or w.world.api_version


def _invalid(message: str, param: str) -> Problem:
    return Problem(message, code="invalid_fields", param=param)
