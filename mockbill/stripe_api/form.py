"""Form bodies and query strings into a tree: ``items[0][price]=p`` gives ``{"items": {"0": {"price": "p"}}}``.

Arrays stay hashes with their indexes as keys; the parameter's declared type decides what they are.
"""

import re
from itertools import pairwise
from typing import Any
from urllib.parse import unquote_plus

from mockbill.world import Problem

MAX_BODY = 1_000_000  # bytes
MAX_DEPTH = 12
MAX_FIELDS = 2_000
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def parse(text: str) -> dict[str, Any]:
    """The tree of an urlencoded text; Problem where it is not UTF-8, too deep, too long or contradicts itself."""
    if not text:
        return {}
    if _BAD_ESCAPE.search(text):
        raise Problem("Invalid request: a % in the parameters is not followed by two hexadecimal digits.")
    sent = text.split("&")
    if len(sent) > MAX_FIELDS:
        raise Problem(f"Invalid request: more than {MAX_FIELDS} parameters were sent.")
    tree: dict[str, Any] = {}
    for name, value in map(_decoded, filter(None, sent)):
        if "[" in name:
            _place(tree, name, value)
        elif isinstance(tree.get(name), dict):
            raise Problem(f"Invalid request: {name} is sent both as a value and as a hash.", param=name)
        else:
            tree[name] = value
    return tree


def _decoded(pair: str) -> tuple[str, str]:
    """The name and value of ``name=value``; a third of the time of ``parse_qsl``, which is on every call's path."""
    name, _, value = pair.partition("=")
    try:
        if "%" in name or "+" in name:
            name = unquote_plus(name, errors="strict")
        if "%" in value or "+" in value:
            value = unquote_plus(value, errors="strict")
    except UnicodeDecodeError:
        raise Problem("Invalid request: the parameters are not valid UTF-8.") from None
    return name, value


def _place(tree: dict[str, Any], name: str, value: str) -> None:
    head, _, rest = name.partition("[")
    if not rest.endswith("]") or not head:
        raise Problem(f"Invalid request: the parameter name {name} is malformed.", param=name)
    steps = [head, *rest[:-1].split("][")]
    if len(steps) > MAX_DEPTH:
        raise Problem(f"Invalid request: {head} is nested more than {MAX_DEPTH} levels deep.", param=head)
    at = tree
    for here, following in pairwise(steps):
        key = _open_slot(at, following) if here == "" else here
        inner = at.setdefault(key, {})
        if not isinstance(inner, dict):
            raise Problem(f"Invalid request: {head} is sent both as a value and as a hash.", param=head)
        at = inner
    key = _end(at) if steps[-1] == "" else steps[-1]
    if isinstance(at.get(key), dict):
        raise Problem(f"Invalid request: {head} is sent both as a value and as a hash.", param=head)
    at[key] = value


def _open_slot(array: dict[str, Any], member: str) -> str:
    """Where ``a[][member]`` goes: into the last element until that has the member, then into a new one."""
    last = next(reversed(array), None)
    if last is not None and isinstance(array[last], dict) and member and member not in array[last]:
        return last
    return _end(array)


def _end(array: dict[str, Any]) -> str:
    """An index that is free: ``a[1]=x&a[]=y`` may not lose the first."""
    index = len(array)
    while str(index) in array:
        index += 1
    return str(index)
