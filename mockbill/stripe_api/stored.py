"""Operations without a modelled behaviour: objects are created, kept, updated, deleted and listed by declared shape.

Not stored, and so refused, are the v2 API, uploads, and what Stripe fills itself.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from mockbill import surface
from mockbill.billing.fields import fields_of
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import HANDLERS, Call, Handler
from mockbill.surface import Operation
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing, noun

_NOT_FILTERS = {"limit", "starting_after", "ending_before", "created", "expand", "page"}

# Stripe fills these itself: that there are none, or no such one, would be untrue.
_CATALOGUES = {
    *("climate.product", "climate.supplier", "exchange_rate", "issuing.physical_bundle"),
    "reporting.report_type",
}

# What a new object says where its shape's natural empty value would be wrong.
_DEFAULTS: dict[str, Doc] = {
    "identity.verification_session": {"status": "requires_input"},
    "issuing.card": {"status": "inactive"},
    "subscription_schedule": {"status": "not_started"},
    "terminal.reader": {"status": "offline"},
    "treasury.inbound_transfer": {"status": "processing"},
    "treasury.outbound_payment": {"status": "processing"},
    "treasury.outbound_transfer": {"status": "processing"},
}

# Kinds that are looked up when a parameter names one; others may be Stripe's own or test ids.
_LOOKED_UP = {"charge", "customer", "invoice", "payment_intent", "price", "product", "setup_intent", "subscription"}


@cache
def handler_of(operation: Operation) -> Handler | None:
    """What answers a stored operation; None for custom verbs, which need a model."""
    kind = operation.kind
    if kind is None or kind not in surface.kinds() or kind in _CATALOGUES:
        return None
    if operation.gone is not None:
        return None  # who still calls it counts on what it did
    if operation.path.startswith("/v2/") or operation.answer == "bytes" or operation.verb not in _VERBS:
        return None
    if operation.key == "POST /v1/files":
        return None  # an upload is multipart, which the dialect does not read
    if _parent_of(operation.path) and not _makes(kind) and not _is_singleton(operation):
        return None  # a part of another object, such as a quote's line items, which only a model could put there
    return _VERBS[operation.verb]


def level_of(operation: Operation) -> str:
    """``simulated``, ``stored`` or ``unsupported``."""
    if operation.key in HANDLERS:
        return "simulated"
    return "stored" if handler_of(operation) else "unsupported"


@cache
def _makes(kind: str) -> bool:
    """Whether anything in the API creates objects of this kind."""
    return any(op.kind == kind and op.verb == "create" for op in surface.operations().values())


def _is_singleton(operation: Operation) -> bool:
    """A path without an id of its own, such as ``/v1/tax/settings``: there is one for each account or parent."""
    return operation.verb in ("retrieve", "update") and not operation.path.endswith("}")


class _Parent(NamedTuple):
    """Of what the objects of a nested path are parts: ``/v1/customers/{customer}/tax_ids``."""

    parameter: str
    kind: str


@cache
def _parent_of(path: str) -> _Parent | None:
    segments = path.split("/")
    above = [position for position, segment in enumerate(segments[:-1]) if segment.startswith("{")]
    if not above:
        return None
    form = _form("/".join(segments[: above[-1] + 1]))
    for operation in surface.operations().values():
        if operation.method == "GET" and operation.kind and _form(operation.path) == form:
            return _Parent(segments[above[-1]][1:-1], operation.kind)
    return None


def _form(path: str) -> list[str]:
    """A path without the names of its parameters, which differ from method to method."""
    return ["{}" if segment.startswith("{") else segment for segment in path.split("/")]


# the five verbs


def _create(call: Call) -> Doc:
    w, kind = call.work, _kind(call)
    _look_up(call, kind)
    fields: Doc = {**_natural(kind), **_parent_field(call), **_fitting(call, kind, {})}
    if "id" not in surface.shape(kind):
        return {name: value for name, value in w.build(kind, **fields).items() if name != "id"}  # a link, a session
    if asked := call.params.get("id"):
        if w.get(kind, asked):
            raise Problem(f"{noun(kind).capitalize()} already exists.", code="resource_already_exists", param="id")
        fields["id"] = asked
    doc = w.add(kind, **fields)
    if doc.get("url") == "":  # a page of Stripe's: ours says that it is not there yet
        doc = w.change(doc, url=f"{w.site_url}/stored/{doc['id']}")
    if _parent_of(call.operation.path) and not _parent_field(call):
        w.keep("stored", doc["id"], under=call.path)
    _announce(w, kind, "created", doc)
    return doc


def _retrieve(call: Call) -> Doc:
    return _singleton(call) if _is_singleton(call.operation) else _owned(call)


def _update(call: Call) -> Doc:
    kind = _kind(call)
    _look_up(call, kind)
    if _is_singleton(call.operation):
        old = _singleton(call)
        new = {**old, **_fitting(call, kind, old)}
        call.work.keep("singleton", call.path, doc=new)
    else:
        old = _owned(call)
        new = call.work.change(old, **_fitting(call, kind, old))
    if new != old:
        _announce(call.work, kind, "updated", new, old)
    return new


def _delete(call: Call) -> Doc:
    doc = _owned(call)
    answer = call.work.remove(doc)
    _announce(call.work, _kind(call), "deleted", doc)
    return answer if call.operation.answer == "deleted" else doc


def _list(call: Call) -> Doc:
    w, kind = call.work, _kind(call)
    shape = surface.shape(kind)
    _need_parent(call)
    where = {
        name: value
        for name, value in call.params.items()
        if name in shape and name not in _NOT_FILTERS and not isinstance(value, dict | list) and value != ""
    }
    field = _parent_field(call)
    keep: Callable[[Doc], bool] | None = None
    if _parent_of(call.operation.path) and not field:
        keep = lambda doc: (w.private("stored", doc["id"]) or {}).get("under") == call.path  # noqa: E731
    return lists.page(w, kind, call.params, {**where, **field}, call.path, keep)


_VERBS: dict[str, Handler] = {
    "create": _create,
    "retrieve": _retrieve,
    "update": _update,
    "delete": _delete,
    "list": _list,
}


def _kind(call: Call) -> str:
    assert call.operation.kind is not None  # handler_of lets no other through
    return call.operation.kind


def _natural(kind: str) -> Doc:
    shape = surface.shape(kind)
    active = {"active": True} if "active" in shape and shape["active"].type == "boolean" else {}
    return {**active, **_DEFAULTS.get(kind, {})}


def _fitting(call: Call, kind: str, old: Doc) -> Doc:
    """The parameters that are fields, with the object in place of an id where one is embedded."""
    embedded = {
        name: call.work.need(field.kinds[0], call.params[name], name)
        for name, field in surface.shape(kind).items()
        if field.type == "kind" and call.params.get(name) and isinstance(call.params[name], str)
    }
    return fields_of(kind, {**call.params, **embedded}, old)


def _parent_field(call: Call) -> dict[str, str]:
    """The parent's id under the name that this kind has for it, ``{}`` where it has none or there is no parent."""
    parent = _parent_of(call.operation.path)
    if parent is None:
        return {}
    name = {"application_fee": "fee"}.get(parent.kind, parent.kind)
    return {name: call.ids[parent.parameter]} if name in surface.shape(_kind(call)) else {}


def _need_parent(call: Call) -> None:
    parent = _parent_of(call.operation.path)
    if parent and not (parent.kind == "account" and call.ids[parent.parameter] == call.work.world.account_id):
        call.work.need(parent.kind, call.ids[parent.parameter])


def _look_up(call: Call, kind: str) -> None:
    """Problem for a parameter or a path that names an object which is not there."""
    _need_parent(call)
    for name, field in surface.shape(kind).items():
        id = call.params.get(name)
        named = field.expands[0] if field.expands else name  # a portal session names its customer, unexpandable
        if id and isinstance(id, str) and named in _LOOKED_UP:
            call.work.need(named, id, name)


def _owned(call: Call) -> Doc:
    """The object of the path, which has to belong to the parent in the path."""
    kind = _kind(call)
    _need_parent(call)
    doc = call.work.get(kind, call.id)
    field = _parent_field(call)
    if doc is None or any(doc.get(name) != id for name, id in field.items()):
        raise missing(kind, call.id, "id")
    if _parent_of(call.operation.path) and not field:
        place = call.work.private("stored", call.id)
        if place is None or place["under"] != call.path.rpartition("/")[0]:
            raise missing(kind, call.id, "id")
    return doc


def _singleton(call: Call) -> Doc:
    _need_parent(call)
    kept = call.work.private("singleton", call.path)
    if kept is not None:
        doc: Doc = kept["doc"]
        return doc
    kind = _kind(call)
    shape = surface.shape(kind)
    asked: dict[str, Any] = {name: id for name, id in call.params.items() if name in shape and isinstance(id, str)}
    fresh = call.work.build(kind, **{**asked, **_parent_field(call)})
    return fresh if "id" in shape else {name: value for name, value in fresh.items() if name != "id"}


@cache
def _event_name(kind: str, what: str) -> str | None:
    for name in (f"{kind}.{what}", f"customer.{kind}.{what}", f"{kind.replace('.', '_')}.{what}"):
        if name in surface.events():
            return name
    return None


def _announce(w: Work, kind: str, what: str, doc: Doc, before: Doc | None = None) -> None:
    if name := _event_name(kind, what):
        w.emit(name, doc, before)


def unsupported(operation: Operation, nearest: list[str], coverage_url: str) -> Problem:
    """501 for a verb without a model: never a made-up success."""
    near = f" Nearest: {', '.join(nearest)}." if nearest else ""
    return Problem(
        f"mockbill does not simulate {operation.key} yet.{near} See {coverage_url}",
        code="mockbill_unsupported",
        status=501,
        headers={"Stripe-Should-Retry": "false"},
    )
