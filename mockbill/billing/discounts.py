"""Discounts: coupons and promotion codes redeemed for a customer, a subscription, an item or an invoice."""

from collections.abc import Collection, Sequence
from typing import Any

from mockbill.billing import (
    coupons,
    customer_facts,
    invoices,
    promotion_codes,
    subscription_items,
    subscription_status,
)
from mockbill.rules import periods
from mockbill.world import Doc, Problem, Work, World
from mockbill.world.problems import missing

MOST = 20
_NAMES = ("coupon", "promotion_code", "discount")


def redeem(
    w: Work,
    sent: Any,
    customer: Doc | None,
    *,
    where: str = "discounts",
    currency: str | None = None,
    amount: int | None = None,
    reusable: Collection[str] = (),
    **holder: str,
) -> list[str]:
    """The ids of the discounts that the ``discounts`` parameter asks for: those made of coupons, and ``reusable`` ones.

    ``holder`` names the object that gets them (``subscription=``, ``subscription_item=``, ``invoice=``,
    ``invoice_item=``, ``checkout_session=``, none for the customer); ``amount`` is what its purchase comes to, for
    codes with a minimum.
    Stripe tells of the discounts of customers, subscriptions and their items: ``customer.discount.created``.
    """
    entries = sent or []
    check_number(entries, where)
    owner = customer["id"] if customer else None
    made: list[str] = []
    seen: set[str] = set()
    for position, entry in enumerate(entries):
        at = f"{where}[{position}]"
        name = _named(entry, at)
        if name == "discount":
            discount = _reused(w, entry[name], reusable, f"{at}[discount]")
        else:
            coupon, code = _offered(w, entry, name, owner, currency, amount, at)
            discount = _made(w, coupon, code, owner, holder)
        coupon_id = discount["source"]["coupon"]
        if coupon_id in seen:
            raise Problem(f"You cannot apply the same coupon twice: {coupon_id}.", param=at)
        seen.add(coupon_id)
        made.append(discount["id"])
    return made


def check_number(entries: Sequence[Any], where: str) -> None:
    """Problem for more discounts than can be applied together."""
    if len(entries) > MOST:
        raise Problem(f"You can apply up to {MOST} discounts; {len(entries)} were sent.", param=where)


def offer(
    w: Work, entry: dict[str, Any], customer: str | None, currency: str | None, amount: int | None, where: str
) -> tuple[Doc, Doc | None]:
    """The coupon, and the promotion code, that an entry names, if they can be redeemed; nothing is redeemed yet."""
    name = _named(entry, where)
    return _offered(w, entry, name, customer, currency, amount, where)


def replaced(w: Work, subscription: Doc, sent: Any, amount: int | None = None) -> list[str]:
    """The discounts of a subscription after an update: the array takes the place of what was, ``""`` clears it."""
    customer = w.need("customer", subscription["customer"], "customer")
    old = subscription["discounts"]
    new = redeem(
        w,
        sent,
        customer,
        currency=subscription["currency"],
        amount=amount,
        reusable=[*old, *_of_customer(customer)],
        subscription=subscription["id"],
    )
    _tell_of_those_gone(w, old, new)
    return new


def on_item(w: Work, subscription: Doc, item: Doc, pick: Doc, where: str) -> Doc:
    """A subscription item with the discounts that were asked for with it; ``""`` clears them.

    Of the ``subscription``, which may not be there yet, this needs its customer, currency and discounts.
    """
    if "discounts" not in pick:
        return item
    customer = w.need("customer", subscription["customer"], "customer")
    old, currency = item["discounts"], subscription["currency"]
    new = redeem(
        w,
        pick["discounts"],
        customer,
        where=f"{where}[discounts]",
        currency=currency,
        amount=subscription_items.worth_of(w, pick, currency),
        reusable=[*old, *subscription["discounts"], *_of_customer(customer)],
        subscription_item=item["id"],
    )
    _tell_of_those_gone(w, old, new)
    return {**item, "discounts": new}


def on_invoice(w: Work, invoice: Doc, sent: Any) -> list[str]:
    """The discounts of a draft that are asked for: the array takes the place of what was, ``""`` clears it."""
    customer = w.need("customer", invoice["customer"], "customer")
    return redeem(
        w,
        sent,
        customer,
        currency=invoice["currency"],
        amount=invoice["subtotal"],
        reusable=[*invoice["discounts"], *_of_ancestors(w, invoice, customer)],
        invoice=invoice["id"],
    )


def on_invoice_item(w: Work, item: Doc, sent: Any) -> list[str]:
    """The same for an invoice item."""
    customer = w.need("customer", item["customer"], "customer")
    invoice = w.get("invoice", item["invoice"])
    above = [*invoice["discounts"], *_of_ancestors(w, invoice, customer)] if invoice else _of_customer(customer)
    return redeem(
        w,
        sent,
        customer,
        currency=item["currency"],
        amount=max(0, item["amount"]),
        reusable=[*(item["discounts"] or ()), *above],
        invoice_item=item["id"],
    )


def on_line(w: Work, invoice: Doc, line: Doc, sent: Any) -> list[str]:
    """The same for the line of a subscription's item, on a draft; that of an invoice item has the item's discounts."""
    customer = w.need("customer", invoice["customer"], "customer")
    return redeem(
        w,
        sent,
        customer,
        currency=line["currency"],
        amount=max(0, line["amount"]),
        reusable=[*line["discounts"], *invoice["discounts"], *_of_ancestors(w, invoice, customer)],
        invoice=invoice["id"],
    )


def set_on_customer(w: Work, customer: Doc, params: dict[str, Any]) -> Doc:
    """``coupon`` and ``promotion_code`` of API versions before 2025-03-31; newer ones cannot set a customer's discount.

    Emits ``customer.discount.created``, ``.updated`` or ``.deleted``; ``customer.updated`` is the caller's.
    """
    named = [name for name in ("coupon", "promotion_code") if name in params]
    if not named:
        return customer
    if len(named) > 1:
        raise Problem("You may only specify one of these parameters: coupon, promotion_code.")
    name, old = named[0], customer.get("discount")
    if not params[name]:
        if old:
            w.emit("customer.discount.deleted", old)
        return w.change(customer, discount=None)
    coupon, code = _offered(w, params, name, customer["id"], customer["currency"], None, None)
    new = _made(w, coupon, code, customer["id"], {}, before=old)
    return w.change(customer, discount=new)


def delete_of_customer(w: Work, customer: Doc) -> Doc:
    """``DELETE /v1/customers/{customer}/discount``: answers the discount with ``deleted``."""
    discount = customer.get("discount")
    if not discount:
        raise _none_active("customer", customer["id"])
    _take_off(w, discount)
    return {**discount, "deleted": True}


def delete_of_subscription(w: Work, subscription: Doc) -> Doc:
    """``DELETE /v1/subscriptions/{id}/discount``: takes off all of its own discounts; answers the first of them."""
    old = [w.need("discount", id) for id in subscription["discounts"]]
    if not old:
        raise _none_active("subscription", subscription["id"])
    for discount in old:
        w.emit("customer.discount.deleted", discount)
    subscription_status.change(w, subscription, discounts=[])
    return {**old[0], "deleted": True}


def used(w: Work, invoice: Doc) -> None:
    """A ``once`` discount has served its only invoice, which is finalized: it leaves what it was on.

    One that took nothing off, as on the invoice of a free trial, waits for the first invoice that costs something.
    """
    for each in invoice["total_discount_amounts"]:
        terms = w.private("discount", each["discount"])
        if terms is not None and terms["duration"] == "once" and each["amount"]:
            end(w, w.need("discount", each["discount"]))


def due(world: World, discount: Doc) -> tuple[int, str] | None:
    """A repeating discount ends some months after it started."""
    if not discount["end"] or (world.fetch("_discount", discount["id"]) or {}).get("over"):
        return None
    return discount["end"], "discount.end"


def end(w: Work, discount: Doc) -> None:
    """Its months are over, or it has served its only invoice."""
    _take_off(w, discount)
    w.keep("discount", discount["id"], over=True)


def _tell_of_those_gone(w: Work, old: list[str], new: list[str]) -> None:
    for id in old:
        if id not in new:
            w.emit("customer.discount.deleted", w.need("discount", id))


def _of_customer(customer: Doc) -> list[str]:
    return [customer["discount"]["id"]] if customer.get("discount") else []


def _of_ancestors(w: Work, invoice: Doc, customer: Doc) -> list[str]:
    """The discounts that an invoice could have inherited."""
    subscription = w.get("subscription", invoices.subscription_of(invoice))
    return [*(subscription["discounts"] if subscription else ()), *_of_customer(customer)]


def _take_off(w: Work, discount: Doc) -> None:
    """Off the customer, subscriptions and items that have it: ``customer.discount.deleted`` and their updates.

    Invoices keep what they have.
    """
    id = discount["id"]
    customer = w.get("customer", discount["customer"])
    told = False
    if customer is not None and (customer.get("discount") or {}).get("id") == id:
        w.emit("customer.discount.deleted", discount)
        told = True
        customer_facts.note(w, customer["id"], discount=None)
    for subscription in w.find("subscription", customer=discount["customer"]):
        if subscription["status"] in subscription_status.ENDED or not (changes := _without(subscription, id)):
            continue
        if not told:
            w.emit("customer.discount.deleted", discount)
            told = True
        subscription_status.change(w, subscription, **changes)


def _without(subscription: Doc, id: str) -> dict[str, Any]:
    """What changes on a subscription that loses a discount; empty where it has not got it."""
    changes: dict[str, Any] = {}
    if id in subscription["discounts"]:
        changes["discounts"] = [each for each in subscription["discounts"] if each != id]
    items = subscription["items"]
    if any(id in item["discounts"] for item in items["data"]):
        kept = [{**item, "discounts": [each for each in item["discounts"] if each != id]} for item in items["data"]]
        changes["items"] = {**items, "data": kept}
    return changes


def _named(entry: dict[str, Any], where: str) -> str:
    named = [name for name in _NAMES if entry.get(name)]
    if len(named) != 1:
        raise Problem(
            f"You may only specify one of these parameters: {', '.join(named)}."
            if named
            else "You must pass one of `coupon`, `promotion_code` or `discount` for each discount.",
            code=None if named else "parameter_missing",
            param=where,
        )
    return named[0]


def _reused(w: Work, id: str, reusable: Collection[str], param: str) -> Doc:
    discount = w.get("discount", id) if id in reusable else None
    if discount is None:
        raise missing("discount", id, param)
    return discount


def _offered(
    w: Work,
    entry: dict[str, Any],
    name: str,
    customer: str | None,
    currency: str | None,
    amount: int | None,
    where: str | None,
) -> tuple[Doc, Doc | None]:
    param = f"{where}[{name}]" if where else name
    code = None
    named = entry[name]
    if name == "promotion_code":
        code = w.need("promotion_code", named, param)
        promotion_codes.check_redeemable(w, code, customer, currency, amount, param)
        named = code["promotion"]["coupon"]
    coupon = w.need("coupon", named, param)
    coupons.check_redeemable(w, coupon, param)
    if currency and coupon["percent_off"] is None and currency not in coupons.currency_options(w, coupon):
        raise Problem(
            f"The coupon {coupon['id']} takes off {coupon['currency']} and cannot be applied to a purchase in "
            f"{currency}.",
            param=param,
        )
    return coupon, code


def _made(
    w: Work, coupon: Doc, code: Doc | None, customer: str | None, holder: dict[str, str], before: Doc | None = None
) -> Doc:
    """A new discount.  Its terms are kept beside it: they stay when the coupon is deleted."""
    months = coupon["duration_in_months"]
    discount = w.add(
        "discount",
        customer=customer,
        end=periods.add(w.now, "month", months) if months else None,
        promotion_code=code["id"] if code else None,
        source={"coupon": coupon["id"], "type": "coupon"},
        start=w.now,
        **holder,
    )
    w.keep(
        "discount",
        discount["id"],
        amount_off=coupon["amount_off"],
        currency_options=coupons.currency_options(w, coupon),
        duration=coupon["duration"],
        months=months,
        name=coupon["name"],
        percent_off=coupon["percent_off"],
        products=coupons.products(w, coupon),
    )
    if code:
        promotion_codes.count(w, code)
    coupons.count(w, coupon)
    if before is not None:
        w.emit("customer.discount.updated", discount, before)
    elif not holder or holder.keys() & {"subscription", "subscription_item"}:
        w.emit("customer.discount.created", discount)
    return discount


def _none_active(kind: str, id: str) -> Problem:
    return Problem(f"No active discount for {kind}: {id}", code="resource_missing", status=404)
