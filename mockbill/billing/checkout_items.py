"""The line items of a checkout session: prices and quantities, checked against its mode."""

from typing import Any

from mockbill.billing import amounts, prices, taxing, unmodelled
from mockbill.rules import money
from mockbill.world import Doc, Problem, Work

_LATER = ("dynamic_tax_rates",)
MOST = 100


def chosen(w: Work, params: dict[str, Any], *, agreed: bool = False) -> list[Doc]:
    """The items in wire shape (object ``item``), each with its price; those ``agreed`` upon may be archived by now."""
    sent = params.get("line_items") or []
    mode = params["mode"]
    if not sent:
        raise Problem(f"`line_items` are required in `{mode}` mode.", code="parameter_missing", param="line_items")
    if len(sent) > MOST:
        raise Problem(f"A Checkout Session can have up to {MOST} line items.", param="line_items")
    picked = [_one(w, item, f"line_items[{position}]", agreed=agreed) for position, item in enumerate(sent)]
    customer = w.get("customer", params.get("customer")) if mode == "subscription" else None
    sold = [pick["price"] for pick in picked]
    currency = prices.currency_for(w, sold, params.get("currency"), customer, "line_items")
    items = [_priced(w, pick, currency, f"line_items[{position}]") for position, pick in enumerate(picked)]
    _check(mode, items)
    if params.get("discounts") and any(item["price"]["custom_unit_amount"] is not None for item in items):
        raise Problem("Discounts cannot be used with prices that have a `custom_unit_amount`.", param="discounts")
    return items


def due_today(items: list[Doc], *, on_trial: bool) -> int | None:
    """What is to be paid at once, in minor units; None where there is nothing to buy (setup mode).

    Problem where that is more than one payment can be.
    """
    if not items:
        return None
    return sum_due([item for item in items if not (on_trial and item["price"]["recurring"])], items[0]["currency"])


def sum_due(items: list[Doc], currency: str) -> int:
    """What these items come to together; Problem where that is more than one payment can be."""
    due = sum(int(item["amount_total"]) for item in items)
    amounts.check_amount(due, currency, "line_items")
    return due


def rates_of(w: Work, item: Doc) -> list[Doc]:
    """The ``tax_rates`` that an item was sent with."""
    return list((w.private("item_rates", item["id"]) or {}).get("rates") or [])


def chosen_amount(w: Work, session: Doc, amount: int | None) -> Doc:
    """The session with what the customer chose to pay, in minor units; without it the ``preset`` counts.

    Sessions without a ``custom_unit_amount`` stay as they are, and refuse an amount.
    """
    items = of_session(w, session)
    bounds = custom_amount(w, session, items)
    if bounds is None:
        if amount is not None:
            raise Problem("The amount of this Checkout Session is fixed.", param="amount")
        return session
    amount = bounds["preset"] if amount is None else amount
    if amount is None:
        raise Problem("Enter an amount.", code="parameter_missing", param="amount")
    amounts.check_charge(amount, session["currency"])
    for name, outside in (
        ("minimum", amount < (bounds["minimum"] or 0)),
        ("maximum", amount > (bounds["maximum"] or amount)),
    ):
        if outside:
            shown = money.format_amount(bounds[name], session["currency"])
            side, code = ("at least", "amount_too_small") if name == "minimum" else ("no more than", "amount_too_large")
            raise Problem(f"Amount must be {side} {shown}", code=code, param="amount")
    w.keep("checkout", session["id"], items=[{**items[0], "amount_subtotal": amount, "amount_total": amount}])
    return w.change(session, amount_subtotal=amount, amount_total=amount)


def custom_amount(w: Work, session: Doc, items: list[Doc]) -> Doc | None:
    """``{"minimum", "maximum", "preset"}`` in minor units, each may be None, where the customer chooses the amount."""
    if len(items) != 1 or items[0]["price"]["custom_unit_amount"] is None:
        return None
    bounds: Doc = prices.in_currency(w, items[0]["price"], session["currency"])["custom_unit_amount"]
    return bounds


def of_session(w: Work, session: Doc) -> list[Doc]:
    """The items of a session."""
    kept = w.private("checkout", session["id"]) or {}
    return list(kept.get("items") or [])


def recurring(w: Work, items: list[Doc]) -> list[Doc]:
    """What a subscription is made of, as ``subscription_items.built`` takes it."""
    return [
        {"price": item["price"], "quantity": item["quantity"], "metadata": {}, "tax_rates": rates_of(w, item)}
        for item in items
        if item["price"]["recurring"]
    ]


def _one(w: Work, item: dict[str, Any], where: str, *, agreed: bool) -> Doc:
    """What was sent, with the price's document and a quantity."""
    unmodelled.refuse(item, _LATER, "checkout line items")
    named, data = item.get("price"), item.get("price_data")
    if named and data:
        raise Problem("You may only specify one of these parameters: price, price_data.", param=where)
    if not named and not data:
        raise Problem(f"Missing required param: {where}[price].", code="parameter_missing", param=f"{where}[price]")
    if named:
        price = prices.known(w, named) if agreed else prices.usable(w, named, f"{where}[price]")
    else:
        price = prices.new(w, data or {}, f"{where}[price_data]")
    rates = taxing.fields_named(w, item, "tax_rates", where=where)
    if prices.is_metered(price):
        _check_metered(item, where)
        shown = adjustable(item, where)
        return {**item, "adjustable_quantity": shown, "price": price, "quantity": None, **rates}
    quantity = item.get("quantity", 1 if item.get("adjustable_quantity") else None)
    if quantity is None:
        raise Problem(
            f"Missing required param: {where}[quantity].", code="parameter_missing", param=f"{where}[quantity]"
        )
    amounts.check_quantity(quantity, f"{where}[quantity]", least=1)
    return {**item, "adjustable_quantity": adjustable(item, where), "price": price, "quantity": quantity, **rates}


def adjustable(item: dict[str, Any], where: str) -> Doc | None:
    """``adjustable_quantity`` in wire shape, bounds that were not sent null; the page has no field for a quantity yet.

    Stripe documents the bounds of the two numbers; the wording for a minimum above the maximum is ours.
    """
    sent, param = item.get("adjustable_quantity"), f"{where}[adjustable_quantity]"
    if not sent:
        return None
    bounds: Doc = {name: sent.get(name) for name in ("maximum", "minimum")}
    for name, least in (("maximum", 1), ("minimum", 0)):
        if bounds[name] is not None:
            amounts.check_quantity(bounds[name], f"{param}[{name}]", least=least)
    if None not in bounds.values() and bounds["minimum"] > bounds["maximum"]:
        raise Problem("The minimum quantity cannot be greater than the maximum quantity.", param=f"{param}[minimum]")
    enabled = {f"{param}[enabled]": sent["enabled"]}
    unmodelled.refuse(enabled, enabled, "checkout line items")
    return {"enabled": sent["enabled"], **bounds}


def _check_metered(item: dict[str, Any], where: str) -> None:
    prices.check_no_quantity(item, where)
    if (item.get("adjustable_quantity") or {}).get("enabled"):
        raise Problem(
            "`adjustable_quantity` cannot be used with metered prices.", param=f"{where}[adjustable_quantity]"
        )


def _priced(w: Work, pick: Doc, currency: str, where: str) -> Doc:
    """An item in wire shape: what was picked, in the session's currency."""
    chosen = prices.in_currency(w, pick["price"], currency)["custom_unit_amount"]
    amount = (chosen["preset"] or 0) if chosen else prices.upfront(w, pick["price"], pick["quantity"], currency)
    amounts.check_amount(amount, currency, where, most=amounts.MOST_ON_AN_INVOICE)
    product = w.get("product", pick["price"]["product"]) or {}
    item = w.build(
        "item",
        adjustable_quantity=pick.get("adjustable_quantity"),
        amount_subtotal=amount,
        amount_total=amount,
        currency=currency,
        description=product.get("name"),
        metadata=pick.get("metadata") or {},
        price=pick["price"],
        quantity=pick["quantity"],
    )
    if pick.get("tax_rates"):
        w.keep("item_rates", item["id"], rates=pick["tax_rates"])
    return item


def _check(mode: str, items: list[Doc]) -> None:
    recurring = [item for item in items if item["price"]["recurring"]]
    for item in items:
        if item["price"]["custom_unit_amount"] is not None:
            _check_custom(mode, items, item)
    if mode == "payment" and recurring:
        raise Problem(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use "
            "only one-time prices."
        )
    if mode == "subscription" and not recurring:
        raise Problem("You must provide at least one recurring price in `subscription` mode when using prices.")
    if len({(p["interval"], p["interval_count"]) for p in (item["price"]["recurring"] for item in recurring)}) > 1:
        raise Problem("All recurring prices of a Checkout Session must have the same interval.", param="line_items")


def _check_custom(mode: str, items: list[Doc], item: Doc) -> None:
    """Stripe documents: only one line item, one piece of it, and no subscription.  The wording is ours."""
    if mode != "payment":
        raise Problem("Prices with a `custom_unit_amount` can only be used in `payment` mode.", param="line_items")
    if len(items) > 1:
        raise Problem("A price with a `custom_unit_amount` must be the only line item.", param="line_items")
    if item["quantity"] != 1:
        raise Problem("The quantity of a price with a `custom_unit_amount` must be 1.", param="line_items[0][quantity]")
