"""Which verb answers which operation: the resource modules write here, the dialect reads."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from mockbill.stripe_api import lists
from mockbill.surface import Operation
from mockbill.world import Doc, Work


@dataclass(slots=True)
class Call:
    """One validated request inside its unit of work."""

    work: Work
    operation: Operation
    ids: dict[str, str]
    params: dict[str, Any]
    path: str
    version: str
    key: str
    body: bytes = b""
    expanded: Collection[str] = ()  # the first steps of what is to be expanded

    @property
    def id(self) -> str:
        """The last id in the path: that of the object the call is about."""
        return next(reversed(self.ids.values()))


@dataclass(frozen=True, slots=True)
class Content:
    """An answer that is no JSON: the contents of a file."""

    body: bytes
    type: str


Handler = Callable[[Call], Any]
"""Answers a call by a document, or by Content."""
Create = Callable[[Work, dict[str, Any]], Doc]
Change = Callable[[Work, Doc, dict[str, Any]], Doc]
Delete = Callable[[Work, Doc], Doc]

HANDLERS: dict[str, Handler] = {}
INCLUDES: dict[tuple[str, str], Callable[[Work, Doc], Any]] = {}
"""Fields that are absent unless expanded, by kind and name, with what fills them."""

TWINS: dict[str, str] = {}
"""Operations that the SDK does not describe but clients use, with the described one whose parameters they take."""
ACCEPTS: dict[str, dict[Any, Any]] = {}
"""Parameters that the API takes although the SDK does not declare them, by operation, as ``surface.validate`` does."""


def handles(*keys: str) -> Callable[[Handler], Handler]:
    """Bind a function of a Call to operations such as ``POST /v1/customers``."""

    def bind(handler: Handler) -> Handler:
        for key in keys:
            HANDLERS[key] = handler
        return handler

    return bind


def includes(kind: str, name: str) -> Callable[[Callable[[Work, Doc], Any]], Callable[[Work, Doc], Any]]:
    """Bind what fills a field that is absent unless it is expanded, such as ``invoice.payments``."""

    def bind(fill: Callable[[Work, Doc], Any]) -> Callable[[Work, Doc], Any]:
        INCLUDES[kind, name] = fill
        return fill

    return bind


def resource(
    kind: str,
    item: str,
    *,
    create: Create | None = None,
    update: Change | None = None,
    delete: Delete | None = None,
    actions: Mapping[str, Change] | None = None,
    filters: Mapping[str, str] | None = None,
    keep: Callable[[Work, Mapping[str, Any]], Callable[[Doc], bool] | None] | None = None,
    on_clocks: bool = False,
) -> None:
    """Bind the operations of one Stripe object.

    ``item`` is the path of one object, ``/v1/customers/{customer}``.  ``actions`` are verbs under it, by the last
    part of their path.  ``filters`` maps list parameters (with dots through hashes) to field paths; ``keep`` makes a
    filter of what is no equality.  Objects ``on_clocks`` are hidden from account-wide lists when a test clock drives
    them.
    """
    collection = item.rpartition("/")[0]
    if create is not None:
        HANDLERS[f"POST {collection}"] = lambda call: create(call.work, call.params)
    if update is not None:
        HANDLERS[f"POST {item}"] = _on(kind, update)
    if delete is not None:
        HANDLERS[f"DELETE {item}"] = lambda call: delete(call.work, subject(call, kind))
    for verb, action in (actions or {}).items():
        HANDLERS[f"POST {item}/{verb}"] = _on(kind, action)
    HANDLERS[f"GET {item}"] = lambda call: retrieve(call, kind)

    def listing(call: Call) -> Doc:
        asked = {path: _sent(call.params, name) for name, path in (filters or {}).items()}
        where = {path: value for path, value in asked.items() if value is not None}
        if on_clocks and not ({"customer", "test_clock", "subscription"} & call.params.keys()):
            where["test_clock"] = None
        test = keep(call.work, call.params) if keep else None
        return lists.page(call.work, kind, call.params, where, call.path, test)

    HANDLERS[f"GET {collection}"] = listing


def _sent(params: Mapping[str, Any], name: str) -> Any:
    """The value of a filter, any of several as a frozenset; None when it was not sent or is empty."""
    value: Any = params
    for step in name.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, list):
        return frozenset(value)
    return None if value == "" else value


def retrieve(call: Call, kind: str) -> Doc:
    """The object of the path, or what its deletion left (Stripe still answers 200 for a deleted customer)."""
    doc = call.work.get(kind, call.id) or call.work.tombstone(call.id)
    return doc if doc and doc["object"] == kind else call.work.need(kind, call.id)


def _on(kind: str, change: Change) -> Handler:
    return lambda call: change(call.work, subject(call, kind), call.params)


def subject(call: Call, kind: str) -> Doc:
    """The object of the path, in whose time the call goes on."""
    doc = call.work.need(kind, call.id)
    call.work.use_clock_of(doc if "test_clock" in doc else doc.get("customer"))
    return doc
