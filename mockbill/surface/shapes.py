"""The shapes of Stripe's objects: their fields in wire order, and blank documents made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, TypeAlias

from mockbill.surface.absent import ALWAYS, EMPTY_LISTS, LEFT_OUT
from mockbill.surface.data import Node, compiled, optional, resolved, type_of

EMPTY_LIST = {"object": "list", "data": [], "has_more": False, "url": ""}
_EMPTY: dict[str, Any] = {
    "string": "", "integer": 0, "boolean": False, "number": 0.0, "decimal": "0", "int64_string": "0", "any": None,
    "list": [], "map": {}, "list_object": EMPTY_LIST, "id": "",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One field of an answer, or what a list, a map or a list object holds.

    `type` is a scalar's name ("string", "integer", "boolean", "number", "decimal", "int64_string", "any"), "enum" (of
    `values`), "object" (with fields of its own, `nested`), "kind" (an embedded object of one of `kinds`), "id" (an id
    that expands to one of `expands`), "list", "map" or "list_object" (of `items`), or "any_of" (`alternatives`).
    `path` names it from its kind on, lists gone through: "invoice.lines". `absent`: an answer may lack it.
    """

    name: str
    path: str
    type: str
    nullable: bool
    absent: bool
    node: Node

    @property
    def values(self) -> tuple[Any, ...]:
        """What an enum may be."""
        return tuple(self.node[1:]) if self.type == "enum" else ()

    @property
    def expands(self) -> tuple[str, ...]:
        """The kinds that an id here can be expanded to; () for everything else. For a list of ids ask its `items`."""
        return tuple(self.node[1:]) if self.type == "id" else ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of an embedded object."""
        return tuple(self.node[1:]) if self.type == "kind" else ()

    @cached_property
    def nested(self) -> Shape | None:
        """The fields of an object that is no kind of its own."""
        return _shape_of(self.node, self.path) if self.type == "object" else None

    @cached_property
    def blank(self) -> Mapping[str, Any]:
        """A fresh object of such a field, as `blank` makes one of a kind; of fields with `nested` only."""
        return MappingProxyType(_blank_of(self.nested or {}))

    @cached_property
    def items(self) -> Field | None:
        """What a list, a map or a list object holds."""
        return _field(self.name, self.path, self.node[1]) if self.type in {"list", "map", "list_object"} else None

    @cached_property
    def alternatives(self) -> tuple[Field, ...]:
        """What an "any_of" may be."""
        return tuple(_field(self.name, self.path, each) for each in self.node[1:]) if self.type == "any_of" else ()


Shape: TypeAlias = Mapping[str, Field]


def _field(name: str, path: str, node: Node, absent: bool = False) -> Field:
    node, nullable = resolved(node)
    return Field(name, path, type_of(node), nullable, absent, node)


def _shape_of(node: dict[str, Node], where: str) -> Shape:
    fields = {}
    v2 = where.startswith("v2.")
    declared = {name.removesuffix("~"): name for name in node}
    for name in wire_order(declared):
        path = f"{where}.{name}"
        absent = path in LEFT_OUT or (declared[name].endswith("~") and path not in ALWAYS)
        declaration = node[declared[name]]
        # Answers of v2 have null where SDKs say that a field may be missing.
        fields[name] = _field(name, path, optional(declaration) if absent and v2 else declaration, absent)
    return MappingProxyType(fields)


def wire_order(names: Iterable[str]) -> list[str]:
    """`id` and `object` first, then by alphabet."""
    return sorted(names, key=lambda name: (name != "id", name != "object", name))


def kinds() -> tuple[str, ...]:
    """The object names of all shapes."""
    return tuple(compiled()["shapes"])


@cache
def shape(kind: str) -> Shape:
    """The fields of a kind in wire order; KeyError for a kind that does not exist."""
    return _shape_of(compiled()["shapes"][kind], kind)


@cache
def field_type(kind: str, *path: str) -> Field | None:
    """The field at a path, through embedded objects, lists and list objects; None if there is none.

    `field_type("invoice", "lines", "data", "discounts")`.
    """
    fields: Shape | None = shape(kind)
    found: Field | None = None
    for name in path:
        if found and found.type == "list_object" and name == "data":
            found = _field(name, found.path, ["list", found.node[1]])
        else:
            found = fields.get(name) if fields else None
        if found is None:
            return None
        fields = _fields_inside(found)
    return found


def _fields_inside(field: Field) -> Shape | None:
    while field.type in {"list", "map"} and field.items:
        field = field.items
    if field.type == "kind":
        return shape(field.kinds[0])
    return field.nested


@cache
def never_null(kind: str) -> frozenset[str]:
    """The fields that an answer may lack but that are never null: to unset one is to leave it out."""
    return frozenset(name for name, field in shape(kind).items() if field.absent and not field.nullable)


def expandable(kind: str) -> Mapping[str, tuple[str, ...]]:
    """Top-level fields that hold ids (or lists of ids) which expand, with the kinds they expand to."""
    found = {}
    for name, field in shape(kind).items():
        inner = field.items if field.type == "list" and field.items else field
        if inner.expands:
            found[name] = inner.expands
    return MappingProxyType(found)


def blank(kind: str) -> dict[str, Any]:
    """A fresh document with every field that is always there, in wire order, at its natural empty value.

    Null where that is allowed, else "", 0, False, [], {}, an enum's first value or a blank object. Nested values are
    shared between all blanks: replace them, never change them.
    """
    return _template(kind).copy()


@cache
def _template(kind: str) -> dict[str, Any]:
    return _blank_of(shape(kind))


def blank_at(kind: str, *path: str) -> dict[str, Any]:
    """The blank of a nested object: `blank_at("subscription", "items", "data")` is an item; KeyError without one."""
    return _template_at(kind, path).copy()


@cache
def _template_at(kind: str, path: tuple[str, ...]) -> dict[str, Any]:
    field = field_type(kind, *path)
    fields = _fields_inside(field) if field else None
    if fields is None:
        raise KeyError(f"{kind}.{'.'.join(path)} holds no object")
    return _blank_of(fields)


def _blank_of(fields: Shape) -> dict[str, Any]:
    return {name: _blank_value(field) for name, field in fields.items() if not _left_out(field)}


def _left_out(field: Field) -> bool:
    """What may be missing or null is null, with known exceptions."""
    return field.absent and (not field.nullable or field.path in LEFT_OUT)


def _blank_value(field: Field) -> Any:
    if field.nullable and field.name != "metadata" and field.path not in EMPTY_LISTS:
        return None
    if field.type == "enum":
        return field.values[0]
    if field.nested is not None:
        return _blank_of(field.nested)
    if field.type == "kind":
        return blank(field.kinds[0])
    if field.type == "any_of":
        return _blank_value(field.alternatives[0])
    return _EMPTY[field.type]
