"""A listener: what somebody who listens wants to hear and have delivered, and the receivers that come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mockbill.webhooks.post import Reply
from mockbill.webhooks.routing import Receiver, wants
from mockbill.world import Doc, World

if TYPE_CHECKING:
    from mockbill.webhooks.delivery import Attempt, Delivery

_VERSIONED = ("v1.", "v2.")  # how the types of thin events begin


@dataclass(frozen=True, slots=True)
class Terms:
    """``url`` takes the account's own events, ``connect_url`` those of connected accounts, ``thin_url`` thin ones.

    Without any URL events are only heard of.  ``events`` are types, which may end in ``*``; none are all.  With
    ``by_client`` the listener's own process posts, for a server that cannot reach what it can.
    """

    url: str | None = None
    connect_url: str | None = None
    thin_url: str | None = None
    events: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    api_version: str | None = None
    verify: bool = True
    by_client: bool = False

    @property
    def snapshots(self) -> frozenset[str]:
        """The types of snapshot events that are wanted."""
        return frozenset(type for type in self.events or ("*",) if not type.startswith(_VERSIONED))

    @property
    def thin(self) -> frozenset[str]:
        """Those of thin events: who has a URL for them and names snapshots only means their thin twins."""
        named = frozenset(type for type in self.events if type.startswith(_VERSIONED))
        if named or self.thin_url is None:
            return named
        return frozenset("*" if type == "*" else f"v1.{type}" for type in self.events or ("*",))


class Listener:
    """Kept as long as it is ``alive``; the kinds of listeners say how they are told."""

    retried = True  # whether failed deliveries are tried again, as those to endpoints are

    def __init__(self, id: str, terms: Terms, secret: str) -> None:
        self.id = id
        self.terms = terms
        self._secret = secret

    @property
    def alive(self) -> bool:
        raise NotImplementedError

    def heard(self, world: World, event: Doc, *, connected: bool) -> None:
        """An event that it wants has happened; called with the world's lock held."""

    def attempted(self, delivery: Delivery, attempt: Attempt) -> None:
        """A delivery to one of its receivers was attempted; called with the hub's lock held."""

    def ask(self, url: str, headers: dict[str, str], body: bytes, timeout: float, cut: int | None) -> Reply:
        """Have the client post; ``cut`` is after how many bytes of the body its connection is to end."""
        raise NotImplementedError

    def end(self) -> None:
        """It listens no more."""

    def receivers(self, *, connected: bool) -> Iterator[tuple[frozenset[str], Receiver]]:
        """What is delivered to, with the types: of the account's own events, or those of connected accounts."""
        terms = self.terms
        url = (terms.connect_url or terms.url) if connected else terms.url
        scope = "_connect" if connected else ""
        if url is not None and terms.snapshots:
            yield terms.snapshots, self._receiver(f"{self.id}{scope}", url)
        if terms.thin_url is not None:
            yield terms.thin, self._receiver(f"{self.id}{scope}_thin", terms.thin_url, thin=True)

    def hears(self, type: str, *, thin: bool) -> bool:
        """Whether it wants to hear of an event of this type."""
        return wants(self.terms.thin if thin else self.terms.snapshots, type)

    @property
    def hears_thin(self) -> bool:
        return bool(self.terms.thin)

    def _receiver(self, id: str, url: str, *, thin: bool = False) -> Receiver:
        terms = self.terms
        return Receiver(id, url, self._secret, terms.api_version, thin=thin, headers=terms.headers, listener=self)
