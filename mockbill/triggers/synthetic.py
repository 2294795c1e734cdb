"""Events that billing does not cause: emitted with an object of the right kind, and marked as such in the log.

The object is one that exists, or one made up of its shape.  What is set changes the event's object only, no document.
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from mockbill import surface
from mockbill.surface import Field, Shape
from mockbill.triggers import objects, thin_data
from mockbill.triggers.kinds import kind_of
from mockbill.triggers.setting import refusal, steps_of
from mockbill.world import Doc, Problem, Work, made_up, thin_events

_PERSON = "v2.core.account_person"
_BOOLEANS = {"true": True, "false": False}


def planned(type: str, subject: Doc | None, customer: str | None, given: Mapping[str, Any]) -> Callable[[Work], None]:
    """What makes the event up, in a unit of work; Problem for a subject of another kind, or what cannot be set."""
    kind = kind_of(type)
    if kind is None:
        if subject is not None or customer is not None or given:
            raise refusal(f"{type} points to no object: it is about nothing that could be named or set.")
        return lambda w: _thin(w, type, None)
    fits = kind if subject is None or subject["object"] != "source" or kind != "card" else "source"
    if subject is not None and subject["object"] != fits:
        message = f"{type} is about a {kind}; {subject.get('id')} is a {subject['object']}."
        raise Problem(message, code="for_invalid", param="for", status=409)
    if customer is not None and "customer" not in surface.shape(kind):
        raise Problem(f"A {kind} has no customer.", code="customer_invalid", param="customer", status=422)
    changes = [(steps_of(path), value) for path, value in given.items()]
    for steps, value in changes:
        typed(kind, steps, value)

    def make(w: Work) -> None:
        before = (w.get(kind, subject.get("id")) or subject) if subject is not None else objects.made_up(w, kind, type)
        if customer is not None:
            before = {**before, "customer": customer}
        doc = before
        for steps, value in changes:
            doc = _changed(doc, steps, typed(kind, steps, value))
        if type.removeprefix("v1.") in surface.events():
            _snapshot(w, type.removeprefix("v1."), doc, before)
        else:
            _thin(w, type, doc)

    return make


def typed(kind: str, steps: list[str], value: Any) -> Any:
    """A value as the field at a path holds it; Problem (422) for a field or value that is not of the kind."""
    path, fields, field = ".".join(steps), surface.shape(kind), None
    for place, step in enumerate(steps):
        if field is not None and field.type == "map":
            field, fields = field.items, {}
        elif field is not None and field.type == "list":
            field, fields = (field.items if step.isdigit() else None), {}
        else:
            field = fields.get(step)
        if field is None:
            raise refusal(f"{path}: {_unknown(kind, steps[:place], step, fields)}")
        fields = _inside(field)
    assert field is not None
    meant = _read(field, value)
    if not surface.fits(field, meant):
        wanted = f"one of {', '.join(map(str, field.values))}" if field.values else f"of type {field.type}"
        raise refusal(f"{path} of a {kind} is {wanted}, not {value!r}.")
    return meant


def _inside(field: Field) -> Shape:
    if field.type == "kind":
        return surface.shape(field.kinds[0])
    return field.nested or {}


def _read(field: Field, value: Any) -> Any:
    """What a text of the command line stands for in a field."""
    if type(value) in (int, float) and field.type in ("string", "decimal", "int64_string"):
        return str(value)
    if not isinstance(value, str):
        return value
    if value == "" and field.nullable:
        return None
    if field.type == "boolean":
        return _BOOLEANS.get(value, value)
    if field.type in ("integer", "number"):
        try:
            return int(value) if field.type == "integer" else float(value)
        except ValueError:
            return value
    return value


def _unknown(kind: str, above: list[str], step: str, fields: Shape) -> str:
    names = list(fields)
    where = f"{kind}.{'.'.join(above)}" if above else kind
    if not names:
        return f"{where} holds nothing by the name of {step}"
    close = get_close_matches(step, names, n=3, cutoff=0.5)
    near = f"; nearest: {', '.join(close)}" if close else ""
    return f"{step} is no field of {where}{near}; it has {', '.join(names)}"


def _changed(doc: Any, steps: list[str], value: Any) -> Any:
    """A copy with the value at the path; hashes that are null come into being."""
    if not steps:
        return value
    step, *rest = steps
    if isinstance(doc, list):
        place = int(step)
        return [*doc[:place], _changed(doc[place] if place < len(doc) else None, rest, value), *doc[place + 1 :]]
    held = doc or {}
    return {**held, step: _changed(held.get(step), rest, value)}


def _snapshot(w: Work, type: str, doc: Doc, before: Doc) -> None:
    w.emit(type, doc, before if type.endswith("updated") else None)
    made_up.mark(w, w.events[-1]["id"])


def _thin(w: Work, type: str, related: Doc | None) -> None:
    if related is not None and related["object"] == _PERSON:
        related = {**related, "account_id": related["account"]}  # which its address is made of
    made_up.mark(w, thin_events.emit(w, type, related, thin_data.made_up(w, type, related))["id"])
