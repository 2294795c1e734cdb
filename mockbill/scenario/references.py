"""References in a story: `$ada` is the object that a step named `ada`, `$sub.latest_invoice` a value of it."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockbill.scenario.compare import ExpectedEvent

NAME = re.compile(r"[a-z_][a-z0-9_]*")

# "$$" is a dollar sign; a dollar before anything but a name ("$29") stays what it is.
_REFERENCE = re.compile(r"\$(?:\$|([a-z_][a-z0-9_]*)((?:\.\w+|\[\d+\])*))")

Lookup = Callable[[str, str], Any]  # (name, path without its first dot, "" for the object itself) -> value


def names_in(text: str) -> Iterator[str]:
    for match in _REFERENCE.finditer(text):
        if match[1]:
            yield match[1]


def is_reference(text: Any) -> bool:
    match = _REFERENCE.fullmatch(text) if isinstance(text, str) else None
    return match is not None and match[1] is not None


def resolve(value: Any, lookup: Lookup) -> Any:
    """The value with every reference in it replaced; a text that is one reference becomes what it refers to."""
    if isinstance(value, Mapping):
        return {resolve(key, lookup): resolve(inner, lookup) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(inner, lookup) for inner in value]
    if isinstance(value, ExpectedEvent):
        return ExpectedEvent(value.type, resolve(value.was, lookup), resolve(value.now, lookup))
    if not isinstance(value, str):
        return value
    if is_reference(value):
        return _found(_REFERENCE.fullmatch(value), lookup)
    return _REFERENCE.sub(lambda match: str(_found(match, lookup)), value)


def _found(match: re.Match[str] | None, lookup: Lookup) -> Any:
    assert match is not None
    return lookup(match[1], match[2].removeprefix(".")) if match[1] else "$"
