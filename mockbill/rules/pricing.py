"""Pricing: what a quantity of a price costs, and how an invoice line says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from mockbill.rules.money import decimal_string, format_amount, parse_decimal, round_half_up
from mockbill.rules.periods import day_text

Price = Mapping[str, Any]
Tier = Mapping[str, Any]
Units: TypeAlias = int | Fraction
"""How many are sold; what a meter has read can be a fraction."""


@dataclass(frozen=True, slots=True)
class TierCharge:
    """What one tier adds to a bill: one invoice line of a tiered price."""

    number: int  # 1 is the first tier
    quantity: Units
    unit_amount: Fraction | None  # None for a tier that has only a flat amount
    amount: int  # flat amount included, rounded
    flat: int | None = None  # what of it is the flat amount; None for a tier that has none


@dataclass(frozen=True, slots=True)
class Cost:
    """What a quantity costs: in the smallest unit of ``currency``, rounded, with what made it up."""

    amount: int
    currency: str
    unit_amount: Fraction | int | None  # exact, for one unit or package; None for a price with tiers
    tiers: tuple[TierCharge, ...] = ()  # what each tier charged; their amounts sum up to ``amount``


def unit_amount(price: Price) -> Fraction:
    """The exact price of one unit, in the smallest unit of its currency; may be a fraction of it.

    Raises ValueError for a price that has none: one with tiers, or where the customer chooses.
    """
    exact = _amount(price, "unit_amount")
    if exact is None:
        raise ValueError(f"price {price.get('id')} has no unit amount")
    return exact


def cost(price: Price, quantity: Units, tiers: Sequence[Tier] = ()) -> Cost:
    """What ``quantity`` costs, rounded half up once (or once a tier), and what made it up."""
    currency = price["currency"]
    if price.get("billing_scheme") == "tiered":
        charges = tuple(tier_charges(price, quantity, tiers))
        return Cost(sum(charge.amount for charge in charges), currency, None, charges)
    units, whole = billed_units(price, quantity), price.get("unit_amount")
    if type(whole) is int and type(units) is int:  # most are, and this is in every renewal
        return Cost(units * whole, currency, whole)
    exact = unit_amount(price)
    return Cost(round_half_up(units * exact), currency, exact)


def cost_beyond(price: Price, beyond: Units, quantity: Units, tiers: Sequence[Tier] = ()) -> Cost:
    """What ``quantity`` costs after the first ``beyond`` units, which were billed before.

    Tiers and packages go on where those have ended, as Stripe documents for invoices at thresholds: the bills of a
    period come to what one bill would have.  With volume tiers what was billed stays at the price of its tier.
    """
    whole = cost(price, beyond + quantity, tiers)
    if not whole.tiers:
        return Cost(whole.amount - cost(price, beyond, tiers).amount, whole.currency, whole.unit_amount)
    before = {charge.number: charge for charge in tier_charges(price, beyond, tiers)}
    if price.get("tiers_mode") == "volume":
        charges = [_volume_beyond(charge, quantity, before) for charge in whole.tiers]
    else:
        charges = [_graduated_beyond(charge, before) for charge in whole.tiers]
    told = tuple(charge for charge in charges if charge.quantity or charge.flat is not None) or (charges[-1],)
    return Cost(sum(charge.amount for charge in told), whole.currency, None, told)


def _volume_beyond(charge: TierCharge, quantity: Units, before: Mapping[int, TierCharge]) -> TierCharge:
    flat = None if charge.number in before else charge.flat
    amount = round_half_up(quantity * (charge.unit_amount or Fraction(0))) + (flat or 0)
    return TierCharge(charge.number, quantity, charge.unit_amount, amount, flat)


def _graduated_beyond(charge: TierCharge, before: Mapping[int, TierCharge]) -> TierCharge:
    old = before.get(charge.number)
    if old is None:
        return charge
    return TierCharge(charge.number, charge.quantity - old.quantity, charge.unit_amount, charge.amount - old.amount)


def billed_units(price: Price, quantity: Units) -> Units:
    """The quantity after ``transform_quantity``: how many packages of ``divide_by`` are billed."""
    transform = price.get("transform_quantity")
    if not transform:
        return quantity
    packages, left_over = divmod(quantity, transform["divide_by"])
    return int(packages + (1 if left_over and transform["round"] == "up" else 0))


def tier_charges(price: Price, quantity: Units, tiers: Sequence[Tier]) -> list[TierCharge]:
    """What each tier charges for ``quantity``; their sum is the price.

    Volume: the tier that holds the whole quantity prices all of it. Graduated: each tier prices the units that lie in
    it, and its flat amount is due once the tier is reached; the first one is always reached, at quantity 0 as well.
    Raises ValueError when the last tier ends below the quantity.
    """
    reached = _reached(tiers, quantity)
    if price.get("tiers_mode") == "volume":
        return [_charge(len(reached), reached[-1], quantity)]
    bottoms = [0, *(tier["up_to"] for tier in reached[:-1])]
    tops = [*bottoms[1:], quantity]
    return [
        _charge(number, tier, top - bottom)
        for number, (tier, bottom, top) in enumerate(zip(reached, bottoms, tops, strict=True), 1)
    ]


def _reached(tiers: Sequence[Tier], quantity: Units) -> Sequence[Tier]:
    """The tiers up to the one that holds ``quantity``; ``up_to`` itself still belongs to its tier."""
    for number, tier in enumerate(tiers, 1):
        if tier["up_to"] in (None, "inf") or quantity <= tier["up_to"]:
            return tiers[:number]
    raise ValueError(f"no tier holds a quantity of {quantity}")


def _charge(number: int, tier: Tier, quantity: Units) -> TierCharge:
    each, flat = _amount(tier, "unit_amount"), _amount(tier, "flat_amount")
    amount = round_half_up(quantity * (each or Fraction(0)) + (flat or Fraction(0)))
    return TierCharge(number, quantity, each, amount, None if flat is None else round_half_up(flat))


def _amount(source: Mapping[str, Any], name: str) -> Fraction | None:
    """An amount that is given whole (``unit_amount``) or exactly (``unit_amount_decimal``); the exact one counts."""
    exact = source.get(f"{name}_decimal")
    if exact is not None:
        return parse_decimal(str(exact))
    whole = source.get(name)
    return None if whole is None else Fraction(whole)


def describe_line(
    quantity: Units, product_name: str, price: Price, *, unit_label: str | None = None, tier: TierCharge | None = None
) -> str:
    """The description of an invoice line, as Stripe writes it.

    ``1 × Default (at $10.00 / month)``, ``10 user × Pro (at $25.00 / every 3 months)``, one line a tier
    ``3 × Name (Tier 1 at $5.00 / month)``; a one-time price is called by its product.
    """
    recurring = price.get("recurring")
    if not recurring:
        return product_name
    whole = price.get("unit_amount")
    if tier:
        each: Fraction | int = tier.unit_amount or 0
    else:
        each = whole if type(whole) is int else unit_amount(price)
    rate = f"at {format_amount(each, price['currency'])}"
    if transform := price.get("transform_quantity"):
        rate += f" per {transform['divide_by']}"
    if tier:
        quantity, rate = tier.quantity, f"Tier {tier.number} {rate}"
    return f"{_counted(quantity, product_name, unit_label)} ({rate} / {_every(recurring)})"


def describe_flat(product_name: str, price: Price, tier: TierCharge) -> str:
    """The line of a tier's flat amount: ``Name (Tier 2 flat fee at $1.00 / month)`` (the wording is ours)."""
    rate = f"Tier {tier.number} flat fee at {format_amount(tier.flat or 0, price['currency'])}"
    recurring = price.get("recurring")
    return f"{product_name} ({rate} / {_every(recurring)})" if recurring else f"{product_name} ({rate})"


def describe_usage(quantity: Units, product_name: str, price: Price, *, unit_label: str | None = None) -> str:
    """What was used of a metered price as a whole: ``0 × Name (at $0.04 / month)``; tiers are not told of."""
    if price.get("billing_scheme") == "tiered":
        return _counted(quantity, product_name, unit_label)
    return describe_line(quantity, product_name, price, unit_label=unit_label)


def describe_trial(
    quantity: Units, product_name: str, price: Price, *, flexible: bool = True, unit_label: str | None = None
) -> str:
    """The line of a period on trial: ``Free trial for 1 user × Name``; in classic billing ``Trial period for Name``."""
    if (price.get("recurring") or {}).get("usage_type") == "metered":
        return f"{product_name} (Free trial)"
    return (
        f"Free trial for {_counted(quantity, product_name, unit_label)}"
        if flexible
        else f"Trial period for {product_name}"
    )


def describe_unused(quantity: int, product_name: str, at: int) -> str:
    """The credit line of a proration: ``Unused time on 2 × Name after 10 Nov 2025``."""
    return f"Unused time on {_named(quantity, product_name)} after {day_text(at)}"


def describe_remaining(quantity: int, product_name: str, at: int) -> str:
    """The debit line of a proration: ``Remaining time on Name after 10 Nov 2025``."""
    return f"Remaining time on {_named(quantity, product_name)} after {day_text(at)}"


def describe_time(quantity: int, product_name: str, start: int, end: int) -> str:
    """The line of a part of a period: ``Time on Name from 15 Jan 2026 until 1 Feb 2026`` (memory)."""
    return f"Time on {_named(quantity, product_name)} from {day_text(start)} until {day_text(end)}"


def _counted(quantity: Units, product_name: str, unit_label: str | None) -> str:
    number = quantity if type(quantity) is int else decimal_string(quantity)
    return f"{number} {unit_label} × {product_name}" if unit_label else f"{number} × {product_name}"


def _named(quantity: int, product_name: str) -> str:
    return product_name if quantity == 1 else _counted(quantity, product_name, None)


def _every(recurring: Mapping[str, Any]) -> str:
    count = recurring.get("interval_count") or 1
    return str(recurring["interval"]) if count == 1 else f"every {count} {recurring['interval']}s"
