"""Parameters into fields: what a request sends, as the object shows it."""

from collections.abc import Collection, Mapping
from typing import Any

from mockbill import surface


def fields_of(
    kind: str, params: Mapping[str, Any], old: Mapping[str, Any], *, but: Collection[str] = ()
) -> dict[str, Any]:
    """The parameters that are fields of a kind by the same name: ``""`` unsets, hashes are completed, metadata merges.

    ``old`` is the document that is updated, ``{}`` for a new one; ``but`` are names that the caller sees to itself.
    """
    shape = surface.shape(kind)
    fields: dict[str, Any] = {}
    for name, value in params.items():
        if name not in shape or name in ("id", "object") or name in but:
            continue
        if name == "metadata":
            fields[name] = merge(old.get("metadata"), value)
        elif value == "":
            fields[name] = surface.blank(kind).get(name)
        else:
            fields[name] = fitted(kind, (name,), value, old.get(name))
    return fields


def fitted(kind: str, path: tuple[str, ...], value: Any, old: Any = None) -> Any:
    """A hash of parameters as the object shows it: members that were not sent keep their value or stand empty."""
    field = surface.field_type(kind, *path)
    if not isinstance(value, dict) or field is None or field.nested is None:
        return None if value == "" else value
    sent = {
        name: fitted(kind, (*path, name), inner, old.get(name) if isinstance(old, dict) else None)
        for name, inner in value.items()
        if name in field.nested
    }
    return {**surface.blank_at(kind, *path), **(old if isinstance(old, dict) else {}), **sent}


def merge(old: Mapping[str, str] | None, sent: Mapping[str, str] | str) -> dict[str, str]:
    """Metadata after an update: keys merge, an empty value removes its key, an empty string removes them all."""
    if isinstance(sent, str):
        return {}
    return {key: value for key, value in {**(old or {}), **sent}.items() if value != ""}
