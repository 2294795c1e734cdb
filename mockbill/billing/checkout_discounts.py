"""The discount of a checkout session: given with it, or typed in on its page (stripe-behaviour.md 6.1)."""

from typing import Any

from mockbill.billing import checkout_amounts, checkout_items, coupons, discounts, promotion_codes
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


def _check_box(session: Doc) -> None:
    if not session["allow_promotion_codes"]:
        raise Problem("This Checkout Session does not take promotion codes.", param="promotion_code")


def _changed(w: Work, session: Doc, coupon: Doc | None, code: Doc | None, where: str) -> Doc:
    items = checkout_items.of_session(w, session)
    if coupon and not any(_is_for(w, coupon, item) for item in items):
        raise Problem(_NOTHING, param=where)
    named = coupon and {"coupon": None if code else coupon["id"], "promotion_code": code["id"] if code else None}
    return checkout_amounts.reckoned(w, w.change(session, discounts=[named] if named else None))


def _is_for(w: Work, coupon: Doc, item: Doc) -> bool:
    products = coupons.products(w, coupon)
    return products is None or item["price"]["product"] in products
