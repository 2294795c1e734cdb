"""A customer's balance on an invoice: credit pays first, debt is collected along (stripe-behaviour.md 3.14, 3.5)."""

from typing import Literal, NamedTuple


class Applied(NamedTuple):
    """What an invoice comes to once the balance is applied, in minor units."""

    due: int
    balance: int  # what is left: below zero is credit, above zero waits for the next invoice
    kind: Literal["applied_to_invoice", "invoice_too_small"]


def due(total: int, balance: int) -> int:
    """What is left to pay; a total below zero is paid by nobody."""
    return max(0, total + balance)


def applied(total: int, balance: int, least: int) -> Applied:
    """The balance when the invoice is finalized; what is under the ``least`` charge waits on it for the next one."""
    to_pay = due(total, balance)
    if 0 < to_pay < least:
        return Applied(0, total + balance, "invoice_too_small")
    return Applied(to_pay, min(0, total + balance), "applied_to_invoice")
