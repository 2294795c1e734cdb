"""Prices, and the plan that each recurring price also is."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from mockbill import surface
from mockbill.billing import amounts, defaults, fields, price_amounts, price_terms
from mockbill.billing.tax import codes
from mockbill.billing.usage import meters
from mockbill.rules import pricing
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing

_LONGEST = {"day": 1095, "week": 156, "month": 36, "year": 3}  # interval counts: three years
_RECURRING = {"interval_count": 1, "meter": None, "trial_period_days": None, "usage_type": "licensed"}
_LONGEST_TRIAL, _LONGEST_KEY = 730, 200
_AMOUNTS = ("custom_unit_amount", "unit_amount", "unit_amount_decimal")
_OURS = ("currency", "currency_options", "product", "recurring", "tiers", *_AMOUNTS)


def create(w: Work, params: dict[str, Any], *, id: str | None = None) -> Doc:
    """``POST /v1/prices``: a currency, a product and an amount; events plan.created (when recurring), price.created."""
    price = new(w, params, id=id)
    if price["recurring"]:
        w.emit("plan.created", plan_of(price))
    w.emit("price.created", price)
    return price


def new(w: Work, params: dict[str, Any], where: str = "", *, id: str | None = None) -> Doc:
    """A stored price, without events: also what ``price_data`` makes, which is archived at once, as Stripe documents.

    ``where`` is the parameter that holds these, ``""`` for those of a request itself.
    """
    currency = amounts.currency(params["currency"], f"{where}[currency]" if where else "currency")
    recurring = _recurring(w, params.get("recurring"), f"{where}[recurring]" if where else "recurring")
    if packages := params.get("transform_quantity"):
        amounts.check_quantity(packages["divide_by"], "transform_quantity[divide_by]", least=1)
    worth = price_amounts.asked(params, where)
    _free_lookup_key(w, params)
    born = price_terms.leave_to_predecessor(w, id) if id else {}
    price = defaults.add(
        w,
        "price",
        **{
            **fields.fields_of("price", params, {}, but=_OURS),
            **worth.members,
            "id": id or w.id("price"),
            "active": params.get("active", True) and not where,
            "currency": currency,
            "product": _product(w, params),
            "recurring": recurring,
            "type": "recurring" if recurring else "one_time",
            **born,
        },
    )
    if worth.tiers:
        w.keep("price", price["id"], tiers={currency: worth.tiers})
    if how := (params.get("recurring") or {}).get("aggregate_usage"):
        w.keep("price", price["id"], aggregate_usage=how)
    _set_options(w, price, params.get("currency_options") or {})
    return price


def update(w: Work, price: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/prices/{price}``: active, currency_options, lookup_key, metadata, nickname, tax_behavior (once).

    A change of ``currency_options`` is told by ``price.updated`` although the event's price does not show them.
    """
    _check_behavior(price["tax_behavior"], params.get("tax_behavior"), "tax_behavior")
    if params.get("active") is False and w.find("product", default_price=price["id"]):
        raise Problem("This price cannot be archived because it is the default price of its product.", param="active")
    reactivated = params.get("active") and not price["active"]
    _free_lookup_key(w, {"lookup_key": price["lookup_key"], **params} if reactivated else params, price["id"])
    told = False
    if "currency_options" in params:
        sent = params["currency_options"] or {}
        told = _set_options(w, price, sent) if sent else _drop_options(w, price)
    return changed(w, price, told=told, **fields.fields_of("price", params, price, but=("currency_options",)))


def changed(w: Work, price: Doc, *, told: bool = False, **fields: Any) -> Doc:
    """A price with other fields: plan.updated and price.updated, each where its object differs (or it must be told)."""
    new = w.change(price, **fields)
    if price["recurring"] and plan_of(new) != plan_of(price):
        w.emit("plan.updated", plan_of(new), plan_of(price))
    if new != price or told:
        w.emit("price.updated", new, price)
    return new


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


def is_metered(price: Doc) -> bool:
    """Whether it is billed by what was used, after its period."""
    return bool(price["recurring"] and price["recurring"]["usage_type"] == "metered")


def check_no_quantity(sent: Mapping[str, Any], where: str) -> None:
    """Problem for a quantity of a metered price (the wording is not established)."""
    if sent.get("quantity") is not None:
        raise Problem(
            "You cannot set the quantity for metered plans. The quantity is determined by the reported usage.",
            param=f"{where}[quantity]",
        )


def cost(w: Work, price: Doc, quantity: int | Fraction, currency: str, *, beyond: pricing.Units = 0) -> pricing.Cost:
    """What a quantity of a price costs in a currency: the one answer for lines, prorations and checkouts.

    It comes ``beyond`` units that were billed before in the same period.
    """
    sold = in_currency(w, price, currency)
    check_fixed(sold, "price")
    tiers = tiers_of(w, sold) if sold["billing_scheme"] == "tiered" else ()
    return pricing.cost_beyond(sold, beyond, quantity, tiers) if beyond else pricing.cost(sold, quantity, tiers)


def upfront(w: Work, price: Doc, quantity: int | None, currency: str) -> int:
    """What is to be paid for a period of it before that, in minor units: of a metered price nothing is known then."""
    if is_metered(price) or quantity is None:
        return 0
    return cost(w, price, quantity, currency).amount


def in_currency(w: Work, price: Doc, currency: str) -> Doc:
    """A price as it is sold in a currency: its own amounts, or those of its ``currency_options``.

    What was sold in a currency goes on in it when the option is dropped later.
    """
    if currency == price["currency"]:
        return price
    options = price_terms.of(w, price).get("options") or {}
    if currency not in options:
        raise not_in(price, currency, "currency")
    return {**price, **options[currency], "currency": currency}


def check_one(named: str | None, data: dict[str, Any] | None, where: str) -> None:
    """Problem unless one of a price and ``price_data`` was sent."""
    if bool(named) == bool(data):
        raise Problem(
            "You may only specify one of these parameters: price, price_data."
            if named
            else f"Missing required param: {where}[price].",
            code=None if named else "parameter_missing",
            param=f"{where}[price]",
        )


def not_in(price: Doc, currency: str, param: str) -> Problem:
    """The refusal of a price that is not for sale in a currency."""
    return Problem(
        f"The price specified only supports `{price['currency']}`. This doesn't match the expected currency: "
        f"`{currency}`.",
        param=param,
    )


def sells_in(w: Work, price: Doc, currency: str) -> bool:
    """Whether something new can be sold at this price in a currency."""
    return bool(currency == price["currency"] or currency in options_of(w, price))


def currency_for(w: Work, sold: Sequence[Doc], asked: str | None, customer: Doc | None, where: str) -> str:
    """In which currency prices are sold together; Problem for one that is not for sale in it.

    It is what was ``asked`` for; else the customer's own where all of them are for sale in it; else the first one's.
    (Stripe documents the first and the last; that the customer's goes before is what keeps a customer in one currency.)
    """
    own = customer["currency"] if customer else None
    if asked:
        currency = amounts.currency(asked)
    elif own and all(sells_in(w, price, own) for price in sold):
        currency = own
    else:
        currency = sold[0]["currency"]
    for position, price in enumerate(sold):
        if not sells_in(w, price, currency):
            raise not_in(price, currency, f"{where}[{position}][price]" if where else "pricing[price]")
    return str(currency)


def tiers_of(w: Work, price: Doc) -> list[Doc]:
    """The tiers of a price in its currency, as the wire shows them when expanded; none for a price per unit."""
    return list(_tiers(w, price).get(price["currency"]) or ())


def _tiers(w: Work, price: Doc) -> dict[str, list[Doc]]:
    """By currency."""
    return price_terms.of(w, price).get("tiers") or {} if price["billing_scheme"] == "tiered" else {}


def options_of(w: Work, price: Doc) -> dict[str, Doc]:
    """``currency_options`` as they are shown when expanded: the price's own currency is one of them."""
    kept = price_terms.of(w, price)
    options, dropped = kept.get("options") or {}, kept.get("dropped") or ()
    own = {name: price[name] for name in (*_AMOUNTS, "tax_behavior")}
    whole = {**{code: options[code] for code in options if code not in dropped}, price["currency"]: own}
    tiers = _tiers(w, price)
    return {code: {**whole[code], **({"tiers": tiers[code]} if code in tiers else {})} for code in sorted(whole)}


def _set_options(w: Work, price: Doc, sent: dict[str, Any]) -> bool:
    """Add or replace options; who sends only a tax behaviour leaves the amounts.  Whether anything changed."""
    kept = w.private("price", price["id"]) or {}
    options, tiers = dict(kept.get("options") or {}), dict(kept.get("tiers") or {})
    dropped = set(kept.get("dropped") or ())
    for code, option in sent.items():
        currency = price_amounts.checked_currency(code, price["currency"])
        old = {} if currency in dropped else options.get(currency, {})
        was, param = old.get("tax_behavior", "unspecified"), f"currency_options[{code}][tax_behavior]"
        _check_behavior(was, option.get("tax_behavior"), param)
        behavior = {"tax_behavior": option.get("tax_behavior") or was}
        dropped.discard(currency)
        if old and not option.keys() - {"tax_behavior"}:
            options[currency] = {**old, **behavior}
            continue
        worth = price_amounts.optional(price, currency, option)
        options[currency] = {**worth.members, **behavior}
        if worth.tiers:
            tiers[currency] = worth.tiers
    if not sent or ((options, tiers) == (kept.get("options"), kept.get("tiers")) and not dropped):
        return False
    w.keep("price", price["id"], options=options, tiers=tiers, dropped=sorted(dropped))
    return True


def _drop_options(w: Work, price: Doc) -> bool:
    kept = w.private("price", price["id"]) or {}
    every = sorted(kept.get("options") or ())
    if every == sorted(kept.get("dropped") or ()):
        return False
    w.keep("price", price["id"], dropped=every)
    return True


def _check_behavior(old: str, new: str | None, param: str) -> None:
    if new and old not in ("unspecified", new):
        raise Problem("You cannot change tax_behavior once it is set to inclusive or exclusive.", param=param)


def usable(w: Work, id: str, param: str) -> Doc:
    """A price that something new can be sold at: it and its product are active.  A ``plan`` is asked for as such."""
    price = w.get("price", id)
    if price is None:
        raise missing("plan" if param.endswith("[plan]") else "price", id, param)
    if not price["active"]:
        raise Problem(
            f"The price specified is inactive. This field only accepts active prices. Price: {id}", param=param
        )
    product = w.get("product", price["product"])
    if product is not None and not product["active"]:
        raise Problem(f"Price `{id}` is not available to be purchased because its product is not active.", param=param)
    return price


def known(w: Work, id: str) -> Doc:
    """A price that somebody has: archived and deleted ones too."""
    return w.get("price", id) or (w.private("price", id) or {}).get("deleted") or w.need("price", id)


def forget(w: Work, price: Doc) -> None:
    """Delete a price, which only its plan can be; those who have it go on."""
    w.remove(price)
    _drop_options(w, price)  # its id may be taken again
    w.keep("price", price["id"], deleted=price)


def check_fixed(price: Doc, param: str) -> None:
    """Problem for a price whose amount the customer chooses, where there is no customer to ask."""
    if price["custom_unit_amount"] is not None:
        raise Problem(
            "The price specified has a `custom_unit_amount`, which is only supported in Checkout Sessions and Payment "
            f"Links. Price: {price['id']}",
            param=param,
        )


def _recurring(w: Work, sent: Any, where: str) -> Doc | None:
    if not sent:
        return None
    count = sent.get("interval_count", 1)
    if not 1 <= count <= _LONGEST[sent["interval"]]:
        raise Problem(
            f"Invalid {where}[interval_count]: must be between 1 and {_LONGEST[sent['interval']]} for the interval "
            f"{sent['interval']} (three years at the most).",
            param=f"{where}[interval_count]",
        )
    _check_meter(w, sent, where)
    checked_trial(sent.get("trial_period_days"), f"{where}[trial_period_days]")
    merged = {**_RECURRING, **{name: value for name, value in sent.items() if name != "aggregate_usage"}}
    return {name: merged[name] for name in sorted(merged)}


def _check_meter(w: Work, sent: Mapping[str, Any], where: str) -> None:
    """A metered price names its meter, no other price does (the wording of the refusals is not established).

    One of before basil may have ``aggregate_usage`` instead: it is billed by usage records.
    """
    metered, param = sent.get("usage_type") == "metered", f"{where}[meter]"
    if not metered and sent.get("aggregate_usage"):
        raise Problem(
            "`recurring[aggregate_usage]` can only be used with `recurring[usage_type]=metered`.",
            param=f"{where}[aggregate_usage]",
        )
    if sent.get("meter"):
        if not metered:
            raise Problem("`recurring[meter]` can only be used with `recurring[usage_type]=metered`.", param=param)
        meters.usable(w, sent["meter"], param)
    elif metered and not sent.get("aggregate_usage"):
        raise Problem(
            "Prices with `recurring[usage_type]=metered` must be backed by a meter: set `recurring[meter]`.",
            code="parameter_missing",
            param=param,
        )


def checked_trial(days: int | None, param: str) -> int | None:
    """The default length of a trial, in days: up to two years."""
    if not 0 <= (days or 0) <= _LONGEST_TRIAL:
        raise Problem(f"Invalid {param}: must be between 0 and {_LONGEST_TRIAL}.", param=param)
    return days


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
    return str(new_product(w, data or {})["id"])


def new_product(w: Work, params: dict[str, Any]) -> Doc:
    """A product, with its event; also what ``product_data`` makes."""
    if (id := params.get("id")) and w.get("product", id):
        raise Problem("Product already exists.", code="resource_already_exists", param="id")
    codes.check(params.get("tax_code"))
    own = {"id": id} if id else {}
    product = defaults.add(w, "product", updated=w.now, **own, **fields.fields_of("product", params, {}))
    w.emit("product.created", product)
    return product


def _free_lookup_key(w: Work, params: dict[str, Any], own: str | None = None) -> None:
    """A lookup key is one active price's: it moves only with ``transfer_lookup_key``."""
    key = params.get("lookup_key")
    if not key:
        return
    if len(key) > _LONGEST_KEY:
        raise Problem(f"Invalid string: {key[:20]}...; must be at most {_LONGEST_KEY} characters", param="lookup_key")
    for holder in w.find("price", lookup_key=key):
        if holder["id"] == own or not holder["active"]:
            continue
        if not params.get("transfer_lookup_key"):
            raise Problem(
                f"A price (`{holder['id']}`) already uses that lookup key. Use `transfer_lookup_key` to move it.",
                param="lookup_key",
            )
        changed(w, holder, lookup_key=None)
