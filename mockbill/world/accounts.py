"""The accounts of one server: an API key is an account, and two keys never see each other's data."""

import threading
from functools import partial
from typing import TYPE_CHECKING

from mockbill.world.site import Site
from mockbill.world.world import Engine, Hub, Keeper, World

if TYPE_CHECKING:
    from mockbill.settings import Settings

DEFAULT = "mockbill"  # the account of the banner's key, sk_test_mockbill


class Worlds:
    """Worlds by account name, made when a key is first used."""

    def __init__(self, settings: "Settings", engine: Engine, hub: Hub) -> None:
        self.settings = settings
        self.engine = engine
        self.hub = hub
        self.keeper: Keeper | None = None
        self.site = Site(settings)
        self._worlds: dict[str, World] = {}
        self._by_account_id: dict[str, World] = {}
        self._lock = threading.Lock()

    def of(self, name: str, connected_id: str | None = None, seed: int | None = None) -> World:
        """The world of an account name (``ada`` for ``sk_test_ada``), which is made at its first use.

        A connected account goes by its ``acct_...``; one that was kept in a file goes on with its own seed.
        """
        world = self._worlds.get(name)
        return world if world is not None else self._make(name, connected_id, seed)

    def of_key(self, key: str) -> World:
        """The world of an API key such as ``sk_test_ada``, ``pk_test_ada`` or ``rk_test_ada``: they share one."""
        return self.of(account_name(key))

    def by_account_id(self, account_id: str) -> World | None:
        """The world with this ``acct_...``, if it has been used."""
        return self._by_account_id.get(account_id)

    def holding(self, kind: str, id: str) -> World | None:
        """The world of an object that is known by its id alone, as on a page that is opened without a key."""
        for world in self.all():
            table = world.tables.get(kind)
            if table is not None and id in table.keys:
                return world
        return None

    def connect(self, platform: World, account_id: str) -> World:
        """The world of an account connected to a platform."""
        world = self._by_account_id.get(account_id) or self.of(account_id, account_id)
        if world.platform is not platform:
            with self._lock:
                if world.platform is not platform:
                    world.connect_to(platform)
        return world

    def reconnect(self) -> None:
        """Find the platform of each connected account again, as after loading them from a file."""
        found = {world: self.holding("account", world.connected_id) for world in self.all() if world.connected_id}

        def connect(world: World) -> None:
            platform = found.get(world)
            if platform is not None:
                connect(platform)  # which may be an account of another: they all share one lock
                world.connect_to(platform)

        for world in found:
            connect(world)

    def all(self) -> list[World]:
        return list(self._worlds.values())

    def _make(self, name: str, connected_id: str | None, seed: int | None) -> World:
        with self._lock:
            world = self._worlds.get(name)
            if world is None:
                world = World(name, self.settings, self.engine, self.hub, self.site, self.keeper, connected_id, seed)
                world.connected = partial(self.connect, world)
                self._worlds[name] = world
                self._by_account_id[world.account_id] = world
            return world


def account_name(key: str) -> str:
    """The account of a key: what follows ``sk_test_``; of a real-looking key, its account part.

    A real key reads ``sk_test_5``, the 16 characters of its account's id (they begin with a 1), and a random rest.
    """
    body = key.split("_", 2)[2]
    return body[1:17] if body.startswith("51") and len(body) >= 40 else body
