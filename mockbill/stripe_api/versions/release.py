"""What one breaking release changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockbill.stripe_api.older_fields import Older
from mockbill.stripe_api.versions.names import Renamed
from mockbill.world import Doc, Problem

Upgrade = Callable[[dict[str, Any], str], dict[str, Any]]
"""Parameters, and the version that is in force for the request, to the parameters of this release."""


@dataclass(frozen=True, slots=True)
class Release:
    """A breaking release and its changes both ways.

    ``accepts``: by operation, parameters that requests of older versions may send (as ``surface.validate`` takes
    them).  ``upgrades``: by operation, such a request as this release has it.  ``refuses``: by operation and
    parameter, the error of this release where it has a code of its own.  ``replaced``: by operation that this release
    took out (surface/dropped.py), the one that means the same, whose parameters the upgrade makes.
    ``unnamed``: by operation, how this release reads a request that names no version (see versions/__init__.py).
    ``fields``: by kind of object, the fields that this release took away; they are filled from objects in today's
    shape, before anything else is done.  ``downgrades``: by kind of object, this release's shape as older ones show
    it; of the objects that stand inside it they get the older shape.  Browsers see only some of an object's fields.
    ``renamed``: by operation, this release's names of parameters and those that they had before (see names.py).
    ``uncounted``: lists no longer tell their ``total_count`` to who expands it.
    """

    version: str
    accepts: Mapping[str, Mapping[Any, Any]] = field(default_factory=dict)
    upgrades: Mapping[str, Upgrade] = field(default_factory=dict)
    refuses: Mapping[str, Mapping[str, Callable[[], Problem]]] = field(default_factory=dict)
    replaced: Mapping[str, str] = field(default_factory=dict)
    unnamed: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, Older]] = field(default_factory=dict)
    downgrades: Mapping[str, Callable[[Doc], Doc]] = field(default_factory=dict)
    renamed: Mapping[str, Renamed] = field(default_factory=dict)
    uncounted: bool = False


def without(*names: str) -> Callable[[Doc], Doc]:
    """A downgrade that leaves out fields."""

    def downgrade(doc: Doc) -> Doc:
        return {name: value for name, value in doc.items() if name not in names}

    return downgrade
