"""Discounts that an update has redeemed, or replaced, which waits for its payment: neither has happened yet.

That Stripe tells of them when the update is applied, and gives back what was redeemed when it is not, is not
established.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mockbill.billing import coupons, discounting, promotion_codes
from mockbill.world import Doc, Work

_MADE, _GONE = "customer.discount.created", "customer.discount.deleted"


def set_aside(w: Work, subscription: Doc, fields: Mapping[str, Any]) -> dict[str, list[str]]:
    """Take back the news of them; answers their ids, ``made`` and ``gone``, to be kept until the update is decided."""
    after, before = set(_ids({**subscription, **fields})), set(_ids(subscription))
    found: dict[str, list[str]] = {_MADE: [], _GONE: []}
    others = []
    for event in w.events:
        id = event["data"]["object"].get("id")
        if (event["type"] == _MADE and id in after - before) or (event["type"] == _GONE and id in before - after):
            found[event["type"]].append(id)
        else:
            others.append(event)
    w.events[:] = others
    return {"made": found[_MADE], "gone": found[_GONE]}


def applied(w: Work, subscription: Doc, discounts: Mapping[str, list[str]]) -> None:
    """The update has happened: tell of what it has made and replaced."""
    for id in discounts["made"]:
        w.emit(_MADE, w.need("discount", id))
    for id in discounts["gone"]:
        if id in _ids(subscription):  # else it has left by itself meanwhile
            w.emit(_GONE, w.need("discount", id))


def given_back(w: Work, discounts: Mapping[str, list[str]]) -> None:
    """The update will not happen: what it has redeemed can be redeemed again."""
    for id in discounts["made"]:
        discount = w.need("discount", id)
        if coupon := w.get("coupon", discount["source"]["coupon"]):
            coupons.give_back(w, coupon)
        if code := w.get("promotion_code", discount["promotion_code"]):
            promotion_codes.give_back(w, code)


def current(w: Work, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of an update, without the discounts that have come to their end since it was asked for."""
    now = dict(fields)
    if "discounts" in now:
        now["discounts"] = discounting.running(w, now["discounts"])
    if "items" in now:
        data = [
            {**item, "discounts": discounting.running(w, item["discounts"])} if item["discounts"] else item
            for item in now["items"]["data"]
        ]
        now["items"] = {**now["items"], "data": data}
    return now


def _ids(subscription: Mapping[str, Any]) -> Iterator[str]:
    yield from subscription["discounts"]
    for item in subscription["items"]["data"]:
        yield from item["discounts"]
