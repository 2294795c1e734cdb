"""Prices, and the plan that each recurring price also is."""

from typing import Any

from mockbill import surface
from mockbill.billing import amounts, defaults, fields, unmodelled
from mockbill.rules import money, pricing
from mockbill.world import Doc, Problem, Work

_LONGEST = {"day": 1095, "week": 156, "month": 36, "year": 3}  # interval counts: three years
_RECURRING = {"interval_count": 1, "meter": None, "trial_period_days": None, "usage_type": "licensed"}
_LATER = ("currency_options", "custom_unit_amount", "tiers", "tiers_mode")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/prices``: a currency, a product and an amount; events plan.created (when recurring), price.created."""
    price = new(w, params)
    if price["recurring"]:
        w.emit("plan.created", plan_of(price))
    w.emit("price.created", price)
    return price


def new(w: Work, params: dict[str, Any], where: str = "prices") -> Doc:
    """A stored price, without events: also what ``price_data`` makes."""
    unmodelled.refuse(params, _LATER, where)
    if params.get("billing_scheme") == "tiered":
        unmodelled.refuse({"billing_scheme": "tiered"}, ["billing_scheme"], where)
    currency = amounts.currency(params["currency"])
    recurring = _recurring(params.get("recurring"), where)
    if packages := params.get("transform_quantity"):
        amounts.check_quantity(packages["divide_by"], "transform_quantity[divide_by]", least=1)
    unit = _unit_amounts(params, currency)
    _free_lookup_key(w, params)
    return defaults.add(
        w,
        "price",
        **{
            **fields.fields_of("price", params, {}, but=("currency", "product", "recurring", *unit)),
            **unit,
            "currency": currency,
            "product": _product(w, params),
            "recurring": recurring,
            "type": "recurring" if recurring else "one_time",
        },
    )


def update(w: Work, price: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/prices/{price}``: active, metadata, nickname, lookup_key, tax_behavior (once)."""
    unmodelled.refuse(params, _LATER, "prices")
    behavior = params.get("tax_behavior")
    if behavior and price["tax_behavior"] not in ("unspecified", behavior):
        raise Problem("You cannot change tax_behavior once it is set to inclusive or exclusive.", param="tax_behavior")
    _free_lookup_key(w, params, price["id"])
    changed = w.change(price, **fields.fields_of("price", params, price))
    if changed != price:
        if price["recurring"]:
            w.emit("plan.updated", plan_of(changed), plan_of(price))
        w.emit("price.updated", changed, price)
    return changed


def plan_of(price: Doc) -> Doc:
    """The legacy face of a recurring price: a plan with the same id."""
    recurring = price["recurring"]
    return {
        **surface.blank("plan"),
        "id": price["id"],
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": price["billing_scheme"],
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "meter": recurring["meter"],
        "metadata": price["metadata"],
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": price["tiers_mode"],
        "transform_usage": price["transform_quantity"],
        "trial_period_days": recurring["trial_period_days"],
        "usage_type": recurring["usage_type"],
    }


def cost(w: Work, price: Doc, quantity: int, currency: str) -> pricing.Cost:
    """What a quantity of a price costs in a currency: the one answer for lines, prorations and checkouts."""
    sold = in_currency(w, price, currency)
    return pricing.cost(sold, quantity, tiers_of(w, sold) if sold["billing_scheme"] == "tiered" else ())


def in_currency(w: Work, price: Doc, currency: str) -> Doc:
    """A price as it is sold in a currency: its own amounts, or those of its ``currency_options``."""
    if currency == price["currency"]:
        return price
    options = (w.private("price", price["id"]) or {}).get("options") or {}
    if currency not in options:
        raise Problem(
            f"The price specified only supports `{price['currency']}`. This doesn't match the expected currency: "
            f"`{currency}`.",
            param="currency",
        )
    return {**price, **options[currency], "currency": currency}


def tiers_of(w: Work, price: Doc) -> list[Doc]:
    """The tiers of a price in its currency, as the wire shows them when expanded; none for a price per unit."""
    kept = (w.private("price", price["id"]) or {}).get("tiers") or {}
    return list(kept.get(price["currency"]) or ())


def usable(w: Work, id: str, param: str) -> Doc:
    """A price that something new can be sold at: it and its product are active."""
    price = w.need("price", id, param)
    if not price["active"]:
        raise Problem(
            f"The price specified is inactive. This field only accepts active prices. Price: {id}", param=param
        )
    product = w.get("product", price["product"])
    if product is not None and not product["active"]:
        raise Problem(
            f"The product of price {id} is inactive: {product['id']}. Only prices of active products can be used.",
            param=param,
        )
    return price


def _recurring(sent: Any, where: str) -> Doc | None:
    if not sent:
        return None
    count = sent.get("interval_count", 1)
    if not 1 <= count <= _LONGEST[sent["interval"]]:
        raise Problem(
            f"Invalid recurring[interval_count]: must be between 1 and {_LONGEST[sent['interval']]} for the interval "
            f"{sent['interval']} (three years at the most).",
            param="recurring[interval_count]",
        )
    if sent.get("usage_type") == "metered":
        unmodelled.refuse({"recurring[usage_type]": "metered"}, ["recurring[usage_type]"], where)
    merged = {**_RECURRING, **sent}
    return {name: merged[name] for name in sorted(merged)}


def _unit_amounts(params: dict[str, Any], currency: str) -> dict[str, Any]:
    """``unit_amount`` and ``unit_amount_decimal``, each from the other; a fraction of a cent has only the decimal."""
    cents, decimal = params.get("unit_amount"), params.get("unit_amount_decimal")
    if (cents is None) == (decimal is None):
        if cents is not None:
            raise Problem("You may only specify one of these parameters: unit_amount, unit_amount_decimal.")
        raise Problem(
            "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.",
            code="parameter_missing",
            param="unit_amount",
        )
    exact = money.parse_decimal(str(cents if cents is not None else decimal))
    if exact < 0:
        raise Problem("Invalid non-negative integer", code="parameter_invalid_integer", param="unit_amount")
    amounts.check_amount(exact, currency, "unit_amount" if decimal is None else "unit_amount_decimal")
    whole = int(exact) if exact.denominator == 1 else None
    return {"unit_amount": whole, "unit_amount_decimal": money.decimal_string(exact)}


def _product(w: Work, params: dict[str, Any]) -> str:
    named, data = params.get("product"), params.get("product_data")
    if bool(named) == bool(data):
        raise Problem(
            "You may only specify one of these parameters: product, product_data."
            if named
            else "Missing required param: product.",
            code=None if named else "parameter_missing",
            param="product",
        )
    if named:
        return str(w.need("product", named, "product")["id"])
    product = defaults.add(w, "product", updated=w.now, **fields.fields_of("product", data or {}, {}))
    w.emit("product.created", product)
    return str(product["id"])


def _free_lookup_key(w: Work, params: dict[str, Any], own: str | None = None) -> None:
    """A lookup key is one active price's: it moves only with ``transfer_lookup_key``."""
    key = params.get("lookup_key")
    if not key:
        return
    for holder in w.find("price", lookup_key=key):
        if holder["id"] == own or not holder["active"]:
            continue
        if not params.get("transfer_lookup_key"):
            raise Problem(
                f"A price (`{holder['id']}`) already uses that lookup key. Use `transfer_lookup_key` to move it.",
                param="lookup_key",
            )
        w.emit("price.updated", w.change(holder, lookup_key=None), holder)
