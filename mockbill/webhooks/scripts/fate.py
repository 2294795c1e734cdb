"""The fate of a delivery: what all the rules that it is subject to do to it together."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mockbill.webhooks.scripts.manner import PLAIN, Manner
from mockbill.webhooks.scripts.rule import Facts, Rule


@dataclass(frozen=True, slots=True)
class Fate:
    """``before`` and ``after`` are the earlier deliveries that go once more around this one.

    ``manner`` is that of its first attempt and copies, ``later`` that of its retries.
    """

    rules: tuple[Rule, ...]
    drop: bool = False
    copies: int = 0
    before: tuple[Any, ...] = ()
    after: tuple[Any, ...] = ()
    early: bool = False
    manner: Manner = PLAIN
    later: Manner = PLAIN

    def told(self) -> tuple[dict[str, Any], ...]:
        """For the log: which rules touched it, and what they do."""
        return tuple({"id": rule.id, "do": rule.terms.told.get("do") or {}} for rule in self.rules)


def judge(rules: Iterable[Rule], facts: Facts) -> Fate | None:
    """What the rules, in their order, have in store for a delivery; None when none is about it.

    Copies and replays add up; of two manners that differ the later rule's holds.  After a drop nobody else is asked.
    """
    chosen: list[Rule] = []
    for rule in rules:
        if rule.wants(facts):
            chosen.append(rule)
            if rule.terms.do.drop:
                return Fate(tuple(chosen), drop=True)
    if not chosen:
        return None
    before: list[Any] = []
    after: list[Any] = []
    manner = later = PLAIN
    for do in (rule.terms.do for rule in chosen):
        if do.replay is not None:
            (before if do.replay.when == "before" else after).append(facts.earlier(do.replay.type))
        manner = do.manner.over(manner)
        later = do.manner.over(later) if do.retries else later
    return Fate(
        tuple(chosen),
        copies=sum(rule.terms.do.duplicate for rule in chosen),
        before=tuple(before),
        after=tuple(after),
        early=any(rule.terms.do.early for rule in chosen),
        manner=manner,
        later=later,
    )
