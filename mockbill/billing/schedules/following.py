"""What a direct change of a subscription makes of the current phase of its schedule (stripe-behaviour.md 3.11)."""

from typing import Any

from mockbill.billing.connect import terms
from mockbill.billing.schedules import phases, settling
from mockbill.world import Doc, Work

_MIRRORED = {
    **{name: {name} for name in terms.NAMES},
    "billing_thresholds": {"billing_thresholds"},
    "collection_method": {"collection_method"},
    "days_until_due": {"invoice_settings"},
    "default_payment_method": {"default_payment_method"},
    "default_tax_rates": {"default_tax_rates"},
    "description": {"description"},
    "discounts": {"discounts"},
    "invoice_settings": {"invoice_settings"},
    "items": {"items"},
    "trial_end": {"trial_end"},
}  # which members of the phase a parameter of the update touches


def on_update(w: Work, subscription: Doc, params: dict[str, Any]) -> None:
    """``subscription_schedule.updated``, where the current phase is another one now; later phases stay as planned."""
    schedule = w.need("subscription_schedule", subscription["schedule"])
    phase = settling.current(schedule)
    if phase is None:
        return
    touched = {name for param in _MIRRORED.keys() & params.keys() for name in _MIRRORED[param]}
    now = phases.of_subscription(subscription, phase["start_date"], phase["end_date"])
    changed = {**phase, **{name: now[name] for name in touched}}
    if changed != phase:
        of_it = [changed if each is phase else each for each in schedule["phases"]]
        w.emit("subscription_schedule.updated", w.change(schedule, phases=of_it), schedule)
