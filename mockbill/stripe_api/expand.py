"""``expand[]``: ids become objects, and fields that are absent unless asked for appear (stripe-behaviour.md 1.8)."""

from collections.abc import Iterable
from typing import Any

from mockbill import surface
from mockbill.stripe_api.registry import INCLUDES
from mockbill.surface import Field, Shape
from mockbill.surface.shapes import wire_order
from mockbill.world import Doc, Problem, Work

MAX_LEVELS = 4
Tree = dict[str, "Tree"]


def tree_of(paths: Iterable[str]) -> Tree:
    """``["a.b", "a.c"]`` as ``{"a": {"b": {}, "c": {}}}``; Problem beyond four levels."""
    tree: Tree = {}
    for path in paths:
        steps = path.split(".")
        if len(steps) > MAX_LEVELS:
            raise Problem(f"You cannot expand more than {MAX_LEVELS} levels of a property. Property: {path}")
        at = tree
        for step in steps:
            at = at.setdefault(step, {})
    return tree


def expanded(w: Work, answer: Doc, paths: Iterable[str]) -> Doc:
    """The answer with these paths expanded: a new version, the stored documents stay as they are."""
    tree = tree_of(paths)
    if not tree:
        return answer
    if answer.get("object") in ("list", "search_result"):
        return _list(w, answer, tree)
    return _object(w, answer, None, tree, "")


def _list(w: Work, answer: Doc, tree: Tree) -> Doc:
    for name in tree:
        if name not in ("data", "total_count"):
            raise Problem(
                f"This property cannot be expanded ({name}). You may want to try expanding 'data.{name}' instead."
            )
    inner = tree.get("data")
    if not inner:
        return answer
    return {**answer, "data": [_object(w, doc, None, inner, "data.") for doc in answer["data"]]}


def _object(w: Work, doc: Doc, shape: Shape | None, tree: Tree, path: str) -> Doc:
    kind = doc.get("object")
    if isinstance(kind, str):
        if doc.get("deleted") or kind == "list":
            return _inner_list(w, doc, shape, tree, path) if kind == "list" else doc
        shape = surface.shape(kind)
    new = dict(doc)
    for name, inner in tree.items():
        here = path + name
        fill = INCLUDES.get((kind, name)) if isinstance(kind, str) else None
        if fill is not None:
            value = fill(w, doc)
        elif name in doc:
            value = doc[name]
        elif shape is not None and name in shape:
            continue  # a field of this object that is not set
        else:
            raise Problem(f"This property cannot be expanded because it doesn't exist: {here}.")
        new[name] = _value(w, value, shape.get(name) if shape is not None else None, inner, here)
    if len(new) > len(doc):
        return {name: new[name] for name in wire_order(new)}
    return new


def _value(w: Work, value: Any, field: Field | None, inner: Tree, path: str) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        item = field.items if field is not None else None
        return [_value(w, element, item, inner, path) for element in value]
    if isinstance(value, dict):
        nested = field.nested if field is not None else None
        return _object(w, value, nested, inner, path + ".") if inner else value
    found = _fetched(w, value, field.expands if field is not None else ())
    if found is None:
        raise Problem(f"This property cannot be expanded ({path}).")
    return _object(w, found, None, inner, path + ".") if inner else found


def _inner_list(w: Work, doc: Doc, shape: Shape | None, tree: Tree, path: str) -> Doc:
    inner = tree.get("data")
    if not inner:
        return doc
    return {**doc, "data": [_object(w, item, None, inner, path + "data.") for item in doc["data"]]}


def _fetched(w: Work, id: Any, kinds: Iterable[str]) -> Doc | None:
    if not isinstance(id, str):
        return None
    asked = False
    for kind in kinds:
        asked = True
        if (doc := w.get(kind, id)) is not None:
            return doc
    if not asked:
        return None
    return w.tombstone(id) or {"id": id, "object": next(iter(kinds)), "deleted": True}
