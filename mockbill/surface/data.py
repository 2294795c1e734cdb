"""The compiled file (surface.json), loaded on first use, and the encoding of types in it.

A type ("node") is one of

- a scalar's name: "string" "text" (a long one) "integer" "boolean" "number" "decimal" "int64_string" "any";
- "#name", a type of the table `types`;
- `["enum", *values]`, `["list", node]`, `["map", node]` (by free keys), `["any_of", *nodes]`;
- `{name: node}`, an object; the name of a required parameter ends in `!`, of a field that answers may lack in `~`;
- only in answers: `["kind", *kinds]`, an embedded object; `["id", *kinds]`, an id that expands to it;
  `["list_object", node]`, a page of a list.

Any of them may be null, or as a parameter be unset by an empty string: "?string", "?#name", `["?", node]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import orjson

from mockbill.surface import dropped, undescribed

Node: TypeAlias = Any

STRING = "string"
TEXT = "text"
INTEGER = "integer"
BOOLEAN = "boolean"
NUMBER = "number"
DECIMAL = "decimal"
ANY = "any"


def list_of(node: Node) -> Node:
    return ["list", node]


def map_of(node: Node) -> Node:
    """Any keys, values of one type."""
    return ["map", node]


def one_of(*values: str) -> Node:
    return ["enum", *values]


def any_of(*nodes: Node) -> Node:
    return ["any_of", *nodes]


def object_of(fields: Mapping[str, Node]) -> Node:
    """An object by field name; the name of a required parameter ends in `!`."""
    return dict(fields)


def optional(node: Node) -> Node:
    """The same, or an empty string that unsets it."""
    return "?" + node if isinstance(node, str) else ["?", node]


@cache
def compiled() -> dict[str, Any]:
    """The sections of surface.json: api_version, stripe, events, thin_events, operations, shapes, types.

    Among the operations are those that no SDK describes (undescribed.py), and with the shapes those of older releases
    (dropped.py).
    """
    loaded: dict[str, Any] = orjson.loads(Path(__file__).with_name("surface.json").read_bytes())
    loaded["operations"] |= undescribed.OPERATIONS | dropped.operations(loaded["operations"])
    loaded["shapes"] |= dropped.SHAPES
    return loaded


def resolved(node: Node) -> tuple[Node, bool]:
    """What a node stands for, without "?" and "#name" in front, and whether it may be null."""
    nullable = False
    while True:
        if isinstance(node, str):
            if node[0] == "?":
                nullable, node = True, node[1:]
            elif node[0] == "#":
                node = compiled()["types"][node]
            else:
                return node, nullable
        elif isinstance(node, list) and node[0] == "?":
            nullable, node = True, node[1]
        else:
            return node, nullable


def type_of(node: Node) -> str:
    """The name of a resolved node's type: a scalar's, "object", "enum", "list", …"""
    if isinstance(node, dict):
        return "object"
    name: str = node if isinstance(node, str) else node[0]
    return name


def api_version() -> str:
    """The newest API version, which the documents' shapes are of: "2026-10-28.endive"."""
    version: str = compiled()["api_version"]
    return version


@cache
def events() -> frozenset[str]:
    """The types of all snapshot events: "customer.created", …"""
    return frozenset(compiled()["events"])


@cache
def thin_events() -> Mapping[str, str]:
    """By type of thin event ("v1.customer.created"), what it points to: an "object", a "singleton" or "nothing"."""
    return MappingProxyType(compiled()["thin_events"])
