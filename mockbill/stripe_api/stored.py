"""Operations without a modelled behaviour: objects are created, kept, updated, deleted and listed by declared shape."""

from functools import cache

from mockbill import surface
from mockbill.billing.fields import fields_of
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import HANDLERS, Call, Handler
from mockbill.surface import Operation
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing

_NOT_FILTERS = {"limit", "starting_after", "ending_before", "created", "expand", "page"}


def handler_of(operation: Operation) -> Handler | None:
    """What answers a stored operation; None for custom verbs, which need a model."""
    if operation.kind is None or operation.path.startswith("/v2/") or operation.answer == "bytes":
        return None
    if operation.verb not in _VERBS or operation.kind not in surface.kinds():
        return None
    if operation.verb == "retrieve" and not _makes(operation.kind) and not _is_singleton(operation):
        return None
    return _VERBS[operation.verb]


def level_of(operation: Operation) -> str:
    """``simulated``, ``stored`` or ``unsupported``."""
    if operation.key in HANDLERS:
        return "simulated"
    return "stored" if handler_of(operation) else "unsupported"


@cache
def _makes(kind: str) -> bool:
    """Whether anything in the API creates objects of this kind, so that there can be one to retrieve."""
    return any(op.kind == kind and op.verb == "create" for op in surface.operations().values())


def _is_singleton(operation: Operation) -> bool:
    """A path without an id of its own, such as ``/v1/tax/settings``: there is one for each account."""
    return not operation.path.endswith("}")


def _create(call: Call) -> Doc:
    kind = _kind(call)
    doc = call.work.add(kind, **_parents(call, kind), **fields_of(kind, call.params, {}))
    _announce(call.work, kind, "created", doc)
    return doc


def _retrieve(call: Call) -> Doc:
    kind = _kind(call)
    if _is_singleton(call.operation):
        return _singleton(call.work, kind)
    return _owned(call, kind)


def _update(call: Call) -> Doc:
    kind = _kind(call)
    old = _singleton(call.work, kind) if _is_singleton(call.operation) else _owned(call, kind)
    new = call.work.change(old, **fields_of(kind, call.params, old))
    if new != old:
        _announce(call.work, kind, "updated", new, old)
    return new


def _delete(call: Call) -> Doc:
    kind = _kind(call)
    doc = _owned(call, kind)
    answer = call.work.remove(doc)
    _announce(call.work, kind, "deleted", doc)
    return answer


def _list(call: Call) -> Doc:
    kind = _kind(call)
    shape = surface.shape(kind)
    where = {name: value for name, value in call.params.items() if name in shape and name not in _NOT_FILTERS}
    scalar = {name: value for name, value in where.items() if not isinstance(value, dict | list)}
    return lists.page(call.work, kind, call.params, {**scalar, **_parents(call, kind)}, call.path)


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


def _parents(call: Call, kind: str) -> dict[str, str]:
    """The ids above this one in the path, as far as the object has a field for them."""
    shape = surface.shape(kind)
    own = call.operation.path.rpartition("/")[2].strip("{}") if call.operation.path.endswith("}") else None
    return {name: id for name, id in call.ids.items() if name != own and name in shape}


def _owned(call: Call, kind: str) -> Doc:
    doc = call.work.get(kind, call.id)
    if doc is None or any(doc.get(name) != id for name, id in _parents(call, kind).items()):
        raise missing(kind, call.id, "id")
    return doc


def _singleton(w: Work, kind: str) -> Doc:
    return next(w.world.table(kind).select(), None) or w.add(kind)


@cache
def _event_name(kind: str, what: str) -> str | None:
    for name in (f"{kind}.{what}", f"customer.{kind}.{what}"):
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
