"""``shipping_cost`` of an invoice: a shipping rate, or one that is made for it, on top of the lines.

It is no part of the subtotal, and no discount comes off it.  Only automatic tax taxes it (that tax rates set by hand
leave it alone is not established).
"""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import automatic_tax
from mockbill.billing.storefront import shipping_rates
from mockbill.rules import taxes
from mockbill.world import Doc, Problem, Work

PARAMETER = "shipping_cost"
_CODE = "txcd_92010001"  # Stripe's tax code of shipping


def fields_of(w: Work, params: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """The members of an invoice that the parameter makes, still without tax; ``{}`` where it was not sent."""
    if PARAMETER not in params:
        return {}
    asked = params[PARAMETER]
    if not asked:
        return {PARAMETER: None, "amount_shipping": 0}
    rate = _rate(w, asked)
    amount = _amount(rate, currency)
    return {
        PARAMETER: {"amount_subtotal": amount, "amount_tax": 0, "amount_total": amount, "shipping_rate": rate["id"]}
    }


def added(w: Work, invoice: Mapping[str, Any], sums: Mapping[str, Any]) -> dict[str, Any]:
    """The amounts of an invoice with its shipping, which it must have, on top of these ``sums``."""
    cost = invoice[PARAMETER]
    amount, rate = cost["amount_subtotal"], w.need("shipping_rate", cost["shipping_rate"])
    price, product = {"tax_behavior": rate["tax_behavior"]}, {"tax_code": rate["tax_code"] or _CODE}
    levied = automatic_tax.rate_on(w, invoice, price, product) if automatic_tax.is_on(invoice) else None
    tax, on_top = 0, 0
    if levied:
        [[levy]] = taxes.levied([taxes.Line(amount, (levied,))])
        tax, on_top = levy.amount, 0 if levied.inclusive else levy.amount
    return {
        "amount_shipping": amount,
        PARAMETER: {**cost, "amount_tax": tax, "amount_total": amount + on_top},
        "total": sums["total"] + amount + on_top,
        "total_excluding_tax": sums["total_excluding_tax"] + amount + on_top - tax,
    }


def _rate(w: Work, asked: Mapping[str, Any]) -> Doc:
    named, data = asked.get("shipping_rate"), asked.get("shipping_rate_data")
    if bool(named) == bool(data):
        raise Problem(
            f"You may only specify one of these parameters: {PARAMETER}[shipping_rate], "
            f"{PARAMETER}[shipping_rate_data]."
            if named
            else f"Missing required param: {PARAMETER}[shipping_rate].",
            code=None if named else "parameter_missing",
            param=f"{PARAMETER}[shipping_rate]",
        )
    if data:
        try:
            return shipping_rates.create(w, dict(data))
        except Problem as problem:
            name, bracket, rest = (problem.param or "").partition("[")
            problem.param = f"{PARAMETER}[shipping_rate_data][{name}]{bracket}{rest}"
            raise
    rate = w.need("shipping_rate", str(named), f"{PARAMETER}[shipping_rate]")
    if not rate["active"]:
        raise Problem(f"The shipping rate {rate['id']} is archived.", param=f"{PARAMETER}[shipping_rate]")
    return rate


def _amount(rate: Doc, currency: str) -> int:
    fixed = rate["fixed_amount"]
    if fixed["currency"] == currency:
        return int(fixed["amount"])
    if option := (fixed.get("currency_options") or {}).get(currency):
        return int(option["amount"])
    raise Problem(
        f"The shipping rate {rate['id']} has no amount in `{currency}`, the currency of this invoice.",
        param=f"{PARAMETER}[shipping_rate]",
    )
