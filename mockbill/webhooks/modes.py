"""Inline delivery: a request is answered after its own events have been attempted once."""

import threading

from mockbill.webhooks.channel import Channel


class Inline:
    """What the request of each thread has queued in the mode ``inline``.

    A receiver may call the API while it is delivered to, and its call is not held for what waits behind that very
    delivery.  Nobody can tell such a call from another one that comes at the same time, so a call waits only a moment
    for an attempt that was under way when its first event for that receiver was queued.
    """

    def __init__(self) -> None:
        self._thread = threading.local()

    def begin(self) -> None:
        """A request begins in this thread."""
        self._thread.marks = {}

    def expect(self, channel: Channel) -> None:
        """One more attempt is about to be queued; in a thread that serves no request nobody waits for it."""
        marks: dict[Channel, tuple[int, object]] | None = getattr(self._thread, "marks", None)
        if marks is not None:
            excused = marks[channel][1] if channel in marks else channel.under_way
            marks[channel] = channel.taken + 1, excused

    def end(self) -> dict[Channel, tuple[int, object]]:
        """The request has its answer: what it has to wait for, as ``Looking._wait_for`` takes it."""
        marks: dict[Channel, tuple[int, object]] = self._thread.__dict__.pop("marks", {})
        return marks
