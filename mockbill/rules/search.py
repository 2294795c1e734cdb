"""Stripe's search query language (stripe-behaviour.md 1.7): a query read into clauses, and what a clause matches.

    query    := clause { [AND] clause }  |  clause { OR clause }
    clause   := ["-"] field operator value
    field    := name { "." name }  |  name "[" quoted "]"
    operator := ":" | "~" | ">" | "<" | ">=" | "<="
    value    := quoted | number | null

Keywords and values count the same in either case.  Blanks around an operator are let through, as is more than Stripe's
documentation shows of numbers (a sign, decimals); what Stripe says to those is not established.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

MOST_CLAUSES = 10  # from memory; easy to change
FEWEST_OF_SUBSTRING = 3  # characters that `~` needs

_QUOTED = r'"(?:\\.|[^"\\])*"|' + r"'(?:\\.|[^'\\])*'"
_CLAUSE = re.compile(
    rf"""(?P<minus>-)?
    (?P<field>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    (?:\[(?P<key>{_QUOTED})\])?
    \s*(?P<operator>[<>]=?|[:~])\s*
    (?P<value>{_QUOTED}|[+-]?[0-9][0-9.]*|null)
    (?=\s|\Z)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_JOINT = re.compile(r"\s+(?:(and|or)\s+)?(?=\S)", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_COMPARES: dict[str, Callable[[Decimal, Decimal], bool]] = {
    ":": lambda held, asked: held == asked,
    ">": lambda held, asked: held > asked,
    "<": lambda held, asked: held < asked,
    ">=": lambda held, asked: held >= asked,
    "<=": lambda held, asked: held <= asked,
}
OPERATORS = {"number": frozenset(_COMPARES), "string": frozenset(":~"), "token": frozenset(":")}
"""What can be asked of each type of field; whether there is a value, of all."""


class Unreadable(ValueError):
    """A text that is no query; says why, where there is more to say than that."""


class Clause(NamedTuple):
    """One condition; ``key`` is that of ``metadata["key"]``, and a ``value`` of None asks whether there is none."""

    field: str
    key: str | None
    operator: str
    value: str | None
    negated: bool


class Query(NamedTuple):
    """Clauses that have to hold all, or ``any`` of them."""

    clauses: tuple[Clause, ...]
    any: bool


def parse(text: str) -> Query:
    """Read a query; Unreadable for what is none."""
    text = text.strip()
    clauses: list[Clause] = []
    joints: set[str] = set()
    place = 0
    while found := _CLAUSE.match(text, place):
        clauses.append(_clause(found))
        place = found.end()
        if place == len(text):
            return _query(clauses, joints)
        joint = _JOINT.match(text, place)
        assert joint is not None  # a clause ends before a blank, and there is no blank at the end of the text
        joints.add((joint[1] or "and").lower())
        place = joint.end()
    raise Unreadable


def _query(clauses: Sequence[Clause], joints: set[str]) -> Query:
    if len(joints) > 1:
        raise Unreadable("AND and OR cannot be used in the same query.")
    if len(clauses) > MOST_CLAUSES:
        raise Unreadable(f"A query can have up to {MOST_CLAUSES} clauses; this one has {len(clauses)}.")
    return Query(tuple(clauses), "or" in joints)


def _clause(found: re.Match[str]) -> Clause:
    value = found["value"]
    if value[0] in "\"'":
        asked: str | None = _unquoted(value)
    else:
        asked = None if value.lower() == "null" else value
    key = found["key"]
    return Clause(found["field"], key and _unquoted(key), found["operator"], asked, found["minus"] is not None)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def number(text: str) -> Decimal | None:
    """The number that a value stands for; None where it stands for none."""
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def holds(clause: Clause, type: str, held: Any) -> bool:
    """Whether a clause is true of what a document holds in a field of a type; None is nothing at all.

    A ``token`` is equal as a whole, a ``string`` holds the words that were asked for one after the other.
    """
    return _matches(clause, type, held) != clause.negated


def _matches(clause: Clause, type: str, held: Any) -> bool:
    if held is None or clause.value is None:
        return held is None and clause.value is None
    if type == "number":
        asked = number(clause.value)
        return asked is not None and _COMPARES[clause.operator](Decimal(held), asked)
    one, other = _plain(held), _plain(clause.value)
    if clause.operator == "~":
        return other in one
    return one == other or (type == "string" and _has_phrase(_WORD.findall(one), _WORD.findall(other)))


def _plain(value: Any) -> str:
    """A value as text in which case does not count; true and false as JSON writes them."""
    return str(value).casefold()


def _has_phrase(words: Sequence[str], phrase: Sequence[str]) -> bool:
    length = len(phrase)
    return length > 0 and any(words[at : at + length] == phrase for at in range(len(words) - length + 1))
