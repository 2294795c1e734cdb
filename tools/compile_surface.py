"""Compiles the installed `stripe` package into mockbill/surface/surface.json: operations, shapes and event names.

The package is read as source, never imported. Run `make surface` after changing its version; `--check` exits 1 when
the file is not what the installed package says. The encoding of types is in mockbill/surface/data.py.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import hashlib
import importlib.util
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stripe_source import (
    Declared,
    Module,
    Node,
    Package,
    Scope,
    alternatives,
    fields_of,
    literals,
    name_of,
    object_type,
    parsed,
    tag,
)

TARGET = Path(__file__).parent.parent / "mockbill" / "surface" / "surface.json"
PRESENCE = Path(__file__).with_name("presence.json")
POINTERS = {"RelatedObject": "object", "RelatedSingletonObject": "singleton", "": "nothing"}
INLINE_UP_TO = 24  # characters; a repeated type longer than this goes to the table


# Operations


@dataclass(frozen=True)
class Request:
    """One `self._request("get", "/v1/…", params=…)` inside a method of the package."""

    key: str
    verb: str
    answer: str
    kinds: list[str]
    parameters: Node

    def compiled(self) -> list[Node]:
        return [self.verb, self.kinds, self.answer, self.parameters]


def operations_of(package: Package) -> dict[str, Request]:
    """All operations by key. The service classes have nearly all; a few are class methods of a resource only."""
    found: dict[str, Request] = {}
    for module in package.modules():
        found |= {
            request.key: request for request in requests_of(module, {"_request", "_request_stream"}, services=True)
        }
    known = set(map(without_names, found))
    for module in package.modules():
        for request in requests_of(module, {"_static_request"}, services=False):
            if without_names(request.key) not in known:
                verb = request.verb.partition("_")[0]  # list_refunds is a list of refunds
                found[request.key] = dataclasses.replace(request, verb=verb)
    return {key: with_kind(request, found) for key, request in sorted(found.items())}


def without_names(key: str) -> str:
    return re.sub(r"{\w+}", "{}", key)


def with_kind(request: Request, operations: dict[str, Request]) -> Request:
    """v2 deletions do not say what they delete: it is what the same path retrieves."""
    retrieve = operations.get(request.key.replace("DELETE", "GET", 1))
    if request.answer == "deleted" and not request.kinds and retrieve:
        return dataclasses.replace(request, kinds=retrieve.kinds)
    return request


def requests_of(module: Module, callers: set[str], services: bool) -> Iterator[Request]:
    for body in module.classes.values():
        if any(name_of(base) == "StripeService" for base in body.bases) != services:
            continue
        for method in body.body:
            if isinstance(method, ast.FunctionDef):
                for call in ast.walk(method):
                    if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in callers and path_of(call):
                        yield request_of(module, method, call)


def request_of(module: Module, method: ast.FunctionDef, call: ast.Call) -> Request:
    http, path = str(ast.literal_eval(call.args[0])).upper(), path_of(call)
    assert method.returns is not None
    answer, kinds = answer_of(Scope(module), parsed(method.returns), http)
    return Request(f"{http} {path}", method.name, answer, kinds, parameters_of(module, method))


def path_of(call: ast.Call) -> str | None:
    """The path that a request names: a literal or a literal's `.format(...)`; None for a computed one."""
    path = call.args[1] if len(call.args) > 1 else None
    if isinstance(path, ast.Call) and isinstance(path.func, ast.Attribute):
        path = path.func.value
    return path.value if isinstance(path, ast.Constant) and isinstance(path.value, str) else None


def parameters_of(module: Module, method: ast.FunctionDef) -> dict[str, Node]:
    """The tree of the class that annotates `params` or `**params: Unpack[...]`."""
    for argument in (*method.args.args, method.args.kwarg):
        if argument and argument.arg == "params" and argument.annotation:
            annotation = parsed(argument.annotation)
            if isinstance(annotation, ast.Subscript) and name_of(annotation.value) == "Unpack":
                annotation = annotation.slice
            for member in alternatives(annotation):
                if isinstance(member, ast.Name):
                    return object_type(module.find(member.id))
    return {}


def answer_of(scope: Scope, returns: ast.expr, http: str) -> tuple[str, list[str]]:
    if isinstance(returns, ast.Subscript) and name_of(returns.value) in {"ListObject", "SearchResultObject"}:
        answer = "list" if name_of(returns.value) == "ListObject" else "search_result"
        return answer, scope.kinds(returns.slice)
    if name_of(returns) == "Any":
        return "bytes", []
    if isinstance(returns, ast.Constant):
        return "nothing", []
    if name_of(returns) == "DeletedObject":
        return "deleted", []
    found = [scope.find(member) for member in alternatives(returns)]
    leaves = any(name == "deleted" for each in found for name, _, _ in fields_of(each.body))
    return "deleted" if http == "DELETE" and leaves else "object", scope.kinds(returns)


# Interning


class Types:
    """Gives types that stand in more than one place a name (the start of their hash) and a line in a table."""

    def __init__(self, roots: Iterable[Node]) -> None:
        self.seen: Counter[str] = Counter()
        self.table: dict[str, Node] = {}
        for root in roots:
            self.count(root)

    def count(self, node: Node) -> None:
        text = written(node)
        if len(text) > INLINE_UP_TO:
            self.seen[text] += 1
            if self.seen[text] == 1:  # what is inside a repeated type stands once more in the table only
                for inner in inside(node):
                    self.count(inner)

    def named(self, node: Node) -> Node:
        """The node with its repeated parts replaced by their names, itself included."""
        text = written(node)
        if self.seen[text] < 2:
            return self.spelled(node)
        name = "#" + hashlib.sha256(text.encode()).hexdigest()[:8]
        if self.table.setdefault(name, self.spelled(node)) != self.spelled(node):
            raise ValueError(f"Two types share the name {name}: lengthen it.")
        return name

    def spelled(self, node: Node) -> Node:
        if isinstance(node, dict):
            return {name: self.named(value) for name, value in node.items()}
        if tag(node) == "?" and isinstance(inner := self.named(node[1]), str):
            return "?" + inner  # as scalars are written
        if tag(node) in {"?", "list", "map", "list_object", "any_of"}:
            return [node[0], *(self.named(value) for value in node[1:])]
        return node


def inside(node: Node) -> Iterable[Node]:
    if isinstance(node, dict):
        return node.values()
    return [value for value in node[1:] if not isinstance(value, str)] if isinstance(node, list) else []


def written(node: Node) -> str:
    return json.dumps(node, separators=(",", ":"), ensure_ascii=False)


# The file


def events_of(package: Package) -> list[str]:
    params = package.module("stripe.params._webhook_endpoint_create_params").find("WebhookEndpointCreateParams")
    node = object_type(params)["enabled_events!"]
    return sorted(name for name in node[1][1:] if name != "*")


def thin_events_of(package: Package) -> dict[str, str]:
    """By type of thin event, what it points to: an "object", a "singleton" (which has no id) or "nothing"."""
    found = {}
    for path in sorted((package.root / "events").glob("_*_event.py")):
        module = package.module(f"stripe.events.{path.stem}")
        for name, body in module.classes.items():
            if name.endswith("EventNotification"):
                fields = {target: annotation for target, annotation, _ in fields_of(body)}
                pointer = name_of(fields["related_object"]) if "related_object" in fields else ""
                (type_,) = literals(fields["type"].slice)  # type: ignore[attr-defined]
                found[str(type_)] = POINTERS[pointer]
    return dict(sorted(found.items()))


def shapes_of(package: Package) -> dict[str, dict[str, Node]]:
    found = {}
    for module in package.modules():
        for body in module.classes.values():
            declared = Declared(module, body)
            if declared.object_name and declared.object_name not in {"list", "search_result"}:
                found[declared.object_name] = object_type(declared)
    return found


def marked(shape: dict[str, Node], marks: dict[str, str], path: str = "") -> dict[str, Node]:
    """The shape with `~` after the names of fields that an answer may lack, and null only where it may be."""
    fields: dict[str, Node] = {}
    for name, node in shape.items():
        mark = marks.get(path + name, "")
        if mark in {"-", "+"}:
            node = node[1:] if isinstance(node, str) else node[1]
        may_lack = mark in {"-", "0"} or name == "deleted"
        fields[name + "~" if may_lack else name] = inner_marked(node, marks, f"{path}{name}.")
    return fields


def inner_marked(node: Node, marks: dict[str, str], path: str) -> Node:
    if isinstance(node, dict):
        return marked(node, marks, path)
    if tag(node) in {"?", "list", "map"}:
        return [node[0], inner_marked(node[1], marks, path)]
    return node


def presence_for(version: str) -> dict[str, dict[str, str]]:
    """By kind and path, what tools/compile_presence.py found for this API version."""
    presence = json.loads(PRESENCE.read_text(encoding="utf-8"))
    if presence["api_version"] != version:
        raise SystemExit(f"{PRESENCE} is of API version {presence['api_version']}: see tools/compile_presence.py.")
    fields: dict[str, dict[str, str]] = presence["fields"]
    return fields


def surface_of(package: Package) -> dict[str, Any]:
    """Everything the package says, by section."""
    operations = {key: request.compiled() for key, request in operations_of(package).items()}
    version = package.constant("_api_version.py", "CURRENT")
    presence = presence_for(version)
    shapes = {kind: marked(shape, presence.get(kind, {})) for kind, shape in shapes_of(package).items()}
    types = Types([*(operation[-1] for operation in operations.values()), *shapes.values()])
    sections = {
        "operations": {key: [*value[:-1], types.named(value[-1])] for key, value in operations.items()},
        "shapes": {kind: types.spelled(node) for kind, node in sorted(shapes.items())},
        "types": dict(sorted(types.table.items())),
    }
    return {
        "api_version": version,
        "stripe": package.constant("_version.py", "VERSION"),
        "events": events_of(package),
        "thin_events": thin_events_of(package),
        **sections,
    }


def rendered(surface: dict[str, Any]) -> str:
    """JSON with one entry of each section on a line, so that a diff reads."""
    parts = []
    for section, content in surface.items():
        if isinstance(content, dict):
            lines = ",\n".join(f"{written(key)}:{written(value)}" for key, value in content.items())
            parts.append(f"{written(section)}:{{\n{lines}\n}}")
        elif isinstance(content, list):
            parts.append(f"{written(section)}:[\n" + ",\n".join(map(written, content)) + "\n]")
        else:
            parts.append(f"{written(section)}:{written(content)}")
    return "{" + ",\n".join(parts) + "}\n"


def installed() -> Package:
    """The `stripe` package of this environment."""
    spec = importlib.util.find_spec("stripe")
    if spec is None or spec.origin is None:
        raise SystemExit("The stripe package is not installed: run `make setup`.")
    return Package(Path(spec.origin).parent)


def compiled() -> str:
    """The file's text for the installed package."""
    return rendered(surface_of(installed()))


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="exit 1 when the file is not current; write nothing")
    text = compiled()
    if arguments.parse_args().check:
        current = TARGET.exists() and TARGET.read_text(encoding="utf-8") == text
        if not current:
            print(f"{TARGET} is not what the installed stripe package says: run `make surface`.", file=sys.stderr)
        return 0 if current else 1
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET}: {len(text):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
