"""Reads a story's file and refuses one with mistakes, each as `file:line:column: what is wrong; did you mean …?`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from marshmallow import Schema, ValidationError

from mockbill.scenario.references import NAME, names_in
from mockbill.scenario.verbs import VERBS, StoryFile, keys
from mockbill.scenario.yaml_file import Mistakes, Path, YamlFile, read, suggestion

START = "2026-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Step:
    """One verb with what it takes, references still in it; `said` is how the file puts it, in one line."""

    verb: str
    args: Mapping[str, Any]
    said: str
    line: int
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """One way through a story, from its first step to its last; `title` is empty when there is only one."""

    title: str
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Story:
    path: str
    name: str
    about: str
    clock: str
    branches: Sequence[Branch]
    settings: Step | None = None

    @property
    def slug(self) -> str:
        """The file's name as part of an account's name."""
        return "".join(c if c.isalnum() and c.isascii() else "_" for c in FilePath(self.path).stem.lower())


@dataclass
class _Known:
    """What references and `since` may speak of at a point of the story."""

    names: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)

    def copy(self) -> "_Known":
        return _Known(list(self.names), list(self.marks))


def load(path: str | FilePath) -> Story:
    """The story in a file; raises Mistakes (all there are), or OSError when there is no such file."""
    try:
        text = FilePath(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Mistakes([f"{path}:1:1: the file is not UTF-8 text"]) from None
    return loads(text, str(path))


def loads(text: str, name: str) -> Story:
    """The story in a text; `name` stands for the file in messages."""
    file = read(text, name)
    if not isinstance(file.value, Mapping):
        file.complain((), "a story is a mapping with name: and steps:")
        file.refuse()
    head = _checked(StoryFile(), file.value, (), file)
    known = _Known()
    trunk = list(_steps(file.value.get("steps"), ("steps",), file, known))
    branches = [Branch("", trunk)]
    if isinstance(file.value.get("branches"), Mapping):
        branches = [
            Branch(title, [*trunk, *_steps(steps, ("branches", title), file, known.copy())])
            for title, steps in file.value["branches"].items()
        ]
        if not branches:
            file.complain(("branches",), "has no branch")
    file.refuse()
    assert head is not None  # else it would have been refused
    about = " ".join(head.get("about", "").split())
    return Story(name, head["name"], about, head.get("clock", START), branches, _settings(head, file))


def _settings(head: Mapping[str, Any], file: YamlFile) -> Step | None:
    """The settings of the story's account, as a step that comes before all others."""
    if "settings" not in head:
        return None
    return Step("settings", {"values": head["settings"]}, _said(head["settings"]), file.keys[("settings",)][0])


def _steps(raw: Any, path: Path, file: YamlFile, known: _Known) -> Iterator[Step]:
    if not isinstance(raw, list) or not raw:
        file.complain(path, f'"{path[-1]}" must be a list of steps, at least one')
        return
    for index, inner in enumerate(raw):
        step = _step(inner, (*path, index), file, known)
        if step is not None:
            yield step


def _step(raw: Any, path: Path, file: YamlFile, known: _Known) -> Step | None:
    if not isinstance(raw, Mapping) or not raw:
        file.complain(path, "a step is a verb with what it takes, such as `pay: $session`")
        return None
    verb, *others = raw
    if others:
        file.complain((*path, others[0]), f'a step has one verb, this one has "{verb}" and "{others[0]}"', key=True)
        return None
    path = (*path, verb)
    if verb not in VERBS:
        file.complain(path, f'unknown verb "{verb}"{suggestion(verb, VERBS)}', key=True)
        return None
    schema, given = VERBS[verb], raw[verb]
    shorthand = schema.shorthand if schema.keyless or not isinstance(given, Mapping) else None
    if shorthand is None and not isinstance(given, Mapping):
        file.complain(path, f'"{verb}" takes a mapping; its keys are {", ".join(keys(schema))}')
        return None
    _check_references(given, path, file, known)
    args = _checked(schema, {shorthand: given} if shorthand else given, path, file, shortened=shorthand is not None)
    _learn(verb, given, path, file, known)
    if args is None:
        return None
    alias = args.pop("alias", None)
    said = " · ".join(f"{key}: {_said(value)}" for key, value in given.items()) if verb == "expect" else _said(given)
    return Step(verb, args, f"{alias} = {said}" if alias else said, file.keys[path][0], alias)


def _checked(
    schema: Schema, given: Mapping[str, Any], path: Path, file: YamlFile, *, shortened: bool = False
) -> dict[str, Any] | None:
    """What the schema makes of the values, or None once their mistakes have been noted."""
    known = keys(schema)
    unknown = [key for key in given if key not in known]
    for key in unknown:
        file.complain((*path, key), f'unknown key "{key}"{suggestion(key, known)}', key=True)
    try:
        loaded: dict[str, Any] = schema.load({key: value for key, value in given.items() if key not in unknown})
        return loaded
    except ValidationError as error:
        for inner, message in _flat(error.messages):
            if inner[:1] == ("_schema",):
                file.complain(path, message)
                continue
            at = (*path, *(inner[1:] if shortened else inner))
            if len(inner) > 1:  # within a value: the message itself says what it is about
                file.complain(at, message, key=True)
            else:
                file.complain(at, f"{path[-1]}: {message}" if shortened else f'"{inner[0]}" {message}')
        return None


def _flat(messages: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flat(inner, (*path, key))
    else:
        for message in messages:
            yield path, message


def _check_references(value: Any, path: Path, file: YamlFile, known: _Known) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _check_names(key, (*path, key), file, known, key=True)
            _check_references(inner, (*path, key), file, known)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _check_references(inner, (*path, index), file, known)
    elif isinstance(value, str):
        _check_names(value, path, file, known)


def _check_names(text: str, path: Path, file: YamlFile, known: _Known, *, key: bool = False) -> None:
    if "${" in text:
        file.complain(path, "a reference has no braces: write $ada.email", key=key)
    for name in names_in(text):
        if name not in known.names:
            hint = suggestion(name, known.names) or "; no step has a name yet"
            file.complain(path, f'nothing is named "{name}" up to here{hint}', key=key)


def _learn(verb: str, given: Any, path: Path, file: YamlFile, known: _Known) -> None:
    """Take in the name or mark that the step makes, even of a step with mistakes: one mistake, one complaint."""
    if verb == "mark":
        known.marks.append(str(given))
    if not isinstance(given, Mapping):
        return
    if "since" in given and given["since"] not in known.marks:
        hint = suggestion(str(given["since"]), known.marks) or "; there is none yet"
        file.complain((*path, "since"), f'there is no mark "{given["since"]}" up to here{hint}')
    if verb == "let":
        for name in given:
            if not NAME.fullmatch(name):
                file.complain((*path, name), f'"{name}" is no name: small letters, digits and _', key=True)
        known.names += given
    elif "as" in given:
        known.names.append(str(given["as"]))


def _said(given: Any) -> str:
    """A step's values in one line, as the file puts them."""
    if isinstance(given, Mapping):
        return ", ".join(f"{key} {_inner(value)}" for key, value in given.items() if key != "as")
    if isinstance(given, list):
        return "no events" if not given else "1 event" if len(given) == 1 else f"{len(given)} events"
    text = "null" if given is None else str(given).lower() if isinstance(given, bool) else str(given)
    return " ".join(text.split())


def _inner(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_inner(each) for each in value)
    return f"({_said(value)})" if isinstance(value, Mapping) else _said(value)
