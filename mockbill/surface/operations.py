"""The operations of Stripe's API: what each is called, what it does and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from mockbill.surface.data import compiled
from mockbill.surface.dropped import GONE


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path.

    `verb` is the SDK's method name: create, retrieve, update, delete, list, search or another (confirm, void_invoice).
    `answer` is "object", "list", "search_result", "deleted", "bytes" (a file) or "nothing".
    `kind` is None where the answer is no object of one kind: `kinds` names them all (bank_account, card).
    `gone` is the release that took it out of the API; None for what there is today.
    """

    key: str
    method: str
    path: str
    verb: str
    kind: str | None
    answer: str
    kinds: tuple[str, ...]
    gone: str | None = None


@cache
def operations() -> Mapping[str, Operation]:
    """All operations by key: "POST /v1/customers/{customer}"."""
    found = {}
    for key, (verb, kinds, answer, _) in compiled()["operations"].items():
        method, path = key.split(" ")
        kind = kinds[0] if len(kinds) == 1 else None
        found[key] = Operation(key, method, path, verb, kind, answer, tuple(kinds), GONE.get(key))
    return MappingProxyType(found)
