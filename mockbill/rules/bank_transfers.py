"""Bank transfers: which kind each currency has, and which payment a transfer that came in is for."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

TYPES: Mapping[str, str] = MappingProxyType(
    {
        "eur": "eu_bank_transfer",
        "gbp": "gb_bank_transfer",
        "jpy": "jp_bank_transfer",
        "mxn": "mx_bank_transfer",
        "usd": "us_bank_transfer",
    }
)
"""The transfers that Stripe takes, by currency."""

COUNTRIES = ("BE", "DE", "ES", "FR", "IE", "NL")
"""Where the account of a transfer in euro may be."""


class Open(NamedTuple):
    """A payment that waits for a transfer: ``amount`` is what is missing; ``reference`` is what the payer may quote."""

    id: str
    amount: int
    reference: str | None


def shares(amount: int, waiting: Sequence[Open], reference: str | None = None) -> list[tuple[str, int]]:
    """What each payment gets of an amount, oldest ``waiting`` first: the one it quotes, else the one that it equals,
    else one after the other (Stripe's description of automatic reconciliation)."""
    chosen = [each for each in waiting if reference and each.reference == reference]
    chosen = chosen or [each for each in waiting if each.amount == amount][:1] or list(waiting)
    given = []
    for each in chosen:
        share = min(each.amount, amount)
        if share <= 0:
            continue
        given.append((each.id, share))
        amount -= share
    return given


def fee(amount: int) -> int:
    """Stripe's fee for a transfer: half a per cent, at most 5.00, in the smallest unit."""
    return min((amount * 5 + 500) // 1000, 500)
