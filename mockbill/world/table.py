"""A TinyDB table that keeps its rows and its indexes live, so that nothing on a request path scans documents.

Stock TinyDB reads and writes the whole storage on each change (3 ms an insert at 10,000 documents).  This subclass
keeps the rows in memory under the same integer document ids and lets TinyDB's own query API read them; the snapshot
written from them (see ``journal``) opens with any stock TinyDB.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from tinydb import TinyDB
from tinydb.storages import MemoryStorage
from tinydb.table import Table

Doc = dict[str, Any]
_ARRIVALS = 32  # bits of a row key that hold the order of arrival; the seconds of `created` stand above them
_BY_ARRIVAL = {"event", "v2.core.event"}  # events of several clocks are told in the order in which they happened here


class LiveTable(Table):
    """Rows by key, and keys by Stripe id.  A key sorts by ``created`` and then by arrival: Stripe's list order."""

    def __init__(self, storage: Any, name: str, **_: Any) -> None:
        super().__init__(storage, name, cache_size=0)
        self.rows: dict[int, Doc] = {}
        self.keys: dict[str, int] = {}
        self.order: list[int] = []
        self.indexes: dict[str, _Index] = {}
        self._arrivals = 0
        self.by_arrival = name in _BY_ARRIVAL

    def _read_table(self) -> dict[int, Mapping[str, Any]]:  # type: ignore[override]  # TinyDB's keys are str in files
        return self.rows  # type: ignore[return-value]

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        raise NotImplementedError("documents change through a unit of work, not through TinyDB's own writes")

    @property
    def arrivals(self) -> int:
        """How many documents ever arrived: the key of the last one, where they are kept by arrival."""
        return self._arrivals

    def fetch(self, id: str) -> Doc | None:
        """The current version of the document with this Stripe id."""
        key = self.keys.get(id)
        return None if key is None else self.rows[key]

    def put(self, doc: Doc) -> Doc | None:
        """Store a version of a document and return the version that it replaces."""
        key = self.keys.get(doc["id"])
        if key is None:
            self._arrivals += 1
            created = 0 if self.by_arrival else doc.get("created") or 0
            key = created << _ARRIVALS | self._arrivals
            self.keys[doc["id"]] = key
            _insert(self.order, key)
            old = None
        else:
            old = self.rows[key]
        self.rows[key] = doc
        if self.indexes:
            for index in self.indexes.values():
                index.move(key, old, doc)
        return old

    def extend(self, docs: Sequence[Doc]) -> None:
        """Store new documents of a table that is kept by arrival."""
        arrivals = range(self._arrivals + 1, self._arrivals + len(docs) + 1)
        self.keys.update(zip([doc["id"] for doc in docs], arrivals, strict=True))
        self.rows.update(zip(arrivals, docs, strict=True))
        self.order += arrivals
        self._arrivals += len(docs)
        for index in self.indexes.values():
            for arrival, doc in zip(arrivals, docs, strict=True):
                index.move(arrival, None, doc)

    def restore(self, key: int, doc: Doc) -> None:
        """Put back a row under the key that it had, as the journal and a rollback do."""
        self.keys[doc["id"]] = key
        _insert(self.order, key)
        self.rows[key] = doc
        self._arrivals = max(self._arrivals, key & ((1 << _ARRIVALS) - 1))
        for index in self.indexes.values():
            index.move(key, None, doc)

    def drop(self, id: str) -> tuple[int, Doc] | None:
        """Forget a document; returns its row key and last version."""
        key = self.keys.pop(id, None)
        if key is None:
            return None
        doc = self.rows.pop(key)
        _discard(self.order, key)
        for index in self.indexes.values():
            index.move(key, doc, None)
        return key, doc

    def drop_first(self, count: int) -> None:
        """Forget the documents that stand first."""
        first = self.order[:count]
        dropped = [self.rows.pop(key) for key in first]
        del self.order[:count]
        for doc in dropped:
            del self.keys[doc["id"]]
        for index in self.indexes.values():
            for key, doc in zip(first, dropped, strict=True):
                index.move(key, doc, None)

    def take_back(self, id: str) -> None:
        """Forget a document that was new, and that it ever arrived where it was the last to."""
        dropped = self.drop(id)
        if dropped is not None and dropped[0] & ((1 << _ARRIVALS) - 1) == self._arrivals:
            self._arrivals -= 1

    def index(self, path: str) -> "_Index":
        """The index over a field path, built when first asked for and kept from then on."""
        found = self.indexes.get(path)
        if found is None:
            found = _Index(path)
            for key in self.order:
                found.move(key, None, self.rows[key])
            self.indexes[path] = found
        return found

    def select(
        self,
        equals: Mapping[str, Any] | None = None,
        *,
        newest_first: bool = False,
        after: int | None = None,
        before: int | None = None,
    ) -> Iterator[Doc]:
        """Documents whose fields equal the given values, in key order, with keys strictly between two keys.

        A frozenset stands for any one of its values.  The walk starts at the shortest posting list of the filters, so
        its cost is that of the answer.
        """
        base, rest = self._plan(equals or {})
        low = 0 if after is None else bisect_right(base, after)
        high = len(base) if before is None else bisect_left(base, before)
        span: Iterable[int] = range(high - 1, low - 1, -1) if newest_first else range(low, high)
        rows = self.rows
        for position in span:
            doc = rows[base[position]]
            if all(index.holds(doc, value) for index, value in rest):
                yield doc

    def matching(self, equals: Mapping[str, Any]) -> list[Doc]:
        """All documents whose fields equal the given values, in key order."""
        if not self.rows:
            return []
        if len(equals) == 1:
            ((path, value),) = equals.items()
            keys = (self.indexes.get(path) or self.index(path)).keys(value)
            return [self.rows[key] for key in keys]
        keys, rest = self._plan(equals)
        docs = [self.rows[key] for key in keys]
        for index, value in rest:
            docs = [doc for doc in docs if index.holds(doc, value)]
        return docs

    def _plan(self, equals: Mapping[str, Any]) -> tuple[list[int], "list[tuple[_Index, Any]]"]:
        """The shortest posting list, and the filters that it does not see to."""
        best: tuple[_Index, Any] | None = None
        fewest, rest = 0, []
        for path, value in equals.items():
            index = self.indexes.get(path) or self.index(path)
            count = index.count(value)
            if best is None or count < fewest:
                if best is not None:
                    rest.append(best)
                best, fewest = (index, value), count
            else:
                rest.append((index, value))
        return (self.order if best is None else best[0].keys(best[1])), rest

    def created_within(self, low: int | None, high: int | None) -> tuple[int | None, int | None]:
        """The row keys strictly between which documents are created at or after ``low`` and before ``high``."""
        return (
            None if low is None else (low << _ARRIVALS) - 1,
            None if high is None else high << _ARRIVALS,
        )


class LiveDB(TinyDB):
    """One account's tables."""

    table_class: type[Table] = LiveTable

    def __init__(self) -> None:
        super().__init__(storage=MemoryStorage)


class Tables(dict[str, LiveTable]):
    """The tables of an account by kind of document, each made when it is first asked for."""

    def __init__(self, db: LiveDB) -> None:
        super().__init__()
        self._db = db

    def __missing__(self, kind: str) -> LiveTable:
        table = self[kind] = cast(LiveTable, self._db.table(kind))
        return table


class _Index:
    """Row keys by the value, or the values, that documents hold at a field path."""

    __slots__ = ("member", "postings", "values")

    def __init__(self, path: str) -> None:
        self.member = path.partition(".")[0].removesuffix("[]")  # in which everything at the path lies
        self.postings: dict[Any, list[int]] = {}
        self.values = reader(path)

    def keys(self, value: Any) -> list[int]:
        """The row keys of the documents that hold a value, or any one of a frozenset of values."""
        if type(value) is not frozenset:
            return self.postings.get(value, [])
        return sorted({key for each in value for key in self.postings.get(each, ())})

    def count(self, value: Any) -> int:
        """How many keys that are, or a few more."""
        if type(value) is not frozenset:
            return len(self.postings.get(value, ()))
        return sum(len(self.postings.get(each, ())) for each in value)

    def holds(self, doc: Doc, value: Any) -> bool:
        """Whether a document holds that value."""
        held = self.values(doc)
        return value in held if type(value) is not frozenset else not value.isdisjoint(held)

    def move(self, key: int, old: Doc | None, new: Doc | None) -> None:
        """List a document where its new version is to be found; versions share what has not changed in them."""
        if old is not None and new is not None and old.get(self.member) is new.get(self.member):
            return
        was = self.values(old) if old is not None else ()
        now = self.values(new) if new is not None else ()
        if was == now:
            return
        for value in was:
            if value not in now:
                postings = self.postings[value]
                _discard(postings, key)
                if not postings:
                    del self.postings[value]
        for value in now:
            if value not in was:
                _insert(self.postings.setdefault(value, []), key)


def reader(path: str) -> Callable[[Doc], tuple[Any, ...]]:
    """What a document holds at ``customer``, ``parent.subscription_details.subscription`` or ``items.data[].id``."""
    if "." not in path and "[]" not in path:

        def flat(doc: Doc) -> tuple[Any, ...]:
            value = doc.get(path)
            return (value,) if value.__hash__ is not None else ()

        return flat

    steps = path.split(".")

    def deep(doc: Doc) -> tuple[Any, ...]:
        found: list[Any] = [doc]
        for step in steps:
            name, many = step.removesuffix("[]"), step.endswith("[]")
            held = [value.get(name) for value in found if isinstance(value, dict)]
            found = [item for value in held for item in value or ()] if many else held
        return tuple(dict.fromkeys(value for value in found if value.__hash__ is not None))

    return deep


def _insert(keys: list[int], key: int) -> None:
    if not keys or key > keys[-1]:
        keys.append(key)
    else:
        insort(keys, key)


def _discard(keys: list[int], key: int) -> None:
    position = bisect_left(keys, key)
    if position < len(keys) and keys[position] == key:
        del keys[position]
