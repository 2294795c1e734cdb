"""What an invoice comes to: lines, less discounts and credits, taxes, the balance (stripe-behaviour.md 3.12-3.14)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mockbill.billing import automatic_tax, discounting, invoice_shipping, pretax_credits, taxing
from mockbill.billing.credits import application
from mockbill.rules import balance
from mockbill.world import Doc, Work

Credits = Callable[[Work, Mapping[str, Any], Sequence[Doc]], Sequence[Doc]]
"""What makes of the lines of an invoice those with billing credits."""


def of(
    w: Work, invoice: Mapping[str, Any], lines: Sequence[Doc], credits: Credits = application.shown
) -> dict[str, Any]:
    """The members of an invoice that its ``lines`` decide, in minor units.

    ``invoice`` is what is known of it so far: id, customer and currency, its discounts and tax settings where it has
    any, and the balance (negative is credit) from which it starts.  ``credits`` shows those that a draft will take.
    """
    lines = [{**line, "invoice": invoice["id"]} for line in lines]
    given: list[Doc] = []
    if discounting.applies(invoice, lines):
        lines = [pretax_credits.told(line) for line in discounting.spread(w, invoice, lines)]
        subtotal, discounted, given = _subtotal(lines), _discounted(lines), discounting.totals(invoice, lines)
    else:
        subtotal = discounted = sum([line["amount"] for line in lines])
    lines = credits(w, invoice, lines)
    credited = sum(map(pretax_credits.credited, lines))
    lines = taxing.levied(w, invoice, lines)
    sums = taxing.totals(w, lines, subtotal, discounted - credited)
    if invoice.get("shipping_cost"):
        sums |= invoice_shipping.added(w, invoice, sums)
    due = balance.due(sums["total"], invoice["starting_balance"])
    return {
        "lines": as_list(invoice["id"], lines),
        "total_discount_amounts": given,
        "total_pretax_credit_amounts": pretax_credits.totals(lines, given) if given or credited else [],
        **sums,
        **automatic_tax.told(invoice),
        "amount_due": due,
        "amount_remaining": due,
    }


def as_list(invoice_id: str, lines: Sequence[Doc]) -> Doc:
    """The embedded list object."""
    return {
        "object": "list",
        "data": list(lines),
        "has_more": False,
        "total_count": len(lines),
        "url": f"/v1/invoices/{invoice_id}/lines",
    }


def _subtotal(lines: Sequence[Doc]) -> int:
    return sum(line["amount"] - discounting.off_by_item(line) for line in lines)


def _discounted(lines: Sequence[Doc]) -> int:
    return sum(line["amount"] - discounting.off(line) for line in lines)
