"""The desk: an account's rules, and the deliveries that they keep back until something lets them go."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, NamedTuple, TypeAlias

from mockbill.webhooks.scripts.fate import Fate, judge
from mockbill.webhooks.scripts.rule import Facts, Rule, Terms

MOST = 1_000  # rules of an account, those that have ended included


class NoSuchRule(LookupError):
    """There is no rule of this id."""


class TooMany(ValueError):
    """An account has as many rules as it can have."""


class Timer(NamedTuple):
    """Something that waits: ``ring`` in so many ``seconds`` of a clock, and carry out what it answers."""

    seconds: float
    clock: Literal["real", "world"]
    ring: "Callable[[], list[Outcome]]"


@dataclass(eq=False, slots=True)
class Passage:
    """A delivery on its way past the rules that it is subject to; ``item`` is whatever the sender calls it.

    ``waits`` says for what it is kept back, None when it is not.
    """

    item: Any
    receiver: str
    fate: Fate
    waits: str | None = None
    stages: deque[tuple[str, Rule]] = field(default_factory=deque)

    @classmethod
    def of(cls, item: Any, receiver: str, fate: Fate) -> "Passage":
        """What is held is held first; what is let go is put in order, and then delayed."""
        rules = fate.rules
        stages = deque(
            [
                *(("hold", rule) for rule in rules if rule.terms.do.hold),
                *(("reorder", rule) for rule in rules if rule.terms.do.reorder),
                *(("delay", rule) for rule in rules if rule.terms.do.delay),
            ]
        )
        return cls(item, receiver, fate, None, stages)


Outcome: TypeAlias = Passage | Timer
"""A delivery that goes now, or something to wait for."""


class Desk:
    """Knows no time and sends nothing: who calls it carries out what it answers, in that order."""

    def __init__(self, seed: int, given: Iterable[Terms] = ()) -> None:
        self._seed = seed
        self._numbers = 0
        self._rules: dict[str, Rule] = {}
        self._held: dict[Rule, list[Passage]] = {}
        self._windows: dict[tuple[Rule, str], list[Passage]] = {}
        self._delayed: dict[Rule, list[Passage]] = {}
        for terms in given:
            self.add(terms, "file")

    @property
    def rules(self) -> list[Rule]:
        return list(self._rules.values())

    @property
    def waiting(self) -> int:
        """How many deliveries are kept back."""
        return sum(map(len, (*self._held.values(), *self._windows.values(), *self._delayed.values())))

    @property
    def held(self) -> int:
        """How many of them nothing but somebody's word lets go."""
        return sum(map(len, self._held.values()))

    def add(self, terms: Terms, source: str = "api") -> Rule:
        """Let a rule be in force from now on; raises TooMany."""
        if len(self._rules) >= MOST:
            for ended in [rule for rule in self.rules if rule.left == 0 and not any(self._kept_by(rule))]:
                del self._rules[ended.id]
        if len(self._rules) >= MOST:
            raise TooMany(f"There are {MOST} rules already; clear some.")
        self._numbers += 1
        rule = Rule(f"script_{self._numbers}", self._numbers, terms, self._seed, source)
        self._rules[rule.id] = rule
        return rule

    def find(self, id: str) -> Rule:
        """A rule by its id; raises NoSuchRule."""
        try:
            return self._rules[id]
        except KeyError:
            raise NoSuchRule(id) from None

    def judge(self, facts: Facts) -> Fate | None:
        """What the rules have in store for a delivery, which they count."""
        return judge(self._rules.values(), facts)

    def admit(self, item: Any, receiver: str, fate: Fate) -> list[Outcome]:
        """Take in a delivery that is not dropped."""
        return list(self._onward(Passage.of(item, receiver, fate)))

    def release(self, id: str) -> list[Outcome]:
        """Let go all that a rule keeps back, whether held, in a window or delayed; raises NoSuchRule."""
        return self._let_go(self.find(id))

    def clear(self, id: str | None = None) -> list[Outcome]:
        """Forget a rule, or all, and let go what they keep back; raises NoSuchRule."""
        chosen = self.rules if id is None else [self.find(id)]
        for rule in chosen:
            del self._rules[rule.id]
        return [outcome for rule in chosen for outcome in self._let_go(rule)]

    def forget(self) -> list[Passage]:
        """Give up all that is kept back."""
        kept = [*self._held.values(), *self._windows.values(), *self._delayed.values()]
        self._held, self._windows, self._delayed = {}, {}, {}
        return [passage for passages in kept for passage in passages]

    def as_list(self) -> list[dict[str, Any]]:
        """All rules, with what is left of them and how many deliveries each is ``holding`` back."""
        return [{**rule.as_dict(), "holding": sum(1 for _ in self._kept_by(rule))} for rule in self._rules.values()]

    def _kept_by(self, rule: Rule) -> Iterator[Passage]:
        yield from self._held.get(rule, ())
        for (keeper, _), window in self._windows.items():
            if keeper is rule:
                yield from window
        yield from self._delayed.get(rule, ())

    def _onward(self, passage: Passage) -> Iterator[Outcome]:
        """Take a delivery on to where it is kept back next, or out."""
        passage.waits = None
        while passage.stages and passage.stages[0][1].id not in self._rules:
            passage.stages.popleft()  # a rule that was cleared keeps nothing back
        if not passage.stages:
            yield passage
            return
        stage, rule = passage.stages.popleft()
        if stage == "hold":
            passage.waits = f"the release of {rule.id}"
            self._held.setdefault(rule, []).append(passage)
        elif stage == "reorder":
            yield from self._line_up(passage, rule)
        elif delay := rule.terms.do.delay:
            passage.waits = f"{delay.seconds:g} seconds of {delay.clock} time, by {rule.id}"
            self._delayed.setdefault(rule, []).append(passage)
            yield Timer(delay.seconds, delay.clock, partial(self._wake, rule, passage))

    def _line_up(self, passage: Passage, rule: Rule) -> Iterator[Outcome]:
        reorder = rule.terms.do.reorder
        assert reorder is not None
        key = (rule, passage.receiver)
        window = self._windows.setdefault(key, [])
        window.append(passage)
        passage.waits = f"the other {reorder.window - 1} of {rule.id}"
        if len(window) == reorder.window:
            yield from self._close(key, window)
        elif len(window) == 1:
            yield Timer(reorder.within, "real", lambda: list(self._close(key, window)))

    def _close(self, key: tuple[Rule, str], window: list[Passage]) -> Iterator[Outcome]:
        """Let a window go, unless it is gone."""
        if self._windows.get(key) is window:
            del self._windows[key]
            for passage in key[0].arranged(window):
                yield from self._onward(passage)

    def _wake(self, rule: Rule, passage: Passage) -> list[Outcome]:
        """Let a delayed delivery go, unless it is gone."""
        sleeping = self._delayed.get(rule, [])
        if passage not in sleeping:
            return []
        sleeping.remove(passage)
        if not sleeping:
            del self._delayed[rule]
        return list(self._onward(passage))

    def _let_go(self, rule: Rule) -> list[Outcome]:
        let_go: list[Outcome] = []
        for passage in self._held.pop(rule, []):
            let_go += self._onward(passage)
        for key, window in [(key, window) for key, window in self._windows.items() if key[0] is rule]:
            let_go += self._close(key, window)
        for passage in self._delayed.pop(rule, []):
            let_go += self._onward(passage)
        return let_go
