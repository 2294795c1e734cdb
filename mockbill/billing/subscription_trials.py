"""Trials of subscriptions: how long one lasts, and what moving its end does (stripe-behaviour.md 3.7)."""

from dataclasses import dataclass
from typing import Any

from mockbill.billing import renewal, subscription_items, subscription_status, unmodelled
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Problem, Work

_LONGEST = 730  # days


@dataclass(frozen=True, slots=True)
class Trial:
    """When a trial begins and ends, in seconds."""

    start: int
    end: int


def trial_of(w: Work, params: dict[str, Any]) -> Trial | None:
    """The trial that ``trial_period_days`` or ``trial_end`` asks for."""
    days, end = params.get("trial_period_days"), params.get("trial_end")
    if days is not None and end is not None:
        raise Problem("You may only specify one of these parameters: trial_end, trial_period_days.")
    if days is not None:
        if not 0 <= days <= _LONGEST:
            raise Problem(f"Invalid trial_period_days: must be between 1 and {_LONGEST}.", param="trial_period_days")
        return Trial(w.now, w.now + days * DAY) if days else None
    if end in (None, "", "now"):
        return None
    if end <= w.now:
        raise Problem("Invalid timestamp: must be in the future", param="trial_end")
    if end > w.now + _LONGEST * DAY:
        raise Problem("Invalid timestamp: can be no more than two years in the future", param="trial_end")
    return Trial(w.now, end)


def change(w: Work, subscription: Doc, end: int | str, changes: dict[str, Any]) -> Doc:
    """End the trial now, or move its end; a cancellation at the end of the period moves along."""
    if subscription["status"] != "trialing":
        unmodelled.refuse({"trial_end": True}, ["trial_end"], "subscriptions that are not on trial")
    if end == "now":
        return renewal.end_trial_now(w, w.change(subscription, **changes), subscription)
    trial = trial_of(w, {"trial_end": end})
    assert trial is not None  # "now" was seen to, and other values give a trial or a Problem
    items: Doc = changes.get("items") or subscription["items"]
    start, _ = subscription_items.period_of(subscription)
    planned = changes.get("cancel_at_period_end", subscription["cancel_at_period_end"])
    return subscription_status.change(
        w,
        subscription,
        **{
            **changes,
            **({"cancel_at": trial.end} if planned else {}),
            "trial_end": trial.end,
            "billing_cycle_anchor": trial.end,
            "items": subscription_items.in_period(items, start, trial.end),
        },
    )
