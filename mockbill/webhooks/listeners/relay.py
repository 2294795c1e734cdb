"""The way to a receiver that leads through its listener's client."""

from collections.abc import Iterator, Mapping

from mockbill.webhooks.listeners.listener import Listener
from mockbill.webhooks.post import Reply
from mockbill.webhooks.scripts.manner import Cut


class Relay:
    """Stands in the place of a Poster.  A body that scripts have go slowly goes at once from the client, and late."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout: float,
        pieces: Iterator[bytes] | None = None,
    ) -> Reply:
        return self._listener.ask(url, dict(headers), body, timeout, None if pieces is None else _cut_after(pieces))

    def close(self) -> None:
        """There is nothing to let go of."""


def _cut_after(pieces: Iterator[bytes]) -> int | None:
    """After how many bytes a script cuts the connection, once its pauses are over; None where it does not."""
    sent = 0
    try:
        for piece in pieces:
            sent += len(piece)
    except Cut:
        return sent
    return None
