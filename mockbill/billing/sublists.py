"""Lists inside of an object: the newest of them, how many there are, and where the others are."""

from collections.abc import Sequence

from mockbill.world import Doc

_SHOWN = 10


def newest(found: Sequence[Doc], url: str) -> Doc:
    """The list object of what was ``found``, newest first; ``url`` lists them all."""
    return {
        "object": "list",
        "data": list(found[:_SHOWN]),
        "has_more": len(found) > _SHOWN,
        "total_count": len(found),
        "url": url,
    }
