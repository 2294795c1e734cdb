"""How schedules end: completed in time, released, canceled, or aborted with their subscription."""

from typing import Any

from mockbill.billing import renewal, subscription_cancellation, subscription_status
from mockbill.world import Doc, Problem, Work

LIVING = ("not_started", "active")


def release(w: Work, schedule: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../release``: the subscription goes on as it is, without further phases.

    The cancellation at the end of the last one is taken back, unless ``preserve_cancel_date``.
    """
    check_living(schedule, "release")
    subscription = w.get("subscription", schedule["subscription"])
    released = w.change(
        schedule,
        current_phase=None,
        released_at=w.now,
        released_subscription=schedule["subscription"],
        status="released",
        subscription=None,
    )
    w.emit("subscription_schedule.released", released, schedule)
    if subscription is not None:
        if subscription["cancel_at"] and not params.get("preserve_cancel_date"):
            subscription_cancellation.plan(w, subscription, {"cancel_at": ""}, {"schedule": None})
        else:
            _detach(w, subscription)
    return released


def cancel(w: Work, schedule: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../cancel``: ended now, and its subscription with it, which is billed and prorated unless told not to."""
    check_living(schedule, "cancel")
    canceled = w.change(schedule, canceled_at=w.now, current_phase=None, status="canceled")
    subscription = w.get("subscription", schedule["subscription"])
    if subscription is not None and subscription["status"] not in subscription_status.ENDED:
        how = {name: params.get(name, True) for name in ("invoice_now", "prorate")}
        subscription_cancellation.cancel(w, subscription, how)
    w.emit("subscription_schedule.canceled", canceled, schedule)
    return canceled


def complete(w: Work, schedule: Doc, subscription: Doc) -> None:
    """The last phase is over: ``end_behavior`` says whether the subscription goes on (``none`` and ``renew`` do)."""
    completed = w.change(schedule, completed_at=w.now, current_phase=None, status="completed")
    if schedule["end_behavior"] == "cancel":
        renewal.cancel(w, subscription)
    else:
        _detach(w, subscription)
    w.emit("subscription_schedule.completed", completed, schedule)


def on_end(w: Work, subscription: Doc, reason: str | None) -> None:
    """A subscription has ended by itself, and its schedule with it: aborted where it was not paid for."""
    schedule = w.get("subscription_schedule", subscription["schedule"])
    if schedule is None or schedule["status"] not in LIVING:
        return
    canceled = w.change(schedule, canceled_at=w.now, current_phase=None, status="canceled")
    w.emit(f"subscription_schedule.{'aborted' if reason == 'payment_failed' else 'canceled'}", canceled, schedule)


def check_living(schedule: Doc, verb: str) -> None:
    """Problem for a schedule that has ended; the wording is not established."""
    if schedule["status"] not in LIVING:
        raise Problem(
            f"You cannot {verb} a subscription schedule that is currently in the `{schedule['status']}` status. "
            "It must be `not_started` or `active`."
        )


def _detach(w: Work, subscription: Doc) -> None:
    subscription_status.change(w, subscription, schedule=None)
