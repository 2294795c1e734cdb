"""What a story expected beside what it got: values at paths in a document, and chains of events."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches
from typing import Any

from mockbill.scenario import moments
from mockbill.scenario.client import Document

Fetch = Callable[[str], Document | None]


class _Absent:
    def __repr__(self) -> str:
        return "(absent)"


ABSENT = _Absent()

# Texts that need quotes to be told from a number, true, null or nothing.
_LOOKS_LIKE_OTHER = re.compile(r"|[-+]?[0-9.]+|true|false|null")


@dataclass(frozen=True, slots=True)
class Difference:
    path: str
    expected: Any
    got: Any

    def lines(self) -> list[str]:
        label = " " * len(self.path)
        return [f"{self.path}  expected {_shown(self.expected)}", f"{label}  got      {_shown(self.got)}"]


class Unmet(AssertionError):
    """An expectation that does not hold: one sentence, then the differing values, then a chain marked with - and +."""

    def __init__(self, sentence: str, differences: Sequence[Difference] = (), chain: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.sentence, self.differences, self.chain = sentence, differences, chain

    def lines(self) -> list[str]:
        return [*(line for difference in self.differences for line in difference.lines()), *self.chain]

    def __str__(self) -> str:
        return "\n  ".join([self.sentence, *self.lines()])


@dataclass(frozen=True, slots=True)
class ExpectedEvent:
    """An event by its type; `was` holds values of its previous_attributes, `now` values of its object."""

    type: str
    was: Mapping[str, Any] = field(default_factory=dict)
    now: Mapping[str, Any] = field(default_factory=dict)


def steps_of(path: str) -> list[str]:
    """`items.data[0].price` as ["items", "data", "0", "price"]; `data.0` says the same as `data[0]`."""
    return re.sub(r"\[(\d+)\]", r".\1", path).split(".")


def at(document: Any, path: str, fetch: Fetch | None = None) -> Any:
    """The value at a path or ABSENT; with `fetch`, an id on the way is followed to its document."""
    value = document
    for step in steps_of(path):
        if isinstance(value, str) and fetch is not None:
            value = fetch(value)
        if isinstance(value, Mapping):
            value = value.get(step, ABSENT)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return ABSENT
    return value


def nearest_field(document: Any, path: str) -> str:
    """A hint for a path that leads nowhere: the field of that document with the likeliest name, or nothing."""
    value = document
    for step in steps_of(path):
        if isinstance(value, Mapping) and step not in value:
            close = get_close_matches(step, list(value), n=1)
            return f'; did you mean "{close[0]}"?' if close else ""
        value = at(value, step)
    return ""


def differences(expected: Mapping[str, Any], document: Any, fetch: Fetch | None = None) -> list[Difference]:
    """Where a document contradicts the expected values; fields that are not mentioned do not matter."""
    return [
        difference for path, value in expected.items() for difference in _differ(path, value, at(document, path, fetch))
    ]


def _differ(path: str, expected: Any, got: Any) -> Iterator[Difference]:
    if isinstance(expected, Mapping) and isinstance(got, Mapping) and expected:
        for key, value in expected.items():
            yield from _differ(f"{path}.{key}", value, at(got, key))
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for index, value in enumerate(expected):
            yield from _differ(f"{path}[{index}]", value, got[index])
    elif not _same(expected, got):
        if isinstance(expected, str) and moments.seconds(expected) is not None and type(got) is int:
            got = moments.iso(got)
        yield Difference(path, expected, got)


def _same(expected: Any, got: Any) -> bool:
    if isinstance(expected, str) and type(got) is int:
        return moments.seconds(expected) == got
    # True == 1 in Python, but not in JSON.
    return bool(expected == got) and isinstance(expected, bool) == isinstance(got, bool)


def chain_unmet(
    expected: Sequence[ExpectedEvent], got: Sequence[Document], *, all_of_them: bool = True
) -> Unmet | None:
    """Why these events are not the expected ones, in order: all of them, or with others allowed in between."""
    types = [event["type"] for event in got]
    places = list(range(len(got))) if all_of_them else _places([event.type for event in expected], types)
    if [types[place] for place in places] != [event.type for event in expected]:
        wanted = "these events and no others" if all_of_them else "these events in this order, others may lie between"
        return Unmet(f"expected {wanted} (- is missing, + came instead)", chain=_marked(expected, types, all_of_them))
    found = [
        Difference(f"{event.type}{number}: {difference.path}", difference.expected, difference.got)
        for event, place, number in zip(expected, places, _numbers(expected), strict=True)
        for difference in event_differences(event, got[place])
    ]
    return Unmet("the events are the expected ones, what they say is not", found) if found else None


def event_differences(expected: ExpectedEvent, event: Document) -> list[Difference]:
    data = event["data"]
    before = differences(expected.was, data.get("previous_attributes") or {})
    after = differences(expected.now, data["object"])
    return [Difference(f"{d.path} (before)", d.expected, d.got) for d in before] + after


def _places(expected: Sequence[str], types: Sequence[str]) -> list[int]:
    places: list[int] = []
    for wanted in expected:
        start = places[-1] + 1 if places else 0
        if wanted not in types[start:]:
            break
        places.append(types.index(wanted, start))
    return places


def _marked(expected: Sequence[ExpectedEvent], got: list[str], all_of_them: bool) -> list[str]:
    wanted = [event.type for event in expected]
    lines: list[str] = []
    for what, a, b, c, d in SequenceMatcher(None, wanted, got, autojunk=False).get_opcodes():
        if what == "equal":
            lines += [f"  {name}" for name in wanted[a:b]]
            continue
        lines += [f"- {name}" for name in wanted[a:b]]
        lines += [f"{'+' if all_of_them else ' '} {name}" for name in got[c:d]]
    return lines


def _numbers(expected: Sequence[ExpectedEvent]) -> list[str]:
    """Tells events of one type apart: " #2" where a type comes more than once."""
    types = [event.type for event in expected]
    return [f" #{types[: i + 1].count(name)}" if types.count(name) > 1 else "" for i, name in enumerate(types)]


def _shown(value: Any) -> str:
    if isinstance(value, str) and _LOOKS_LIKE_OTHER.fullmatch(value):
        return f'"{value}"'
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 200 else f"{text[:197]}..."
