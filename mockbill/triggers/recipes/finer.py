"""Thin events that are finer than snapshot events: a subscription became past due, a price was deactivated."""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.triggers.cause import MONTH, Cause
from mockbill.triggers.recipes import customers, invoices, plain, subscriptions, usage
from mockbill.triggers.registry import fresh
from mockbill.world import Doc

_SUBSCRIPTION = "v1.customer.subscription"
_SCHEDULE = "v1.subscription_schedule"
_DAY = 86_400  # seconds


# prices and products


def _changes(event: str, resource: plain.Plain, *changes: Callable[[Cause], Mapping[str, Any]]) -> None:
    """Bind an event to one of a plain resource that is updated, once for each of the changes."""

    def change(c: Cause) -> None:
        made = resource.make(c)
        for each in changes:
            c.post(f"{resource.collection}/{made['id']}", each(c))

    fresh(event)(change)


_OFF: Callable[[Cause], Mapping[str, Any]] = lambda _: {"active": False}  # noqa: E731  # rows of the table below
_ON_AGAIN: Callable[[Cause], Mapping[str, Any]] = lambda _: {"active": True}  # noqa: E731

for name, resource in (("price", plain.PRICE), ("product", plain.PRODUCT)):
    _changes(f"v1.{name}.deactivated", resource, _OFF)
    _changes(f"v1.{name}.activated", resource, _OFF, _ON_AGAIN)
_changes("v1.price.lookup_key_changed", plain.PRICE, lambda c: {"lookup_key": f"pro_{c.text()}"})
_changes("v1.price.tax_behavior_changed", plain.PRICE, lambda _: {"tax_behavior": "exclusive"})
_changes("v1.product.tax_code_changed", plain.PRODUCT, lambda _: {"tax_code": "txcd_10103001"})


@fresh("v1.product.default_price_changed")
def default_price_changed(c: Cause) -> None:
    price = plain.PRICE.make(c)
    c.post(f"/v1/products/{price['product']}", default_price=price["id"])


@fresh("v1.promotion_code.fully_redeemed", sets="POST /v1/subscriptions")
def fully_redeemed(c: Cause) -> None:
    coupon: Doc = c.post("/v1/coupons", percent_off=20, duration="once")
    code: Doc = c.post("/v1/promotion_codes", promotion={"type": "coupon", "coupon": coupon["id"]}, max_redemptions=1)
    c.subscription(discounts=[{"promotion_code": code["id"]}])


@fresh("v1.customer.discount.source_changed")
def discount_source_changed(c: Cause) -> None:
    customers.discount_updated(c)


# subscriptions by status


@fresh(f"{_SUBSCRIPTION}.active")
def active(c: Cause) -> None:
    c.subscription()


@fresh(f"{_SUBSCRIPTION}.trialing", sets="POST /v1/subscriptions")
def trialing(c: Cause) -> None:
    c.subscription(trial_period_days=14)


def _incomplete(c: Cause) -> str:
    return str(c.subscription(c.customer("pm_card_chargeCustomerFail"), payment_behavior="allow_incomplete")["id"])


@fresh(f"{_SUBSCRIPTION}.incomplete", sets="POST /v1/subscriptions")
def incomplete(c: Cause) -> None:
    _incomplete(c)


@fresh(f"{_SUBSCRIPTION}.incomplete_expired", sets="POST /v1/subscriptions")
def incomplete_expired(c: Cause) -> None:
    """Nobody pays for 23 hours, as of now."""
    c.fall_due("subscription", _incomplete(c))


@fresh(f"{_SUBSCRIPTION}.past_due", sets="POST /v1/subscriptions")
def past_due(c: Cause) -> None:
    """A renewal is declined, on a test clock."""
    customer, clock = c.timed_customer()
    c.subscription(customer)
    c.use_card(customer, "pm_card_chargeCustomerFail")
    c.advance(clock, c.time_of(clock) + MONTH + _DAY)


@fresh(f"{_SUBSCRIPTION}.unpaid", sets="POST /v1/subscriptions")
def unpaid(c: Cause) -> None:
    """A renewal is declined until the account's dunning leaves it unpaid, on a test clock."""
    customer, clock = c.timed_customer()
    c.subscription(customer)
    c.use_card(customer, "pm_card_chargeCustomerFail")
    with c.setting("dunning", "1d:unpaid"):
        c.advance(clock, c.time_of(clock) + MONTH + 3 * _DAY)


# subscriptions by what changed


def _subscribed(c: Cause, change: Callable[[Cause, Doc], Mapping[str, Any]]) -> None:
    subscription = c.subscription(items=[{"price": c.price()}, {"price": c.price(500)}])
    c.post(f"/v1/subscriptions/{subscription['id']}", change(c, subscription))


def _first(subscription: Doc) -> str:
    return str(subscription["items"]["data"][0]["id"])


_CHANGES: Mapping[str, Callable[[Cause, Doc], Mapping[str, Any]]] = {
    "item_added": lambda c, _: {"items": [{"price": c.price(700)}]},
    "item_removed": lambda _, subscription: {"items": [{"id": _first(subscription), "deleted": True}]},
    "item_price_changed": lambda c, subscription: {"items": [{"id": _first(subscription), "price": c.price(700)}]},
    "item_quantity_changed": lambda _, subscription: {"items": [{"id": _first(subscription), "quantity": 3}]},
    "item_tax_rates_changed": lambda c, subscription: {
        "items": [{"id": _first(subscription), "tax_rates": [plain.TAX_RATE.make(c)["id"]]}]
    },
    "cancel_at_changed": lambda c, _: {"cancel_at": c.now + 90 * _DAY, "proration_behavior": "none"},
    "default_payment_method_changed": lambda c, subscription: {
        "default_payment_method": c.use_card(subscription["customer"], "pm_card_mastercard")
    },
}


def _bind(what: str, change: Callable[[Cause, Doc], Mapping[str, Any]]) -> None:
    fresh(f"{_SUBSCRIPTION}.{what}")(lambda c: _subscribed(c, change))


for what, change in _CHANGES.items():
    _bind(what, change)


# schedules


def _phases(schedule: Doc) -> list[dict[str, Any]]:
    """The phases of a schedule as its update sends them."""
    return [
        {
            "items": [{"price": item["price"], "quantity": item["quantity"]} for item in phase["items"]],
            "start_date": phase["start_date"],
            "end_date": phase["end_date"],
        }
        for phase in schedule["phases"]
    ]


def _rescheduled(c: Cause, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    made = subscriptions.schedule(c)
    c.post(f"/v1/subscription_schedules/{made['id']}", phases=change(_phases(made)), proration_behavior="none")


@fresh(f"{_SCHEDULE}.phase_added")
def phase_added(c: Cause) -> None:
    def added(phases: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [*phases, {"items": phases[0]["items"], "duration": {"interval": "month"}}]

    _rescheduled(c, added)


@fresh(f"{_SCHEDULE}.phase_removed")
def phase_removed(c: Cause) -> None:
    _rescheduled(c, lambda phases: phases[:1])


@fresh(f"{_SCHEDULE}.phase_end_date_changed")
def phase_end_date_changed(c: Cause) -> None:
    _rescheduled(c, lambda phases: [phases[0], {**phases[1], "end_date": phases[1]["end_date"] + _DAY}])


# invoices


@fresh("v1.invoice.discount_added", sets="POST /v1/invoices/{invoice}")
def discount_added(c: Cause) -> None:
    _discounted(c)


@fresh("v1.invoice.discount_removed")
def discount_removed(c: Cause) -> None:
    c.post(f"/v1/invoices/{_discounted(c)}", discounts="")


def _discounted(c: Cause) -> str:
    id = invoices.draft(c)["id"]
    coupon: Doc = c.post("/v1/coupons", percent_off=20, duration="once")
    c.post(f"/v1/invoices/{id}", discounts=[{"coupon": coupon["id"]}])
    return str(id)


@fresh("v1.invoice.line_item_added", sets="POST /v1/invoices/{invoice}/add_lines")
def line_added(c: Cause) -> None:
    c.post(f"/v1/invoices/{invoices.draft(c)['id']}/add_lines", lines=[{"description": "One more", "amount": 500}])


def _lined(c: Cause) -> tuple[str, str]:
    """A draft and its one line."""
    id = str(invoices.draft(c)["id"])
    return id, str(c.get(f"/v1/invoices/{id}")["lines"]["data"][0]["id"])


@fresh("v1.invoice.line_item_removed")
def line_removed(c: Cause) -> None:
    id, line = _lined(c)
    c.post(f"/v1/invoices/{id}/remove_lines", lines=[{"id": line, "behavior": "delete"}])


@fresh("v1.invoice.line_item_quantity_changed")
def line_quantity_changed(c: Cause) -> None:
    id, line = _lined(c)
    c.post(f"/v1/invoices/{id}/lines/{line}", quantity=3)


@fresh("v1.invoice.line_item_pricing_changed")
def line_pricing_changed(c: Cause) -> None:
    id, line = _lined(c)
    c.post(f"/v1/invoices/{id}/lines/{line}", pricing={"price": c.price(700, interval=None)})


# usage, entitlements, destinations


@fresh("v2.core.event_destination.ping")
def pinged(c: Cause) -> None:
    """The newest destination that is enabled: a ping goes to it alone."""
    enabled = c.world.table("v2.core.event_destination").matching({"status": "enabled"})
    if not enabled:
        raise c.not_now("There is no enabled event destination to ping: create one first.")
    c.post(f"/v2/core/event_destinations/{enabled[-1]['id']}/ping")


@fresh("v1.entitlements.active_entitlement_summary.entitlement_added")
def entitlement_added(c: Cause) -> None:
    usage.entitled(c)


@fresh("v1.entitlements.active_entitlement_summary.entitlement_removed")
def entitlement_removed(c: Cause) -> None:
    c.delete(f"/v1/subscriptions/{usage.entitled(c)['id']}")


@fresh("v1.billing.meter.error_report_triggered", sets="POST /v1/billing/meter_events")
def usage_refused(c: Cause) -> None:
    """Usage of a customer that nobody knows."""
    meter = plain.METER.make(c)
    used = {"stripe_customer_id": "cus_unknown", "value": "1"}
    c.post("/v1/billing/meter_events", event_name=meter["event_name"], payload=used)
