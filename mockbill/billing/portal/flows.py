"""Flows: sessions that lead a customer through one action only, and what there has to be for it (6.2).

Messages of features that are off for updates, of prices that are not listed, of what is canceled already and of no
changes are Stripe's; the others follow their manner.
"""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import coupons, discounts, urls
from mockbill.billing.portal import limits
from mockbill.world import Doc, Problem, Work

_HASHES = ("subscription_cancel", "subscription_pause", "subscription_update", "subscription_update_confirm")


def made(w: Work, customer: Doc, configuration: Doc, sent: Mapping[str, Any]) -> Doc:
    """``flow_data`` in wire shape; Problem where the customer could not go through it."""
    type = sent["type"]
    for name in _HASHES:
        if name in sent and name != type:
            raise Problem(
                f"`flow_data[{name}]` can only be used when `flow_data[type]` is `{name}`.", param=f"flow_data[{name}]"
            )
    flow: Doc = {
        "after_completion": _after_completion(sent.get("after_completion")),
        "customer_update": {} if type == "customer_update" else None,
        **dict.fromkeys(_HASHES),
        "type": type,
    }
    if type in _HASHES:
        asked = _needed(sent.get(type), f"flow_data[{type}]")
        flow[type] = _FLOWS[type](w, customer, configuration, asked)
    else:
        limits.check_feature(configuration, type)
    return flow


def _after_completion(sent: Mapping[str, Any] | None) -> Doc:
    """The portal's home where nothing else is said."""
    type = (sent or {}).get("type", "portal_homepage")
    redirect = (sent or {}).get("redirect") if type == "redirect" else None
    if type == "redirect":
        where = "flow_data[after_completion][redirect][return_url]"
        urls.check(_needed((redirect or {}).get("return_url"), where), where)
    said = ((sent or {}).get("hosted_confirmation") or {}).get("custom_message") or None
    return {
        "hosted_confirmation": {"custom_message": said} if type == "hosted_confirmation" else None,
        "redirect": {"return_url": redirect["return_url"]} if redirect else None,
        "type": type,
    }


def _cancel(w: Work, customer: Doc, configuration: Doc, sent: Mapping[str, Any]) -> Doc:
    where = "flow_data[subscription_cancel]"
    subscription = _subscription(w, customer, sent, where)
    limits.check_feature(configuration, "subscription_cancel")
    limits.check_cancelable(subscription, f"{where}[subscription]")
    retention = sent.get("retention")
    if retention:
        at = f"{where}[retention][coupon_offer][coupon]"
        coupon = w.need("coupon", _needed((retention.get("coupon_offer") or {}).get("coupon"), at), at)
        coupons.check_redeemable(w, coupon, at)
        retention = {"coupon_offer": {"coupon": coupon["id"]}, "type": retention["type"]}
    return {"retention": retention or None, "subscription": subscription["id"]}


def _pause(w: Work, customer: Doc, configuration: Doc, sent: Mapping[str, Any]) -> Doc:
    where = "flow_data[subscription_pause]"
    subscription = _subscription(w, customer, sent, where)
    limits.check_feature(configuration, "subscription_pause")
    limits.check_pausable(subscription, f"{where}[subscription]")
    return {"subscription": subscription["id"]}


def _update(w: Work, customer: Doc, configuration: Doc, sent: Mapping[str, Any]) -> Doc:
    where = "flow_data[subscription_update]"
    subscription = _subscription(w, customer, sent, where)
    limits.check_feature(configuration, "subscription_update")
    limits.check_updatable(subscription, f"{where}[subscription]")
    return {"subscription": subscription["id"]}


def _confirm(w: Work, customer: Doc, configuration: Doc, sent: Mapping[str, Any]) -> Doc:
    where = "flow_data[subscription_update_confirm]"
    subscription = _subscription(w, customer, sent, where)
    limits.check_feature(configuration, "subscription_update")
    limits.check_updatable(subscription, f"{where}[subscription]")
    picks, offers = _needed(sent.get("items"), f"{where}[items]"), sent.get("discounts") or []
    for entries, name in ((picks, "items"), (offers, "discounts")):
        if len(entries) > 1:
            raise Problem(f"You can specify at most one of `{name}`.", param=f"{where}[{name}]")
    change = limits.Change(picks[0].get("price"), picks[0].get("quantity"))
    limits.check_change(w, configuration, subscription, picks[0]["id"], change, f"{where}[items][0]", bool(offers))
    if offers:
        limits.check_promotion(configuration, f"{where}[discounts]")
        discounts.offer(w, offers[0], customer["id"], subscription["currency"], None, f"{where}[discounts][0]")
    item = subscription["items"]["data"][0]
    shown = [{"coupon": each.get("coupon"), "promotion_code": each.get("promotion_code")} for each in offers]
    return {
        "discounts": shown or None,
        "items": [
            {
                "id": item["id"],
                "price": change.price or item["price"]["id"],
                "quantity": item.get("quantity") if change.quantity is None else change.quantity,
            }
        ],
        "subscription": subscription["id"],
    }


_FLOWS = {
    "subscription_cancel": _cancel,
    "subscription_pause": _pause,
    "subscription_update": _update,
    "subscription_update_confirm": _confirm,
}


def _subscription(w: Work, customer: Doc, sent: Mapping[str, Any], where: str) -> Doc:
    at = f"{where}[subscription]"
    subscription = w.need("subscription", _needed(sent.get("subscription"), at), at)
    if subscription["customer"] != customer["id"]:
        raise Problem(
            f"The subscription `{subscription['id']}` does not belong to the customer `{customer['id']}`.", param=at
        )
    return subscription


def _needed(value: Any, param: str) -> Any:
    if not value:
        raise Problem(f"Missing required param: {param}.", code="parameter_missing", param=param)
    return value
