"""The check of an answer against its declared shape, on in tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from mockbill.surface.absent import OPEN, UNDECLARED
from mockbill.surface.data import compiled
from mockbill.surface.shapes import Field, Shape, shape


def check(doc: Any) -> list[str]:
    """What in an answer contradicts its declared shape; [] when it is right.

    `["invoice.total: expected integer, got string"]`. The shape is the one that the answer's `object` names; what is
    expanded or embedded is checked by its own. Deletion answers are right for every kind.
    """
    problems: list[str] = []
    _check_document(doc, "", problems)
    return problems


def fits(field: Field, value: Any) -> bool:
    """Whether a value may stand in a field."""
    problems: list[str] = []
    _check_value(value, field, field.name, problems)
    return not problems


def _check_document(doc: Any, where: str, problems: list[str], allowed: tuple[str, ...] = ()) -> None:
    kind = doc.get("object") if isinstance(doc, dict) else None
    if not isinstance(kind, str):
        problems.append(f"{where or 'answer'}: expected an object that says what it is, got {_name(doc)}")
        return
    where = where or kind
    if kind in {"list", "search_result"}:
        _check_page(doc, where, problems)
    elif allowed and kind not in allowed:
        problems.append(f"{where}: expected {' or '.join(allowed)}, got {kind}")
    elif kind not in compiled()["shapes"]:
        problems.append(f"{where}: there is no kind {kind}")
    elif doc.get("deleted") is not True:
        _check_fields(doc, shape(kind), kind, where, problems)
        if kind == "event" and (told := (doc.get("data") or {}).get("object")):
            if doc.get("type") == "invoice.upcoming":
                told = {"id": "", **told}  # the one object that has no id: it does not exist yet
            _check_document(told, f"{where}.data.object", problems)


def _check_page(doc: Any, where: str, problems: list[str], item: Field | None = None) -> None:
    data = doc.get("data") if isinstance(doc, dict) and doc.get("object") in {"list", "search_result"} else None
    if not isinstance(data, list):
        problems.append(f"{where}: expected a list object, got {_name(doc)}")
        return
    if not isinstance(doc.get("has_more"), bool) or not isinstance(doc.get("url"), str):
        problems.append(f"{where}: a list object says has_more and url")
    for number, each in enumerate(data):
        if item is None:
            _check_document(each, f"{where}.data[{number}]", problems)
        else:
            _check_value(each, item, f"{where}.data[{number}]", problems)


def _check_fields(doc: dict[str, Any], fields: Shape, path: str, where: str, problems: list[str]) -> None:
    for name, value in doc.items():
        field = fields.get(name)
        if field is not None:
            _check_value(value, field, f"{where}.{name}", problems)
        elif f"{path}.{name}" not in UNDECLARED:
            problems.append(f"{where}.{name}: no such field")
    for name, field in fields.items():
        if not field.absent and name not in doc:
            problems.append(f"{where}.{name}: missing")


def _check_value(value: Any, field: Field, where: str, problems: list[str]) -> None:
    if value is None:
        if not field.nullable and field.type != "any":
            problems.append(f"{where}: expected {field.type}, got null")
    elif field.type == "object":
        _check_object(value, field, where, problems)
    elif field.type == "kind":
        _check_document(value, where, problems, field.kinds)
    elif field.type == "id":
        if not isinstance(value, str):
            _check_document(value, where, problems, field.expands)
    elif field.type in {"list", "map"}:
        _check_many(value, field, where, problems)
    elif field.type == "list_object":
        _check_page(value, where, problems, field.items)
    elif field.type == "enum":
        if value not in field.values and field.path not in OPEN:
            problems.append(f"{where}: expected one of {', '.join(map(str, field.values))}, got {value!r}")
    elif field.type == "any_of":
        _check_alternatives(value, field, where, problems)
    elif not _SCALARS[field.type](value):
        problems.append(f"{where}: expected {field.type}, got {_name(value)}")


def _check_object(value: Any, field: Field, where: str, problems: list[str]) -> None:
    if isinstance(value, dict) and field.nested is not None:
        _check_fields(value, field.nested, field.path, where, problems)
    else:
        problems.append(f"{where}: expected object, got {_name(value)}")


def _check_many(value: Any, field: Field, where: str, problems: list[str]) -> None:
    assert field.items is not None
    if field.type == "list" and isinstance(value, list):
        pairs: Iterable[tuple[Any, Any]] = enumerate(value)
    elif field.type == "map" and isinstance(value, dict):
        pairs = value.items()
    else:
        problems.append(f"{where}: expected {field.type}, got {_name(value)}")
        return
    for key, each in pairs:
        _check_value(each, field.items, f"{where}[{key}]", problems)


def _check_alternatives(value: Any, field: Field, where: str, problems: list[str]) -> None:
    fewest: list[str] | None = None
    for alternative in field.alternatives:
        attempt: list[str] = []
        _check_value(value, alternative, where, attempt)
        if fewest is None or len(attempt) < len(fewest):
            fewest = attempt
    problems.extend(fewest or [])


_SCALARS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: type(value) is int,
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: type(value) in (int, float),
    "decimal": lambda value: isinstance(value, str),
    "int64_string": lambda value: isinstance(value, str),
    "any": lambda value: True,
}


def _name(value: Any) -> str:
    return _NAMES.get(type(value), type(value).__name__)


_NAMES = {
    str: "string",
    int: "integer",
    bool: "boolean",
    float: "number",
    dict: "object",
    list: "list",
    type(None): "null",
}
