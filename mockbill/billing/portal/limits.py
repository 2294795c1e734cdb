"""What a customer may do in the portal: features that are on, subscriptions that can be changed there (6.2)."""

from typing import NamedTuple

from mockbill.billing import amounts, prices, subscription_items, subscription_status
from mockbill.billing.portal import configurations
from mockbill.world import Doc, Problem, Work

_OFF = {
    "customer_update": "The customer cannot be updated because the customer update feature",
    "invoice_history": "The invoices cannot be shown because the invoice history feature",
    "payment_method_update": "The payment method cannot be updated because the payment method update feature",
    "subscription_cancel": "This subscription cannot be canceled because the subscription cancellation feature",
    "subscription_pause": "This subscription cannot be paused because the subscription pause feature",
    "subscription_update": "This subscription cannot be updated because the subscription update feature",
}


class Change(NamedTuple):
    """Another price (an id) or quantity for the only item of a subscription; None for what stays."""

    price: str | None = None
    quantity: int | None = None


def check_feature(configuration: Doc, name: str, *, status: int = 400) -> None:
    """Problem for a feature that is off."""
    if not configuration["features"][name]["enabled"]:
        raise Problem(f"{_OFF[name]} in the portal configuration is disabled.", status=status)


def check_cancelable(subscription: Doc, param: str | None = None) -> None:
    """Problem for a subscription that is over, will end anyhow, or is managed by a schedule."""
    _check_alive(subscription, "canceled", param)
    if subscription["cancel_at"]:
        raise Problem(
            f"The subscription {subscription['id']} is already set to be canceled at period end.", param=param
        )
    if subscription["schedule"]:
        raise _no("canceled", "has an update scheduled by a subscription schedule", param)


def check_pausable(subscription: Doc, param: str | None = None) -> None:
    """Problem for a subscription that cannot be paused: it has to be active and to charge by itself."""
    _check_alive(subscription, "paused", param)
    if subscription["status"] != "active":
        raise _no("paused", f"has the status `{subscription['status']}`", param)
    if subscription["schedule"]:
        raise _no("paused", "has an update scheduled by a subscription schedule", param)
    if subscription["collection_method"] != "charge_automatically":
        raise _no("paused", "is collected by invoices that are sent", param)
    if not subscription_items.is_flexible(subscription):
        raise _no("paused", "is in classic billing mode", param)


def check_updatable(subscription: Doc, param: str | None = None) -> None:
    """Problem for a subscription that the portal can only cancel."""
    _check_alive(subscription, "updated", param)
    items = subscription["items"]["data"]
    if len(items) > 1:
        raise _no("updated", "has multiple items", param)
    if any(prices.is_metered(item["price"]) for item in items):
        raise _no("updated", "has usage-based prices", param)
    if subscription["collection_method"] != "charge_automatically":
        raise _no("updated", "is collected by invoices that are sent", param)
    if subscription["schedule"]:
        raise _no("updated", "has an update scheduled by a subscription schedule", param)
    if subscription["pending_update"]:
        raise _no("updated", "has a pending update", param)
    if subscription["status"] not in ("active", "trialing", "past_due"):
        raise _no("updated", f"has the status `{subscription['status']}`", param)


def check_change(
    w: Work, configuration: Doc, subscription: Doc, id: str, change: Change, where: str, with_discount: bool
) -> None:
    """Problem for a price or quantity that the configuration does not offer, and where nothing changes."""
    item = subscription["items"]["data"][0]
    if id != item["id"]:
        raise Problem(
            f"The item `{id}` does not belong to the subscription `{subscription['id']}`.", param=f"{where}[id]"
        )
    listed, price = configurations.products(w, configuration), change.price or item["price"]["id"]
    if change.price:
        w.need("price", change.price, f"{where}[price]")
    other_price = price != item["price"]["id"]
    if other_price:
        _check_price(w, configuration, subscription, listed, item, price, f"{where}[price]")
    other_quantity = change.quantity is not None and change.quantity != item.get("quantity")
    if other_quantity:
        assert change.quantity is not None
        product = w.need("price", price)["product"]
        offer = next((each for each in listed if each["product"] == product), None)
        _check_quantity(configuration, offer, change.quantity, f"{where}[quantity]")
    if not (other_price or other_quantity or with_discount):
        raise Problem("Cannot update the subscription because there are no changes to confirm.")


def check_promotion(configuration: Doc, param: str | None = None) -> None:
    """Problem where customers may not bring a promotion code."""
    if "promotion_code" not in configuration["features"]["subscription_update"]["default_allowed_updates"]:
        raise _not_allowed(configuration, "promotion_code", param)


def _check_price(
    w: Work, configuration: Doc, subscription: Doc, listed: list[Doc], item: Doc, id: str, where: str
) -> None:
    if "price" not in configuration["features"]["subscription_update"]["default_allowed_updates"]:
        raise _not_allowed(configuration, "price", where)
    if not any(id in each["prices"] for each in listed):
        raise Problem(
            f"The item `{item['id']}` cannot be updated to price `{id}` because the configuration "
            f"`{configuration['id']}` does not include the price in its `features[subscription_update][products]`.",
            param=where,
        )
    if not offered_in(w, w.need("price", id), subscription["currency"]):
        raise Problem(
            f"The price `{id}` is not available in the currency of the subscription, `{subscription['currency']}`.",
            param=where,
        )


def offered_in(w: Work, price: Doc, currency: str) -> bool:
    """Whether a price that is listed can be chosen: it is active, by licence, and known in the currency."""
    return bool(price["active"]) and not prices.is_metered(price) and prices.sells_in(w, price, currency)


def _check_quantity(configuration: Doc, offer: Doc | None, quantity: int, where: str) -> None:
    if "quantity" not in configuration["features"]["subscription_update"]["default_allowed_updates"]:
        raise _not_allowed(configuration, "quantity", where)
    bounds = (offer or {"adjustable_quantity": {"enabled": False}})["adjustable_quantity"]
    if not bounds["enabled"]:
        raise Problem("The quantity of this product cannot be adjusted in the portal.", param=where)
    amounts.check_quantity(quantity, where)
    most = bounds["maximum"]
    if quantity < bounds["minimum"] or (most is not None and quantity > most):
        upper = "" if most is None else f" and at most {most}"
        raise Problem(f"The quantity has to be at least {bounds['minimum']}{upper}.", param=where)


def _check_alive(subscription: Doc, participle: str, param: str | None) -> None:
    if subscription["status"] in subscription_status.ENDED:
        raise _no(participle, f"has the status `{subscription['status']}`", param)


def _no(participle: str, why: str, param: str | None) -> Problem:
    return Problem(f"This subscription cannot be {participle} because it {why}.", param=param)


def _not_allowed(configuration: Doc, what: str, param: str | None) -> Problem:
    return Problem(
        f"This subscription cannot be updated because the configuration `{configuration['id']}` does not include "
        f"`{what}` in its `features[subscription_update][default_allowed_updates]`.",
        param=param,
    )
