"""Listeners: receivers for as long as somebody listens, and what there is to tell them (``mockbill listen``).

A listener lives from one call to the next.  Who does not ask for messages for ten seconds is gone, and nothing is
delivered for it any more.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Any

from flask import request
from marshmallow import ValidationError, fields
from marshmallow.validate import OneOf, Range

from mockbill import surface
from mockbill.control.asking import Asked, Refusal, body, query, world_of
from mockbill.control.blueprint import blueprint
from mockbill.control.rooms import rooms
from mockbill.surface.releases import versions
from mockbill.webhooks import endpoints
from mockbill.webhooks.listeners import Polled, Terms
from mockbill.webhooks.post import Reply
from mockbill.world import Problem

LONGEST = 30.0  # seconds that one call waits for messages

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OURS = ("stripe-signature", "content-length", "transfer-encoding", "connection")


class Url(fields.String):
    """An address to deliver to."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> str:
        url: str = super()._deserialize(value, attr, data, **more)
        try:
            endpoints.check_url(url, attr or "url")
        except Problem as problem:
            raise ValidationError(problem.message) from None
        return url


def _check_type(type: str) -> None:
    """A type of event, or the beginning of some and a ``*``."""
    known = surface.events() | surface.thin_events().keys()
    if type in known or (type.endswith("*") and any(each.startswith(type[:-1]) for each in known)):
        return
    near = get_close_matches(type, known, n=1)
    raise ValidationError(f"{type} is no event" + (f"; did you mean {near[0]}?" if near else ""))


def _check_headers(headers: dict[str, str]) -> None:
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or not value.isprintable() or not value.isascii():
            raise ValidationError(f"{name!r} is no header that can be sent")
        if name.lower() in _OURS:
            raise ValidationError(f"{name} is set by mockbill")


class Listen(Asked):
    """See ``Terms``.  ``via`` is who delivers: the server, or the client where that is elsewhere."""

    url = Url()
    connect_url = Url()
    thin_url = Url()
    events = fields.List(fields.String(validate=_check_type))
    headers = fields.Dict(keys=fields.String(), values=fields.String(), validate=_check_headers)
    api_version = fields.String()
    verify = fields.Boolean(load_default=True)
    via = fields.String(validate=OneOf(("server", "client")))


class Messages(Asked):
    """Those that come ``after`` a number, as soon as there are any."""

    after = fields.Integer(validate=Range(0), load_default=0)
    timeout = fields.Float(validate=Range(0, LONGEST), load_default=5.0)


class Answer(Asked):
    """What came of a ``post`` that the client was asked for: a status, or else an error."""

    number = fields.Integer(required=True, strict=True)
    status = fields.Integer(strict=True, allow_none=True, load_default=None)
    headers = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    body = fields.String(load_default="")
    error = fields.String(allow_none=True, load_default=None)
    timed_out = fields.Boolean(load_default=False)
    milliseconds = fields.Float(load_default=0.0)


_ASKED, _LISTEN, _MESSAGES, _ANSWER = Asked(), Listen(), Messages(), Answer()


@blueprint.post("/listeners")
def listen() -> dict[str, Any]:
    """Begin to listen: answers the listener, the ``secret`` its deliveries are signed with, and who delivers."""
    asked = body(_LISTEN)
    world = world_of(asked)
    version = asked.get("api_version")
    if version == "latest":
        version = surface.api_version()
    if version is not None and version not in versions():
        raise Refusal(422, "field_invalid", f"api_version: {version} is no version of Stripe's API", "api_version")
    via = asked.get("via") or ("server" if _is_near(request.remote_addr) else "client")
    terms = Terms(
        url=asked.get("url"),
        connect_url=asked.get("connect_url"),
        thin_url=asked.get("thin_url"),
        events=tuple(asked.get("events") or ()),
        headers=tuple(asked.get("headers", {}).items()),
        api_version=version,
        verify=asked["verify"],
        by_client=via == "client",
    )
    listener = rooms().webhooks.listen(world, terms)
    return {
        "id": listener.id,
        "account": world.name,
        "secret": rooms().settings.webhook_secret,
        "api_version": version or world.api_version,
        "via": via,
    }


@blueprint.get("/listeners")
def list_listeners() -> dict[str, Any]:
    """Who listens to an account."""
    world = world_of(query(_ASKED))
    return {
        "data": [
            {"id": listener.id, "url": listener.terms.url, "events": list(listener.terms.events or ("*",))}
            for listener in rooms().webhooks.listeners.of(world.name)
        ]
    }


@blueprint.get("/listeners/<id>/messages")
def messages(id: str) -> dict[str, Any]:
    """What happened: ``{"data": [...], "missed", "closing"}``, each of them an event, an attempt, or a post to make."""
    asked = query(_MESSAGES)
    stopping = request.environ.get("mockbill.stopping")
    return _polled(id).poll(
        asked["after"], asked["timeout"], stopping.is_set if stopping is not None else lambda: False
    )


@blueprint.post("/listeners/<id>/answers")
def answer(id: str) -> dict[str, Any]:
    """The client tells what came of a post."""
    asked = body(_ANSWER)
    said = (asked[name] for name in ("status", "body", "error", "timed_out", "milliseconds", "headers"))
    return {"awaited": _polled(id).answer(asked["number"], Reply(*said))}


@blueprint.delete("/listeners/<id>")
def end(id: str) -> dict[str, Any]:
    """Listen no more."""
    if not rooms().webhooks.listeners.remove(id):
        raise _missing(id)
    return {"id": id, "ended": True}


def _polled(id: str) -> Polled:
    found = rooms().webhooks.listeners.find(id)
    if not isinstance(found, Polled):
        raise _missing(id)
    return found


def _missing(id: str) -> Refusal:
    return Refusal(404, "listener_missing", f"Nobody listens as {id}.", "id")


def _is_near(address: str | None) -> bool:
    """Whether a caller shares our loopback: only then is its localhost ours."""
    try:
        return address is None or ip_address(address).is_loopback
    except ValueError:
        return False
