"""One module for each Stripe object: binds its operations to verbs, declares its filters and includable fields."""

from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules

from mockbill.stripe_api.registry import TWINS
from mockbill.surface import Operation, operations

EXTRA: list[Operation] = []
"""Operations that the SDK does not describe but clients use, such as the Stripe CLI's."""


def load() -> None:
    """Import every resource module, which binds its operations."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    EXTRA[:] = [_like(key, operations()[twin]) for key, twin in TWINS.items()]


def _like(key: str, twin: Operation) -> Operation:
    method, path = key.split(" ")
    return replace(twin, key=key, method=method, path=path)
