"""The discount of a checkout session: given with it, or typed in on its page (stripe-behaviour.md 6.1)."""

from typing import Any

from mockbill.billing import checkout_items, checkout_taxes, coupons, discounts, payment_intents, promotion_codes
from mockbill.rules import discounts as rules
from mockbill.world import Doc, Problem, Work

_NOTHING = "This promotion code cannot be redeemed because the associated coupon is not valid for any of the items."


def check(params: dict[str, Any]) -> None:
    """Problem where a request asks for more than one discount, or for one beside a box for codes."""
    sent = params.get("discounts") or []
    if sent and params.get("allow_promotion_codes"):
        raise Problem("You may only specify one of these parameters: allow_promotion_codes, discounts.")
    if len(sent) > 1:
        raise Problem("A Checkout Session can have up to one discount.", param="discounts")
    if sent and params["mode"] == "setup":
        raise Problem("`discounts` can only be used in `payment` or `subscription` mode.", param="discounts")


def check_items(params: dict[str, Any], items: list[Doc]) -> None:
    """Problem for a box for codes where the customer chooses the amount: nothing comes off that."""
    if params.get("allow_promotion_codes") and any(item["price"]["custom_unit_amount"] for item in items):
        raise Problem(
            "Promotion codes cannot be used with prices that have a `custom_unit_amount`.",
            param="allow_promotion_codes",
        )


def give(w: Work, session: Doc, entry: dict[str, Any], where: str = "discounts[0]") -> Doc:
    """The session with the one discount that ``entry`` names; nothing is redeemed before it is paid."""
    coupon, code = discounts.offer(
        w, entry, session["customer"], session["currency"], session["amount_subtotal"], where
    )
    return _changed(w, session, coupon, code, where)


def enter(w: Work, session: Doc, code: str) -> Doc:
    """What a customer types into the box of the page, in either case; Problem where it cannot be redeemed."""
    _check_box(session)
    found = promotion_codes.by_code(w, code.strip(), session["customer"])
    if found is None:
        raise Problem("This code is invalid.", code="resource_missing", param="promotion_code")
    try:
        return give(w, session, {"promotion_code": found["id"]})
    except Problem as problem:
        raise Problem(problem.message, code=problem.code, param="promotion_code") from None


def remove(w: Work, session: Doc) -> Doc:
    """The code on the page is taken off again."""
    _check_box(session)
    return _changed(w, session, None, None, "discounts")


def redeem(w: Work, session: Doc, customer: Doc | None, **holder: str) -> list[str]:
    """The discounts that a paid session makes: now the coupon and the code count it."""
    if not session["discounts"]:
        return []
    return discounts.redeem(
        w,
        session["discounts"],
        customer,
        currency=session["currency"],
        amount=session["amount_subtotal"],
        checkout_session=session["id"],
        **holder,
    )


def coupon_of(w: Work, session: Doc) -> tuple[Doc, Doc | None] | None:
    """The coupon, and the promotion code, of an open session; None where nothing is taken off."""
    for named in session["discounts"] or ():
        code = w.get("promotion_code", named["promotion_code"])
        coupon = w.get("coupon", code["promotion"]["coupon"] if code else named["coupon"])
        return (coupon, code) if coupon else None
    return None


def later(w: Work, session: Doc, items: list[Doc]) -> int:
    """What the recurring ones of the items come to at each renewal, for the page: a discount for once is over by then.

    Exclusive tax on what a discount for once took off is not in it.
    """
    whole, taken = (sum(int(item[name]) for item in items) for name in ("amount_total", "amount_discount"))
    known = coupon_of(w, session)
    if known is None:
        return whole
    if known[0]["duration"] == "once":
        return whole + taken
    return whole if taken else whole - sum(_shares(w, items, known[0], session["currency"]))


def _check_box(session: Doc) -> None:
    if not session["allow_promotion_codes"]:
        raise Problem("This Checkout Session does not take promotion codes.", param="promotion_code")


def _changed(w: Work, session: Doc, coupon: Doc | None, code: Doc | None, where: str) -> Doc:
    items = checkout_items.of_session(w, session)
    if coupon and not any(_is_for(w, coupon, item) for item in items):
        raise Problem(_NOTHING, param=where)
    on_trial = bool((w.private("checkout", session["id"]) or {}).get("on_trial"))
    today = [item["id"] for item in items if not (on_trial and item["price"]["recurring"])]
    shares = dict.fromkeys((item["id"] for item in items), 0)
    if coupon:
        due = [item for item in items if item["id"] in today]
        shares |= dict(zip(today, _shares(w, due, coupon, session["currency"]), strict=True))
    items = [
        {**item, "amount_discount": shares[item["id"]], "amount_total": item["amount_subtotal"] - shares[item["id"]]}
        for item in items
    ]
    off = sum(shares.values())
    w.keep("checkout", session["id"], items=items)
    named = coupon and {"coupon": None if code else coupon["id"], "promotion_code": code["id"] if code else None}
    changed = w.change(
        session,
        amount_total=session["amount_subtotal"] - off,
        discounts=[named] if named else None,
        total_details={**session["total_details"], "amount_discount": off},
    )
    changed = checkout_taxes.reckoned(w, changed)
    if changed["amount_total"] != session["amount_total"]:
        _follow(w, changed)
    return changed


def _follow(w: Work, session: Doc) -> None:
    """Where an attempt failed before, an intent is left that cannot become one of the other kind: it is given up.

    Payment intents take the new amount when they are tried again.
    """
    kept = (w.private("checkout", session["id"]) or {}).get("intent")
    intent = w.get("payment_intent", kept)
    if kept is None or (intent and session["amount_total"]):
        return
    if intent:
        payment_intents.drop(w, intent, "abandoned")
    w.keep("checkout", session["id"], intent=None)


def _is_for(w: Work, coupon: Doc, item: Doc) -> bool:
    products = coupons.products(w, coupon)
    return products is None or item["price"]["product"] in products


def _shares(w: Work, items: list[Doc], coupon: Doc, currency: str) -> list[int]:
    found = rules.taken(
        [rules.Line(int(item["amount_subtotal"]), item["price"]["product"]) for item in items],
        [coupons.off(w, coupon, currency)],
    )
    return [sum(amount for _, amount in shares) for shares in found]
