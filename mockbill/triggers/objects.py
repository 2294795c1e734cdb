"""Objects made up of their shapes: of the right kind and types, with ids, times and a status that fits the event."""

from collections.abc import Mapping
from typing import Any

from mockbill import surface
from mockbill.surface import Field
from mockbill.world import Doc, Work
from mockbill.world.instants import told

_DEEPEST = 4  # objects inside of objects; further in, what may be null is null and what may be left out is left out
_V2_TIMES = ("created", "updated")
_TIMES = ("_at", "_date", "_time", "_on", "_after")

# What a text of this name holds; others of a kind stand as their own name, which is as good as any and easy to find.
_TEXTS: Mapping[str, str] = {
    "country": "US",
    "currency": "usd",
    "default_currency": "usd",
    "email": "jenny.rosen@example.com",
    "exp_month": "12",
    "fingerprint": "mockbillfingerprint",
    "last4": "4242",
    "name": "Jenny Rosen",
    "phone": "+15555550100",
    "postal_code": "94103",
    "state": "CA",
    "city": "San Francisco",
    "line1": "510 Townsend St",
    "url": "https://example.com/",
}
# What an ending means where the status has no value of that name.
_MEANT: Mapping[str, tuple[str, ...]] = {
    "activated": ("active",),
    "created": ("active", "open", "pending", "processing", "requires_input", "inactive"),
    "deactivated": ("inactive", "deactivated"),
    "reactivated": ("active",),
    "action_failed": ("failed",),
    "action_succeeded": ("succeeded",),
    "requires_submission": ("requires_submission", "requires_confirmation"),
    "submitted": ("submitted", "under_review"),
    "closed": ("closed", "lost"),
    "disconnected": ("disconnected",),
    "imports.succeeded_with_errors": ("succeeded_with_errors",),
}


def made_up(w: Work, kind: str, type: str) -> Doc:
    """An object of a kind as an event of this type might show it; it is not stored.

    What may be null is, but for what names a time (``created``); what may be missing is; an enum is its first value,
    but a ``status`` is what the event says.  Ids are new ones in their kinds' patterns.
    """
    return _object(w, surface.shape(kind), kind, type.rpartition(".")[2], 0)


def _object(w: Work, fields: Mapping[str, Field], kind: str, ending: str, depth: int) -> Doc:
    doc = {}
    for name, field in fields.items():
        if field.absent and name not in ("id", "object"):
            continue
        doc[name] = kind if name == "object" and kind in surface.kinds() else _value(w, field, kind, ending, depth)
    return doc


def _value(w: Work, field: Field, kind: str, ending: str, depth: int) -> Any:
    name = field.name
    if name == "metadata":
        return {}
    if name == "id" and field.type == "string":
        return w.id(kind)
    if name in ("status", "state") and depth == 0 and field.type == "enum":
        return _status(field, ending)
    if field.nullable:
        return None
    if field.type == "enum":
        return field.values[0]
    if field.type == "id":
        return w.id(field.expands[0]) if field.expands else w.id(name)
    if field.type == "kind":
        inner = field.kinds[0]
        return _object(w, surface.shape(inner), inner, "", depth + 1) if depth < _DEEPEST else surface.blank(inner)
    if field.nested is not None:
        return _object(w, field.nested, "", "", depth + 1) if depth < _DEEPEST else dict(field.blank)
    if field.type == "any_of":
        return _value(w, field.alternatives[0], kind, ending, depth)
    if field.type == "list":
        return []
    return _scalar(w, field, depth)


def _scalar(w: Work, field: Field, depth: int) -> Any:
    name = field.name
    if field.type == "integer":
        if name == "created" or name.endswith(_TIMES):
            return w.now
        return {"exp_month": 12, "exp_year": 2034, "amount": 2000}.get(name, 0)
    if field.type == "string" and field.path.startswith("v2.") and (name in _V2_TIMES or name.endswith(_TIMES)):
        return told(w.now)
    if field.type == "string":
        return _TEXTS.get(name, "https://example.com/" if name.endswith("url") else name)
    empty: Mapping[str, Any] = {
        "boolean": name == "active",
        "number": 0.0,
        "decimal": "0",
        "int64_string": "0",
        "map": {},
        "list_object": {"object": "list", "data": [], "has_more": False, "url": "/v1/"},
    }
    return empty.get(field.type)


def _status(field: Field, ending: str) -> Any:
    for word in (ending, *_MEANT.get(ending, ())):
        if word in field.values:
            return word
    return None if field.nullable else field.values[0]
