"""Trials of subscriptions: how long one lasts, and what moving its end does (stripe-behaviour.md 3.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mockbill.billing import cancellation_plans, renewal, subscription_items, subscription_status, unmodelled
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Problem, Work

_LONGEST = 730  # days


@dataclass(frozen=True, slots=True)
class Trial:
    """When a trial begins and ends, in seconds."""

    start: int
    end: int


def trial_of(w: Work, params: dict[str, Any], prices: Sequence[Doc] = ()) -> Trial | None:
    """The trial that ``trial_period_days``, ``trial_end`` or ``trial_from_plan`` asks for.

    Of several prices with trials of their own the longest counts (not established at Stripe).
    """
    days, end = params.get("trial_period_days"), params.get("trial_end")
    if params.get("trial_from_plan"):
        if end is not None:
            raise Problem("You may only specify one of these parameters: trial_end, trial_from_plan.")
        if days is None:
            days = max(price["recurring"]["trial_period_days"] or 0 for price in prices)
    if days is not None and end is not None:
        raise Problem("You may only specify one of these parameters: trial_end, trial_period_days.")
    if days is not None:
        least = 0 if params.get("trial_from_plan") else 1
        check_days(days, "trial_period_days", least)
        return Trial(w.now, w.now + days * DAY) if days else None
    if end in (None, "", "now"):
        return None
    if end <= w.now:
        raise Problem("Invalid timestamp: must be in the future", param="trial_end")
    if end > w.now + _LONGEST * DAY:
        raise Problem("Invalid timestamp: can be no more than two years in the future", param="trial_end")
    return Trial(w.now, end)


def check_days(days: int, param: str, least: int = 1) -> None:
    """Problem for a trial of so many days."""
    if not least <= days <= _LONGEST:
        raise Problem(f"Invalid {param}: must be between 1 and {_LONGEST}.", param=param)


def keeps_anchor(settings: dict[str, Any] | None) -> bool:
    """``trial_settings.end_behavior.billing_cycle_anchor=unchanged``: a prorated period follows the trial."""
    return ((settings or {}).get("end_behavior") or {}).get("billing_cycle_anchor") == "unchanged"


def check_anchor(trial: Trial | None, anchor: int) -> None:
    """Problem for a trial that would last longer than until the billing cycle anchor."""
    if trial and trial.end > anchor:
        raise Problem(
            "The trial of a subscription cannot end after its billing cycle anchor.",
            code="subscription_update_trial_after_billing_cycle_anchor",
            param="trial_end",
        )


def change(w: Work, subscription: Doc, params: dict[str, Any], changes: dict[str, Any]) -> Doc:
    """``trial_end``: the trial ends now, or at another time; a cancellation at the end of the period moves along."""
    end = params["trial_end"]
    if subscription["status"] != "trialing":
        unmodelled.refuse({"trial_end": True}, ["trial_end"], "subscriptions that are not on trial")
    if end == "now":
        return renewal.end_trial_now(w, subscription, params, changes)
    trial = trial_of(w, {"trial_end": end})
    if subscription["billing_cycle_anchor"] > w.now and not subscription_status.follows_trial(subscription):
        check_anchor(trial, subscription["billing_cycle_anchor"])
    assert trial is not None  # "now" was seen to, and other values give a trial or a Problem
    items: Doc = changes.get("items") or subscription["items"]
    start, _ = subscription_items.period_of(subscription)
    fields = {
        **changes,
        "trial_end": trial.end,
        **({"billing_cycle_anchor": trial.end} if subscription_status.follows_trial(subscription) else {}),
        "items": subscription_items.in_period(items, start, trial.end),
    }
    fields |= cancellation_plans.fields(w, {**subscription, **fields}, params)
    return subscription_status.change(w, subscription, **fields)
