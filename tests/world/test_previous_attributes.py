"""What there was before, from what changed: older versions of an event are made of both."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mockbill.world.events import previous_attributes, restored

TEXTS = st.sampled_from("xyz")
SCALARS = st.none() | st.integers(0, 3) | TEXTS
HASHES = st.dictionaries(st.sampled_from("abc"), TEXTS, max_size=3)
PARTS = st.fixed_dictionaries({"id": st.sampled_from(["in_1", "in_2"]), "status": SCALARS, "metadata": HASHES})
DOCS = st.fixed_dictionaries(  # a name holds one sort of value in all versions of an object
    {
        "amount": SCALARS,
        "metadata": HASHES,
        "discounts": st.lists(st.sampled_from("abc"), max_size=2),
        "discount": st.none() | PARTS,
        "items": st.builds(
            lambda data, more: {"object": "list", "data": data, "has_more": more}, st.lists(PARTS), st.booleans()
        ),
        "settings": st.fixed_dictionaries({"inner": HASHES}, optional={"issuer": st.just("self")}),
    },
    optional={"trial": st.integers(0, 3)},
)


@given(DOCS, DOCS)
def test_what_changed_is_the_same_when_it_is_reckoned_from_what_was_restored(old: Any, new: Any) -> None:
    changed = previous_attributes(old, new)
    assert previous_attributes(restored(new, changed), new) == changed


@given(DOCS)
def test_where_nothing_changed_all_was_as_it_is(doc: Any) -> None:
    assert restored(doc, previous_attributes(doc, doc)) == doc


def test_hashes_are_restored_key_by_key_and_others_whole() -> None:
    was = {"a": 1, "hash": {"b": 1, "c": {"d": 2}}, "items": {"object": "list", "data": [1], "has_more": False}}
    now = {"a": 2, "hash": {"b": 1, "c": {"d": 3}}, "items": {"object": "list", "data": [2], "has_more": False}}
    assert previous_attributes(was, now) == {"a": 1, "hash": {"c": {"d": 2}}, "items": {"data": [1]}}
    assert restored(now, previous_attributes(was, now)) == was
    assert restored({"discount": {"id": "di_2"}}, {"discount": {"id": "di_1"}}) == {"discount": {"id": "di_1"}}
