"""API versions: the newest shape is inside; one module per breaking release changes requests up and answers down.

Modelled are the trains endive, dahlia and clover.  A request for an older version is accepted, its parameters are
read as far as clover knew them (basil's ``coupon`` too), and it is answered in the shape of the oldest version that is
modelled.

Not modelled: fields that a release only added are shown to older versions too; ``discount.coupon`` and
``promotion_code.coupon`` as answers before clover had them; its phases with ``iterations``, because schedules have no
behaviour yet.
"""

import logging
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from mockbill.stripe_api import embedded
from mockbill.stripe_api.registry import ACCEPTS
from mockbill.stripe_api.versions import basil, clover, dahlia, endive
from mockbill.stripe_api.versions.release import Release
from mockbill.surface import Operation
from mockbill.surface.releases import versions
from mockbill.world import Doc, Problem

_log = logging.getLogger(__name__)

RELEASES: tuple[Release, ...] = (endive.RELEASE, dahlia.RELEASE, clover.RELEASE, basil.RELEASE)  # newest first
_FORM = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")


@cache
def checked(version: str) -> str:
    """A ``Stripe-Version`` header as a version we can compare; Problem for one that never was."""
    plain = version.partition(";")[0].strip()
    if plain in versions() or (_FORM.fullmatch(plain) and plain.endswith(".preview")):
        return plain
    raise Problem(f"Invalid Stripe API version: {version}")


@cache
def notice(version: str) -> str | None:
    """What to tell a client of a version that is older than those modelled; logged once."""
    oldest = clover.RELEASE.version
    if version >= oldest:
        return None
    said = f"{version} is not modelled yet: answers have the shape of {oldest}"
    _log.warning(said)
    return said


def newer(version: str) -> tuple[Release, ...]:
    """The breaking releases after a version, newest first."""
    return tuple(release for release in RELEASES if version < release.version)


@cache
def extras(key: str, version: str | None) -> Mapping[Any, Any] | None:
    """Parameters that an operation takes beside the newest ones: undeclared ones, and those of older releases.

    Without a version the parameters of all releases are taken, as an account of any age might send them.
    """
    taken: dict[Any, Any] = dict(ACCEPTS.get(key, {}))
    for release in RELEASES if version is None else newer(version):
        taken.update(release.accepts.get(key, {}))
    return taken or None


def check_there(operation: Operation, asked: str | None) -> None:
    """Problem for an operation that a release took out, where the request names this version or a later one.

    Without a version it is taken, as an account of any age might call it.
    """
    if operation.gone is not None and asked is not None and asked >= operation.gone:
        raise Problem(
            f"Unrecognized request URL ({operation.method}: {operation.path}). {operation.gone} removed it.",
            status=404,
        )


def refuse(key: str, tree: Mapping[str, Any], version: str | None) -> None:
    """Problem for a parameter that a release has done away with, where Stripe has a code of its own for that."""
    for release in RELEASES:
        if version is not None and version >= release.version:
            for name, problem in release.refuses.get(key, {}).items():
                if name in tree:
                    raise problem()


def upgrade(key: str, params: dict[str, Any], version: str) -> dict[str, Any]:
    """A request as the newest one that means the same, oldest release first.

    Parameters of older releases may be in it whatever the version (see ``extras``): each change looks for its own.
    """
    for release in reversed(RELEASES):
        change = release.upgrades.get(key)
        if change is not None:
            params = change(params, version)
        key = release.replaced.get(key, key)
    return params


def render(answer: Doc, version: str) -> Doc:
    """An answer or event as a version shows it; the newest is the answer itself, uncopied.

    An event says in its ``api_version`` in which version it is shown.
    """
    answer = embedded.cut(answer)
    for release in newer(version):
        if release.downgrades:
            answer = _walk(answer, release.downgrades)
    if answer.get("object") == "list" and answer["data"] and answer["data"][0].get("object") == "event":
        return {**answer, "data": [_dated(event, version) for event in answer["data"]]}
    return _dated(answer, version) if answer.get("object") == "event" else answer


def _dated(event: Doc, version: str) -> Doc:
    return event if event["api_version"] == version else {**event, "api_version": version}


def _walk(value: Any, changes: Mapping[str, Callable[[Doc], Doc]]) -> Any:
    if isinstance(value, list):
        return [_walk(item, changes) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("object")
    new = {name: _walk(inner, changes) if isinstance(inner, dict | list) else inner for name, inner in value.items()}
    if kind == "event":
        return _event(new, changes)
    change = changes.get(kind) if isinstance(kind, str) else None
    return change(new) if change is not None else new


def _event(event: Doc, changes: Mapping[str, Callable[[Doc], Doc]]) -> Doc:
    """Previous attributes are a part of the object, so they change as it does."""
    data = event.get("data", {})
    change = changes.get(data.get("object", {}).get("object", ""))
    if change is not None and "previous_attributes" in data:
        event["data"] = {**data, "previous_attributes": change(data["previous_attributes"])}
    return event
