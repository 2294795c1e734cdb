"""Coupons: terms of discounts, made once and redeemed many times (stripe-behaviour.md 2.8)."""

from fractions import Fraction
from typing import Any

from mockbill.billing import amounts, fields, promotion_codes
from mockbill.rules.discounts import Off
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Problem, Work, World

_LONGEST = 5 * 365 * DAY + DAY  # how far ahead redeem_by may lie: five years, with a leap day
_OURS = ("applies_to", "currency", "currency_options", "valid", "times_redeemed")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/coupons``: percent_off, or amount_off and currency; for one invoice unless ``duration`` says else."""
    if (id := params.get("id")) and w.get("coupon", id):
        raise Problem("Coupon already exists.", code="resource_already_exists", param="id")
    duration = _check_duration(params)
    currency = _check_worth(params)
    _check_limits(w, params)
    options = _options(params, currency)
    products = _products(w, params)
    own = {"id": id} if id else {}
    coupon = w.add(
        "coupon",
        **{**fields.fields_of("coupon", params, {}, but=_OURS), "duration": duration, "valid": True},
        currency=currency,
        **own,
    )
    w.keep("coupon", coupon["id"], products=products, currency_options=options)
    w.emit("coupon.created", coupon)
    return coupon


def update(w: Work, coupon: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/coupons/{coupon}``: name, metadata and currency_options; its terms are for ever."""
    if "currency_options" in params:
        options = {**currency_options(w, coupon), **_options(params, coupon["currency"])}
        w.keep("coupon", coupon["id"], currency_options=options)
    changed = w.change(coupon, **fields.fields_of("coupon", params, coupon, but=_OURS))
    if changed != coupon:
        w.emit("coupon.updated", changed, coupon)
    return changed


def delete(w: Work, coupon: Doc) -> Doc:
    """``DELETE``: it can no longer be redeemed; discounts that were made of it go on."""
    answer = w.remove(coupon)
    w.keep("coupon", coupon["id"], last=coupon)
    w.emit("coupon.deleted", coupon)
    promotion_codes.close_of(w, coupon["id"])
    return answer


def due(world: World, coupon: Doc) -> tuple[int, str] | None:
    """``redeem_by`` is the last second at which it can be redeemed."""
    return (coupon["redeem_by"] + 1, "coupon.lapse") if coupon["valid"] and coupon["redeem_by"] else None


def lapse(w: Work, coupon: Doc) -> None:
    """``valid`` is derived, so nothing is told of its end, but of that of its promotion codes."""
    w.change(coupon, valid=False)
    promotion_codes.close_of(w, coupon["id"])


def check_redeemable(w: Work, coupon: Doc, param: str) -> None:
    """Problem where a coupon is used up, or its last moment has passed on the clock of the customer."""
    most = coupon["max_redemptions"]
    if most is not None and coupon["times_redeemed"] >= most:
        raise Problem(f"Coupon {coupon['id']} is used up and cannot be applied.", code="coupon_expired", param=param)
    if not coupon["valid"] or (coupon["redeem_by"] is not None and w.now > coupon["redeem_by"]):
        raise Problem(f"Coupon expired: {coupon['id']}", code="coupon_expired", param=param)


def count(w: Work, coupon: Doc) -> Doc:
    """One more discount was made of it.  Stripe's bookkeeping: no event."""
    times, most = coupon["times_redeemed"] + 1, coupon["max_redemptions"]
    used_up = most is not None and times >= most
    changed = w.change(coupon, times_redeemed=times, valid=coupon["valid"] and not used_up)
    if used_up:
        promotion_codes.close_of(w, coupon["id"])
    return changed


def give_back(w: Work, coupon: Doc) -> None:
    """One of its discounts has come to nothing: it can be redeemed once more, where that was all it lacked."""
    most, ends = coupon["max_redemptions"], coupon["redeem_by"]
    was_used_up = most is not None and coupon["times_redeemed"] >= most
    valid = coupon["valid"] or (was_used_up and (ends is None or w.now <= ends))
    w.change(coupon, times_redeemed=coupon["times_redeemed"] - 1, valid=valid)


def even_if_deleted(w: Work, id: str | None) -> Doc | None:
    """A coupon by its id; one that was deleted as it last was, for the discounts that go on."""
    found: Doc | None = w.get("coupon", id) or (w.private("coupon", id or "") or {}).get("last")
    return found


def currency_options(w: Work, coupon: Doc) -> Doc:
    """``{"usd": {"amount_off": 500}, ...}``, its own currency included; empty for a percentage."""
    kept = w.private("coupon", coupon["id"]) or {}
    return dict(kept.get("currency_options") or {})


def off(w: Work, coupon: Doc, currency: str) -> Off:
    """What it takes off, as the rules of discounts have it; nothing in a currency that it knows no amount in."""
    named = products(w, coupon)
    only = None if named is None else frozenset(named)
    if coupon["percent_off"] is not None:
        return Off(coupon["id"], Fraction(str(coupon["percent_off"])), products=only)
    option = currency_options(w, coupon).get(currency) or {"amount_off": 0}
    return Off(coupon["id"], amount=option["amount_off"], products=only)


def products(w: Work, coupon: Doc) -> list[str] | None:
    """The products that it is for; None for all."""
    kept = w.private("coupon", coupon["id"]) or {}
    named = kept.get("products")
    return None if named is None else list(named)


def _check_duration(params: dict[str, Any]) -> str:
    duration, months = params.get("duration") or "once", params.get("duration_in_months")
    if duration == "repeating":
        if months is None:
            raise Problem(
                "You must pass `duration_in_months` when `duration` is `repeating`.",
                code="parameter_missing",
                param="duration_in_months",
            )
        amounts.check_least(months, "duration_in_months")
    elif months is not None:
        raise Problem(
            "You can only pass `duration_in_months` when `duration` is `repeating`.", param="duration_in_months"
        )
    return str(duration)


def _check_worth(params: dict[str, Any]) -> str | None:
    """The coupon's currency, None for a percentage."""
    percent, amount = params.get("percent_off"), params.get("amount_off")
    if percent is not None and amount is not None:
        raise Problem("You may only specify one of these parameters: amount_off, percent_off.")
    if percent is None and amount is None:
        raise Problem("You must pass either `percent_off` or `amount_off`.", code="parameter_missing")
    if percent is not None:
        if not 0 < percent <= 100:
            raise Problem("Invalid percent_off: must be greater than 0 and at most 100", param="percent_off")
        if params.get("currency_options"):
            raise Problem("`currency_options` can only be used with `amount_off`.", param="currency_options")
        return None
    assert amount is not None  # one of the two is there
    amounts.check_least(amount, "amount_off")
    if not params.get("currency"):
        raise Problem("Missing required param: currency.", code="parameter_missing", param="currency")
    currency = amounts.currency(params["currency"])
    amounts.check_amount(amount or 0, currency, "amount_off")
    return currency


def _check_limits(w: Work, params: dict[str, Any]) -> None:
    if params.get("max_redemptions") is not None:
        amounts.check_least(params["max_redemptions"], "max_redemptions")
    at = params.get("redeem_by")
    if at is not None and at <= w.now:
        raise Problem("Invalid timestamp: must be in the future", param="redeem_by")
    if at is not None and at > w.now + _LONGEST:
        raise Problem("Invalid timestamp: can be no more than five years in the future", param="redeem_by")


def _options(params: dict[str, Any], currency: str | None) -> Doc:
    sent = params.get("currency_options") or {}
    if sent and currency is None:
        raise Problem("`currency_options` can only be used with `amount_off`.", param="currency_options")
    found: Doc = {currency: {"amount_off": params["amount_off"]}} if currency and params.get("amount_off") else {}
    for code, option in sent.items():
        where = f"currency_options[{code}]"
        known = amounts.currency(code, where)
        if known == currency:
            raise Problem("`currency_options` cannot hold the coupon's own currency.", param=where)
        amounts.check_least(option["amount_off"], f"{where}[amount_off]")
        amounts.check_amount(option["amount_off"], known, f"{where}[amount_off]")
        found[known] = {"amount_off": option["amount_off"]}
    return found


def _products(w: Work, params: dict[str, Any]) -> list[str] | None:
    named = (params.get("applies_to") or {}).get("products")
    if not named:
        return None
    for position, id in enumerate(named):
        w.need("product", id, f"applies_to[products][{position}]")
    return list(named)
