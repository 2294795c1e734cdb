"""Parameters into fields: what a request sends, as the object shows it."""

from collections.abc import Collection, Mapping
from typing import Any

from mockbill import surface
from mockbill.surface import Field
from mockbill.world.metadata import merge

__all__ = ["fields_of", "fitted", "merge"]


def fields_of(
    kind: str, params: Mapping[str, Any], old: Mapping[str, Any], *, but: Collection[str] = ()
) -> dict[str, Any]:
    """The parameters that are fields of a kind by the same name: ``""`` unsets, hashes are completed, metadata merges.

    ``old`` is the document that is updated, ``{}`` for a new one; ``but`` are names that the caller sees to itself.
    Parameters that only share a field's name (a new link's ``line_items``) are left out.  None for a field that is
    never null takes it away (``Work.change``).
    """
    shape = surface.shape(kind)
    fields: dict[str, Any] = {}
    for name, value in params.items():
        field = shape.get(name)
        if field is None or name in ("id", "object") or name in but:
            continue
        if name == "metadata":
            fields[name] = merge(old.get("metadata"), value)
        elif value == "":
            fields[name] = surface.blank(kind).get(name)
        elif field.type == "string" and type(value) is str:  # most are, and this is on every call's path
            fields[name] = value
        elif surface.fits(field, shown := _shown(field, value, old.get(name))):
            fields[name] = shown
    return fields


def fitted(kind: str, path: tuple[str, ...], value: Any, old: Any = None) -> Any:
    """A hash of parameters as the object shows it: members that were not sent keep their value or stand empty."""
    field = surface.field_type(kind, *path)
    return value if field is None else _shown(field, value, old)


def _shown(field: Field, value: Any, old: Any) -> Any:
    if value == "":
        return None
    if isinstance(value, dict) and field.nested is not None:
        return _completed(field, value, old if isinstance(old, dict) else {})
    if isinstance(value, list) and field.type == "list" and field.items is not None:
        return [_shown(field.items, each, None) for each in value]
    return value


def _completed(field: Field, sent: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    assert field.nested is not None
    whole = {**field.blank, **old}
    for name, value in sent.items():
        member = field.nested.get(name)
        if member is None:
            continue
        if value == "":
            whole.pop(name, None)
            if not member.absent or member.nullable:
                whole[name] = field.blank.get(name)
        elif surface.fits(member, shown := _shown(member, value, old.get(name))):
            whole[name] = shown
    return whole
