"""Promotion codes: what a customer types in to redeem a coupon, and who may do so (stripe-behaviour.md 2.8)."""

import re
from typing import Any

from mockbill.billing import amounts, fields
from mockbill.world import Doc, Problem, Work, World

_CODE = re.compile(r"[A-Za-z0-9-]+")
_LENGTH = 8  # of a code that is made up
_OURS = ("code", "currency_options", "customer", "promotion", "restrictions")
_REFUSED = "This promotion code cannot be redeemed because "


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/promotion_codes``: for a coupon; the code is made up where none is given."""
    coupon = _coupon(w, params)
    customer = params.get("customer")
    if customer:
        w.use_clock_of(w.need("customer", customer, "customer"))
    active = params.get("active", True)
    code = _code(w, params, customer if customer else None, active=active)
    _check_limits(w, params, coupon)
    restrictions, options = _restrictions(params.get("restrictions") or {})
    promotion_code = w.add(
        "promotion_code",
        **fields.fields_of("promotion_code", {**params, "active": active}, {}, but=_OURS),
        code=code,
        customer=customer or None,
        promotion={"coupon": coupon["id"], "type": "coupon"},
        restrictions=restrictions,
    )
    w.keep("promotion_code", promotion_code["id"], currency_options=options, lower=code.lower())
    w.emit("promotion_code.created", promotion_code)
    return promotion_code


def update(w: Work, promotion_code: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/promotion_codes/{promotion_code}``: active, metadata and the minimum in other currencies."""
    if params.get("active") and not promotion_code["active"]:
        _check_can_return(w, promotion_code)
    if sent := (params.get("restrictions") or {}).get("currency_options"):
        own = promotion_code["restrictions"]["minimum_amount_currency"]
        options = {**currency_options(w, promotion_code), **_options(sent, own)}
        w.keep("promotion_code", promotion_code["id"], currency_options=options)
    changed = w.change(promotion_code, **fields.fields_of("promotion_code", params, promotion_code, but=_OURS))
    if changed != promotion_code:
        w.emit("promotion_code.updated", changed, promotion_code)
    return changed


def due(world: World, promotion_code: Doc) -> tuple[int, str] | None:
    """``expires_at`` ends it."""
    at = promotion_code["expires_at"]
    return (at, "promotion_code.expire") if promotion_code["active"] and at else None


def expire(w: Work, promotion_code: Doc) -> None:
    """Its time is over, or nobody may redeem it any more: ``promotion_code.updated``."""
    if promotion_code["active"]:
        w.emit("promotion_code.updated", w.change(promotion_code, active=False), promotion_code)


def close_of(w: Work, coupon_id: str) -> None:
    """Their coupon cannot be redeemed any more."""
    for promotion_code in w.find("promotion_code", {"promotion.coupon": coupon_id}, active=True):
        expire(w, promotion_code)


def count(w: Work, promotion_code: Doc) -> None:
    """One more redemption; no event but for the last one, with which the code ends."""
    times, most = promotion_code["times_redeemed"] + 1, promotion_code["max_redemptions"]
    counted = w.change(promotion_code, times_redeemed=times)
    if most is not None and times >= most:
        expire(w, counted)


def give_back(w: Work, promotion_code: Doc) -> None:
    """One of its redemptions has come to nothing; where it was the last one, the code is open again."""
    most = promotion_code["max_redemptions"]
    was_used_up = most is not None and promotion_code["times_redeemed"] >= most
    counted = w.change(promotion_code, times_redeemed=promotion_code["times_redeemed"] - 1)
    if was_used_up and not counted["active"]:
        w.emit("promotion_code.updated", w.change(counted, active=True), counted)


def by_code(w: Work, code: str, customer: str | None) -> Doc | None:
    """The active code that a customer has typed in, in either case; one of the customer's own comes first."""
    found = with_code(w, code)
    for scope in (customer, None):
        for promotion_code in found:
            if promotion_code["active"] and promotion_code["customer"] == scope:
                return promotion_code
    return None


def with_code(w: Work, code: str) -> list[Doc]:
    """All promotion codes that read so in either case, active or not."""
    kept = w.find("_promotion_code", lower=code.lower())
    return [doc for each in kept if (doc := w.get("promotion_code", each["id"]))]


def check_redeemable(
    w: Work, promotion_code: Doc, customer: str | None, currency: str | None, amount: int | None, param: str
) -> None:
    """Problem where this customer cannot redeem the code now, for a purchase of ``amount`` (None: not known)."""
    most, ends = promotion_code["max_redemptions"], promotion_code["expires_at"]
    if ends is not None and w.now >= ends:
        raise Problem(f"{_REFUSED}it has expired.", code="coupon_expired", param=param)
    if most is not None and promotion_code["times_redeemed"] >= most:
        raise Problem(f"{_REFUSED}it has been used the maximum number of times.", code="coupon_expired", param=param)
    if not promotion_code["active"]:
        raise Problem("This promotion code is inactive.", param=param)
    if promotion_code["customer"] not in (None, customer):
        raise Problem(f"{_REFUSED}it is restricted to another customer.", param=param)
    restrictions = promotion_code["restrictions"]
    if restrictions["first_time_transaction"] and customer and _has_bought(w, customer):
        raise Problem(f"{_REFUSED}the associated customer has prior transactions.", param=param)
    least = _minimum(w, promotion_code, currency)
    if least is not None and amount is not None and amount < least:
        raise Problem(f"{_REFUSED}the associated purchase does not meet the minimum amount requirement.", param=param)


def currency_options(w: Work, promotion_code: Doc) -> Doc:
    """``{"eur": {"minimum_amount": 5000}}``: minimums in other currencies than the main one."""
    kept = w.private("promotion_code", promotion_code["id"]) or {}
    return dict(kept.get("currency_options") or {})


def _minimum(w: Work, promotion_code: Doc, currency: str | None) -> int | None:
    """The least purchase in a currency; a code with a minimum in other currencies only cannot be met in this one."""
    restrictions = promotion_code["restrictions"]
    least = restrictions["minimum_amount"]
    if least is None or currency is None or currency == restrictions["minimum_amount_currency"]:
        return None if least is None else int(least)
    option = currency_options(w, promotion_code).get(currency)
    return int(option["minimum_amount"]) if option else amounts.MOST_ON_AN_INVOICE


def _has_bought(w: Work, customer: str) -> bool:
    """Any payment or invoice that succeeded, as Stripe documents it; an open invoice is none."""
    return bool(
        w.find("payment_intent", customer=customer, status="succeeded")
        or w.find("invoice", customer=customer, status="paid")
    )


def _coupon(w: Work, params: dict[str, Any]) -> Doc:
    named = (params.get("promotion") or {}).get("coupon")
    if not named:
        raise Problem("Missing required param: promotion[coupon].", code="parameter_missing", param="promotion[coupon]")
    coupon = w.need("coupon", named, "promotion[coupon]")
    if not coupon["valid"]:
        raise Problem(
            f"The coupon {named} is no longer valid, so no promotion code can be made for it.",
            param="promotion[coupon]",
        )
    return coupon


def _code(w: Work, params: dict[str, Any], customer: str | None, *, active: bool) -> str:
    code = params.get("code") or w.text(_LENGTH).upper()
    if not _CODE.fullmatch(code):
        raise Problem(
            "The promotion code can only contain alphanumeric characters and dashes (a-z, A-Z, 0-9, -).", param="code"
        )
    if active:
        _check_unique(w, code, customer)
    return str(code)


def _check_unique(w: Work, code: str, customer: str | None) -> None:
    if any(each["active"] and each["customer"] == customer for each in with_code(w, code)):
        raise Problem(
            f"An active promotion code with `code: {code}` already exists.",
            code="resource_already_exists",
            param="code",
        )


def _check_limits(w: Work, params: dict[str, Any], coupon: Doc) -> None:
    at, most = params.get("expires_at"), params.get("max_redemptions")
    if at is not None and at <= w.now:
        raise Problem("Invalid timestamp: must be in the future", param="expires_at")
    if at is not None and coupon["redeem_by"] is not None and at > coupon["redeem_by"]:
        raise Problem("`expires_at` cannot be after the coupon's `redeem_by`.", param="expires_at")
    if most is None:
        return
    amounts.check_least(most, "max_redemptions")
    if coupon["max_redemptions"] is not None and most > coupon["max_redemptions"]:
        raise Problem("`max_redemptions` cannot be more than the coupon's.", param="max_redemptions")


def _check_can_return(w: Work, promotion_code: Doc) -> None:
    coupon = w.get("coupon", promotion_code["promotion"]["coupon"])
    most, ends = promotion_code["max_redemptions"], promotion_code["expires_at"]
    over = (ends is not None and w.now >= ends) or (most is not None and promotion_code["times_redeemed"] >= most)
    if coupon is None or not coupon["valid"] or over:
        raise Problem(
            "This promotion code cannot be activated: it, or its coupon, can no longer be redeemed.", param="active"
        )
    _check_unique(w, promotion_code["code"], promotion_code["customer"])


def _restrictions(sent: dict[str, Any]) -> tuple[Doc, Doc]:
    """The restrictions in wire shape, and the minimums in other currencies beside them."""
    least, code = sent.get("minimum_amount"), sent.get("minimum_amount_currency")
    if least is not None and not code:
        where = "restrictions[minimum_amount_currency]"
        raise Problem(f"Missing required param: {where}.", code="parameter_missing", param=where)
    currency = amounts.currency(code, "restrictions[minimum_amount_currency]") if code else None
    if least is not None:
        amounts.check_least(least, "restrictions[minimum_amount]")
    restrictions = {
        "first_time_transaction": bool(sent.get("first_time_transaction")),
        "minimum_amount": least,
        "minimum_amount_currency": currency,
    }
    return restrictions, _options(sent.get("currency_options") or {}, currency)


def _options(sent: dict[str, Any], own: str | None) -> Doc:
    found: Doc = {}
    for code, option in sent.items():
        where = f"restrictions[currency_options][{code}]"
        known = amounts.currency(code, where)
        if known == own:
            raise Problem("Each currency must be different from `minimum_amount_currency`.", param=where)
        if option.get("minimum_amount") is not None:
            found[known] = {"minimum_amount": option["minimum_amount"]}
    return found
