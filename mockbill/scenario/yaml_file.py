"""A YAML 1.2 file as plain values, with the line and column of each of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import yaml

Path = tuple[str | int, ...]
Place = tuple[int, int]  # line and column, from 1


class Mistakes(Exception):
    """What is wrong with a file, one `file:line:column: …` each."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class _Loader(yaml.SafeLoader):
    """YAML 1.2's core schema: `yes`, `no`, `on`, `off`, dates and 1:30 are text, 017 is seventeen."""


_Loader.yaml_implicit_resolvers = {}
for _kind, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(f"^(?:{_pattern})$"), list(_first))


@dataclass
class YamlFile:
    """`value` and, by its path, the place of each value and of each mapping's key; `mistakes` collects complaints."""

    name: str
    value: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    mistakes: list[tuple[Place, str]] = field(default_factory=list)

    def complain(self, path: Path, message: str, *, key: bool = False) -> None:
        """Note a mistake at the value of a path, or at its key; what has no place of its own is at its parent's."""
        if key and path in self.keys:
            place = self.keys[path]
        else:
            while path and path not in self.places:
                path = path[:-1]
            place = self.places.get(path, (1, 1))
        self.mistakes.append((place, message))

    def refuse(self) -> None:
        """Raise Mistakes if there are any, in the order of the file."""
        if self.mistakes:
            found = dict.fromkeys(sorted(self.mistakes))
            raise Mistakes([f"{self.name}:{line}:{column}: {message}" for (line, column), message in found])


def read(text: str, name: str) -> YamlFile:
    """Read one YAML document; raises Mistakes for bad YAML or an empty file, and notes keys that come twice."""
    file = YamlFile(name)
    try:
        root = yaml.compose(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        file.mistakes.append((place, " ".join(filter(None, (error.context, error.problem)))))
    except yaml.YAMLError as error:
        file.mistakes.append(((1, 1), str(error).splitlines()[0]))
    else:
        if root is None or (isinstance(root, yaml.ScalarNode) and not root.value):
            file.mistakes.append(((1, 1), "the file is empty"))
        else:
            file.value = _plain(root, (), file, ())
    if file.value is None:
        file.refuse()
    return file


def _plain(node: yaml.Node, path: Path, file: YamlFile, inside: tuple[yaml.Node, ...]) -> Any:
    file.places[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if any(node is outer for outer in inside):
        line, column = file.places[path]
        raise Mistakes([f"{file.name}:{line}:{column}: an anchor cannot contain itself"])
    if isinstance(node, yaml.SequenceNode):
        return [_plain(inner, (*path, index), file, (*inside, node)) for index, inner in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, file, (*inside, node))
    return _scalar(node, path, file)


def _mapping(node: yaml.MappingNode, path: Path, file: YamlFile, inside: tuple[yaml.Node, ...]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
        place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if key in made:
            file.mistakes.append((place, f'the key "{key}" is here twice'))
        file.keys[(*path, key)] = place
        made[key] = _plain(value_node, (*path, key), file, inside)
    return made


def _scalar(node: yaml.Node, path: Path, file: YamlFile) -> Any:
    kind = node.tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        return node.value.lower() == "true"
    if kind == "int":
        return int(node.value)
    if kind == "float":
        return float(node.value)
    if kind != "str":
        file.complain(path, f"the tag {node.tag} means nothing in a story")
    return node.value


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean "pay"?` for the likeliest of the known words, else all of them."""
    words = list(dict.fromkeys(known))
    close = get_close_matches(word, words, n=1)
    return f'; did you mean "{close[0]}"?' if close else f"; there are {', '.join(words)}" if words else ""
