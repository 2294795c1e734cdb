"""The desk: an account's rules, and the deliveries that they keep back until something lets them go."""

from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from mockbill.webhooks.scripts.fate import Fate, judge
from mockbill.webhooks.scripts.rule import Delay, Facts, Rule, Terms

MOST = 1_000  # rules of an account, those that have ended included


class NoSuchRule(LookupError):
    """There is no rule of this id."""


class TooMany(ValueError):
    """An account has as many rules as it can have."""


class Step(NamedTuple):
    """What becomes of a delivery next; ``item`` is whatever the sender calls it.

    ``waits`` says for what it is kept back, None when it goes now; ``until`` when it is to be woken, if ever.
    """

    item: Any
    waits: str | None = None
    until: Delay | None = None


@dataclass(eq=False, slots=True)
class _Passage:
    """A delivery on its way past the rules that it is subject to."""

    item: Any
    receiver: str
    stages: deque[tuple[str, Rule]]

    @classmethod
    def of(cls, item: Any, receiver: str, fate: Fate) -> "_Passage":
        """What is held is held first; what is let go is put in order, and then delayed."""
        rules = fate.rules
        stages = deque(
            [
                *(("hold", rule) for rule in rules if rule.terms.do.hold),
                *(("reorder", rule) for rule in rules if rule.terms.do.reorder),
                *(("delay", rule) for rule in rules if rule.terms.do.delay),
            ]
        )
        return cls(item, receiver, stages)


_Place: TypeAlias = tuple[str, Rule, str]
"""The stage and rule at which a delivery is kept back, and its receiver."""


class Desk:
    """Knows no time and sends nothing: who calls it carries out what it answers, in that order."""

    def __init__(self, seed: int, given: Iterable[Terms] = ()) -> None:
        self._seed = seed
        self._numbers = 0
        self._rules: dict[str, Rule] = {}
        self._kept: dict[_Place, dict[Hashable, _Passage]] = {}  # at each place in the order of arrival
        self._places: dict[Hashable, _Place] = {}
        for terms in given:
            self._add(terms, "file")

    def __bool__(self) -> bool:
        """Whether there are any rules."""
        return bool(self._rules)

    @property
    def rules(self) -> list[Rule]:
        return list(self._rules.values())

    @property
    def waiting(self) -> int:
        """How many deliveries are kept back."""
        return len(self._places)

    @property
    def still(self) -> int:
        """How many of them wait for somebody's doing: a word, or more of what fills their window."""
        return sum(len(kept) for (stage, _, _), kept in self._kept.items() if stage != "delay")

    def add_all(self, terms: Sequence[Terms]) -> list[Rule]:
        """Let rules be in force from now on, all or none; raises TooMany."""
        if len(self._rules) + len(terms) > MOST:
            busy = {rule for _, rule, _ in self._kept}
            for ended in [rule for rule in self.rules if rule.left == 0 and rule not in busy]:
                del self._rules[ended.id]
        if len(self._rules) + len(terms) > MOST:
            raise TooMany(f"There can be {MOST} rules, and there are {len(self._rules)}; clear some.")
        return [self._add(each, "api") for each in terms]

    def _add(self, terms: Terms, source: str) -> Rule:
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

    def admit(self, item: Hashable, receiver: str, fate: Fate) -> list[Step]:
        """Take in a delivery that is not dropped: it, and what it lets go."""
        return list(self._onward(_Passage.of(item, receiver, fate)))

    def keeps(self, item: Hashable) -> bool:
        """Whether a delivery is kept back."""
        return item in self._places

    def wake(self, item: Hashable) -> list[Step]:
        """The time of a delivery that is kept back has come: it goes on, with the others of its window."""
        place = self._places.get(item)
        if place is None:
            return []
        return list(self._close(place) if place[0] == "reorder" else self._onward(self._taken(place, item)))

    def withdraw(self, item: Hashable) -> None:
        """A delivery is given up, or has been made otherwise."""
        if (place := self._places.get(item)) is not None:
            self._taken(place, item)

    def release(self, id: str) -> list[Step]:
        """Let go all that a rule keeps back, whether held, in a window or delayed; raises NoSuchRule."""
        return list(self._let_go(self.find(id)))

    def clear(self, id: str | None = None) -> list[Step]:
        """Forget a rule, or all, and let go what they keep back; raises NoSuchRule."""
        chosen = self.rules if id is None else [self.find(id)]
        for rule in chosen:
            del self._rules[rule.id]
        return [step for rule in chosen for step in self._let_go(rule)]

    def as_list(self) -> list[dict[str, Any]]:
        """All rules, with what is left of them and how many deliveries each is ``holding`` back."""
        return [{**rule.as_dict(), "holding": self.kept_by(rule)} for rule in self._rules.values()]

    def kept_by(self, rule: Rule) -> int:
        """How many deliveries a rule keeps back."""
        return sum(len(kept) for (_, keeper, _), kept in self._kept.items() if keeper is rule)

    def _onward(self, passage: _Passage) -> Iterator[Step]:
        """Take a delivery on to where it is kept back next, or out."""
        while passage.stages and passage.stages[0][1].id not in self._rules:
            passage.stages.popleft()  # a rule that was cleared keeps nothing back
        if not passage.stages:
            yield Step(passage.item)
            return
        stage, rule = passage.stages.popleft()
        place = (stage, rule, passage.receiver)
        kept = self._kept.setdefault(place, {})
        kept[passage.item] = passage
        self._places[passage.item] = place
        reorder = rule.terms.do.reorder
        if stage == "reorder" and reorder is not None and len(kept) == reorder.window:
            yield from self._close(place)
        else:
            yield Step(passage.item, *_wait(stage, rule))

    def _close(self, place: _Place) -> Iterator[Step]:
        """Let go all that is kept back at a place, in the order in which it goes on."""
        stage, rule, _ = place
        passages = [self._taken(place, item) for item in list(self._kept.get(place, ()))]
        for passage in rule.arranged(passages) if stage == "reorder" else passages:
            yield from self._onward(passage)

    def _taken(self, place: _Place, item: Hashable) -> _Passage:
        """Take a delivery from where it is kept back."""
        kept = self._kept[place]
        del self._places[item]
        passage = kept.pop(item)
        if not kept:
            del self._kept[place]
        return passage

    def _let_go(self, rule: Rule) -> Iterator[Step]:
        for place in [place for place in self._kept if place[1] is rule]:
            yield from self._close(place)


def _wait(stage: str, rule: Rule) -> tuple[str, Delay | None]:
    """What a delivery waits for at a stage of a rule, in words, and when that is over by itself."""
    do = rule.terms.do
    if stage == "reorder" and do.reorder is not None:
        return f"the rest of a window of {do.reorder.window}, by {rule.id}", Delay(do.reorder.within)
    if stage == "delay" and do.delay is not None:
        return f"{do.delay.seconds:g} seconds of {do.delay.clock} time, by {rule.id}", do.delay
    return f"the release of {rule.id}", None
