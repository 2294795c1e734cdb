"""Customers that exist, and what they own: discounts, tax ids, payment methods and sources."""

from typing import Any

from mockbill.billing import card_updates
from mockbill.billing.subscription_status import ENDED
from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import on
from mockbill.world import Doc

KIND = "customer"
_METHOD = "payment_method"


@on(KIND, "customer.discount.created")
def discount(c: Cause, customer: Doc) -> None:
    """A coupon of a quarter off its next invoice."""
    if customer["discount"]:
        raise c.not_now(f"{customer['id']} has a discount already: trigger customer.discount.updated, or .deleted.")
    _give(c, customer)


@on(KIND, "customer.discount.updated")
def replace_discount(c: Cause, customer: Doc) -> None:
    if not customer["discount"]:
        raise c.not_now(f"{customer['id']} has no discount: trigger customer.discount.created first.")
    _give(c, customer)


@on(KIND, "customer.discount.deleted")
def end_discount(c: Cause, customer: Doc) -> None:
    if not customer["discount"]:
        raise c.not_now(f"{customer['id']} has no discount: trigger customer.discount.created first.")
    c.delete(f"/v1/customers/{customer['id']}/discount")


@on("subscription", "customer.discount.created")
def discount_subscription(c: Cause, subscription: Doc) -> None:
    """One more coupon of a quarter off."""
    if subscription["status"] in ENDED:
        raise c.not_now(f"{subscription['id']} is {subscription['status']}: nothing is taken off it any more.")
    kept: list[dict[str, Any]] = [{"discount": id} for id in subscription["discounts"]]
    c.post(f"/v1/subscriptions/{subscription['id']}", discounts=[*kept, {"coupon": _coupon(c)}])


@on("subscription", "customer.discount.deleted")
def end_discount_of_subscription(c: Cause, subscription: Doc) -> None:
    if not subscription["discounts"]:
        raise c.not_now(f"{subscription['id']} has no discount: trigger customer.discount.created first.")
    c.delete(f"/v1/subscriptions/{subscription['id']}/discount")


@on(KIND, "customer.tax_id.created", sets="POST /v1/customers/{customer}/tax_ids")
def add_tax_id(c: Cause, customer: Doc) -> None:
    c.post(f"/v1/customers/{customer['id']}/tax_ids", type="eu_vat", value="DE123456789")


@on("tax_id", "customer.tax_id.deleted")
def delete_tax_id(c: Cause, tax_id: Doc) -> None:
    c.delete(f"/v1/customers/{tax_id['customer']}/tax_ids/{tax_id['id']}")


@on("tax_id", "customer.tax_id.updated")
def verify_tax_id(c: Cause, tax_id: Doc) -> None:
    """Its country has looked it up."""
    c.fall_due("tax_id", tax_id["id"])


@on(KIND, "payment_method.attached")
def attach(c: Cause, customer: Doc) -> None:
    c.post("/v1/payment_methods/pm_card_visa/attach", customer=customer["id"])


@on(_METHOD, "payment_method.detached")
def detach(c: Cause, method: Doc) -> None:
    c.post(f"/v1/payment_methods/{method['id']}/detach")


@on(_METHOD, "payment_method.automatically_updated")
def update_by_bank(c: Cause, method: Doc) -> None:
    """Its bank has issued a card that is good for four more years."""
    if method["type"] != "card" or method["customer"] is None:
        raise c.not_now(f"{method['id']} is no card of a customer: only those are updated by their bank.")
    with c.work_on(method) as w:
        card_updates.replace(w, method)


@on(KIND, "customer.source.created")
def add_source(c: Cause, customer: Doc) -> None:
    c.post(f"/v1/customers/{customer['id']}", source="tok_visa")


@on(KIND, "setup_intent.created", "setup_intent.succeeded", sets="POST /v1/setup_intents")
def set_up(c: Cause, customer: Doc) -> None:
    c.post(
        "/v1/setup_intents",
        customer=customer["id"],
        payment_method="pm_card_visa",
        automatic_payment_methods={"enabled": True, "allow_redirects": "never"},
        confirm=True,
    )


@on(KIND, "customer_cash_balance_transaction.created")
def fund(c: Cause, customer: Doc) -> None:
    """Twenty dollars come by bank transfer."""
    c.post(f"/v1/test_helpers/customers/{customer['id']}/fund_cash_balance", amount=2000, currency="usd")


def _give(c: Cause, customer: Doc) -> None:
    """A coupon of the customer's own, which only versions before 2025-03-31 (basil) can give."""
    c.post_as("2025-02-24.acacia", f"/v1/customers/{customer['id']}", coupon=_coupon(c))


def _coupon(c: Cause) -> str:
    return str(c.post("/v1/coupons", percent_off=25, duration="once")["id"])
