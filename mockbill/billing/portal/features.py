"""The features of a portal configuration: parameters into wire shape, and which combinations there cannot be.

That listing products needs a payment method to be changeable, and products where updates are on, is witnessed; the
bounds of lists are Stripe's documentation; the words of the others are ours.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mockbill.billing import feedback_options
from mockbill.billing.storefront import method_configurations
from mockbill.world import Doc, Problem, Work

REASONS = [
    *("too_expensive", "missing_features", "switched_service", "unused", "customer_service", "too_complex"),
    *("low_quality", "other"),
]
_MOST_PRODUCTS = 10
_LONGEST = {"day": 3 * 365, "week": 3 * 52, "month": 3 * 12, "year": 3}  # a pause of three years, in its units
_OFF: Doc = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "feedback_options": None, "options": REASONS},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {
        "duration": {"interval_options": [{"interval": "month", "interval_count": 1}], "type": "interval_options"},
        "enabled": False,
    },
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}
OF_THE_DEFAULT: Doc = {
    "customer_update": {"allowed_updates": ["email", "address", "phone", "name", "tax_id"], "enabled": True},
    "invoice_history": {"enabled": True},
    "payment_method_update": {"enabled": True},
    "subscription_cancel": {"cancellation_reason": {"enabled": True, "options": REASONS}, "enabled": True},
}
"""What is on in the settings that the Dashboard proposes: switching plans is not, for it needs products (memory)."""


def of(w: Work, sent: Mapping[str, Any], before: Doc | None, listed: list[Doc]) -> tuple[Doc, list[Doc]]:
    """All features after ``sent`` came over ``before`` (None for a new configuration), and the products beside them."""
    old = before or _OFF
    update = sent.get("subscription_update") or {}
    if "products" in update:
        listed = _products(w, update["products"] or [])
    made = {
        "customer_update": _merged(old["customer_update"], sent.get("customer_update"), lists=("allowed_updates",)),
        "invoice_history": _merged(old["invoice_history"], sent.get("invoice_history")),
        "payment_method_update": _payment_method_update(w, old["payment_method_update"], sent),
        "subscription_cancel": _cancel(w, old["subscription_cancel"], sent.get("subscription_cancel") or {}),
        "subscription_pause": _pause(old["subscription_pause"], sent.get("subscription_pause") or {}),
        "subscription_update": _update(old["subscription_update"], update),
    }
    _check_updates(made, listed)
    return made, listed


def _merged(old: Doc, sent: Mapping[str, Any] | None, *, lists: Sequence[str] = ()) -> Doc:
    """The members that were sent over the old ones; ``""`` empties a list and unsets what is none."""
    new = {name: value if value != "" else [] if name in lists else None for name, value in (sent or {}).items()}
    return {**old, **new}


def _payment_method_update(w: Work, old: Doc, sent: Mapping[str, Any]) -> Doc:
    made = _merged(old, sent.get("payment_method_update"))
    if id := (sent.get("payment_method_update") or {}).get("payment_method_configuration"):
        where = "features[payment_method_update][payment_method_configuration]"
        if id != method_configurations.default_id(w):
            w.need(method_configurations.KIND, id, where)
    return made


def _cancel(w: Work, old: Doc, sent: Mapping[str, Any]) -> Doc:
    where = "features[subscription_cancel]"
    reason = _merged(old["cancellation_reason"], sent.get("cancellation_reason"), lists=("options",))
    made = {**_merged(old, sent), "cancellation_reason": reason}
    for id in reason["feedback_options"] or ():
        feedback_options.check_active(w, id, f"{where}[cancellation_reason][feedback_options]")
    if reason["enabled"] and not (reason["options"] or reason["feedback_options"]):
        raise _missing(f"{where}[cancellation_reason][options]")
    if made["proration_behavior"] == "always_invoice":
        raise Problem(
            "The portal cannot cancel subscriptions with a `proration_behavior` of `always_invoice`; use `none` or "
            "`create_prorations`.",
            param=f"{where}[proration_behavior]",
        )
    if made["proration_behavior"] == "create_prorations" and made["mode"] != "immediately":
        raise Problem(
            "A `proration_behavior` of `create_prorations` is only possible with a `mode` of `immediately`.",
            param=f"{where}[proration_behavior]",
        )
    return made


def _pause(old: Doc, sent: Mapping[str, Any]) -> Doc:
    where = "features[subscription_pause][duration][interval_options]"
    duration = _merged(old["duration"], sent.get("duration"), lists=("interval_options",))
    if "duration" in sent and duration["type"] == "indefinite":
        duration["interval_options"] = []
    if duration["type"] == "interval_options" and not duration["interval_options"]:
        raise _missing(where)
    options = [{"interval_count": 1, **option} for option in duration["interval_options"]]
    for position, option in enumerate(options):
        if not 1 <= option["interval_count"] <= _LONGEST[option["interval"]]:
            raise Problem("A pause lasts at least one interval and at most three years.", param=f"{where}[{position}]")
    duration = {"interval_options": [dict(sorted(option.items())) for option in options], "type": duration["type"]}
    return {**_merged(old, sent), "duration": duration}


def _update(old: Doc, sent: Mapping[str, Any]) -> Doc:
    made = _merged(old, sent, lists=("default_allowed_updates",))
    made.pop("products", None)
    if "schedule_at_period_end" in sent:
        conditions = (sent["schedule_at_period_end"] or {}).get("conditions") or []
        made["schedule_at_period_end"] = {"conditions": [{"type": each["type"]} for each in conditions]}
    return made


def _check_updates(made: Doc, listed: Sequence[Doc]) -> None:
    if not made["subscription_update"]["enabled"]:
        return
    if not made["payment_method_update"]["enabled"]:
        raise Problem(
            "Cannot enable subscription updates while payment method update is disabled.",
            param="features[subscription_update][enabled]",
        )
    if not listed:
        raise _missing("features[subscription_update][products]")


def _products(w: Work, sent: Sequence[Mapping[str, Any]]) -> list[Doc]:
    """``{"adjustable_quantity", "prices", "product"}`` of each; quantities can be adjusted where nothing else is said.

    Two prices of a product that are billed at the same pace cannot be told apart in the portal.
    """
    where = "features[subscription_update][products]"
    if len(sent) > _MOST_PRODUCTS:
        raise Problem(f"You can specify up to {_MOST_PRODUCTS} products.", param=where)
    named = [entry["product"] for entry in sent]
    if len(set(named)) < len(named):
        raise Problem("Each product can be listed once.", param=where)
    return [_product(w, entry, f"{where}[{position}]") for position, entry in enumerate(sent)]


def _product(w: Work, entry: Mapping[str, Any], where: str) -> Doc:
    product = w.need("product", entry["product"], f"{where}[product]")["id"]
    paces = set()
    for position, id in enumerate(entry["prices"] or ()):
        at = f"{where}[prices][{position}]"
        price = w.need("price", id, at)
        if price["product"] != product:
            raise Problem(f"The price `{id}` does not belong to the product `{product}`.", param=at)
        if not price["recurring"]:
            raise Problem(f"The price `{id}` is not recurring, so no subscription can be updated to it.", param=at)
        paces.add((price["recurring"]["interval"], price["recurring"]["interval_count"]))
    prices = list(entry["prices"] or ())
    if not prices:
        raise _missing(f"{where}[prices]")
    if len(paces) < len(prices):
        raise Problem(
            "You can't define multiple prices with the same `product` and `recurring.interval` values.",
            param=f"{where}[prices]",
        )
    quantity = _adjustable(entry.get("adjustable_quantity"), f"{where}[adjustable_quantity]")
    return {"adjustable_quantity": quantity, "prices": prices, "product": product}


def _adjustable(sent: Mapping[str, Any] | None, where: str) -> Doc:
    made = {"enabled": True, "maximum": None, "minimum": 1, **(sent or {})}
    if made["minimum"] < 0 or (made["maximum"] is not None and made["maximum"] < max(1, made["minimum"])):
        raise Problem("The minimum must not be negative, and the maximum not below it.", param=f"{where}[maximum]")
    return made


def _missing(param: str) -> Problem:
    return Problem(f"Missing required param: {param}.", code="parameter_missing", param=param)
