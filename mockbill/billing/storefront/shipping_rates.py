"""Shipping rates: what a delivery costs and how long it takes.  Amounts are in minor units and stay as they are."""

from typing import Any

from mockbill.billing import amounts, fields
from mockbill.billing.tax import codes
from mockbill.world import Doc, Problem, Work

KIND = "shipping_rate"
_BEHAVIOR = "tax_behavior"


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/shipping_rates``: a name and a fixed amount, in more currencies where ``currency_options`` say so."""
    if not params.get("display_name"):
        raise Problem("Missing required param: display_name.", code="parameter_missing", param="display_name")
    fixed = params.get("fixed_amount")
    if fixed is None:
        raise Problem("Missing required param: fixed_amount.", code="parameter_missing", param="fixed_amount")
    codes.check(params.get("tax_code"))
    behavior = params.get(_BEHAVIOR) or "unspecified"
    currency = amounts.currency(fixed["currency"], "fixed_amount[currency]")
    _check_amount(fixed["amount"], currency, "fixed_amount[amount]")
    options = _options(fixed.get("currency_options") or {}, {})
    _check_estimate(params.get("delivery_estimate") or {})
    rate = {
        **fields.fields_of(KIND, params, {}, but=("fixed_amount", _BEHAVIOR)),
        "active": True,
        "fixed_amount": _fixed(fixed["amount"], currency, options),
        _BEHAVIOR: behavior,
    }
    return w.add(KIND, **rate)


def update(w: Work, rate: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/shipping_rates/{id}``: archive it, its metadata, amounts in more currencies, and once its tax."""
    before, asked = rate[_BEHAVIOR], params.get(_BEHAVIOR)
    if asked and asked != before and before != "unspecified":
        raise Problem("The tax behavior of a shipping rate cannot be changed once it is specified.", param=_BEHAVIOR)
    changes = fields.fields_of(KIND, params, rate, but=("fixed_amount",))
    if options := (params.get("fixed_amount") or {}).get("currency_options"):
        fixed = rate["fixed_amount"]
        known = fixed.get("currency_options") or {}
        changes["fixed_amount"] = _fixed(fixed["amount"], fixed["currency"], {**known, **_options(options, known)})
    return w.change(rate, **changes)


def _fixed(amount: int, currency: str, options: dict[str, Doc]) -> Doc:
    return {"amount": amount, "currency": currency, **({"currency_options": options} if options else {})}


def _options(given: dict[str, Any], known: dict[str, Doc]) -> dict[str, Doc]:
    options = {}
    for name, option in given.items():
        where = f"fixed_amount[currency_options][{name}]"
        currency = amounts.currency(name, where)
        if not isinstance(option, dict):  # an empty text
            raise Problem(f"Invalid hash: {where}.", param=where)
        whole = {_BEHAVIOR: "unspecified", **(known.get(currency) or {}), **option}
        if "amount" not in whole:
            raise Problem(f"Missing required param: {where}[amount].", code="parameter_missing", param=where)
        _check_amount(whole["amount"], currency, f"{where}[amount]")
        options[currency] = whole
    return options


def _check_amount(amount: int, currency: str, param: str) -> None:
    if amount < 0:
        raise Problem("Invalid non-negative integer", code="parameter_invalid_integer", param=param)
    amounts.check_amount(amount, currency, param)


def _check_estimate(estimate: dict[str, Any]) -> None:
    """A length of time is at least one unit; that the longest is not shorter than the shortest is not compared."""
    for end, length in estimate.items():
        if length and length["value"] < 1:
            where = f"delivery_estimate[{end}][value]"
            raise Problem("Invalid value: must be greater than 0.", code="parameter_invalid_integer", param=where)
