"""The lines of a payment's ``amount_details``: whether they add up to what is paid (Stripe's guide to line items)."""

from collections.abc import Mapping, Sequence
from typing import Any

MISMATCH = "amount_details_amount_mismatch"
TOO_MUCH = "amount_details_tax_shipping_discount_greater_than_amount"


def wrong(amount: int, details: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> str | None:
    """The code of what does not add up, None where all does; amounts in the smallest unit.

    Lines less discounts and with taxes and shipping are the amount.  Discounts and taxes are told for all, or by line.
    Without lines, taxes and shipping can only not be more than the amount.
    """
    tax = _tax(details) + sum(_tax(line) for line in lines)
    shipping = (details.get("shipping") or {}).get("amount") or 0
    discount = (details.get("discount_amount") or 0) + sum(line.get("discount_amount") or 0 for line in lines)
    if not lines:
        return TOO_MUCH if tax + shipping > amount else None
    total = sum(line["unit_cost"] * line["quantity"] for line in lines)
    return MISMATCH if total - discount + tax + shipping != amount else None


def _tax(details: Mapping[str, Any]) -> int:
    return (details.get("tax") or {}).get("total_tax_amount") or 0
