"""The other side of work on a platform or a connected account: what becomes of it in the other one's world.

Both have one lock, and what is done in both is one unit of work: it is recorded as a whole, or not at all.
"""

from collections.abc import Callable

from mockbill.world import Doc, Work, World


def account(w: Work, id: str) -> Work:
    """This unit of work in a connected account."""
    return w.beside(w.world.connected(id))


def platform(w: Work) -> Work | None:
    """This unit of work on the platform of a connected account; None where this is no connected account."""
    return w.beside(w.world.platform) if w.world.platform is not None else None


def afterwards(w: Work, id: str, do: Callable[[Work], object]) -> None:
    """Have something done in a connected account."""
    do(account(w, id))


def tell(w: Work, id: str, type: str, doc: Doc, before: Doc | None = None) -> None:
    """An event of a connected account about a document that the platform holds, as ``account.updated``."""
    account(w, id).emit(type, doc, before)


def application_of(world: World) -> str:
    """The ``ca_...`` of a platform: the same one always."""
    return f"ca_{world.ids.digest('application', 32)}"


def application(w: Work) -> Doc:
    """What a platform is to the accounts that it connects."""
    return {"id": application_of(w.world), "object": "application", "name": w.world.name}


def made_by(w: Work) -> dict[str, str]:
    """What an object of a connected account says of the platform that makes it there; ``{}`` for all others."""
    return {} if w.world.platform is None else {"application": application_of(w.world.platform)}
