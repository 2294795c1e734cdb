"""The registry of recipes: which function causes which event, on fresh objects or on one of a kind that exists."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from mockbill import surface

if TYPE_CHECKING:
    from mockbill.triggers.cause import Cause

_Fresh = TypeVar("_Fresh", bound="Callable[[Cause], object]")
_On = TypeVar("_On", bound="Callable[[Cause, Any], object]")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an event is caused; ``sets`` is the operation whose parameters ``--set`` may give.

    ``newest`` is the kind whose ``on`` recipe serves a customer that has one.
    """

    cause: "Callable[..., object]"
    sets: str | None
    newest: str | None = None


_FRESH: dict[str, Recipe] = {}
_ON: dict[str, dict[str, Recipe]] = {}  # by event, then by kind

FRESH: Mapping[str, Recipe] = MappingProxyType(_FRESH)
ON: Mapping[str, Mapping[str, Recipe]] = MappingProxyType(_ON)


def fresh(*types: str, sets: str | None = None, newest: str | None = None) -> Callable[[_Fresh], _Fresh]:
    """Bind a recipe that causes these events on objects that it makes itself, or for ``c.customer()``."""

    def bind(recipe: _Fresh) -> _Fresh:
        for type in types:
            _check(type, sets)
            assert type not in _FRESH, f"{type} has a recipe already"
            _FRESH[type] = Recipe(recipe, sets, newest)
        return recipe

    return bind


def on(kind: str, *types: str, sets: str | None = None) -> Callable[[_On], _On]:
    """Bind a recipe that causes these events on an object of a kind, which it is given."""

    def bind(recipe: _On) -> _On:
        assert kind in surface.kinds(), f"there is no kind {kind}"
        for type in types:
            _check(type, sets)
            recipes = _ON.setdefault(type, {})
            assert kind not in recipes, f"{type} has a recipe for a {kind} already"
            recipes[kind] = Recipe(recipe, sets)
        return recipe

    return bind


def known() -> list[str]:
    """The names of all events that can be triggered, thin ones last."""
    return [*sorted(surface.events()), *sorted(surface.thin_events())]


def _check(type: str, sets: str | None) -> None:
    assert type in surface.events() or type in surface.thin_events(), f"there is no event {type}"
    assert sets is None or sets in surface.operations(), f"there is no operation {sets}"
