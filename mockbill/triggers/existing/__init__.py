"""The recipes for objects that exist, by noun; importing them binds them (``@on``)."""

from importlib import import_module

_NOUNS = (
    "catalogue", "customers", "disputes", "funds", "invoices", "payments", "quotes", "refunds", "sessions", "setups",
    "subscriptions", "usage",
)  # fmt: skip


def load() -> None:
    """Import every module of recipes."""
    for noun in _NOUNS:
        import_module(f"{__name__}.{noun}")
