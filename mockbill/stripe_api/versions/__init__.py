"""API versions: the newest shape is inside; one module per breaking release changes requests up and answers down.

A version that is older than all of them is answered in the shape of the oldest.  Fields that a release only added are
shown to older versions too.

A request that names no version is one of the account's version, the newest unless a setting says otherwise, and is
answered as such.  But integrations of any age send none, and neither does the Stripe CLI.  So it may say what could
ever be said (the parameters and operations of all releases), and where today's default would have what it is for
refused, the older default holds (``unnamed``): an intent that is confirmed without a ``return_url`` takes cards, and an
account of which nothing is said takes transfers.  All else in it is read as in a request of today.
"""

import logging
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from mockbill.stripe_api import embedded, expand, lists
from mockbill.stripe_api.older_fields import OlderFields
from mockbill.stripe_api.registry import ACCEPTS
from mockbill.stripe_api.versions import (
    basil,
    clover,
    dahlia,
    endive,
    names,
    rendering,
    v2020_08_27,
    v2022_08_01,
    v2022_11_15,
    v2023_08_16,
    v2024_04_10,
)
from mockbill.stripe_api.versions.release import Release
from mockbill.stripe_api.versions.rendering import OlderShape
from mockbill.surface import Operation
from mockbill.surface.releases import versions
from mockbill.world import Doc, Problem, Work, World

_log = logging.getLogger(__name__)

RELEASES: tuple[Release, ...] = tuple(
    module.RELEASE
    for module in (
        *(endive, dahlia, clover, basil),
        *(v2024_04_10, v2023_08_16, v2022_11_15, v2022_08_01, v2020_08_27),
    )
)  # newest first
OLDEST = "2020-03-02"  # the version before the oldest release
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
    if version >= OLDEST:
        return None
    said = f"{version} is not modelled: answers have the shape of {OLDEST}"
    _log.warning(said)
    return said


@cache
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


def upgrade(key: str, params: dict[str, Any], version: str, *, named: bool = True) -> dict[str, Any]:
    """A request as the newest one that means the same, oldest release first; ``named`` is whether it says its version.

    Parameters of older releases may be in it whatever the version (see ``extras``): each change looks for its own.
    """
    for release in reversed(RELEASES):
        if not named and (reading := release.unnamed.get(key)) is not None:
            params = reading(params)
        change = release.upgrades.get(key)
        if change is not None:
            params = change(params, version)
        key = release.replaced.get(key, key)
    return params


def as_sent(key: str, tree: Mapping[str, Any], problem: Problem) -> Problem:
    """A problem with a parameter of today by the name that it has in the request to an operation."""
    if problem.param is None:
        return problem
    sent = names.as_sent(problem.param, tree, _renamed(key))
    if sent != problem.param:
        problem.message = names.said(problem.message, problem.param, sent)
        problem.param = sent
    return problem


@cache
def _renamed(key: str) -> tuple[names.Renamed, ...]:
    """What the releases renamed in the parameters of an operation, and of those that took its place; newest first."""
    found: list[names.Renamed] = []
    for release in reversed(RELEASES):
        found.append(release.renamed.get(key, ()))
        key = release.replaced.get(key, key)
    return tuple(found[::-1])


@cache
def counts_lists(version: str) -> bool:
    """Whether a list tells its ``total_count`` to who expands it; a search does in all versions."""
    return any(release.uncounted for release in newer(version))


@cache
def _shape_of(version: str) -> OlderShape:
    return rendering.shape_before(newer(version))


def check_count(tree: expand.Tree, operation: Operation, version: str) -> bool:
    """Whether a list is to tell its ``total_count``; Problem where its version has none any more."""
    if operation.answer != "list" or lists.COUNTED not in tree:
        return False
    if not counts_lists(version):
        raise Problem(f"This property cannot be expanded ({lists.COUNTED}).")
    return True


def counted(operation: Operation, tree: dict[str, Any], version: str) -> dict[str, Any]:
    """What was sent, with ``include[]=total_count``, the oldest name of it, as ``expand[]``."""
    include = tree.get("include")
    if operation.answer != "list" or include not in ([lists.COUNTED], {"0": lists.COUNTED}):
        return tree
    if not counts_lists(version):
        return tree  # where include is no parameter, or has no such member
    expanded = tree.get("expand") or []
    listed = [*expanded.values()] if isinstance(expanded, dict) else expanded
    return {**{name: each for name, each in tree.items() if name != "include"}, "expand": [*listed, lists.COUNTED]}


def older_fields(version: str) -> OlderFields:
    """The fields that objects have in a version and have no more."""
    return _shape_of(version).fields


def render(w: Work, answer: Doc, version: str, tree: expand.Tree) -> Doc:
    """An answer as a version shows it; in the newest it is the answer itself, uncopied.

    ``tree`` is what was asked to be expanded: fields of today are already.  Events are shown in the version that the
    account had when they were made, whichever asks.
    """
    kind = answer.get("object")
    if kind == "event":
        return _event(w, answer, answer["api_version"])
    if kind == "list" and answer["data"] and answer["data"][0].get("object") == "event":
        return {**answer, "data": [_event(w, event, event["api_version"]) for event in answer["data"]]}
    answer = embedded.cut(answer)
    return rendering.shown(w, answer, _shape_of(version), tree) if newer(version) else answer


def render_error(world: World, body: Doc, version: str) -> Doc:
    """The body of an error, which may show an intent, outside of a unit of work."""
    if not newer(version):
        return body
    with world.work() as w:
        return render(w, body, version, {})


def render_event(world: World, event: Doc, version: str) -> Doc:
    """An event as a webhook of a version shows it, outside of a unit of work."""
    if not newer(version):
        return {**embedded.cut(event), "api_version": version}
    with world.work() as w:
        return {**_event(w, event, version), "api_version": version}


def _event(w: Work, event: Doc, version: str) -> Doc:
    event = embedded.cut(event)
    return rendering.event_shown(w, event, _shape_of(version)) if newer(version) else event
