"""The live table: what it holds equals a plain model of it, whatever is done, and TinyDB's own queries read it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as some
from tinydb import Query

from mockbill.world.table import LiveDB, LiveTable

colours = some.sampled_from(["red", "blue", None])
coloured = some.fixed_dictionaries({"colour": colours})
documents = some.fixed_dictionaries(
    {
        "id": some.sampled_from([f"x_{number}" for number in range(8)]),
        "created": some.integers(0, 5),
        "colour": colours,
        "inner": coloured,
        "items": some.fixed_dictionaries({"data": some.lists(coloured, max_size=2)}),
    }
)
steps = some.lists(
    some.tuples(some.sampled_from(["put", "put", "drop", "drop and restore", "drop first two"]), documents), max_size=30
)
PATHS = ("colour", "inner.colour", "items.data[].colour")


def table() -> LiveTable:
    made = LiveDB().table("thing")
    assert isinstance(made, LiveTable)
    return made


def held(doc: dict[str, Any], path: str) -> list[Any]:
    if path == "colour":
        return [doc["colour"]]
    return [doc["inner"]["colour"]] if path.startswith("inner") else [each["colour"] for each in doc["items"]["data"]]


@given(steps, some.sampled_from(range(30)))
def test_it_holds_what_was_put_in_list_order_and_finds_it_by_every_index(
    done: list[tuple[str, dict[str, Any]]], indexed_at: int
) -> None:
    live, model = table(), {}
    for number, (step, doc) in enumerate(done):
        if number == indexed_at:
            live.index("colour")
        known = model.get(doc["id"])
        if step == "put":
            doc = {**doc, "created": known["created"]} if known else doc  # what is stored keeps its time
            assert live.put(doc) == known
            model[doc["id"]] = doc
        elif step == "drop first two":
            for first in list(live.select())[:2]:
                del model[first["id"]]
            live.drop_first(2)
        else:
            dropped = live.drop(doc["id"])
            assert (dropped[1] if dropped else None) == model.pop(doc["id"], None)
            if dropped and step == "drop and restore":
                live.restore(*dropped)
                model[doc["id"]] = dropped[1]
    in_order = list(live.select())
    assert sorted(doc["id"] for doc in in_order) == sorted(model)
    assert [doc["created"] for doc in in_order] == sorted(doc["created"] for doc in model.values())
    assert list(live.select(newest_first=True)) == in_order[::-1]
    for path in PATHS:
        for colour in ("red", "blue", None, frozenset({"red", None})):
            wanted = colour if isinstance(colour, frozenset) else {colour}
            expected = [doc for doc in in_order if wanted & set(held(doc, path))]
            assert list(live.select({path: colour})) == expected
            assert list(live.select({path: colour, "created": 1})) == [doc for doc in expected if doc["created"] == 1]
    for low, high in ((None, 3), (2, None), (2, 4), (3, 3)):
        after, before = live.created_within(low, high)
        within = [doc for doc in in_order if (low or 0) <= doc["created"] < (9 if high is None else high)]
        assert list(live.select(after=after, before=before)) == within


def test_of_one_second_the_last_to_arrive_is_the_newest() -> None:
    live = table()
    for name in ("b", "c", "a"):
        live.put({"id": name, "created": 7})
    live.put({"id": "earlier", "created": 6})
    assert [doc["id"] for doc in live.select(newest_first=True)] == ["a", "c", "b", "earlier"]


def test_tinydb_queries_read_it() -> None:
    live = table()
    live.put({"id": "x_1", "created": 1, "colour": "red"})
    live.put({"id": "x_2", "created": 2, "colour": "blue"})
    assert [doc["id"] for doc in live.search(Query().colour == "red")] == ["x_1"]
    assert live.contains(Query().colour == "blue")
    assert len(live) == 2
    assert [doc["id"] for doc in live.all()] == ["x_1", "x_2"]


def test_filters_start_at_the_shortest_list() -> None:
    live = table()
    for number in range(1_000):
        live.put({"id": f"x_{number}", "created": number, "colour": "red", "shape": "cube" if number == 5 else "ball"})
    assert list(live.select({"colour": "red", "shape": "cube"})) == [live.fetch("x_5")]
    base, rest = live._plan({"colour": "red", "shape": "cube"})
    assert (len(base), len(rest)) == (1, 1)
