"""Validation of a request's parameters against what its operation declares, by closures built on first use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from mockbill.surface import values
from mockbill.surface.data import Node, any_of, compiled, list_of, optional, resolved, type_of
from mockbill.surface.objections import Invalid, Unknown, Wrong, empty, missing
from mockbill.surface.operations import operations
from mockbill.surface.shapes import kinds, shape
from mockbill.surface.values import INTEGER_TEXT, Check

__all__ = ["Invalid", "validate"]

Path: TypeAlias = tuple[str, ...]

_validators: dict[tuple[str, int], tuple[Check, Any]] = {}  # the extra is kept too, so that its id stays its own


def validate(key: str, tree: dict[str, Any], extra: Mapping[Any, Node] | None = None) -> dict[str, Any]:
    """The typed parameters of one request to the operation `key`, or Invalid.

    `tree` holds what the form parser gives: dicts, lists and strings (from JSON also numbers, booleans and None).
    Of it come ints, floats, booleans, and decimals as strings; an empty string stays one and means "unset".
    `extra` adds parameters, or replaces declared ones, by name or by path through objects and lists
    (`("items", "price_data", "nickname")`); `name?` replaces one that is declared as required. Keep the mapping and
    do not change it: validators are remembered by its identity.
    """
    remembered = _validators.get((key, id(extra)))
    if remembered is None:
        remembered = _validators[key, id(extra)] = (_validator(key, extra or {}), extra)
    try:
        return remembered[0](tree)  # type: ignore[no-any-return]
    except Wrong as wrong:
        raise wrong.told() from None


def _validator(key: str, extra: Mapping[Any, Node]) -> Check:
    node, _ = resolved(compiled()["operations"][key][3])
    v2 = " /v2/" in key
    if not v2:
        node = {**node, **_emptiable(key, node)}
        node["expand"] = list_of("string")  # every v1 operation takes it, some SDK methods do not say so
    for path, added in extra.items():
        node = _with(node, (path,) if isinstance(path, str) else path, added)
    return _object(node, json=v2)


def _emptiable(key: str, node: dict[str, Node]) -> dict[str, Node]:
    """Texts that an object may be without can be emptied, though the SDKs' types do not say so (name, email, ...)."""
    operation = operations()[key]
    if operation.kind not in kinds() or operation.verb not in ("create", "update"):
        return {}
    fields = shape(operation.kind)
    texts = {name for name, field in fields.items() if field.type == "string" and field.nullable}
    return {name: optional(each) for name, each in node.items() if name in texts and each == "string"}


def _with(node: Node, path: Path, added: Node) -> Node:
    """The node with the parameter at `path` added; lists and nullables on the way are gone through."""
    node, nullable = resolved(node)
    if isinstance(node, dict):
        name, *rest = path
        if name.endswith("?"):
            name = name[:-1]
            node = {each: inner for each, inner in node.items() if each != f"{name}!"}
        declared = name + "!" if name + "!" in node else name
        node = {**node, declared: _with(node.get(declared, {}), tuple(rest), added) if rest else added}
    elif node[0] == "any_of":
        node = any_of(*(_with(each, path, added) if isinstance(resolved(each)[0], dict) else each for each in node[1:]))
    elif node[0] in {"list", "map"}:
        node = [node[0], _with(node[1], path, added)]
    return ["?", node] if nullable else node


# Checks that have others inside. `json` is the encoding of v2, where null unsets.


def check_of(node: Node, json: bool) -> Check:
    """The check of one value of a node."""
    node, nullable = resolved(node)
    form = type_of(node)
    if form == "object":
        check = _object(node, json)
    elif form == "list":
        check = _list(check_of(node[1], json))
    elif form == "map":
        check = _map(check_of(node[1], json), json)
    elif form == "any_of":
        check = _any_of(node[1:], json)
    elif form == "enum":
        check = values.enum(node[1:])
    else:
        check = values.SCALARS[form]
    return _nullable(check) if nullable else check


def _nullable(check: Check) -> Check:
    def nullable(value: Any) -> Any:
        return value if value == "" else check(value)

    return nullable


class _Fields(dict[str, Check]):
    """The checks of an object's fields, each built when it is first met."""

    def __init__(self, nodes: dict[str, Node], json: bool) -> None:
        super().__init__()
        self.nodes = nodes
        self.json = json

    def __missing__(self, name: str) -> Check:
        node, nullable = resolved(self.nodes[name])
        if name == "metadata" and type_of(node) == "map":
            check = _nullable(values.metadata) if nullable else values.metadata
        else:
            check = check_of(self.nodes[name], self.json)
        self[name] = check
        return check


def _object(node: dict[str, Node], json: bool) -> Check:
    nodes = {name.removesuffix("!"): each for name, each in node.items()}
    known = nodes.keys()
    required = [name[:-1] for name in node if name.endswith("!")]
    checks = _Fields(nodes, json)

    def check(tree: Any) -> dict[str, Any]:
        if type(tree) is not dict:
            raise empty() if tree == "" else Wrong("Invalid object")
        if not tree.keys() <= known:
            raise Unknown([name for name in tree if name not in known])
        for name in required:
            if name not in tree:
                raise missing(name)
        typed: dict[str, Any] = {}
        name = ""
        try:
            for name, value in tree.items():
                if value is None and json and name not in required:
                    typed[name] = None
                else:
                    typed[name] = checks[name](value)
        except Wrong as wrong:
            wrong.names.append(name)
            raise
        return typed

    return check


def _list(item: Check) -> Check:
    def listed(value: Any) -> list[Any]:
        if type(value) is dict and value and all(map(INTEGER_TEXT.fullmatch, value)):
            value = [value[key] for key in sorted(value, key=int)]
        if type(value) is not list:
            raise empty() if value == "" else Wrong("Invalid array")
        typed: list[Any] = []
        try:
            for each in value:
                typed.append(item(each))
        except Wrong as wrong:
            wrong.names.append(str(len(typed)))
            raise
        return typed

    return listed


def _map(each: Check, json: bool) -> Check:
    member = _nullable(each)  # an empty string removes the key

    def mapped(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise empty() if value == "" else Wrong("Invalid object")
        typed: dict[str, Any] = {}
        key = ""
        try:
            for key, inner in value.items():
                typed[key] = None if inner is None and json else member(inner)
        except Wrong as wrong:
            wrong.names.append(key)
            raise
        return typed

    return mapped


def _any_of(nodes: list[Node], json: bool) -> Check:
    """The first alternative that takes the value; else the objection of the one that the value's form was meant for."""
    objects: list[Check] = []
    lists: list[Check] = []
    scalars: list[Check] = []
    for node in nodes:
        form = type_of(resolved(node)[0])
        meant = objects if form in {"object", "map"} else lists if form == "list" else scalars
        meant.append(check_of(node, json))

    def any_of(value: Any) -> Any:
        meant = objects if type(value) is dict else lists if type(value) is list else scalars
        objection: Wrong | None = None
        for check in meant or scalars or lists or objects:
            try:
                return check(value)
            except Wrong as wrong:  # the one that got furthest, of equals the last: a number after a word
                if objection is None or len(wrong.names) >= len(objection.names):
                    objection = wrong
        assert objection is not None
        raise objection

    return any_of
