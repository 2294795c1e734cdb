"""Whatever a client sends, validation answers with typed parameters or with Invalid."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mockbill import surface
from mockbill.surface.data import compiled, resolved, type_of

KEYS = st.sampled_from(sorted(surface.operations()))
TEXT = st.text(max_size=12)
LEAVES = (
    TEXT
    | st.sampled_from(["", "true", "1", "-1", "0.5", "now"])
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
)
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))


@st.composite
def near_misses(draw: st.DrawFn, node: Any, depth: int = 0) -> Any:
    """A value that mostly follows the declaration, with a wrong turn here and there."""
    node, nullable = resolved(node)
    if draw(st.integers(0, 9)) == 0:
        return draw(TREES)
    if nullable and draw(st.booleans()):
        return ""
    form = type_of(node)
    if form == "object":
        required = [name for name in node if name.endswith("!")]
        names = draw(st.lists(st.sampled_from(sorted(node)), max_size=2 if depth < 4 else 0)) if node else []
        chosen = dict.fromkeys([*required, *names])
        return {name.removesuffix("!"): draw(near_misses(node[name], depth + 1)) for name in chosen}
    if form == "list":
        return draw(st.lists(near_misses(node[1], depth + 1), max_size=2))
    if form == "map":
        return draw(st.dictionaries(TEXT, near_misses(node[1], depth + 1), max_size=2))
    if form == "any_of":
        return draw(near_misses(draw(st.sampled_from(node[1:])), depth + 1))
    if form == "enum":
        return draw(st.sampled_from(node[1:]))
    samples = {"integer": "5", "int64_string": "5", "boolean": "false", "number": "2.5", "decimal": "0.001"}
    return samples.get(form, "word")


def outcome(key: str, tree: Any) -> dict[str, Any] | surface.Invalid:
    try:
        return surface.validate(key, tree)
    except surface.Invalid as invalid:
        return invalid


@settings(deadline=None)  # a validator is built on its first use
@given(KEYS, st.dictionaries(TEXT, TREES, max_size=4))
def test_any_tree_is_typed_or_refused(key: str, tree: dict[str, Any]) -> None:
    assert isinstance(outcome(key, tree), dict | surface.Invalid)


@settings(max_examples=400)
@given(st.data())
def test_nearly_right_trees_are_typed_or_refused_and_typing_twice_changes_nothing(data: st.DataObject) -> None:
    key = data.draw(KEYS)
    tree = data.draw(near_misses(compiled()["operations"][key][3]))
    got = outcome(key, tree)
    if isinstance(got, surface.Invalid):
        assert got.message
        assert "{param}" not in got.message or "{param}" in repr(tree)
    else:
        assert surface.validate(key, got) == got
        assert got.keys() == tree.keys()


def test_absurd_nesting_is_refused() -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = {"a": deep}
    got = outcome("POST /v1/customers", {"name": deep})
    assert isinstance(got, surface.Invalid)
    assert got.message == 'Invalid string: {"a"=>{"a"=>{"a"=>{"a"=>{...}}}}}'
