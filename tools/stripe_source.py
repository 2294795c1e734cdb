"""Reads the source of the `stripe` package with `ast`: its classes, and their fields as types of the compiled file."""

from __future__ import annotations

import ast
import functools
import keyword
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Node = Any  # a type in the compiled encoding: str, list or dict

SCALARS = {"str": "string", "int": "integer", "bool": "boolean", "float": "number", "Decimal": "decimal", "Any": "any"}
MAPS = {"Dict", "UntypedStripeObject"}
WRAPPERS = {"NotRequired", "Required", "Unpack"}


@dataclass(frozen=True)
class Declared:
    """A class of the package and where it stands: its module and the classes around it."""

    module: Module
    body: ast.ClassDef
    around: tuple[ast.ClassDef, ...] = ()

    @property
    def object_name(self) -> str | None:
        for target, _, value in fields_of(self.body):
            if target == "OBJECT_NAME" and isinstance(value, ast.Constant):
                return str(value.value)
        return None


class Module:
    """One source file: its classes, the names it imports and its functional TypedDicts."""

    def __init__(self, package: Package, path: Path) -> None:
        self.package = package
        self.path = path
        tree = ast.parse(path.read_text(encoding="utf-8"))
        self.classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        self.imports = {
            alias.asname or alias.name: (node.module, alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }
        self.typed_dicts = {
            node.targets[0].id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
            and node.value.func.id == "TypedDict"
        }

    def find(self, name: str, around: tuple[ast.ClassDef, ...] = ()) -> Declared:
        """The class `name` means here: nested in the classes around, at module level, or imported."""
        for depth in range(len(around), 0, -1):
            for node in around[depth - 1].body:
                if isinstance(node, ast.ClassDef) and node.name == name:
                    return Declared(self, node, around[:depth])
        if name in self.classes:
            return Declared(self, self.classes[name])
        module, original = self.imports[name]
        return self.package.module(module).find(original)


class Package:
    """The installed `stripe` package as source files."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @functools.cache  # noqa: B019  one package per run
    def module(self, name: str) -> Module:
        path = self.root.joinpath(*name.split(".")[1:])
        return Module(self, path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py")

    def modules(self) -> Iterator[Module]:
        for path in sorted(self.root.rglob("_*.py")):
            parts = path.relative_to(self.root).with_suffix("").parts
            if "params" not in parts and path.name != "__init__.py":
                yield self.module(".".join(("stripe", *parts)))

    def constant(self, module: str, name: str) -> str:
        for node in ast.walk(ast.parse((self.root / module).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
                return str(ast.literal_eval(node.value))
        raise LookupError(f"{module} has no {name}")


# Types


def parsed(annotation: ast.expr) -> ast.expr:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return ast.parse(annotation.value.strip(), mode="eval").body
    return annotation


def fields_of(body: ast.ClassDef) -> Iterator[tuple[str, ast.expr, ast.expr | None]]:
    for node in body.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node.annotation, node.value


def literals(node: ast.expr) -> list[str | bool]:
    return [ast.literal_eval(each) for each in (node.elts if isinstance(node, ast.Tuple) else [node])]


def alternatives(node: ast.expr) -> Iterator[ast.expr]:
    """The members of `A | B`, `Union[A, B]` and `Optional[A]`, flat."""
    node = parsed(node)
    if isinstance(node, ast.BinOp):
        yield from alternatives(node.left)
        yield from alternatives(node.right)
    elif isinstance(node, ast.Subscript) and name_of(node.value) == "Union":
        for each in arguments(node):
            yield from alternatives(each)
    elif isinstance(node, ast.Subscript) and name_of(node.value) == "Optional":
        yield ast.Constant(None)
        yield from alternatives(node.slice)
    else:
        yield node


def name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def arguments(node: ast.Subscript) -> list[ast.expr]:
    return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]


@dataclass(frozen=True)
class Scope:
    module: Module
    around: tuple[ast.ClassDef, ...] = ()

    def node(self, annotation: ast.expr) -> Node:
        """The compiled type of an annotation."""
        nullable = False
        members: list[Node] = []
        for member in alternatives(annotation):
            if isinstance(member, ast.Constant) and member.value is None:
                nullable = True
            elif isinstance(member, ast.Subscript) and name_of(member.value) == "Literal":
                values = literals(member.slice)
                nullable |= "" in values
                if values != [""]:
                    members.append(["enum", *(value for value in values if value != "")])
            else:
                node = self.single(member)
                if node not in members:
                    members.append(node)
        if not members:  # Literal[''] alone: a parameter that can only be unset
            return ["enum", ""]
        if any(tag(node) == "enum" for node in members):
            # `Literal['a', 'b'] | str` is how the SDK leaves room for later API versions; Stripe refuses others.
            members = [node for node in members if node != "string"]
        return optional(united(members)) if nullable else united(members)

    def single(self, node: ast.expr) -> Node:
        if isinstance(node, ast.Subscript):
            name, inner = name_of(node.value), arguments(node)
            if name in WRAPPERS:
                return self.node(inner[0])
            if name == "List":
                return ["list", self.node(inner[0])]
            if name in MAPS:
                return ["map", self.node(inner[-1])]
            if name == "ListObject":
                return ["list_object", self.node(inner[0])]
            if name == "ExpandableField":
                return ["id", *self.kinds(inner[0])]
            raise ValueError(ast.dump(node))
        name = name_of(node)
        if name in SCALARS:
            return SCALARS[name]
        if name == "UntypedStripeObject":
            return ["map", "any"]
        found = self.find(node)
        kind = found.object_name
        return ["kind", kind] if kind else object_type(found)

    def find(self, node: ast.expr) -> Declared:
        if isinstance(node, ast.Attribute):
            outer = self.find(node.value)
            return outer.module.find(node.attr, (*outer.around, outer.body))
        return self.module.find(name_of(node), self.around)

    def kinds(self, annotation: ast.expr) -> list[str]:
        found = [self.find(member).object_name for member in alternatives(annotation)]
        return [kind for kind in found if kind]


def tag(node: Node) -> str:
    return str(node[0]) if isinstance(node, list) else ""


def optional(node: Node) -> Node:
    if isinstance(node, str):
        return node if node.startswith("?") else "?" + node
    return ["?", node]


def united(members: list[Node]) -> Node:
    if len(members) == 1:
        return members[0]
    if all(tag(node) == "kind" for node in members):
        return ["kind", *(kind for node in members for kind in node[1:])]
    return ["any_of", *members]


def object_type(found: Declared) -> dict[str, Node]:
    """The fields of a class by name; a required parameter's name ends in `!`."""
    module, body = found.module, found.body
    scope = Scope(module, (*found.around, body))
    is_params = "params" in module.path.parts
    encoded = wire_encodings(body)
    declared = [*inherited(found), *((name, annotation) for name, annotation, _ in fields_of(body))]
    fields: dict[str, Node] = {}
    for name, annotation in declared:
        if name.startswith("_") or name == "OBJECT_NAME":
            continue
        annotation = parsed(annotation)
        may_lack = isinstance(annotation, ast.Subscript) and name_of(annotation.value) == "NotRequired"
        node = scope.node(annotation)
        if encoded.get(name) == "int64_string":
            node = node.replace("integer", "int64_string")
        if keyword.iskeyword(name.removesuffix("_")):
            name = name.removesuffix("_")  # `from_` stands for `from`
        fields[name if may_lack or not is_params else name + "!"] = node
    return dict(sorted(fields.items()))


def wire_encodings(body: ast.ClassDef) -> dict[str, Any]:
    for node in body.body:
        if isinstance(node, ast.Assign) and name_of(node.targets[0]) == "_field_encodings":
            return dict(ast.literal_eval(node.value))
    return {}


def inherited(found: Declared) -> Iterator[tuple[str, ast.expr]]:
    """Fields of a TypedDict base written as a call, which is how the SDK spells `in`, `is` and `from`."""
    for base in found.body.bases:
        call = found.module.typed_dicts.get(name_of(base))
        if call and isinstance(call.args[1], ast.Dict):
            for key, value in zip(call.args[1].keys, call.args[1].values, strict=True):
                assert key is not None
                yield ast.literal_eval(key), value
