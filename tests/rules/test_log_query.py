"""The text in which a log is searched."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules.log_query import Term, Unreadable, among, is_exact, parse

WORDS = ("type", "status", "text", "customer")


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("  type:invoice.*  -status:failed ", [Term("type", "invoice.*"), Term("status", "failed", negated=True)]),
        ("Ada", [Term("text", "Ada")]),
        ('-"Ada \\"L\\" x"', [Term("text", 'Ada "L" x', negated=True)]),
        ('customer:"cus 1" b', [Term("customer", "cus 1"), Term("text", "b")]),
        ('"http://ada"', [Term("text", "http://ada")]),
        ("text:http://ada", [Term("text", "http://ada")]),
    ],
)
def test_a_text_is_read_into_terms(text: str, terms: list[Term]) -> None:
    assert parse(text, WORDS) == terms


@pytest.mark.parametrize(
    ("text", "said"), [("typ:x", "did you mean type"), ('type:"x', "is no term"), ("z:1", "there are")]
)
def test_what_is_no_query_says_why(text: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        parse(text, WORDS)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("a.b", {"a.b"}),
        ("a.*", {"a.b", "a.b.c"}),
        ("*.c", {"a.b.c", "x.c"}),
        ("a.b,x.*", {"a.b", "x.c"}),
        ("*", {"a.b", "a.b.c", "x.c", "axb"}),
    ],
)
def test_a_pattern_stands_for_names(pattern: str, names: set[str]) -> None:
    assert set(filter(among(pattern), ("a.b", "a.b.c", "x.c", "axb"))) == names
    assert is_exact(pattern) is (names == {pattern})


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.text('ab"\\ :-*', min_size=1), st.booleans())))
def test_what_is_written_in_quotes_is_read_as_it_was(terms: list[tuple[str, str, bool]]) -> None:
    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    text = " ".join(f"{'-' if negated else ''}{word}:{quoted(value)}" for word, value, negated in terms)
    assert parse(text, WORDS) == [Term(*term) for term in terms]


@given(st.text('type:-"\\ a*'))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(Unreadable):
        assert all(term.word in WORDS for term in parse(text, WORDS))
