"""What a credit note gives back of its invoice's shipping, in minor units."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from mockbill.billing.credit_notes import crediting
from mockbill.rules import money
from mockbill.world import Doc, Problem, Work

_SUMS = ("amount_subtotal", "amount_tax", "amount_total")


def left(w: Work, invoice: Doc) -> Doc | None:
    """``shipping_cost`` of the invoice, less what other credit notes have given back of it; None without any."""
    cost: Doc | None = invoice["shipping_cost"]
    if not cost:
        return None
    gone = [note["shipping_cost"] for note in crediting.issued(w, invoice) if note["shipping_cost"]]
    return {**cost, **{name: cost[name] - sum(each[name] for each in gone) for name in _SUMS}}


def asked(w: Work, invoice: Doc, params: Mapping[str, Any] | None) -> Doc | None:
    """What the parameter ``shipping_cost`` gives back: all that is left of the invoice's."""
    if not params:
        return None
    rest, where = left(w, invoice), "shipping_cost[shipping_rate]"
    if rest is None or params.get("shipping_rate") not in (None, rest["shipping_rate"]):
        raise Problem(f"The invoice {invoice['id']} has no shipping by this rate.", param=where)
    if not rest["amount_total"]:
        raise Problem("The shipping of this invoice has been credited already.", param=where)
    return rest


def part(rest: Doc | None, total: int) -> Doc | None:
    """So much of what is left, with its share of the tax; None for nothing."""
    if not rest or not total:
        return None
    tax = money.round_half_up(Fraction(rest["amount_tax"] * total, rest["amount_total"]))
    subtotal = total if rest["amount_subtotal"] == rest["amount_total"] else total - tax  # inclusive tax is part of it
    return {**rest, "amount_subtotal": subtotal, "amount_tax": tax, "amount_total": total}


def included(sums: Mapping[str, Any], cost: Doc | None) -> dict[str, Any]:
    """The sums of a credit note with its shipping."""
    if cost is None:
        return dict(sums)
    total = sums["total"] + cost["amount_total"]
    return {
        **sums,
        "amount": total,
        "amount_shipping": cost["amount_subtotal"],
        "shipping_cost": cost,
        "total": total,
        "total_excluding_tax": sums["total_excluding_tax"] + cost["amount_total"] - cost["amount_tax"],
    }
