"""Finding events in an account's log, by way of its indexes wherever what is asked has one.

Words: ``type`` (with ``*``, or several after commas), ``for`` (an object: the event is about it, or about what belongs
to it), ``customer``, ``request``, ``since`` (a time or an event, it included), ``after`` and ``before`` (the same,
without it), ``text`` (anywhere in the event, in either case).  Times are those of ``created``.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import orjson

from mockbill.rules.log_query import Term, among, is_exact
from mockbill.rules.periods import parse_instant
from mockbill.world.table import Doc, LiveTable, reader
from mockbill.world.world import World

WORDS = ("type", "for", "customer", "request", "since", "after", "before", "text")
Test = Callable[[Mapping[str, Any]], bool]

_OBJECT = "data.object"
_OWNERS = {
    "acct_": ("account",),
    "ch_": ("charge",),
    "cus_": ("customer",),
    "dp_": ("dispute",),
    "du_": ("dispute",),
    "in_": ("invoice",),
    "pi_": ("payment_intent",),
    "pm_": ("payment_method",),
    "po_": ("payout",),
    "price_": ("price",),
    "prod_": ("product",),
    "py_": ("charge",),
    "qt_": ("quote",),
    "seti_": ("setup_intent",),
    "sub_": ("subscription", "parent.subscription_details.subscription"),
    "sub_sched_": ("schedule",),
}
"""Where objects name what they belong to, by the beginning of its id."""


class Missing(LookupError):
    """An event that a search begins or ends with is not in the log; its id, and the word that named it."""

    def __init__(self, id: str, word: str) -> None:
        super().__init__(id)
        self.id, self.word = id, word


class Search:
    """What is asked of one account's events.  ValueError for a time that is none, Missing for an event."""

    def __init__(self, world: World, terms: Sequence[Term]) -> None:
        self._world = world
        self._terms = [term for term in terms if term.word in WORDS]
        with world.lock:
            self._tests = [_test(world, term) for term in self._terms]
            self._low, self._high = _bounds(world, self._terms)

    def fits(self, event: Mapping[str, Any]) -> bool:
        """Whether an event is one of those that are asked for."""
        return all(test(event) for test in self._tests)

    def walk(self, *, newest_first: bool = False, among: Collection[str] | None = None) -> Iterator[Doc]:
        """Those of the log as it is now; ``among`` are the ids of those that come into question, where that is known.

        Only keys are copied under the account's lock; who goes on walking needs no lock.
        """
        with self._world.lock:
            log = self._world.table("event")
            keys = self._candidates(log)
            if among is not None:
                known = {log.keys[id] for id in among if id in log.keys}
                keys = sorted(known) if len(known) < len(keys) else [key for key in keys if key in known]
            keys = keys[bisect_left(keys, self._low) : bisect_left(keys, self._high)]
        rows = (log.rows.get(key) for key in (reversed(keys) if newest_first else keys))
        return (event for event in rows if event is not None and self.fits(event))

    def newest(self, count: int) -> list[Doc]:
        """The last so many of them, oldest first."""
        return list(islice(self.walk(newest_first=True), count))[::-1]

    def _candidates(self, log: LiveTable) -> list[int]:
        """The row keys of the shortest list that holds them all."""
        best = log.order
        for term in self._terms:
            if not term.negated and (keys := _listed(log, term)) is not None and len(keys) < len(best):
                best = keys
        return best


def _bounds(world: World, terms: Sequence[Term]) -> tuple[int, int]:
    """The row keys from which on, and before which, events come into question by the events that terms name."""
    keys = world.table("event").keys
    low, high = 0, 1 << 62
    for word, value, negated in terms:
        if negated or value not in keys or word not in ("since", "after", "before"):
            continue
        if word == "before":
            high = min(high, keys[value])
        else:
            low = max(low, keys[value] + (word == "after"))
    return low, high


def _listed(log: LiveTable, term: Term) -> list[int] | None:
    """The keys of the events for which a term holds, and perhaps a few more; None where no index tells."""
    word, value = term.word, term.value
    if word == "type":
        types = log.index("type")
        if is_exact(value):
            return types.keys(value)
        return types.keys(frozenset(filter(among(value), types.postings)))
    if word == "request":
        return log.index("request.id").keys(value)
    if word in ("for", "customer"):
        lists = [log.index(path).keys(value) for path in _paths(word, value)]
        return sorted({key for keys in lists for key in keys})
    return None


def _paths(word: str, id: str) -> list[str]:
    """Where events may name an object: as what they are about, or as what that belongs to."""
    longest = max((start for start in _OWNERS if id.startswith(start)), key=len, default="")
    owners = ("customer",) if word == "customer" else _OWNERS.get(longest, ())
    return [f"{_OBJECT}.{path}" for path in ("id", *owners)]


def _test(world: World, term: Term) -> Test:
    holds = _plain(world, term.word, term.value)
    return (lambda event: not holds(event)) if term.negated else holds


def _plain(world: World, word: str, value: str) -> Test:
    if word == "type":
        is_one = among(value)
        return lambda event: is_one(event["type"])
    if word == "request":
        return lambda event: (event.get("request") or {}).get("id") == value
    if word in ("for", "customer"):
        readers = [reader(path) for path in (*_paths(word, value), "related_object.id")]  # as thin events have it
        return lambda event: any(value in read(event) for read in readers)  # type: ignore[arg-type]
    if word == "text":
        wanted = value.casefold()
        return lambda event: wanted in orjson.dumps(event, default=_raw).decode().casefold()
    return _when(world, word, value)


def _raw(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _when(world: World, word: str, value: str) -> Test:
    """Whether an event comes before or after a time, or another event of the log."""
    if not value.startswith("evt_"):
        at = parse_instant(value)
        if word == "before":
            return lambda event: event.get("created", 0) < at
        return lambda event: event.get("created", 0) >= at + (word == "after")
    keys = world.table("event").keys
    if value not in keys:
        raise Missing(value, word)
    place = keys[value]
    if word == "before":
        return lambda event: keys.get(_snapshot(event), place) < place
    return lambda event: keys.get(_snapshot(event), 0) >= place + (word == "after")


def _snapshot(event: Mapping[str, Any]) -> str:
    """The id of an event, or of the one that a thin event is a twin of."""
    return str(event.get("snapshot_event") or event["id"])
