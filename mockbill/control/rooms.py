"""What the control API needs of other rooms; the application hands it over, so that none is imported sideways."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, cast

from flask import current_app

from mockbill.settings import Settings
from mockbill.webhooks import Deliveries
from mockbill.world import World, Worlds


class LoggedRequest(Protocol):
    """One API call in the log."""

    @property
    def id(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def at(self) -> int: ...

    def as_dict(self) -> dict[str, Any]: ...


class Level(NamedTuple):
    """How far an operation is modelled: ``simulated``, ``stored`` or ``unsupported``."""

    method: str
    path: str
    level: str


class Triggers(Protocol):
    """What makes events come about; see ``mockbill/triggers``."""

    def trigger(
        self,
        world: World,
        type: str,
        *,
        on: str | None = None,
        customer: str | None = None,
        given: Mapping[str, Any] | None = None,
        times: int = 1,
    ) -> dict[str, Any]: ...

    def send_raw(self, world: World, body: bytes, type: str | None = None) -> dict[str, Any]: ...

    def listed(self) -> Iterable[dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Rooms:
    """The server as the control API sees it.

    ``caller`` finds the world of an ``Authorization`` and a ``Stripe-Account`` header, or raises Problem;
    ``requests`` is the log of API calls, newest first, of one account or of all, ``wait_for_requests`` waits until it
    is as wanted, for so many seconds, and ``fallen_requests`` says how many calls it had to let go; ``forget`` empties
    an account, in every room.
    """

    settings: Settings
    worlds: Worlds
    webhooks: Deliveries
    requests: Callable[[str | None], Sequence[LoggedRequest]]
    wait_for_requests: Callable[[str | None, Callable[[Sequence[LoggedRequest]], bool], float], bool]
    fallen_requests: Callable[[str | None], int]
    caller: Callable[[str, str | None], World]
    coverage: Callable[[], Iterable[Level]]
    forget: Callable[[World], None]
    triggers: Triggers


def rooms() -> Rooms:
    """Those of the application that is answering."""
    return cast(Rooms, current_app.extensions["mockbill"])
