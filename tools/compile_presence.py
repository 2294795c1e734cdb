"""Compiles the npm package `stripe` into tools/presence.json: which fields an answer may lack, which are never null.

The Python package calls a field that may be null and one that may be missing both `Optional`; the declarations for
TypeScript tell them apart (`name: string | null`, `name?: string`). Run it when the API version changes:

    npm pack stripe@23.1.0 && tar xzf stripe-23.1.0.tgz && .venv/bin/python tools/compile_presence.py package

tools/compile_surface.py reads what it writes.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import compile_surface
from stripe_source import Node, tag

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
FIELD = re.compile(r"['\"]?(?P<name>\w+)['\"]?(?P<optional>\?)?: (?P<type>.*?)(?P<open>\{)?;?$")
BLOCK = re.compile(r"(?:export )?(?:declare )?(?P<what>interface|namespace|class|type) (?P<name>\w+)")
IMPORT = re.compile(r"import (?:type )?\{(?P<names>[^}]*)\} from '(?P<path>[^']+)'")
REFERENCE = re.compile(r"[A-Za-z_][\w.]*")


@dataclass
class Member:
    may_lack: bool
    type: str

    @property
    def may_be_null(self) -> bool:
        return bool(re.search(r"\bnull\b", self.type))


@dataclass
class Declarations:
    """One .d.ts file: the interfaces by dotted name, the kinds among them, and where other names come from."""

    path: Path
    interfaces: dict[str, dict[str, Member]] = field(default_factory=lambda: defaultdict(dict))
    kinds: dict[str, str] = field(default_factory=dict)
    imports: dict[str, Path] = field(default_factory=dict)

    def read(self) -> Declarations:
        stack: list[tuple[str, str]] = []
        text = COMMENT.sub("", self.path.read_text(encoding="utf-8"))
        for line in filter(None, map(str.strip, text.splitlines())):
            if found := IMPORT.match(line):
                source = self.path.parent / found["path"].replace(".js", ".d.ts")
                self.imports |= dict.fromkeys(
                    (name.split(" as ")[-1].strip() for name in found["names"].split(",")), source
                )
            elif line.startswith("}"):
                stack.pop()
            elif (found := BLOCK.match(line)) and line.endswith("{"):
                stack.append((found["what"], found["name"]))
                if found["what"] == "interface":
                    self.interfaces[dotted(stack)]  # an empty one is known as well
            elif stack and stack[-1][0] in {"interface", "field"}:
                self.member(line, stack)
            elif line.endswith("{"):
                stack.append(("other", ""))
        return self

    def member(self, line: str, stack: list[tuple[str, str]]) -> None:
        interface = dotted(stack)
        if stack[-1][0] == "field":  # `[key: string]: Type;` inside a map
            self.interfaces[interface][stack[-1][1]].type += " " + line.partition("]: ")[2]
            if line.endswith("{"):
                stack.append(("other", ""))
        elif found := FIELD.match(line):
            self.interfaces[interface][found["name"]] = Member(bool(found["optional"]), found["type"])
            if found["open"]:
                stack.append(("field", found["name"]))
            elif found["name"] == "object" and len(stack) == 1 and not interface.startswith("Deleted"):
                self.kinds[found["type"].strip("'")] = interface
        elif line.endswith("{"):
            stack.append(("other", ""))


def dotted(stack: list[tuple[str, str]]) -> str:
    return ".".join(name for what, name in stack if what in {"namespace", "interface"})


class Typings:
    """All declarations of the package."""

    def __init__(self, root: Path) -> None:
        paths = (root / "shared.d.ts", *sorted((root / "resources").rglob("*.d.ts")))
        self.files = {path.resolve(): Declarations(path).read() for path in paths}

    def kind(self, kind: str) -> tuple[Declarations, str] | None:
        for file in self.files.values():
            if kind in file.kinds:
                return file, file.kinds[kind]
        return None

    def interface_in(self, type_: str, file: Declarations, within: str) -> tuple[Declarations, str] | None:
        """The interface that a type names, looked up as TypeScript does: in the namespaces around, then imports."""
        for name in REFERENCE.findall(type_):
            around = within.split(".")
            for depth in range(len(around), -1, -1):
                dotted = ".".join([*around[:depth], name])
                if dotted in file.interfaces:
                    return file, dotted
            source = (
                self.files.get(file.imports[name.split(".")[0]].resolve())
                if name.split(".")[0] in file.imports
                else None
            )
            if source and name in source.interfaces:
                return source, name
        return None


def presence_of(typings: Typings, kind: str, shape: Node) -> Iterator[tuple[str, str]]:
    """(path, mark) of each `Optional` field that is not simply null when it has no value.

    Marks: "-" left out, "0" left out or null, "+" always there and never null.
    """
    found = typings.kind(kind)
    if found is None:
        print(f"{kind}: not declared for TypeScript")
        return
    yield from walk(typings, *found, shape, ())


def walk(
    typings: Typings, file: Declarations, interface: str, shape: Node, path: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    for name, node in shape.items():
        member = file.interfaces[interface].get(name)
        if member is None:
            print(f"{'.'.join((*path, name))}: not in {interface} of {file.path.name}")
            continue
        here = (*path, name)
        if tag(node) == "?" or (isinstance(node, str) and node.startswith("?")):
            mark = {(True, False): "-", (True, True): "0", (False, False): "+"}.get(
                (member.may_lack, member.may_be_null)
            )
            if mark:
                yield ".".join(here), mark
        inner = object_inside(node)
        if inner is not None:
            found = typings.interface_in(member.type, file, interface)
            if found:
                yield from walk(typings, *found, inner, here)
            else:
                print(f"{'.'.join(here)}: no interface for {member.type}")


def object_inside(node: Node) -> dict[str, Node] | None:
    while isinstance(node, list) and node[0] in {"?", "list", "map"}:
        node = node[1]
    return node if isinstance(node, dict) else None


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("package", type=Path, help="the unpacked npm package")
    package = arguments.parse_args().package
    shapes = compile_surface.shapes_of(compile_surface.installed())
    compile_surface.PRESENCE.write_text(compiled(package, shapes), encoding="utf-8")


def compiled(package: Path, shapes: dict[str, dict[str, Node]]) -> str:
    """The file's text, one kind on a line."""
    version = (package / "esm" / "apiVersion.d.ts").read_text(encoding="utf-8").split('"')[1]
    typings = Typings(package / "esm")
    fields = {kind: dict(sorted(presence_of(typings, kind, shape))) for kind, shape in sorted(shapes.items())}
    marked = {kind: marks for kind, marks in fields.items() if marks}
    return compile_surface.rendered({"api_version": version, "fields": marked})


if __name__ == "__main__":
    main()
