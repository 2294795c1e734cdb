"""The discounts that a quote offers: shown on it, and redeemed when it is accepted.

A quote's discount is an object of its own, made of a coupon or a promotion code which does not count it yet.  That
Stripe counts them at acceptance, and takes the coupon's terms of then, is not established.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mockbill.billing import discounts
from mockbill.world import Doc, Problem, Work


def made(
    w: Work,
    quote: Mapping[str, Any],
    sent: Any,
    amount: int | None,
    *,
    known: Sequence[str] = (),
    where: str = "discounts",
) -> list[str]:
    """The ids of the discounts that a ``discounts`` parameter asks for; ``""`` is none.

    Of the ``quote`` this needs its customer and currency.  ``known`` are those that were there before, of which an
    entry may name one; the customer's own discount may be named as well.  ``amount`` is what is bought, in minor units.
    """
    entries = sent or []
    discounts.check_number(entries, where)
    ids: list[str] = []
    seen: set[str] = set()
    for position, entry in enumerate(entries):
        at = f"{where}[{position}]"
        if (named := entry.get("discount")) in known and len(entry) == 1:
            discount = w.need("discount", named)
        else:
            discount = _new(w, quote, _resolved(w, quote, entry), amount, at)
        coupon = discount["source"]["coupon"]
        if coupon in seen:
            raise Problem(f"You cannot apply the same coupon twice: {coupon}.", param=at)
        seen.add(coupon)
        ids.append(discount["id"])
    return ids


def cloned(w: Work, quote: Mapping[str, Any], ids: Sequence[str]) -> list[str]:
    """The same discounts for another quote."""
    return [_stored(w, quote, w.need("discount", id))["id"] for id in ids]


def entries(w: Work, ids: Sequence[str], *, lasting: bool = False) -> list[dict[str, str]]:
    """What redeems these discounts: a ``discounts`` parameter; ``lasting`` are only those that are for ever."""
    found = [w.need("discount", id) for id in ids]
    return [_entry(each) for each in found if not lasting or is_lasting(w, each)]


def is_lasting(w: Work, discount: Doc) -> bool:
    """Whether the coupon of a discount takes something off every invoice to come."""
    coupon = w.get("coupon", discount["source"]["coupon"])
    return coupon is not None and coupon["duration"] == "forever"


def _entry(discount: Doc) -> dict[str, str]:
    if code := discount["promotion_code"]:
        return {"promotion_code": code}
    return {"coupon": discount["source"]["coupon"]}


def _resolved(w: Work, quote: Mapping[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """The customer's own discount, where it is named, as what it was made of."""
    customer = w.get("customer", quote["customer"]) or {}
    own = customer.get("discount") or {}
    if entry.get("discount") and entry["discount"] == own.get("id") and len(entry) == 1:
        return _entry(own)
    return entry


def _new(w: Work, quote: Mapping[str, Any], entry: dict[str, Any], amount: int | None, at: str) -> Doc:
    coupon, code = discounts.offer(w, entry, quote["customer"], quote["currency"], amount, at)
    return _stored(
        w, quote, {"promotion_code": code and code["id"], "source": {"coupon": coupon["id"], "type": "coupon"}}
    )


def _stored(w: Work, quote: Mapping[str, Any], of: Mapping[str, Any]) -> Doc:
    return w.add(
        "discount",
        customer=quote["customer"],
        end=None,
        promotion_code=of["promotion_code"],
        source=of["source"],
        start=w.now,
    )
