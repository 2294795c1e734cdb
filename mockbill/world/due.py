"""The due list: what is to happen when, derived from the documents, so that it can never disagree with them."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mockbill.world.table import Doc


class Moment(NamedTuple):
    """Something that falls due: ``verb`` (see ``Engine.handlers``) for the document ``id`` of ``kind``."""

    at: int
    arrival: int
    kind: str
    id: str
    verb: str


Rule = Callable[[Any, Doc], tuple[int, str] | None]
"""The next moment of a document, or None: ``(seconds, verb)``."""


@dataclass(slots=True)
class DueList:
    """One next moment for each document, in one queue for each timeline (None is the account's own clock)."""

    current: dict[str, tuple[str | None, Moment]] = field(default_factory=dict)
    queues: dict[str | None, list[Moment]] = field(default_factory=dict)
    arrivals: int = 0

    def plan(self, doc: Doc, moment: tuple[int, str] | None, timeline: str | None) -> None:
        """Replace what a document has coming on its timeline."""
        id = doc["id"]
        known = self.current.get(id)
        if moment is None:
            if known is not None:
                del self.current[id]
            return
        if known is not None and known[0] == timeline and (known[1].at, known[1].verb) == moment:
            return
        self.arrivals += 1
        entry = Moment(moment[0], self.arrivals, doc["object"], id, moment[1])
        self.current[id] = (timeline, entry)
        heapq.heappush(self.queues.setdefault(timeline, []), entry)

    def next(self, timeline: str | None, until: int) -> Moment | None:
        """The earliest moment of a timeline up to and including ``until``; stays listed until it is planned anew."""
        queue = self.queues.get(timeline)
        while queue:
            entry = queue[0]
            known = self.current.get(entry.id)
            if known is None or known[0] != timeline or known[1] is not entry:
                heapq.heappop(queue)
                continue
            return entry if entry.at <= until else None
        return None

    def forget(self, moment: Moment) -> None:
        """Take a moment off the list, before it is run."""
        self.current.pop(moment.id, None)

    def coming(self, timeline: str | None) -> Iterator[Moment]:
        """What a timeline has coming, in no order."""
        for known in self.current.values():
            if known[0] == timeline:
                yield known[1]
