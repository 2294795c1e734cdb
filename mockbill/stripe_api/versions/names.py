"""An error names the parameter that the client sent, by the name that it had in the client's version."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

Renamed: TypeAlias = Sequence[tuple[str, str]]
"""Patterns of whole parameters as a release has them (``phases[0][discounts]``), and what they were before it."""

_OF_ANOTHER = ("subscription_details", "subscription_data", "schedule_details")
_STEP = re.compile(r"[^\[\]]+")


def as_sent(param: str, tree: Mapping[str, Any], rules: Sequence[Renamed]) -> str:
    """The name by which a parameter stands in the request: today's, or one of before; today's where it does not.

    ``rules`` are those of the releases through which the request was lifted, newest first.  What is said of a
    subscription that a session, a link or a preview is to have stands in a hash of its own there.
    """
    first, bracket, rest = param.partition("[")
    named = [param, *(f"{hash}[{first}]{bracket}{rest}" for hash in _OF_ANOTHER)]
    for renamed in rules:
        named += [older for name in named for older in _before(name, renamed)]
    return next((name for name in named if _is_in(tree, name)), param)


def said(message: str, param: str, sent: str) -> str:
    """A message in which a parameter stands, with the name that was sent; mere words are left as they are."""
    if "[" in param:
        return message.replace(param, sent)
    return (
        message.replace(f"`{param}`", f"`{sent}`").replace(f"'{param}'", f"'{sent}'").replace(f": {param}", f": {sent}")
    )


def _before(name: str, renamed: Renamed) -> Iterator[str]:
    for pattern, older in renamed:
        if found := re.fullmatch(pattern, name):
            yield found.expand(older)


def _is_in(tree: Any, name: str) -> bool:
    for step in _STEP.findall(name):
        if isinstance(tree, Mapping) and step in tree:
            tree = tree[step]
        elif isinstance(tree, list) and step.isdecimal() and int(step) < len(tree):
            tree = tree[int(step)]
        else:
            return False
    return True
