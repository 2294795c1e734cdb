"""Fields that objects had in older versions and have no more: what fills them, and what they expand to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockbill.world import Doc, Work

Fill = Callable[[Work, Doc], Any]
"""The value of such a field for an object in today's shape, by what the object says or what can be looked up.

An object may be that of an event: it is as it was then, while what is looked up is as it is now.
"""


@dataclass(frozen=True, slots=True)
class Older:
    """One such field; a field of today by the same name is replaced.

    ``kinds``: what its id expands to, or of what kind the object is that stands in it.  ``listed``: it is a page of
    those.  ``members``: ids inside of the hash that it is, or of the hashes in its list, by name, with what they
    expand to.
    """

    fill: Fill
    kinds: tuple[str, ...] = ()
    listed: bool = False
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class OlderFields:
    """All those of one version, by kind and name; equal only to itself, so that it can stand in a cache's key."""

    by_kind: Mapping[str, Mapping[str, Older]]

    def of(self, kind: str) -> Mapping[str, Older]:
        return self.by_kind.get(kind, {})


NONE = OlderFields({})
