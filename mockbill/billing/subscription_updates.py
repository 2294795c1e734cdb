"""What ``POST /v1/subscriptions/{id}`` changes; what items, trials and cancellations mean is in rooms of their own."""

from collections.abc import Callable
from typing import Any

from mockbill.billing import (
    added_invoice_items,
    automatic_tax,
    cancellation_plans,
    collection_methods,
    collection_pauses,
    default_methods,
    discounts,
    feedback_options,
    fields,
    pending_item_intervals,
    pending_updates,
    subscription_cancellation,
    subscription_changes,
    subscription_status,
    subscription_trials,
    subscriptions,
    taxing,
    trial_changes,
    unmodelled,
)
from mockbill.billing.connect import terms
from mockbill.billing.usage import thresholds
from mockbill.world import Doc, Problem, Work

_WHEN_ENDED = {"metadata", "cancellation_details"}
_WHEN_INCOMPLETE = {
    "cancel_at", "cancel_at_period_end", "cancellation_details", "default_payment_method", "default_source", "metadata",
    "payment_settings",
}  # fmt: skip


FOLLOWING: list[Callable[[Work, Doc, dict[str, Any]], object]] = []
"""Called with a subscription that has a schedule, and with the parameters by which it was changed directly."""


def update(w: Work, subscription: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/subscriptions/{id}``: items, metadata, payment method, trial end, cancellation at a later time."""
    if not subscription["schedule"]:
        return carry_out(w, subscription, params)
    if cancellation_plans.PARAMETERS & params.keys():
        raise Problem(
            f"The subscription is managed by the subscription schedule `{subscription['schedule']}`, and updating any "
            "cancelation behavior directly is not allowed. Please update the schedule instead."
        )
    updated = carry_out(w, subscription, params)
    for follow in FOLLOWING:
        follow(w, updated, params)
    return updated


def carry_out(w: Work, subscription: Doc, params: dict[str, Any]) -> Doc:
    """The change itself, whoever asks for it: a request, or a schedule whose phase begins."""
    _check_status(subscription, params)
    unmodelled.refuse(params, subscriptions.LATER, "updates of subscriptions")
    terms.check(w, params, subscription)
    params = _on_plans_trial(w, subscription, params)
    if "billing_thresholds" in params or subscription["billing_thresholds"]:
        thresholds.check(w, params, _sold(w, subscription, params), subscription["billing_thresholds"])
    pending_updates.check(subscription, params)
    subscription = pending_updates.make_way(w, subscription, params)
    customer = w.need("customer", subscription["customer"], "customer")
    changes = fields.fields_of("subscription", params, subscription, but=(*subscriptions.OURS, "pause_collection"))
    known = [*subscription["default_tax_rates"], *params.get("known_tax_rates", ())]
    changes.update(taxing.fields_named(w, params, "default_tax_rates", known))
    changes.update(collection_pauses.fields(w, params))
    resets = (params.get("billing_cycle_anchor") or {}).get("type") == "now"
    changes.update(pending_item_intervals.changed(w, params, subscription, w.now if resets else None))
    changes.update(collection_methods.fields_of(params, subscription))
    changes.update(automatic_tax.of_subscription(params, subscription, customer))
    if "default_payment_method" in params:
        changes["default_payment_method"] = default_methods.named_method(w, params, customer["id"])
    if "default_source" in params:
        changes["default_source"] = default_methods.named_source(w, params, customer["id"])
    if "discounts" in params:
        changes["discounts"] = discounts.replaced(w, subscription, params["discounts"])
    if details := params.get("cancellation_details"):
        feedback_options.check_named(w, details)
        changes["cancellation_details"] = fields.fitted(
            "subscription", ("cancellation_details",), details, subscription["cancellation_details"]
        )
    sent, trial_end = params.get("items"), params.get("trial_end")
    if added := params.get("add_invoice_items"):
        added_invoice_items.add(w, subscription, added)
    if cancellation_plans.PARAMETERS & params.keys() and not (sent or trial_end or resets):
        return subscription_cancellation.plan(w, subscription, params, changes)
    if trial_end and not (trial_end == "now" and subscription["status"] != "trialing"):
        if sent:  # a trial costs nothing, so the items change for free along with it
            changes.update(subscription_changes.replaced(w, subscription, sent))
        updated = _trial(w, subscription, params, changes)
        if sent:
            subscription_changes.count_usage_anew(w, subscription, updated, changes["items"]["data"])
        return updated
    if sent or added or resets:
        return subscription_changes.apply(w, subscription, params, changes)
    return subscription_status.change(w, subscription, **changes)


def _sold(w: Work, subscription: Doc, params: dict[str, Any]) -> list[Doc]:
    """The prices that a subscription has, and those that are sent."""
    sent = [w.get("price", entry.get("price") or entry.get("plan")) for entry in params.get("items") or []]
    return [*(item["price"] for item in subscription["items"]["data"]), *(price for price in sent if price)]


def _trial(w: Work, subscription: Doc, params: dict[str, Any], changes: dict[str, Any]) -> Doc:
    if subscription["status"] in subscription_changes.CHARGED:
        return trial_changes.begin(w, subscription, params, changes)
    if params["trial_end"] == "now":
        return trial_changes.end_now(w, subscription, params, changes)
    return subscription_trials.change(w, subscription, params, changes)


def _on_plans_trial(w: Work, subscription: Doc, params: dict[str, Any]) -> dict[str, Any]:
    """``trial_from_plan``: the ``trial_end`` that the subscription's prices say, counted from now; none where none do.

    Those that the update itself brings count, the ones that it takes away do not.
    """
    if not params.get("trial_from_plan"):
        return params
    with w.rehearsal():
        sent = params.get("items")
        items = (subscription_changes.replaced(w, subscription, sent) if sent else subscription)["items"]["data"]
    trial = subscription_trials.trial_of(w, params, [item["price"] for item in items])
    return params if trial is None else {**params, "trial_end": trial.end}


def _check_status(subscription: Doc, params: dict[str, Any]) -> None:
    """Problem for what can no longer change on a subscription that ended, or not yet on one that was never paid."""
    status = subscription["status"]
    if status in subscription_status.ENDED and not params.keys() <= _WHEN_ENDED:
        raise Problem(
            "A canceled subscription can only update its cancellation_details and metadata.",
            code="invalid_canceled_subscription_fields",
        )
    if status == "incomplete" and (others := sorted(params.keys() - _WHEN_INCOMPLETE)):
        raise Problem(
            "This subscription's first invoice has not been paid: until then only its metadata and what pays for it "
            f"can be updated, not {', '.join(others)}.",
            param=others[0],
        )
