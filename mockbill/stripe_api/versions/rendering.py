"""From today's shape to an older one: every object gets its fields of then, and each release takes its changes back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockbill.stripe_api import expand
from mockbill.stripe_api.older_fields import NONE, Older, OlderFields
from mockbill.stripe_api.versions.release import Release
from mockbill.surface.shapes import wire_order
from mockbill.world import Doc, Work
from mockbill.world.events import previous_attributes, restored

_TOMBSTONE = {"id", "object", "deleted"}


@dataclass(frozen=True, slots=True)
class OlderShape:
    """What has to be done to show answers as they were: fields to fill, and downgrades by kind, newest first."""

    fields: OlderFields
    downgrades: Mapping[str, Sequence[Callable[[Doc], Doc]]]


def shape_before(releases: Iterable[Release]) -> OlderShape:
    """The shape of the version before these releases, newest first."""
    fields: dict[str, dict[str, Older]] = {}
    downgrades: dict[str, list[Callable[[Doc], Doc]]] = {}
    for release in releases:  # an older release's word on a field is the last one
        for kind, own in release.fields.items():
            fields.setdefault(kind, {}).update(own)
        for kind, downgrade in release.downgrades.items():
            downgrades.setdefault(kind, []).append(downgrade)
    return OlderShape(OlderFields(fields) if fields else NONE, downgrades)


def shown(w: Work, answer: Doc, shape: OlderShape, tree: expand.Tree) -> Doc:
    """An answer in an older shape; ``tree`` is what was asked to be expanded."""
    older: Doc = _older(w, answer, shape, tree)
    return older


def event_shown(w: Work, event: Doc, shape: OlderShape) -> Doc:
    """The same of an event.  Its previous attributes tell the difference between two older shapes."""
    data = event["data"]
    new = {**data, "object": shown(w, data["object"], shape, {})}
    if "previous_attributes" in data:
        before = shown(w, restored(data["object"], data["previous_attributes"]), shape, {})
        new["previous_attributes"] = previous_attributes(before, new["object"])
    return {**event, "data": new}


def _older(w: Work, value: Any, shape: OlderShape, tree: expand.Tree) -> Any:
    """A new value, of which the inner objects are changed before those that they stand in."""
    if isinstance(value, list):
        return [_older(w, each, shape, tree) for each in value]
    if not isinstance(value, dict):
        return value
    new = {
        name: _older(w, inner, shape, tree.get(name, {})) if isinstance(inner, dict | list) else inner
        for name, inner in value.items()
    }
    kind = value.get("object")
    if not isinstance(kind, str) or value.keys() == _TOMBSTONE:
        return new
    if own := shape.fields.of(kind):
        for name, field in own.items():
            new[name] = _filled(w, value, field, shape, tree.get(name))
        new = {name: new[name] for name in wire_order(new)}
    for downgrade in shape.downgrades.get(kind, ()):
        new = downgrade(new)
    return new


def _filled(w: Work, doc: Doc, field: Older, shape: OlderShape, tree: expand.Tree | None) -> Any:
    value = field.fill(w, doc)
    if tree is not None and value is not None:
        value = expand.inside(w, value, field, tree)
    return _older(w, value, shape, tree or {}) if isinstance(value, dict | list) else value
