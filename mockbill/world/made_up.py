"""Which events of the log were made up: nothing in the account had caused them.

Their Stripe-shaped documents do not say so; the mark is kept beside them.
"""

from collections.abc import Mapping
from typing import Any

from mockbill.world.work import Work
from mockbill.world.world import World

_KIND = "event"


def mark(w: Work, id: str) -> None:
    """Remember that an event was made up, for as long as the log might hold it."""
    w.keep(_KIND, id, synthetic=True)
    marks = w.world.table(f"_{_KIND}")

    def trim() -> None:
        if (surplus := len(marks.order) - w.settings.event_log) > 0:
            marks.drop_first(surplus)

    w.after_commit(trim)


def is_made_up(world: World, event: Mapping[str, Any]) -> bool:
    """Whether an event was made up, or is the thin twin of one that was."""
    marks = world.tables.get(f"_{_KIND}")
    return marks is not None and (event.get("snapshot_event") or event["id"]) in marks.keys
