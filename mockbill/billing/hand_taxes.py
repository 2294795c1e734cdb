"""``tax_amounts``: the taxes on a line of an invoice as the seller, or a service of theirs, has reckoned them.

They stand as they are, whatever becomes of the line's amount.  Stripe documents that there can be up to 20, and none
beside tax rates or automatic tax; the wording of the refusals is ours.
"""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import amounts, automatic_tax, tax_rates, taxing
from mockbill.world import Doc, Problem, Work

MOST = 20


def put(w: Work, invoice: Doc, line_id: str, sent: Any, where: str) -> None:
    """Set the taxes of a line, or with ``""`` leave them to the rates again; ``where`` is the parameter."""
    if not sent:
        w.keep(taxing.BY_HAND, line_id, levies=None)
        return
    rated = any(taxing.own_rates(w, line) for line in invoice["lines"]["data"])
    if automatic_tax.is_on(invoice) or invoice["default_tax_rates"] or rated:
        raise Problem("You cannot set tax amounts on an invoice that has tax rates or automatic tax.", param=where)
    if len(sent) > MOST:
        raise Problem(f"A line item can have up to {MOST} tax amounts.", param=where)
    levies = [_levy(w, each, invoice["currency"], f"{where}[{place}]") for place, each in enumerate(sent)]
    w.keep(taxing.BY_HAND, line_id, levies=levies)


def _levy(w: Work, sent: Mapping[str, Any], currency: str, where: str) -> Doc:
    for name in ("amount", "taxable_amount"):
        amounts.check_amount(sent[name], currency, f"{where}[{name}]", most=amounts.MOST_ON_AN_INVOICE)
    rate = tax_rates.of_data(w, sent["tax_rate_data"], f"{where}[tax_rate_data]")
    return {
        "amount": sent["amount"],
        "tax_behavior": "inclusive" if rate["inclusive"] else "exclusive",
        "tax_rate_details": {"tax_rate": rate["id"]},
        "taxability_reason": sent.get("taxability_reason") or "not_available",
        "taxable_amount": sent["taxable_amount"],
        "type": "tax_rate_details",
    }
