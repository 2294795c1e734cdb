"""From today's shape to an older one: fields of then are filled first, then each release takes its changes back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mockbill.stripe_api import expand
from mockbill.stripe_api.older_fields import Older, OlderFields
from mockbill.stripe_api.versions.release import Release
from mockbill.surface.shapes import wire_order
from mockbill.world import Doc, Work
from mockbill.world.events import previous_attributes, restored

_TOMBSTONE = {"id", "object", "deleted"}


def shown(w: Work, answer: Doc, releases: Sequence[Release], fields: OlderFields, tree: expand.Tree) -> Doc:
    """An answer as it was before these releases, newest first; ``tree`` is what was asked to be expanded."""
    older: Doc = _filled(w, answer, fields, tree)
    for release in releases:
        if release.downgrades:
            older = _downgraded(older, release.downgrades)
    return older


def event_shown(w: Work, event: Doc, releases: Sequence[Release], fields: OlderFields) -> Doc:
    """The same of an event.  Its previous attributes tell the difference between two older shapes."""
    data = event["data"]
    new = {**data, "object": shown(w, data["object"], releases, fields, {})}
    if "previous_attributes" in data:
        before = shown(w, restored(data["object"], data["previous_attributes"]), releases, fields, {})
        new["previous_attributes"] = previous_attributes(before, new["object"])
    return {**event, "data": new}


def _filled(w: Work, value: Any, fields: OlderFields, tree: expand.Tree) -> Any:
    """A new value in which every object has the fields of then, those in the tree expanded."""
    if isinstance(value, list):
        return [_filled(w, each, fields, tree) for each in value]
    if not isinstance(value, dict):
        return value
    new = {
        name: _filled(w, inner, fields, tree.get(name, {})) if isinstance(inner, dict | list) else inner
        for name, inner in value.items()
    }
    kind = value.get("object")
    own = fields.of(kind) if isinstance(kind, str) else None
    if not own or value.keys() == _TOMBSTONE:
        return new
    for name, older in own.items():
        new[name] = _older(w, value, older, fields, tree.get(name))
    return {name: new[name] for name in wire_order(new)}


def _older(w: Work, doc: Doc, older: Older, fields: OlderFields, tree: expand.Tree | None) -> Any:
    value = older.fill(w, doc)
    if tree is not None and value is not None:
        value = expand.inside(w, value, older.kinds, tree)
    return _filled(w, value, fields, tree or {}) if isinstance(value, dict | list) else value


def _downgraded(value: Any, changes: Mapping[str, Callable[[Doc], Doc]]) -> Any:
    if isinstance(value, list):
        return [_downgraded(each, changes) for each in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("object")
    change = changes.get(kind) if isinstance(kind, str) else None
    new = {
        name: _downgraded(inner, changes) if isinstance(inner, dict | list) else inner for name, inner in value.items()
    }
    return change(new) if change is not None and value.keys() != _TOMBSTONE else new
