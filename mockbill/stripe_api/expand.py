"""``expand[]``: ids become objects, and fields that are absent unless asked for appear (stripe-behaviour.md 1.8)."""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

from mockbill import surface
from mockbill.stripe_api.older_fields import NONE, Older, OlderFields
from mockbill.stripe_api.registry import INCLUDES
from mockbill.surface import Field, Shape
from mockbill.surface.absent import UNDECLARED
from mockbill.surface.shapes import wire_order
from mockbill.world import Doc, Problem, Work

MAX_LEVELS = 4
Tree = dict[str, "Tree"]
_PAGES = ("list", "search_result")


@lru_cache(maxsize=1_000)
def tree_of(paths: tuple[str, ...], kind: str | None, in_list: bool, older: OlderFields = NONE) -> Tree:
    """``("a.b", "a.c")`` as ``{"a": {"b": {}, "c": {}}}``.

    Problem for a path that no object of the kind can expand, whatever is in the one that will be answered: the
    request is wrong before anything was done, even when all is null.  ``older`` are the fields that objects have beside
    today's in the version that is asked for.
    """
    tree: Tree = {}
    for path in paths:
        steps = path.split(".")
        if len(steps) > MAX_LEVELS:
            raise Problem(f"You cannot expand more than {MAX_LEVELS} levels of a property. Property: {path}")
        at = tree
        for step in steps:
            at = at.setdefault(step, {})
    if in_list:
        _check_page(tree, "")
    if kind is not None:
        _Check(older).kind(kind, tree.get("data", {}) if in_list else tree, "data." if in_list else "")
    return tree


# what can be expanded


class _Check:
    """Problem for a path that nothing of a kind, or in a field, can expand."""

    def __init__(self, older: OlderFields) -> None:
        self.older = older

    def kind(self, kind: str, tree: Tree, path: str) -> None:
        shape, older = surface.shape(kind), self.older.of(kind)
        for name, inner in tree.items():
            if name in older and (known := older[name].members.keys() & inner.keys()):
                for member in known:
                    kinds = older[name].members[member]
                    self.one_of(kinds, inner[member], f"{path}{name}.{member}.")
                inner = {member: deeper for member, deeper in inner.items() if member not in known}
                if not inner:
                    continue
            if name in shape and not (name in older and older[name].kinds):
                self.field(shape[name], inner, path + name)
            elif name in older:
                self.older_field(older[name], inner, path + name)
            elif (kind, name) not in INCLUDES and f"{kind}.{name}" not in UNDECLARED:
                raise _unknown(path + name)

    def older_field(self, field: Older, inner: Tree, path: str) -> None:
        if field.listed:
            _check_page(inner, path + ".")
            inner, path = inner.get("data", {}), f"{path}.data"
        if not field.kinds:
            raise Problem(f"This property cannot be expanded ({path}).")
        self.one_of(field.kinds, inner, path + ".")

    def one_of(self, kinds: Sequence[str], tree: Tree, path: str) -> None:
        _check_any([partial(self.kind, kind, tree, path) for kind in kinds])

    def field(self, field: Field, inner: Tree, path: str) -> None:
        if field.absent and not inner and field.type in ("list", "map", "object"):
            return None  # it may have to be asked for, as a price's tiers
        if field.type == "map" and field.items is not None and field.items.nested is not None and inner:
            for key, deeper in inner.items():
                self.field(field.items, deeper, f"{path}.{key}")
            return None
        if field.type in ("list", "map") and field.items is not None:
            return self.field(field.items, inner, path)
        if field.type == "any_of":
            return _check_any([partial(self.field, each, inner, path) for each in field.alternatives])
        if field.type == "list_object":
            _check_page(inner, path + ".")
            if field.items is not None and inner.get("data"):
                self.field(field.items, inner["data"], f"{path}.data")
        elif kinds := field.expands or field.kinds:
            self.one_of(kinds, inner, path + ".")
        elif field.nested is not None and inner:
            for name, deeper in inner.items():
                if name not in field.nested:
                    raise _unknown(f"{path}.{name}")
                self.field(field.nested[name], deeper, f"{path}.{name}")
        else:
            raise Problem(f"This property cannot be expanded ({path}).")
        return None


def _check_any(checks: Sequence[Callable[[], None]]) -> None:
    """One of several kinds that may stand here has to have the path."""
    for number, check in enumerate(checks, 1):
        try:
            return check()
        except Problem:
            if number == len(checks):
                raise
    return None


def _check_page(tree: Tree, path: str) -> None:
    for name in tree:
        if name not in ("data", "total_count"):
            raise Problem(
                f"This property cannot be expanded ({path}{name}). You may want to try expanding '{path}data.{name}' "
                "instead."
            )


def _unknown(path: str) -> Problem:
    return Problem(f"This property cannot be expanded because it doesn't exist: {path}.")


# expanding it


def expanded(w: Work, answer: Doc, tree: Tree) -> Doc:
    """The answer with this tree expanded; the stored documents stay as they are."""
    return _object(w, answer, None, tree)


def inside(w: Work, value: Any, field: Older, tree: Tree) -> Any:
    """The value of a field of an older version with this tree expanded: an object, its id, a page, or hashes."""
    if isinstance(value, str) and field.kinds:
        value = _fetched(w, value, field.kinds)
    for name in field.members.keys() & tree.keys():
        value = _with_member(w, value, name, field.members[name])
    return _value(w, value, None, tree)


def _with_member(w: Work, value: Any, name: str, kinds: tuple[str, ...]) -> Any:
    """A hash, or each of a list, with the object in the place of its id."""
    if isinstance(value, list):
        return [_with_member(w, each, name, kinds) for each in value]
    if isinstance(value, dict) and isinstance(value.get(name), str):
        return {**value, name: _fetched(w, value[name], kinds)}
    return value


def _object(w: Work, doc: Doc, shape: Shape | None, tree: Tree) -> Doc:
    kind = doc.get("object")
    if not tree or doc.get("deleted"):
        return doc
    if kind in _PAGES:
        return {**doc, "data": [_value(w, each, None, tree["data"]) for each in doc["data"]]} if "data" in tree else doc
    if isinstance(kind, str):
        shape = surface.shape(kind)
    new = dict(doc)
    for name, inner in tree.items():
        fill = INCLUDES.get((kind, name)) if isinstance(kind, str) else None
        if fill is not None:
            field = shape.get(name) if shape is not None else None
            filled = fill(w, doc)
            if filled is not None or field is None or field.nullable:  # a price without tiers does not show any
                new[name] = _value(w, _asked_for(filled, field, inner, doc.get(name)), None, inner)
        elif name in doc:
            new[name] = _value(w, doc[name], shape.get(name) if shape is not None else None, inner)
    return new if len(new) == len(doc) else {name: new[name] for name in wire_order(new)}


def _asked_for(value: Any, field: Field | None, inner: Tree, plain: Any) -> Any:
    """What was filled, without the members that are shown only when they are expanded themselves.

    Of a map these are members of its entries (an option's tiers), of a hash its own (a breakdown); those of the
    ``plain`` hash, as the document has it, stay.
    """
    if field is not None and field.nested is not None and isinstance(value, dict):
        return _pruned(value, field.nested, inner, plain)
    if field is None or field.type != "map" or field.items is None or field.items.nested is None:
        return value
    hidden = [name for name, member in field.items.nested.items() if member.absent]
    return {
        key: {name: held for name, held in entry.items() if name not in hidden or name in inner.get(key, {})}
        for key, entry in value.items()
    }


def _pruned(value: Doc, shape: Shape, inner: Tree, plain: Any) -> Doc:
    kept: Doc = {}
    stays = plain if isinstance(plain, dict) else {}
    for name, held in value.items():
        member = shape.get(name)
        if member is not None and member.absent and name not in inner and name not in stays:
            continue
        deeper = member.nested if member is not None and isinstance(held, dict) else None
        kept[name] = held if deeper is None else _pruned(held, deeper, inner.get(name, {}), stays.get(name))
    return kept


def _value(w: Work, value: Any, field: Field | None, inner: Tree) -> Any:
    if isinstance(value, list):
        items = field.items if field is not None else None
        return [_value(w, each, items, inner) for each in value]
    if isinstance(value, dict):
        return _object(w, value, field.nested if field is not None else None, inner)
    if isinstance(value, str) and field is not None and field.expands:
        return _object(w, _fetched(w, value, field.expands), None, inner)
    return value


def _fetched(w: Work, id: str, kinds: tuple[str, ...]) -> Doc:
    """The object with this id, or what is left of it."""
    for kind in kinds:
        if (doc := w.get(kind, id)) is not None:
            return doc
    return w.tombstone(id) or {"id": id, "object": kinds[0], "deleted": True}
