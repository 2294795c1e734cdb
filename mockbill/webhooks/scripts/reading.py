"""Makes a rule of what somebody wrote, as JSON or YAML, or says all that is wrong with it and where."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeAlias, cast

from mockbill import surface
from mockbill.surface import releases
from mockbill.webhooks.scripts.manner import Manner, Slow
from mockbill.webhooks.scripts.rule import Delay, Do, Match, Reorder, Replay, Terms, names

Path: TypeAlias = tuple[str | int, ...]

_LONGEST = 366 * 86_400  # seconds that a delivery may be delayed
_STALE = 600  # seconds, where a rule does not say: SDKs refuse signatures older than 300
_PAUSE = 60.0  # seconds, the longest between two pieces of a body
_MANNER = ("corrupt", "stale", "wrong_secret", "api_version", "slow", "cut")


class Mistake(NamedTuple):
    """``message`` is about the value at ``path``, or about its key."""

    path: Path
    message: str
    of_key: bool = False

    @property
    def param(self) -> str:
        """``do.reorder.window``; an item of a list goes by its number."""
        return ".".join(map(str, self.path))


class BadRule(ValueError):
    """A rule with mistakes."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("; ".join(f"{mistake.param}: {mistake.message}" for mistake in mistakes))
        self.mistakes = mistakes


class _Wrong(ValueError):
    """A value that cannot be; the message goes on after the name of what it is for."""


Reader: TypeAlias = Callable[[Any], Any]


def read(written: Any) -> Terms:
    """The terms of ``{"match"?, "do", "times"?, "name"?}``; raises BadRule with all mistakes."""
    mistakes: list[Mistake] = []
    whole = _mapping(written, (), _WHOLE, mistakes, example='{"match": {"type": "invoice.*"}, "do": {"drop": true}}')
    match = _mapping(whole.get("match", {}), ("match",), _MATCH, mistakes, example='{"type": "invoice.*"}')
    does = _mapping(whole.get("do", {}), ("do",), DEEDS, mistakes, example='{"duplicate": 2}')
    if "do" not in whole and not mistakes:
        mistakes.append(Mistake(("do",), f"is missing: what is to be done; one or more of {', '.join(DEEDS)}"))
    if not mistakes:
        mistakes = list(_contradictions(match, does))
    if mistakes:
        raise BadRule(mistakes)
    manner = Manner(**{name: does.pop(name) for name in _MANNER if name in does})
    told = {name: written[name] for name in ("match", "do") if name in written}
    return Terms(Match(**match), Do(**does, manner=manner), whole.get("times"), whole.get("name"), told)


def _contradictions(match: Mapping[str, Any], does: Mapping[str, Any]) -> Iterable[Mistake]:
    """Mistakes that no value makes alone."""
    doing = [name for name, value in does.items() if value is not False and value is not None]
    doing = [name for name in doing if name != "retries"]
    if not doing:
        yield Mistake(("do",), f"does nothing; it needs one or more of {', '.join(DEEDS)}")
        return
    if "drop" in doing and len(doing) > 1:
        others = ", ".join(name for name in doing if name != "drop")
        yield Mistake(("do", "drop"), f"what is dropped can have nothing else done to it, such as {others}")
    if "early" in doing and (late := [name for name in ("hold", "reorder", "delay") if name in doing]):
        yield Mistake(("do", "early"), f"what is to arrive before the API answers cannot wait ({', '.join(late)})")
    if does.get("retries") and not any(name in doing for name in _MANNER):
        yield Mistake(("do", "retries"), f"is about how retries are sent; it needs one of {', '.join(_MANNER)}")
    if "seed" in match and "probability" not in match and not _shuffles(does):
        yield Mistake(("match", "seed"), 'is for chance: a "probability", or a reorder by "shuffle"')


def _shuffles(does: Mapping[str, Any]) -> bool:
    reorder = does.get("reorder")
    return isinstance(reorder, Reorder) and reorder.order == "shuffle"


def _mapping(
    written: Any, path: Path, readers: Mapping[str, Reader], mistakes: list[Mistake], *, example: str
) -> dict[str, Any]:
    """The values of a mapping that can be read; notes a mistake for each of the others."""
    if not isinstance(written, Mapping):
        mistakes.append(Mistake(path, f"must be a mapping such as {example}"))
        return {}
    made: dict[str, Any] = {}
    for key, value in written.items():
        if key not in readers:
            mistakes.append(Mistake((*path, str(key)), f"is no key here{nearest(str(key), readers)}", of_key=True))
            continue
        try:
            made[key] = readers[key](value)
        except _Inside as inner:
            mistakes += [Mistake((*path, key, *mistake.path), *mistake[1:]) for mistake in inner.mistakes]
        except _Wrong as wrong:
            mistakes.append(Mistake((*path, key), str(wrong)))
    return made


class _Inside(Exception):
    """Mistakes within a value."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__()
        self.mistakes = mistakes


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean drop?``, or all that there is."""
    words = list(known)
    close = get_close_matches(word, words, n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(words)}"


# How each value is read: the value, or _Wrong.


def _as_it_is(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise _Wrong(f"must be text, not {_said(value)}")


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _Wrong(f"must be true or false, not {_said(value)}")


def _marked(value: Any) -> bool | None:
    """A switch of which false says nothing."""
    return _switch(value) or None


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def read_whole(value: Any) -> int:
        if type(value) is int and least <= value <= most:
            return value
        raise _Wrong(f"must be a whole number from {least} to {most}, not {_said(value)}")

    return read_whole


def _seconds(most: float) -> Callable[[Any], float]:
    def read_seconds(value: Any) -> float:
        if type(value) in (int, float) and 0 < value <= most:
            return float(value)
        raise _Wrong(f"must be a number of seconds, more than 0 and at most {most:,.0f}, not {_said(value)}")

    return read_seconds


def _one_of(*choices: str) -> Callable[[Any], str]:
    def read_choice(value: Any) -> str:
        if isinstance(value, str) and value in choices:
            return value
        raise _Wrong(f"must be {' or '.join(choices)}, not {_said(value)}")

    return read_choice


def _pattern(value: Any) -> str:
    """An event type, in which ``*`` stands for any text: there must be one that it fits."""
    pattern, known = _text(value), sorted({*surface.events(), *surface.thin_events()})
    if pattern in known or any(names(pattern, type) for type in known):
        return pattern
    close = get_close_matches(pattern, known, n=3)
    hint = f"; did you mean {' or '.join(close)}?" if close else "; write a type such as invoice.paid, or invoice.*"
    raise _Wrong(f"no event is called {pattern}{hint}")


def _version(value: Any) -> str:
    version = _text(value)
    if version in releases.versions():
        return version
    close = get_close_matches(version, sorted(releases.versions()), n=2, cutoff=0.5)
    raise _Wrong(f"{version} is no version of Stripe's API{f'; nearest: {chr(32).join(close)}' if close else ''}")


def _probability(value: Any) -> float:
    if type(value) in (int, float) and 0 < value <= 1:
        return float(value)
    raise _Wrong(f"must be a number above 0 and up to 1, not {_said(value)}")


def _numbers(value: Any) -> frozenset[int]:
    one = _whole(1, 1_000_000)
    if isinstance(value, list) and value:
        return frozenset(map(one, value))
    return frozenset([one(value)])


def _corruption(value: Any) -> str | None:
    if value is True or value is False:
        return "signature" if value else None
    return _one_of("signature", "body")(value)


def _staleness(value: Any) -> int | None:
    if value is True or value is False:
        return _STALE if value else None
    return _whole(1, _LONGEST)(value)


def _copies(value: Any) -> int:
    return int(value) if isinstance(value, bool) else _whole(1, 100)(value)


def _made(
    kind: Callable[..., Any], main: str, readers: Mapping[str, Reader], *, required: bool = False
) -> Callable[[Any], Any]:
    """Reads a mapping, or the ``main`` value of it alone; true is all that it is without being told, false nothing."""

    def read_made(value: Any) -> Any:
        if value is False:
            return None
        if value is True and not required:
            return kind()
        if isinstance(value, Mapping):
            mistakes: list[Mistake] = []
            made = _mapping(value, (), readers, mistakes, example="")
            if required and main not in value:
                mistakes.append(Mistake((main,), "is missing"))
            if mistakes:
                raise _Inside(mistakes)
            return kind(**made)
        return kind(**{main: readers[main](value)})

    return read_made


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping | list):
        return "a mapping" if isinstance(value, Mapping) else "a list"
    return "nothing" if value is None else str(value)


_WHOLE: Mapping[str, Reader] = {
    "match": _as_it_is,
    "do": _as_it_is,
    "times": _whole(1, 1_000_000),
    "name": _text,
}
_MATCH: Mapping[str, Reader] = {
    "type": _pattern,
    "endpoint": _text,
    "customer": _text,
    "nth": _numbers,
    "probability": _probability,
    "seed": _whole(-(1 << 63), 1 << 63),
}
DEEDS: Mapping[str, Reader] = {
    "delay": _made(
        cast(Callable[..., Any], Delay),
        "seconds",
        {"seconds": _seconds(_LONGEST), "clock": _one_of("real", "world")},
        required=True,
    ),
    "duplicate": _copies,
    "reorder": _made(
        Reorder,
        "window",
        {"window": _whole(2, 1_000), "order": _one_of("reverse", "shuffle"), "within": _seconds(3_600)},
        required=True,
    ),
    "drop": _switch,
    "hold": _switch,
    "corrupt": _corruption,
    "stale": _staleness,
    "api_version": _version,
    "wrong_secret": _marked,
    "slow": _made(Slow, "chunks", {"chunks": _whole(2, 1_000), "pause": _seconds(_PAUSE)}),
    "cut": _whole(0, 10_000_000),
    "replay": _made(Replay, "when", {"when": _one_of("before", "after"), "type": _pattern}),
    "early": _switch,
    "retries": _switch,
}
