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

    __slots__ = ("_by_type", "_documents", "_enabled", "_shared", "by_id")

    def __init__(self, world: World, shared: tuple[Receiver, ...]) -> None:
        table, secrets = world.table(KIND), world.table(f"_{KIND}")
        self._documents = [table.rows[key] for key in table.order]
        self._shared = shared
        self._enabled: list[tuple[frozenset[str], Receiver]] = []
        self.by_id = {receiver.id: receiver for receiver in shared}
        self._by_type: dict[str, tuple[Receiver, ...]] = {}
        for doc in self._documents:
            kept = secrets.fetch(doc["id"])
            # Connect endpoints hear of connected accounts, never of the account that they belong to.
            if doc["status"] == "enabled" and kept is not None and not kept["connect"]:
                self._enable(doc, kept["secret"])

    def _enable(self, doc: Doc, secret: str) -> None:
        receiver = Receiver(doc["id"], doc["url"], secret, doc["api_version"])
        self.by_id[receiver.id] = receiver
        self._enabled.append((frozenset(doc["enabled_events"]), receiver))

    def fit(self, world: World) -> bool:
        """Whether the endpoints are still those that these routes were made from."""
        table, known = world.table(KIND), self._documents
        if len(table.order) != len(known):
            return False
        return not known or all(map(is_, map(table.rows.get, table.order), known))

    def to(self, type: str) -> tuple[Receiver, ...]:
        """Who is told of events of this type."""
        found = self._by_type.get(type)
        if found is None:
            own = tuple(receiver for types, receiver in self._enabled if type in types or "*" in types)
            found = self._by_type[type] = self._shared + own
        return found
