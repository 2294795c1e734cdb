"""The recipes, by noun; importing them binds them."""

from importlib import import_module

_NOUNS = (
    "checkout",
    "connect",
    "customers",
    "finer",
    "funds",
    "invoices",
    "methods",
    "neighbours",
    "payments",
    "plain",
    "quotes",
    "subscriptions",
    "usage",
)


def load() -> None:
    """Import every module of recipes, in alphabetical order."""
    for noun in _NOUNS:
        import_module(f"{__name__}.{noun}")
