"""What ``POST /v1/subscriptions/{id}`` changes; what items, trials and cancellations mean is in rooms of their own."""

from typing import Any

from mockbill.billing import (
    collection,
    fields,
    subscription_cancellation,
    subscription_changes,
    subscription_status,
    subscription_trials,
    subscriptions,
    taxing,
    unmodelled,
)
from mockbill.world import Doc, Problem, Work


def update(w: Work, subscription: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/subscriptions/{id}``: items, metadata, payment method, trial end, cancellation at a later time."""
    if subscription["status"] in subscription_status.ENDED:
        _only(params, ("metadata", "cancellation_details"))
    unmodelled.refuse(params, (*subscriptions.LATER, "pause_collection"), "updates of subscriptions")
    subscriptions.check_collection(params)
    customer = w.need("customer", subscription["customer"], "customer")
    changes = fields.fields_of("subscription", params, subscription, but=subscriptions.OURS)
    changes.update(taxing.fields_named(w, params, "default_tax_rates", subscription["default_tax_rates"]))
    if "default_payment_method" in params:
        changes["default_payment_method"] = collection.named_method(w, params, customer["id"])
    if details := params.get("cancellation_details"):
        changes["cancellation_details"] = fields.fitted(
            "subscription", ("cancellation_details",), details, subscription["cancellation_details"]
        )
    if {"cancel_at_period_end", "cancel_at"} & params.keys():
        changes.update(subscription_cancellation.planned(w, {**subscription, **changes}, params))
    sent, trial_end = params.get("items"), params.get("trial_end")
    if sent and trial_end:
        # A trial costs nothing, so the items change first and for free; then the trial ends, or goes on.
        changed = subscription_changes.replaced(w, subscription, sent)
        return subscription_trials.change(w, subscription, trial_end, {**changes, **changed})
    if trial_end:
        return subscription_trials.change(w, subscription, trial_end, changes)
    if sent:
        return subscription_changes.apply(w, subscription, sent, params, changes)
    return subscription_status.change(w, subscription, **changes)


def _only(params: dict[str, Any], allowed: tuple[str, ...]) -> None:
    if any(name not in allowed for name in params):
        raise Problem(
            "A canceled subscription can only update its cancellation_details and metadata.",
            code="invalid_canceled_subscription_fields",
        )
