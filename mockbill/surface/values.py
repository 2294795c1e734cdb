"""Checks of single values: strings, numbers, booleans, enums, metadata. Each gives the typed value or raises Wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from mockbill.surface.objections import Wrong, empty, no_choice, shown

Check: TypeAlias = Callable[[Any], Any]

LONGEST_STRING = 5000  # characters
LONGEST_TEXT = 20_000  # of what is evidence
INT64 = 2**63
METADATA_KEYS, METADATA_KEY, METADATA_VALUE = 50, 40, 500  # pairs, characters, characters

INTEGER_TEXT = re.compile(r"-?[0-9]{1,19}")
_NUMBER_TEXT = re.compile(r"-?[0-9]{1,30}(\.[0-9]{0,30})?")
_DECIMAL_TEXT = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,12})?")
_BOOLEANS = {
    "true": True,
    "True": True,
    "1": True,
    True: True,
    "false": False,
    "False": False,
    "0": False,
    False: False,
}


def string(value: Any) -> str:
    if type(value) is not str:
        raise Wrong(f"Invalid string: {shown(value)}")
    if not value:
        raise empty()
    if len(value) > LONGEST_STRING:
        raise Wrong(f"Invalid string: {value[:10]}...{value[-10:]}; must be at most {LONGEST_STRING} characters")
    return value


def text(value: Any) -> str:
    """A string that may be longer than others."""
    if type(value) is str and len(value) > LONGEST_STRING:
        if len(value) > LONGEST_TEXT:
            raise Wrong(f"Invalid string: {value[:10]}...{value[-10:]}; must be at most {LONGEST_TEXT} characters")
        return value
    return string(value)


def integer(value: Any) -> int:
    if type(value) is str and INTEGER_TEXT.fullmatch(value):
        value = int(value)
    if type(value) is int and -INT64 <= value < INT64:
        return value
    raise empty() if value == "" else Wrong(f"Invalid integer: {shown(value)}", "parameter_invalid_integer")


def int64_string(value: Any) -> str:
    """v2 writes large integers as strings."""
    return str(integer(value))


def boolean(value: Any) -> bool:
    try:
        return _BOOLEANS[value]
    except (KeyError, TypeError):
        raise (empty() if value == "" else Wrong(f"Invalid boolean: {shown(value)}")) from None


def number(value: Any) -> float:
    if (type(value) is str and _NUMBER_TEXT.fullmatch(value)) or (type(value) in (int, float) and abs(value) < INT64):
        return float(value)
    raise empty() if value == "" else Wrong(f"Invalid decimal: {shown(value)}")


def decimal(value: Any) -> str:
    """At most 12 places; kept as text, so that it is exact."""
    text = str(value) if type(value) in (int, float) else value
    if type(text) is str and _DECIMAL_TEXT.fullmatch(text):
        return text
    raise empty() if value == "" else Wrong(f"Invalid decimal: {shown(value)}")


def anything(value: Any) -> Any:
    return value


SCALARS: dict[str, Check] = {
    "string": string,
    "text": text,
    "integer": integer,
    "int64_string": int64_string,
    "boolean": boolean,
    "number": number,
    "decimal": decimal,
    "any": anything,
}


def enum(choices: list[Any]) -> Check:
    values = frozenset(choices)

    def enum(value: Any) -> Any:
        if type(value) in (str, bool) and value in values:
            return value
        if isinstance(value, (dict, list)):
            raise Wrong(f"Invalid string: {shown(value)}")
        raise empty() if value == "" else no_choice(choices)

    return enum


def metadata(value: Any) -> dict[str, Any]:
    """Its limits: section 1.9 of stripe-behaviour.md. An empty string, or null in JSON, removes a key."""
    if type(value) is not dict:
        raise empty() if value == "" else Wrong("Invalid object")
    if len(value) > METADATA_KEYS:
        raise Wrong(f"You can only specify up to {METADATA_KEYS} keys. You passed in {len(value)} keys.")
    for key, each in value.items():
        if len(key) > METADATA_KEY:
            raise Wrong(
                f"Metadata keys can have up to {METADATA_KEY} characters."
                f' You passed in "{shown(key)}" which has {len(key)} characters.'
            )
        if "[" in key or "]" in key:
            raise Wrong(f'Metadata keys can\'t contain square brackets. You passed in "{key}".')
        if type(each) is not str:
            if each is not None:
                raise Wrong(f"Invalid string: {shown(each)}", None, key)
        elif len(each) > METADATA_VALUE:
            raise Wrong(
                f"Metadata values can have up to {METADATA_VALUE} characters, but you passed in a value"
                f" that is {len(each)} characters. Invalid value: {shown(each)}"
            )
    return dict(value)
