"""One parameter of an operation by its path, for who sends it alone: its declaration, and the check of its value."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from mockbill.surface.data import Node, compiled, resolved, type_of
from mockbill.surface.objections import Invalid, Wrong
from mockbill.surface.parameters import check_of


def parameters(key: str) -> list[str]:
    """The names of what an operation takes."""
    node, _ = resolved(compiled()["operations"][key][3])
    return sorted(name.removesuffix("!") for name in node)


def check_parameter(key: str, path: Sequence[str], value: Any) -> None:
    """Invalid unless the operation takes this value at the path: ``("items", "0", "quantity")``."""
    node, _ = resolved(compiled()["operations"][key][3])
    for place, name in enumerate(path):
        inner = _inner(node, name)
        if inner is None:
            raise Invalid(_unknown(key, path[: place + 1], node), "parameter_unknown", ".".join(path))
        node = inner
    if "metadata" in path and value == "":  # a key that is to go
        return
    try:
        check_of(node, json=" /v2/" in key)(value)
    except Wrong as wrong:
        wrong.names = [*reversed(path)]
        raise wrong.told() from None


def _inner(node: Node, name: str) -> Node | None:
    """What is declared under a name inside of a node; for a list the name is an index."""
    node, _ = resolved(node)
    if isinstance(node, dict):
        return node.get(name, node.get(f"{name}!"))
    if type_of(node) == "list":
        return node[1] if name.isdigit() else None
    if type_of(node) == "map":
        return node[1]
    if type_of(node) == "any_of":
        return next((inner for each in node[1:] if (inner := _inner(each, name)) is not None), None)
    return None


def _names(node: Node) -> list[str]:
    node, _ = resolved(node)
    if isinstance(node, dict):
        return sorted(name.removesuffix("!") for name in node)
    if type_of(node) == "any_of":
        return sorted({name for each in node[1:] for name in _names(each)})
    return ["0"] if type_of(node) == "list" else []


def _unknown(key: str, path: Sequence[str], node: Node) -> str:
    names = _names(node)
    where = f"{key} under {'.'.join(path[:-1])}" if path[:-1] else key
    if not names:
        return f"{'.'.join(path[:-1])} of {key} holds nothing by name"
    close = get_close_matches(path[-1], names, n=3, cutoff=0.5)
    near = f"; nearest: {', '.join(close)}" if close else ""
    return f"{path[-1]} is no parameter of {where}{near}; it takes {', '.join(names)}"
