"""A rule: which deliveries it is about, what it does to them, and how often it still will."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import count
from typing import Any, Literal, NamedTuple, TypeVar

from mockbill.webhooks.scripts.manner import PLAIN, Manner

_Item = TypeVar("_Item")


class Facts(NamedTuple):
    """What a rule may ask about a delivery, that is, about an event on its way to one receiver.

    ``earlier`` finds the last delivery before it to the same receiver, of one event type or (None) of any, which has
    been sent or is ahead in the queue.
    """

    type: str
    receiver: str
    url: str
    customer: str | None
    earlier: Callable[[str | None], Any | None]


@dataclass(frozen=True, slots=True)
class Match:
    """``nth`` counts, for each receiver, the deliveries that the names fit; ``probability`` is asked of what is left.

    ``seed`` stands in for the world's.
    """

    type: str = "*"
    endpoint: str | None = None
    customer: str | None = None
    nth: frozenset[int] = frozenset()
    probability: float = 1.0
    seed: int | None = None

    def fits(self, facts: Facts) -> bool:
        """Whether type, endpoint and customer are those of a delivery."""
        return (
            self.endpoint in (None, facts.receiver, facts.url)
            and self.customer in (None, facts.customer)
            and names(self.type, facts.type)
        )


@dataclass(frozen=True, slots=True)
class Delay:
    """``seconds`` of real time, or of the account's own clock, which may stand still until it is advanced."""

    seconds: float
    clock: Literal["real", "world"] = "real"


@dataclass(frozen=True, slots=True)
class Reorder:
    """``window`` deliveries to one receiver are kept until they are all there, and go in another order.

    An incomplete window goes ``within`` so many real seconds of its first delivery.
    """

    window: int
    order: Literal["reverse", "shuffle"] = "reverse"
    within: float = 10.0


@dataclass(frozen=True, slots=True)
class Replay:
    """An earlier event once more, right before or right after this one: the last one, or the last of a ``type``."""

    when: Literal["before", "after"] = "after"
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Do:
    """What becomes of a delivery; ``duplicate`` counts the copies beside it.  ``retries`` have the manner as well."""

    delay: Delay | None = None
    duplicate: int = 0
    reorder: Reorder | None = None
    drop: bool = False
    hold: bool = False
    replay: Replay | None = None
    early: bool = False
    retries: bool = False
    manner: Manner = PLAIN


@dataclass(frozen=True, slots=True)
class Terms:
    """A rule as it was given, read and checked; ``told`` is what was written."""

    match: Match
    do: Do
    times: int | None = None
    name: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Rule:
    """Terms at work in one account.  ``times`` counts the deliveries that a rule touches; without, it never ends."""

    id: str
    number: int
    terms: Terms
    seed: int  # the world's
    source: str  # "file" or "api"
    touched: int = 0
    _fitting: int = 0
    _counts: Counter[str] = field(default_factory=Counter)
    _draws: int = 0

    @property
    def left(self) -> int | None:
        """How many deliveries it will still touch; None is no end."""
        return None if self.terms.times is None else self.terms.times - self.touched

    def wants(self, facts: Facts) -> bool:
        """Whether a delivery is the rule's; counts it if so."""
        match, do = self.terms.match, self.terms.do
        if self.left == 0 or not match.fits(facts):
            return False
        if do.replay is not None and facts.earlier(do.replay.type) is None:
            return False  # there is nothing to replay yet
        self._fitting += 1
        if match.nth:
            self._counts[facts.receiver] += 1
            if self._counts[facts.receiver] not in match.nth:
                return False
        if match.probability < 1 and self._share("fits", self._fitting) >= match.probability:
            return False
        self.touched += 1
        return True

    def arranged(self, window: list[_Item]) -> list[_Item]:
        """The order in which a window goes on: reversed, or by chance, but never as it came."""
        reorder = self.terms.do.reorder
        if len(window) < 2 or reorder is None:
            return window
        if reorder.order == "reverse":
            return window[::-1]
        self._draws += 1
        for draw in count():
            order = sorted(range(len(window)), key=lambda place: self._share("order", self._draws, draw, place))
            if order != sorted(order):
                break
        return [window[place] for place in order]

    def _share(self, *about: object) -> float:
        """A number from 0 up to 1 that seems drawn by chance, the same for the same seed, rule and question."""
        own = self.terms.match.seed
        text = "/".join(map(str, (self.seed if own is None else own, self.number, *about)))
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) / (1 << 64)

    def as_dict(self) -> dict[str, Any]:
        """For the control API; ``seen`` counts what type, endpoint and customer fit."""
        told = self.terms.told
        return {
            "id": self.id,
            "name": self.terms.name,
            "match": told.get("match") or {},
            "do": told.get("do") or {},
            "times": self.terms.times,
            "left": self.left,
            "touched": self.touched,
            "seen": self._fitting,
            "source": self.source,
        }


def names(pattern: str, type: str) -> bool:
    """Whether an event type is one that a pattern with ``*`` in it stands for."""
    if "*" not in pattern:
        return pattern == type
    first, *between, last = pattern.split("*")
    at, end = len(first), len(type) - len(last)
    if at > end or not type.startswith(first) or not type.endswith(last):
        return False
    for part in between:  # the first place is as good as any; an expression would try them all, for hours
        if (found := type.find(part, at, end)) < 0:
            return False
        at = found + len(part)
    return True
