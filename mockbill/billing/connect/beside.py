"""The other side of a platform's work: what becomes of it in the world of a connected account."""

from collections.abc import Callable

from mockbill.world import Doc, Work


def afterwards(w: Work, account: str, do: Callable[[Work], object]) -> None:
    """Have a unit of work done in a connected account's world once this one, the platform's, is recorded.

    The platform's lock is still held then, and always taken first.
    """
    world, request, site_url = w.world.connected(account), w.request, w.site_url

    def perform() -> None:
        with world.work(request, site_url=site_url) as there:
            do(there)

    w.after_commit(perform)


def tell(w: Work, account: str, type: str, doc: Doc, before: Doc | None = None) -> None:
    """An event of a connected account about a document that the platform holds, as ``account.updated``."""
    afterwards(w, account, lambda there: there.emit(type, doc, before))
