"""What can be wrong with a parameter, in Stripe's words: sections 1.2, 1.9 and 1.13 of stripe-behaviour.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LONGEST_SHOWN = 500  # characters of a value in a message
DEEPEST_SHOWN = 4  # levels of it


class Invalid(Exception):
    """A parameter that the operation refuses. `param` is its path: "items[0][price]"."""

    def __init__(self, message: str, code: str | None = None, param: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.param = param


class Wrong(Exception):
    """What is wrong with a value, on its way out through the levels that know its name.

    `names` is filled from the inside out. In a `template` the path takes the place of `{param}`.
    """

    def __init__(self, message: str = "", code: str | None = None, *names: str, template: str = "") -> None:
        self.message = message
        self.template = template
        self.code = code
        self.names = list(names)

    def told(self) -> Invalid:
        """For the caller, when all names are known."""
        param = path_of(self.names)
        return Invalid(self.template.replace("{param}", param) if self.template else self.message, self.code, param)


class Unknown(Wrong):
    """Parameters of one level that nobody knows; the message gives all their paths."""

    def __init__(self, unknown: list[str]) -> None:
        super().__init__("", "parameter_unknown", unknown[0])
        self.unknown = unknown

    def told(self) -> Invalid:
        paths = [path_of([name, *self.names[1:]]) for name in self.unknown]
        plural = "s" if len(paths) > 1 else ""
        return Invalid(f"Received unknown parameter{plural}: {', '.join(paths)}", self.code, paths[0])


def path_of(names: Sequence[str]) -> str:
    """`["price", "0", "items"]` as Stripe writes it: "items[0][price]"."""
    if not names:
        return ""
    return names[-1] + "".join(f"[{name}]" for name in reversed(names[:-1]))


def missing(name: str) -> Wrong:
    return Wrong("", "parameter_missing", name, template="Missing required param: {param}.")


def empty() -> Wrong:
    return Wrong(
        code="parameter_invalid_empty",
        template="You passed an empty string for '{param}'. We assume empty values are an attempt to unset a parameter;"
        " however '{param}' cannot be unset. You should remove '{param}' from your request or supply a"
        " non-empty value.",
    )


def no_choice(values: Sequence[Any]) -> Wrong:
    return Wrong(template=f"Invalid {{param}}: must be {'one of ' if len(values) > 1 else ''}{either(values)}")


def either(values: Sequence[Any]) -> str:
    """`none, reverse, or exempt`; `a or b`."""
    words = [str(value).lower() if isinstance(value, bool) else value or "an empty string" for value in values]
    if len(words) < 3:
        return " or ".join(words)
    return ", ".join(words[:-1]) + ", or " + words[-1]


def shown(value: Any) -> str:
    """A value as Stripe's messages show it, which is Ruby's way: `{"price"=>"price_1"}`; long ones are cut."""
    text = value if isinstance(value, str) else _inspected(value, DEEPEST_SHOWN)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."


def _inspected(value: Any, levels: int) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        pairs = (f"{_inspected(key, 0)}=>{_inspected(each, levels - 1)}" for key, each in value.items())
        return "{" + (", ".join(pairs) if levels > 0 else "...") + "}"
    if isinstance(value, list):
        return "[" + (", ".join(_inspected(each, levels - 1) for each in value) if levels > 0 else "...") + "]"
    return str(value)
