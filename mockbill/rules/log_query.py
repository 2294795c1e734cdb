"""What is asked of a log (events, deliveries, API calls): terms that have to hold all, and the text that they come in.

    query := term { blank term }        is:failed type:invoice.* customer:cus_1 after:2026-03-01 -type:*.created Ada
    term  := ["-"] [word ":"] value     without a word it is a text that is looked for
    value := what holds no blank | quoted by "

The grammar is ours: Stripe's own search language (``search.py``) is for fields of documents.
"""

import re
from collections.abc import Callable, Collection
from difflib import get_close_matches
from functools import cache
from typing import NamedTuple

_TERM = re.compile(r'(?P<minus>-)?(?:(?P<word>[a-z_]+):)?(?P<value>"(?:\\.|[^"\\])*"|[^\s"]+)(?=\s|\Z)')


class Unreadable(ValueError):
    """A text that is no query; says why."""


class Term(NamedTuple):
    """One condition: ``word`` is one of the log's, such as ``type``."""

    word: str
    value: str
    negated: bool = False


def parse(text: str, words: Collection[str]) -> list[Term]:
    """Read a query in which these words are known; Unreadable for what is none, with the nearest word."""
    terms: list[Term] = []
    place = len(text) - len(text.lstrip())
    while place < len(text):
        found = _TERM.match(text, place)
        if found is None:
            raise Unreadable(f'{text[place:].split()[0]} is no term: write word:value, or a text in "quotes"')
        word = found["word"] or "text"
        if word not in words:
            close = get_close_matches(word, words, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(words))}"
            raise Unreadable(f"{word}: is no word of a search; {hint}")
        value = found["value"]
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        terms.append(Term(word, value, found["minus"] is not None))
        place = found.end()
        place += len(text[place:]) - len(text[place:].lstrip())
    return terms


@cache
def among(pattern: str) -> Callable[[str], bool]:
    """Whether a name is one of those that are asked for: ``invoice.paid``, ``invoice.*``, or several after commas."""
    parts = [".*".join(map(re.escape, name.strip().split("*"))) for name in pattern.split(",")]
    matches = re.compile("|".join(parts)).fullmatch
    return lambda name: matches(name) is not None


def is_exact(pattern: str) -> bool:
    """Whether a pattern stands for one name."""
    return "*" not in pattern and "," not in pattern
