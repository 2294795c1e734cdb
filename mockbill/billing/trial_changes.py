"""Trials that an update begins or ends, where that brings an invoice at once (stripe-behaviour.md 3.7 and 3.10)."""

from typing import Any

from mockbill.billing import (
    cancellation_plans,
    renewal,
    subscription_changes,
    subscription_invoices,
    subscription_items,
    subscription_prorations,
    subscription_status,
    subscription_trials,
    update_invoices,
)
from mockbill.billing.usage import arrears
from mockbill.world import Doc, Work

_AT_ONCE = ("default_incomplete", "error_if_incomplete", "pending_if_incomplete")


def end_now(w: Work, subscription: Doc, params: dict[str, Any], changes: dict[str, Any]) -> Doc:
    """``trial_end=now``, as ``payment_behavior`` says: the first paid period begins, or would if it could be paid."""
    if params.get("payment_behavior") not in _AT_ONCE:
        return subscription_trials.change(w, subscription, params, changes)
    anchor = {"billing_cycle_anchor": w.now} if subscription_status.follows_trial(subscription) else {}
    fields = {**changes, **anchor, "status": "active", "trial_end": w.now}
    items = changes.get("items") or subscription["items"]
    fields["items"] = subscription_items.restarted({**subscription, **fields, "items": items}, w.now)
    fields |= cancellation_plans.fields(w, {**subscription, **fields}, params)
    billed = renewal.charged(w, subscription, fields["items"]["data"])
    if not billed and not subscription_invoices.pending(w, subscription):
        return subscription_trials.change(w, subscription, params, changes)
    head = update_invoices.head(w, subscription)
    draft = subscription_invoices.draft(w, {**subscription, **fields}, billed, prorated=True, **head)
    w.emit("customer.subscription.trial_will_end", subscription)
    return update_invoices.charge(w, subscription, fields, draft, params)


def begin(w: Work, subscription: Doc, params: dict[str, Any], changes: dict[str, Any]) -> Doc:
    """A trial for a subscription that was paid for already: the unused time is given back, and the anchor moves.

    The invoice over the free period, on which the credit is, comes at once: the billing period has changed.
    """
    trial = subscription_trials.trial_of(w, {"trial_end": params["trial_end"]})
    assert trial is not None  # the caller has seen to "now"
    if params.get("proration_behavior") != "none":
        at = subscription_changes.proration_date(w, subscription, params)
        for item in subscription["items"]["data"]:
            subscription_prorations.credits(w, subscription, item, at)
    items = subscription_items.in_period(changes.get("items") or subscription["items"], w.now, trial.end)
    fields = {
        **changes,
        "billing_cycle_anchor": trial.end,
        "items": items,
        "status": "trialing",
        "trial_end": trial.end,
        "trial_start": trial.start,
    }
    fields |= cancellation_plans.fields(w, {**subscription, **fields}, params)
    started = {**subscription, **fields}
    head = update_invoices.head(w, subscription)
    used = arrears.lines_until_now(w, subscription, arrears.metered(subscription))
    billed = arrears.billed(w, started, started["items"]["data"])
    if used or billed or subscription_invoices.pending(w, started):
        draft = subscription_invoices.draft(w, started, billed, trial=True, used=used, **head)
        updated = update_invoices.charge(w, subscription, fields, draft, params)
    else:  # what is used on trial is free, and shown by nothing
        updated = subscription_status.change(w, subscription, **fields)
    renewal.warn_of_short_trial(w, updated)
    return updated
