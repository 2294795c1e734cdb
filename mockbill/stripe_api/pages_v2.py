"""Pages of v2 lists: ``next_page_url`` and ``previous_page_url`` lead on, by an opaque ``page``."""

import base64
import binascii
from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import urlencode

import orjson

from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import ACCEPTS, Call
from mockbill.world import Doc, Problem

Place = tuple[int, ...]
Walk = Callable[[bool, Place | None], Iterator[tuple[Place, Doc]]]
"""Documents with their places, newest first or oldest first, beyond a place."""


def paged(*keys: str) -> None:
    """Let list operations take a ``page``, which the SDK follows but does not declare."""
    for key in keys:
        ACCEPTS.setdefault(key, {})["page"] = "string"


def page(call: Call, walk: Walk, show: Callable[[Doc], Doc]) -> Doc:
    """``{"data", "next_page_url", "previous_page_url"}``, newest first."""
    limit = lists.limit_of(call.params)
    forward, start = _opened(call.params.get("page"))
    found = list(islice(walk(forward, start), limit + 1))
    more, found = len(found) > limit, found[:limit]
    if not forward:
        found.reverse()
    beyond = (more, start is not None) if forward else (start is not None, more)
    return {
        "data": [show(doc) for _, doc in found],
        "next_page_url": _url(call, True, found[-1][0]) if found and beyond[0] else None,
        "previous_page_url": _url(call, False, found[0][0]) if found and beyond[1] else None,
    }


def _url(call: Call, forward: bool, place: Place) -> str:
    token = base64.urlsafe_b64encode(orjson.dumps([forward, *place])).decode().rstrip("=")
    return f"{call.path}?{urlencode([*_flat({**call.params, 'page': token}, '')])}"


def _opened(token: str | None) -> tuple[bool, Place | None]:
    if not token:
        return True, None
    try:
        forward, *place = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if type(forward) is bool and place and all(type(number) is int for number in place):
            return forward, tuple(place)
    except (binascii.Error, ValueError, TypeError):
        pass
    raise Problem(f"Invalid page: {token}", code="invalid_fields", param="page")


def _flat(value: object, name: str) -> Iterator[tuple[str, str]]:
    """Parameters as a query writes them: ``types[0]=...``."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{name}[{number}]")
    elif value is not None:
        yield name, str(value)
