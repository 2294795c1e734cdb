"""What a price costs as it is asked for: unit amounts, tiers, currency options, an amount that the customer chooses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockbill.billing import amounts
from mockbill.rules import money
from mockbill.world import Doc, Problem

_WORTHS = ("unit_amount", "flat_amount")


@dataclass(frozen=True, slots=True)
class Worth:
    """A price in one currency: the members that its wire shape has, and its tiers, which stand beside it."""

    members: Doc  # custom_unit_amount, unit_amount, unit_amount_decimal
    tiers: list[Doc]


def asked(params: Mapping[str, Any], where: str = "") -> Worth:
    """The amounts of a new price in its own currency; Problem where they clash, in Stripe's words."""
    tiered = params.get("billing_scheme") == "tiered"
    for name in ("tiers", "tiers_mode"):
        if tiered and not params.get(name):
            raise _missing(_within(where, name))
        if not tiered and params.get(name):
            raise Problem(
                f"`{name}` can only be used when `billing_scheme` is set to `tiered`.", param=_within(where, name)
            )
    if tiered:
        _check_alone("tiers", params, where, "transform_quantity")
        if not params.get("recurring"):
            raise Problem(
                "`billing_scheme=tiered` can only be used with recurring prices.", param=_within(where, "recurring")
            )
    worth = _worth(params, amounts.currency(params["currency"]), where, tiered=tiered)
    if worth.members["custom_unit_amount"] is not None:
        _check_alone("custom_unit_amount", params, where, "transform_quantity", "recurring")
    return worth


def optional(price: Mapping[str, Any], currency: str, sent: Mapping[str, Any]) -> Worth:
    """The amounts of one of the ``currency_options`` of a price; they are of the kind that its own amounts are."""
    where = f"currency_options[{currency}]"
    tiered = price["billing_scheme"] == "tiered"
    if not tiered and sent.get("tiers"):
        raise Problem("`tiers` can only be used when `billing_scheme` is set to `tiered`.", param=f"{where}[tiers]")
    worth = _worth(sent, currency, where, tiered=tiered)
    if (worth.members["custom_unit_amount"] is None) != (price["custom_unit_amount"] is None):
        raise Problem(
            "Either all currencies of a price have a `custom_unit_amount`, or none has.",
            param=f"{where}[custom_unit_amount]",
        )
    return worth


def checked_currency(code: str, own: str) -> str:
    """A key of ``currency_options``: a currency, and not the price's own."""
    currency = amounts.currency(code, f"currency_options[{code}]")
    if currency == own:
        raise Problem(
            f"`currency_options` cannot contain the price's own currency: {own}.", param=f"currency_options[{code}]"
        )
    return currency


def _worth(sent: Mapping[str, Any], currency: str, where: str, *, tiered: bool) -> Worth:
    none = {"custom_unit_amount": None, "unit_amount": None, "unit_amount_decimal": None}
    if tiered:
        _check_alone("tiers", sent, where, "unit_amount", "unit_amount_decimal", "custom_unit_amount")
        if not sent.get("tiers"):
            raise _missing(_within(where, "tiers"))
        return Worth(none, _tiers(sent["tiers"], currency, _within(where, "tiers")))
    if (chosen := sent.get("custom_unit_amount")) and chosen.get("enabled"):
        _check_alone("custom_unit_amount", sent, where, "unit_amount", "unit_amount_decimal")
        return Worth({**none, "custom_unit_amount": _chosen(chosen, currency, where)}, [])
    members = _amount(sent, "unit_amount", currency, where)
    if members["unit_amount_decimal"] is None:
        raise Problem(
            "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.",
            code="parameter_missing",
            param=_within(where, "unit_amount"),
        )
    return Worth({**none, **members}, [])


def _amount(sent: Mapping[str, Any], name: str, currency: str, where: str) -> Doc:
    """``{name: int | None, name_decimal: str | None}``, each from the other; a fraction has only the latter."""
    whole, decimal = sent.get(name), sent.get(f"{name}_decimal")
    if whole is None and decimal is None:
        return {name: None, f"{name}_decimal": None}
    if whole is not None and decimal is not None:
        raise _exclusive(name, f"{name}_decimal", where)
    param = _within(where, name if decimal is None else f"{name}_decimal")
    try:
        exact = money.parse_decimal(str(whole if decimal is None else decimal))
    except ValueError as error:
        raise Problem(str(error), param=param) from None
    if exact < 0:
        raise Problem("Invalid non-negative integer", code="parameter_invalid_integer", param=param)
    amounts.check_amount(exact, currency, param)
    return {
        name: int(exact) if exact.denominator == 1 else None,
        f"{name}_decimal": money.decimal_string(exact),
    }


def _tiers(sent: list[dict[str, Any]], currency: str, where: str) -> list[Doc]:
    """Tiers as the wire shows them: the last one, which must be ``inf``, has ``up_to: null``."""
    made, below = [], 0
    for position, tier in enumerate(sent):
        at = f"{where}[{position}]"
        top, last = tier.get("up_to"), position == len(sent) - 1
        if top is None:
            raise _missing(f"{at}[up_to]")
        if last and top != "inf":
            raise Problem("The last tier must have `up_to` set to `inf`.", param=f"{at}[up_to]")
        if not last and top == "inf":
            raise Problem("Only the last tier can have `up_to` set to `inf`.", param=f"{at}[up_to]")
        if not last and int(top) <= below:
            raise Problem(
                "The `up_to` of each tier must be greater than that of the tier before it."
                if below
                else "This value must be greater than or equal to 1.",
                code=None if below else "parameter_invalid_integer",
                param=f"{at}[up_to]",
            )
        made.append({**_tier(tier, currency, at), "up_to": None if last else int(top)})
        below = 0 if last else int(top)
    return made


def _tier(tier: Mapping[str, Any], currency: str, at: str) -> Doc:
    worth = {name: value for kind in _WORTHS for name, value in _amount(tier, kind, currency, at).items()}
    if all(worth[f"{kind}_decimal"] is None for kind in _WORTHS):
        raise Problem(
            "Each tier must have at least one of `unit_amount`, `unit_amount_decimal`, `flat_amount` or "
            "`flat_amount_decimal`.",
            code="parameter_missing",
            param=f"{at}[unit_amount]",
        )
    if worth["flat_amount_decimal"] is not None and worth["flat_amount"] is None:
        raise Problem(
            "`flat_amount_decimal` must be an integer in the minor units of the currency.",
            param=f"{at}[flat_amount_decimal]",
        )
    return {name: worth[name] for name in sorted(worth)}


def _chosen(sent: Mapping[str, Any], currency: str, where: str) -> Doc:
    """``custom_unit_amount`` as the wire shows it; bounds hold each other and what can be charged at all."""
    at = _within(where, "custom_unit_amount")
    least, most, preset = (sent.get(name) for name in ("minimum", "maximum", "preset"))
    floor = money.minimum_charge(currency)
    for name, value in (("minimum", least), ("maximum", most), ("preset", preset)):
        if value is None:
            continue
        if value < floor:
            raise Problem(
                f"Amount must be at least {money.format_amount(floor, currency)} {currency}",
                code="amount_too_small",
                param=f"{at}[{name}]",
            )
        amounts.check_amount(value, currency, f"{at}[{name}]")
    if least is not None and most is not None and most < least:
        raise Problem("The `maximum` must not be less than the `minimum`.", param=f"{at}[maximum]")
    if preset is not None and not (least or 0) <= preset <= (most or money.MAXIMUM_CHARGE):
        raise Problem("The `preset` must lie between the `minimum` and the `maximum`.", param=f"{at}[preset]")
    return {"maximum": most, "minimum": least, "preset": preset}


def _check_alone(name: str, sent: Mapping[str, Any], where: str, *others: str) -> None:
    for other in others:
        if sent.get(other) not in (None, "", {}, {"enabled": False}):
            raise _exclusive(name, other, where)


def _exclusive(one: str, other: str, where: str) -> Problem:
    return Problem(f"You may only specify one of these parameters: {one}, {other}.", param=_within(where, other))


def _missing(param: str) -> Problem:
    return Problem(f"Missing required param: {param}.", code="parameter_missing", param=param)


def _within(where: str, name: str) -> str:
    return f"{where}[{name}]" if where else name
