"""Search: the fields of each resource that Stripe's query language knows, and one page of what a query finds.

A query goes over the documents of its kind, newest first, until its page is full; where all clauses have to hold, and
one asks for an id or a status that an index knows, it goes over those alone.  What was written is found at once, not
only after Stripe's minute; objects of test clocks are found too, for only lists leave them out.
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from mockbill.billing import invoices
from mockbill.rules import search
from mockbill.rules.search import Clause, Query
from mockbill.stripe_api import lists
from mockbill.world import Doc, Problem, Work

_HINT = 'Try using the format `metadata["key"]:"value"` to query for metadata or key:"value" to query for other fields.'


@dataclass(frozen=True, slots=True)
class Field:
    """A field that can be searched for: of what type it is, and what a document holds in it.

    ``indexed`` makes a value into what an index over the field path ``path`` has, where one is of use.
    """

    type: str
    read: Callable[[Doc], Any]
    path: str = ""
    indexed: Callable[[str], Any] | None = None


def _plain(type: str, name: str, indexed: Callable[[str], Any] | None = None) -> Field:
    return Field(type, lambda doc: doc.get(name), name, indexed)


def _deep(type: str, path: str) -> Field:
    steps = path.split(".")

    def read(doc: Doc) -> Any:
        held: Any = doc
        for step in steps:
            held = held.get(step) if isinstance(held, dict) else None
        return held

    return Field(type, read)


def _truth(text: str) -> bool | None:
    """No document holds None in a field of truth, so an index finds nothing for another text."""
    return {"true": True, "false": False}.get(text.lower())


def _refunded(charge: Doc) -> str | None:
    """``true`` for a charge that is refunded in full, ``false`` in part, nothing for one that is not refunded."""
    if charge["refunded"]:
        return "true"
    return "false" if charge["amount_refunded"] else None


_CREATED = _plain("number", "created")
_METADATA = Field("token", lambda doc: doc.get("metadata"))
_CURRENCY = _plain("token", "currency", str.lower)
_CUSTOMER = _plain("token", "customer", str)
_STATUS = _plain("token", "status", str.lower)
_ACTIVE = _plain("token", "active", _truth)

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "charge": {
        "amount": _plain("number", "amount"),
        "billing_details.address.postal_code": _deep("token", "billing_details.address.postal_code"),
        "created": _CREATED,
        "currency": _CURRENCY,
        "customer": _CUSTOMER,
        "disputed": _plain("token", "disputed", _truth),
        "metadata": _METADATA,
        "refunded": Field("token", _refunded),
        "status": _STATUS,
    },
    "customer": {
        "created": _CREATED,
        "email": _plain("string", "email"),
        "metadata": _METADATA,
        "name": _plain("string", "name"),
        "phone": _plain("string", "phone"),
    },
    "invoice": {
        "created": _CREATED,
        "currency": _CURRENCY,
        "customer": _CUSTOMER,
        "last_finalization_error_code": _deep("token", "last_finalization_error.code"),
        "last_finalization_error_type": _deep("token", "last_finalization_error.type"),
        "metadata": _METADATA,
        "number": _plain("string", "number"),
        "receipt_number": _plain("string", "receipt_number"),
        "status": Field("string", _STATUS.read, "status", str.lower),
        "subscription": Field("string", invoices.subscription_of, "parent.subscription_details.subscription", str),
        "total": _plain("number", "total"),
    },
    "payment_intent": {
        "amount": _plain("number", "amount"),
        "created": _CREATED,
        "currency": _CURRENCY,
        "customer": _CUSTOMER,
        "metadata": _METADATA,
        "status": _STATUS,
    },
    "price": {
        "active": _ACTIVE,
        "currency": _CURRENCY,
        "lookup_key": _plain("string", "lookup_key"),
        "metadata": _METADATA,
        "product": _plain("string", "product", str),
        "type": _plain("token", "type", str.lower),
    },
    "product": {
        "active": _ACTIVE,
        "description": _plain("string", "description"),
        "metadata": _METADATA,
        "name": _plain("string", "name"),
        "shippable": _plain("token", "shippable"),
        "url": _plain("string", "url"),
    },
    "subscription": {
        "canceled_at": _plain("number", "canceled_at"),
        "created": _CREATED,
        "metadata": _METADATA,
        "status": _STATUS,
    },
}
_OF_METHODS = re.compile(r"payment_method_details\.\w+\.(?:last4|exp_month|exp_year|brand|fingerprint)")


def page(w: Work, kind: str, params: Mapping[str, Any], url: str, *, counted: bool) -> Doc:
    """One page of what a query finds, newest first; ``counted`` says how many there are on all pages."""
    name = url.split("/")[-2]
    query = _read(params["query"])
    fields = [_field(kind, name, clause) for clause in query.clauses]
    rows = _found(w, kind, query, fields, _before(params.get("page")))
    limit = lists.limit_of(params)
    docs = list(islice(rows, limit + 1))
    more = len(docs) > limit
    answer = {
        "object": "search_result",
        "data": docs[:limit],
        "has_more": more,
        "next_page": _cursor(w.world.table(kind).keys[docs[limit - 1]["id"]]) if more else None,
    }
    if counted:
        answer["total_count"] = sum(1 for _ in _found(w, kind, query, fields, None))
    return {**answer, "url": url}


def _read(text: str) -> Query:
    try:
        return search.parse(text)
    except search.Unreadable as why:
        raise _problem(f"We were unable to parse your search query. {why if why.args else _HINT}") from None


def _field(kind: str, name: str, clause: Clause) -> Field:
    """The field of a clause; Problem for one that this resource has not, or that cannot be asked for that."""
    field = FIELDS[kind].get(clause.field)
    if field is None and kind == "charge" and _OF_METHODS.fullmatch(clause.field):
        field = _deep("token", clause.field)
    if field is None:
        raise _problem(
            f"Field `{clause.field}` is an unsupported search field for resource `{name}`. See "
            f"http://stripe.com/docs/search#query-fields-for-{name.replace('_', '-')} for a list of supported fields."
        )
    if (clause.key is not None) != (clause.field == "metadata"):
        raise _problem(f"We were unable to parse your search query. {_HINT}")
    _check_operator(clause, field)
    if (key := clause.key) is not None:
        return Field("token", lambda doc: (doc.get("metadata") or {}).get(key))
    return field


def _check_operator(clause: Clause, field: Field) -> None:
    """The wording of these is not established."""
    operator, value = clause.operator, clause.value
    if operator not in search.OPERATORS[field.type] or (value is None and operator != ":"):
        raise _problem(f"Operator `{operator}` is not supported for field `{clause.field}`.")
    if operator == "~" and value is not None and len(value) < search.FEWEST_OF_SUBSTRING:
        raise _problem(f"Substring matching needs at least {search.FEWEST_OF_SUBSTRING} characters, not `{value}`.")
    if field.type == "number" and value is not None and search.number(value) is None:
        raise _problem(f"Field `{clause.field}` is numeric, so it cannot be compared with `{value}`.")


def _found(w: Work, kind: str, query: Query, fields: list[Field], before: int | None) -> Iterator[Doc]:
    pairs = list(zip(query.clauses, fields, strict=True))
    where = {} if query.any else dict(each for pair in pairs for each in _equalities(*pair))
    combined = any if query.any else all
    for doc in w.world.table(kind).select(where, newest_first=True, before=before):
        if combined(search.holds(clause, field.type, field.read(doc)) for clause, field in pairs):
            yield doc


def _equalities(clause: Clause, field: Field) -> Iterator[tuple[str, Any]]:
    if field.indexed is not None and clause.operator == ":" and clause.value is not None and not clause.negated:
        yield field.path, field.indexed(clause.value)


def _cursor(key: int) -> str:
    """Where the next page goes on: after this row."""
    return base64.urlsafe_b64encode(key.to_bytes(12)).decode()


def _before(cursor: str | None) -> int | None:
    if not cursor:
        return None
    try:
        key = base64.b64decode(cursor, b"-_", validate=True)
    except ValueError:
        key = b""
    if len(key) != 12:
        raise Problem(f"Invalid page: {cursor}. Use the `next_page` of an earlier answer.", param="page")
    return int.from_bytes(key)


def _problem(message: str) -> Problem:
    return Problem(message, param="query")
