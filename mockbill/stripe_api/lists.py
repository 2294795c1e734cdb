"""Lists: cursor pages, newest first, with ``created`` ranges and each list's filters (stripe-behaviour.md 1.6)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing

DEFAULT_LIMIT = 10
MAX_LIMIT = 100
COUNTED = "total_count"
"""A parameter that no client sends: an older version asked, by ``expand``, how many there are on all pages."""
OF_A_PAGE = ("ending_before", "limit", "starting_after")


def page(
    w: Work,
    kind: str,
    params: Mapping[str, Any],
    where: Mapping[str, Any],
    url: str,
    keep: Callable[[Doc], bool] | None = None,
) -> Doc:
    """One page of the documents of a kind whose fields equal ``where`` and that ``keep`` lets through."""
    table = w.world.table(kind)
    start, end = _cursor(params, "starting_after"), _cursor(params, "ending_before")
    for param, id in (("starting_after", start), ("ending_before", end)):
        if id is not None and id not in table.keys:
            raise missing(kind, id, param)
    _only_one(start, end)
    low, high = _bounds(params.get("created"))
    first, last = (None, None) if table.by_arrival else table.created_within(low, high)
    after, before = first, last
    if start is not None:
        before = table.keys[start] if before is None else min(before, table.keys[start])
    if end is not None:
        after = table.keys[end] if after is None else max(after, table.keys[end])

    def rows(after: int | None, before: int | None) -> Iterator[Doc]:
        found = table.select(where, newest_first=end is None, after=after, before=before)
        if keep is not None:
            found = filter(keep, found)
        if table.by_arrival and (low is not None or high is not None):
            found = (doc for doc in found if in_range(doc["created"], params["created"]))
        return found

    limit = limit_of(params)
    found = list(islice(rows(after, before), limit + 1))
    data = found[:limit]
    shown = envelope(data if end is None else data[::-1], url, has_more=len(found) > limit)
    return {**shown, "total_count": sum(1 for _ in rows(first, last))} if COUNTED in params else shown


def page_of(docs: Sequence[Doc], params: Mapping[str, Any], url: str, kind: str) -> Doc:
    """One page of documents that live inside another one, in their own order (items, lines)."""
    limit = limit_of(params)
    ids = [doc["id"] for doc in docs]
    start, end = _cursor(params, "starting_after"), _cursor(params, "ending_before")
    for param, id in (("starting_after", start), ("ending_before", end)):
        if id is not None and id not in ids:
            raise missing(kind, id, param)
    _only_one(start, end)
    if end is not None:
        rest = docs[: ids.index(end)]
        shown = envelope(rest[-limit:], url, has_more=len(rest) > limit)
    else:
        rest = docs[ids.index(start) + 1 :] if start is not None else docs
        shown = envelope(rest[:limit], url, has_more=len(rest) > limit)
    return {**shown, "total_count": len(docs)} if COUNTED in params else shown


def envelope(data: Sequence[Doc], url: str, *, has_more: bool = False) -> Doc:
    """Stripe's list object."""
    return {"object": "list", "data": list(data), "has_more": has_more, "url": url}


def limit_of(params: Mapping[str, Any]) -> int:
    """The page size; out of range is clamped, as the live test API does."""
    return min(max(int(params.get("limit", DEFAULT_LIMIT)), 1), MAX_LIMIT)


def _cursor(params: Mapping[str, Any], name: str) -> str | None:
    return params.get(name) or None


def _only_one(start: str | None, end: str | None) -> None:
    if start is not None and end is not None:
        raise Problem("Received both starting_after and ending_before parameters. Please pass in only one.")


def in_range(instant: int | None, asked: Any) -> bool:
    """Whether an instant is in a filter: one second, or a hash of ``gt``, ``gte``, ``lt``, ``lte``."""
    low, high = _bounds(asked)
    return instant is not None and (low is None or low <= instant) and (high is None or instant < high)


def _bounds(asked: Any) -> tuple[int | None, int | None]:
    """A range filter as the first second that is in, and the first that is no longer."""
    if asked is None or asked == "":
        return None, None
    if isinstance(asked, int):
        return asked, asked + 1
    lows = [asked["gt"] + 1] if "gt" in asked else []
    lows += [asked["gte"]] if "gte" in asked else []
    highs = [asked["lt"]] if "lt" in asked else []
    highs += [asked["lte"] + 1] if "lte" in asked else []
    return max(lows, default=None), min(highs, default=None)
