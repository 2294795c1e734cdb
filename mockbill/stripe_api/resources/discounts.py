"""Coupons, promotion codes, and the removal of discounts."""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.billing import coupons, discounts, promotion_codes
from mockbill.stripe_api.registry import Call, handles, includes, resource, subject
from mockbill.world import Doc, Work

resource(
    "coupon",
    "/v1/coupons/{coupon}",
    create=coupons.create,
    update=coupons.update,
    delete=coupons.delete,
)


def _by_code(w: Work, params: Mapping[str, Any]) -> Callable[[Doc], bool] | None:
    """A code is the same in either case."""
    code = params.get("code")
    return (lambda doc: doc["code"].lower() == code.lower()) if code else None


resource(
    "promotion_code",
    "/v1/promotion_codes/{promotion_code}",
    create=promotion_codes.create,
    update=promotion_codes.update,
    filters={
        "active": "active",
        "coupon": "promotion.coupon",
        "customer": "customer",
        "customer_account": "customer_account",
    },
    keep=_by_code,
)


@includes("coupon", "applies_to")
def _applies_to(w: Work, coupon: Doc) -> Doc | None:
    products = coupons.products(w, coupon)
    return None if products is None else {"products": products}


@includes("coupon", "currency_options")
def _currency_options(w: Work, coupon: Doc) -> Doc | None:
    return coupons.currency_options(w, coupon) or None


@includes("promotion_code", "restrictions")
def _restrictions(w: Work, promotion_code: Doc) -> Doc:
    return {"currency_options": promotion_codes.currency_options(w, promotion_code), **promotion_code["restrictions"]}


@handles("DELETE /v1/customers/{customer}/discount")
def _off_customer(call: Call) -> Doc:
    return discounts.delete_of_customer(call.work, subject(call, "customer"))


@handles("DELETE /v1/subscriptions/{subscription_exposed_id}/discount")
def _off_subscription(call: Call) -> Doc:
    return discounts.delete_of_subscription(call.work, subject(call, "subscription"))
