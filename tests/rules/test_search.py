"""Stripe's search query language: what is read out of a text, and what a clause is true of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules.search import Clause, Query, Unreadable, holds, number, parse


def clause(field, value, operator=":", *, key=None, negated=False):
    return Clause(field, key, operator, value, negated)


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ('email:"ada@example.com"', [clause("email", "ada@example.com")]),
        ("email:'ada@example.com'", [clause("email", "ada@example.com")]),
        ("  amount>1000  ", [clause("amount", "1000", ">")]),
        ("amount<='1000'", [clause("amount", "1000", "<=")]),
        ('-currency:"jpy"', [clause("currency", "jpy", negated=True)]),
        ('name~"Ada"', [clause("name", "Ada", "~")]),
        ("url:null", [clause("url", None)]),
        ("-url:NULL", [clause("url", None, negated=True)]),
        ('url:"null"', [clause("url", "null")]),  # a text that says so is one
        ('metadata["order id"]:"6735"', [clause("metadata", "6735", key="order id")]),
        ("metadata['a.b']:null", [clause("metadata", None, key="a.b")]),
        ('name:"the \\"Ada\\""', [clause("name", 'the "Ada"')]),
        ('metadata["a\\"b"]:"c\\\\d"', [clause("metadata", "c\\d", key='a"b')]),
        (
            'payment_method_details.card.last4:"4242"',
            [clause("payment_method_details.card.last4", "4242")],
        ),
        ("status:'active' AND created>5", [clause("status", "active"), clause("created", "5", ">")]),
        ("status:'active' and created>5", [clause("status", "active"), clause("created", "5", ">")]),
        ("status:'active' created>5", [clause("status", "active"), clause("created", "5", ">")]),
        ("name:'a AND b:\"c\"'", [clause("name", 'a AND b:"c"')]),
    ],
)
def test_what_a_query_asks(text, clauses):
    assert parse(text) == Query(tuple(clauses), any=False)


def test_or_asks_for_any_of_its_clauses():
    assert parse('name:"a" OR name:"b" or name:"c"') == Query(tuple(clause("name", each) for each in "abc"), any=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "email",
        "email:",
        "email:ada",
        'email:"ada',
        'email"ada"',
        ':"ada"',
        'email:"a"name:"b"',
        'email:"a" AND',
        'AND email:"a"',
        'email:"a" XOR name:"b"',
        '(email:"a")',
        'email:"a" OR (name:"b" AND name:"c")',
        'NOT email:"a"',
        'metadata[key]:"a"',
        'metadata["key]:"a"',
        "amount>one",
        "amount=>5",
        'email:"a" AND name:"b" OR name:"c"',
        'email:"a" name:"b" OR name:"c"',
        " ".join(['name:"a"'] * 11),
    ],
)
def test_what_is_no_query(text):
    with pytest.raises(Unreadable):
        parse(text)


@given(st.text())
def test_any_text_is_a_query_or_is_not(text):
    try:
        query = parse(text)
    except Unreadable:
        return
    assert query.clauses


NAMES = st.from_regex(r"[a-z_]+(\.[a-z_]+)?", fullmatch=True)
CLAUSES = st.builds(
    Clause, NAMES, st.none() | st.text(), st.sampled_from([":", "~", ">", "<", ">=", "<="]), st.text(), st.booleans()
)


def written(clause: Clause, quote: str) -> str:
    def quoted(text):
        return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote

    key = "" if clause.key is None else f"[{quoted(clause.key)}]"
    return f"{'-' if clause.negated else ''}{clause.field}{key}{clause.operator}{quoted(clause.value)}"


@given(
    st.lists(CLAUSES, min_size=1, max_size=10),
    st.sampled_from([" ", " AND ", "  and\n", " OR ", "\tor "]),
    st.sampled_from("\"'"),
)
def test_what_is_written_is_what_is_read(clauses, joint, quote):
    query = parse(joint.join(written(each, quote) for each in clauses))
    assert query.clauses == tuple(clauses)
    assert query.any == ("or" in joint.lower() and len(clauses) > 1)


@pytest.mark.parametrize(
    ("asked", "type", "held", "found"),
    [
        ('currency:"USD"', "token", "usd", True),
        ('currency:"us"', "token", "usd", False),
        ('active:"true"', "token", True, True),
        ('active:"true"', "token", False, False),
        ('name:"ada"', "string", "Ada Lovelace", True),  # a whole word
        ('name:"ada lovelace"', "string", "Lady Ada Lovelace", True),  # words one after the other
        ('name:"lovelace ada"', "string", "Ada Lovelace", False),
        ('name:"love"', "string", "Ada Lovelace", False),  # only a part of a word
        ('name~"LOVE"', "string", "Ada Lovelace", True),
        ('name:"!"', "string", "!", True),  # no word at all, but the very same text
        ('name:"!"', "string", "Ada!", False),
        ('email:"ada@example.com"', "string", "bada@example.com", False),
        ("amount>1000", "number", 1001, True),
        ("amount>1000", "number", 1000, False),
        ("amount>=1000", "number", 1000, True),
        ("amount<1000", "number", 999, True),
        ("amount<=1000", "number", 1001, False),
        ('amount:"1000"', "number", 1000, True),
        ("amount:1000.5", "number", 1000, False),
        ("amount>1000", "number", None, False),
        ('email:"a"', "string", None, False),
        ('-email:"a"', "string", None, True),
        ("email:null", "string", None, True),
        ("email:null", "string", "", False),
        ("-email:null", "string", "a", True),
        ("-email:null", "string", None, False),
    ],
)
def test_what_a_clause_is_true_of(asked, type, held, found):
    [clause] = parse(asked).clauses
    assert holds(clause, type, held) is found


@given(CLAUSES, st.none() | st.text() | st.booleans())
def test_its_negation_is_true_of_everything_else(clause, held):
    assert holds(clause, "string", held) != holds(clause._replace(negated=not clause.negated), "string", held)


@given(st.integers(), st.integers())
def test_numbers_are_compared_exactly(held, asked):
    found = {op for op in (">", "<", ":") if holds(clause("amount", str(asked), op), "number", held)}
    assert found == {">" if held > asked else "<" if held < asked else ":"}


@given(st.text())
def test_any_text_is_a_number_or_none(text):
    assert number(text) is None or number(text).is_finite()
