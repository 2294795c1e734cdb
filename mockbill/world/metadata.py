"""Metadata: the keys and values that a caller hangs on any object."""

from collections.abc import Mapping


def merge(old: Mapping[str, str] | None, sent: Mapping[str, str] | str) -> dict[str, str]:
    """Metadata after an update: keys merge, an empty value removes its key, an empty string removes them all."""
    if isinstance(sent, str):
        return {}
    return {key: value for key, value in {**(old or {}), **sent}.items() if value != ""}
