"""Who hears of what: the receivers of one account, by event type."""

from dataclasses import dataclass
from operator import is_

from mockbill.webhooks.endpoints import KIND
from mockbill.world import Doc, World


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where deliveries go: an endpoint of the account, or a ``--forward-to`` URL, which stands for every account."""

    id: str  # we_..., or forward_1
    url: str
    secret: str
    api_version: str | None = None
    shared: bool = False


class Routes:
    """The receivers of an account as its endpoint documents describe them.

    Documents never change in place, so routes are right for as long as the table holds the very documents that they
    were made from.  That is looked up each time (an account has at most 16), and a rollback needs no word of it.
    """

    __slots__ = ("_by_type", "_documents", "_enabled", "_of_platform", "_shared", "by_id")

    def __init__(self, world: World, shared: tuple[Receiver, ...]) -> None:
        self._documents = _documents(world)
        self._of_platform = [] if world.platform is None else _documents(world.platform)
        self._shared = shared
        self._enabled: list[tuple[frozenset[str], Receiver]] = []
        self.by_id = {receiver.id: receiver for receiver in shared}
        self._by_type: dict[str, tuple[Receiver, ...]] = {}
        # Connect endpoints hear of connected accounts, never of the account that they belong to.
        self._enable(world, self._documents, connect=False)
        if world.platform is not None:
            self._enable(world.platform, self._of_platform, connect=True)

    def _enable(self, owner: World, documents: list[Doc], *, connect: bool) -> None:
        secrets = owner.table(f"_{KIND}")
        for doc in documents:
            kept = secrets.fetch(doc["id"])
            if doc["status"] == "enabled" and kept is not None and kept["connect"] == connect:
                receiver = Receiver(doc["id"], doc["url"], kept["secret"], doc["api_version"])
                self.by_id[receiver.id] = receiver
                self._enabled.append((frozenset(doc["enabled_events"]), receiver))

    def fit(self, world: World) -> bool:
        """Whether the endpoints are still those that these routes were made from."""
        if world.platform is not None and not _are_still(world.platform, self._of_platform):
            return False
        return _are_still(world, self._documents)

    def to(self, type: str) -> tuple[Receiver, ...]:
        """Who is told of events of this type."""
        found = self._by_type.get(type)
        if found is None:
            own = tuple(receiver for types, receiver in self._enabled if type in types or "*" in types)
            found = self._by_type[type] = self._shared + own
        return found


def _documents(world: World) -> list[Doc]:
    """The endpoints of an account; those of a platform are read without its lock, which is never taken second."""
    table = world.table(KIND)
    return [doc for key in tuple(table.order) if (doc := table.rows.get(key)) is not None]


def _are_still(world: World, known: list[Doc]) -> bool:
    table = world.table(KIND)
    if len(table.order) != len(known):
        return False
    return not known or all(map(is_, map(table.rows.get, table.order), known))
