"""One route table for Stripe's paths: a tree of path segments, literal before parameter."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile

from mockbill.surface import Operation
from mockbill.world import Problem


@dataclass(slots=True)
class _Node:
    literal: "dict[str, _Node]" = field(default_factory=dict)
    parameter: "_Node | None" = None
    operations: dict[str, Operation] = field(default_factory=dict)


class Routes:
    """Finds the operation of a method and path in a few dictionary look-ups, however many operations there are."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        for operation in operations:
            self.add(operation)

    def add(self, operation: Operation) -> None:
        """Add one operation; its path has parameters in braces."""
        node = self._root
        for segment in operation.path.strip("/").split("/"):
            if segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literal.setdefault(segment, _Node())
        node.operations[operation.method] = operation

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]]:
        """The operation and its path parameters; Stripe's 404 for what is no URL of the API."""
        values = path.lstrip("/").split("/")  # some clients join a base URL that ends in a slash: //v1/customers
        node = self._match(self._root, values, 0, method)
        if node is None:
            raise unknown_url(method, path)
        operation = node.operations[method]
        names = operation.path.lstrip("/").split("/")
        return operation, {n[1:-1]: v for n, v in zip(names, values, strict=True) if n.startswith("{")}

    def _match(self, node: _Node, segments: list[str], position: int, method: str) -> _Node | None:
        if position == len(segments):
            return node if method in node.operations else None
        segment = segments[position]
        inner = node.literal.get(segment)
        if inner is not None and (found := self._match(inner, segments, position + 1, method)) is not None:
            return found
        if node.parameter is not None and segment:
            return self._match(node.parameter, segments, position + 1, method)
        return None

    def nearest(self, key: str, among: Iterable[str], count: int = 3) -> list[str]:
        """The operations most like ``key``: first those about the same object, then by method and path."""
        path = key.partition(" ")[2].split("/")

        def likeness(other: str) -> tuple[int, float]:
            pairs = zip(path, other.partition(" ")[2].split("/"), strict=False)
            shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
            return shared, difflib.SequenceMatcher(None, key, other).ratio()

        return sorted(among, key=likeness, reverse=True)[:count]


def unknown_url(method: str, path: str) -> Problem:
    """Stripe's answer to a URL that it does not have."""
    return Problem(
        f"Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove the trailing slash. "
        "If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. "
        "Please see https://stripe.com/docs or we can help at https://support.stripe.com/.",
        status=404,
    )
