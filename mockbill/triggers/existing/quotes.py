"""Quotes and subscription schedules that exist: finalized, accepted, canceled; released, completed, aborted."""

from mockbill.billing import subscription_status
from mockbill.billing.schedules import course, endings
from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import on
from mockbill.world import Doc

QUOTE, SCHEDULE = "quote", "subscription_schedule"


@on(QUOTE, "quote.finalized", sets="POST /v1/quotes/{quote}/finalize")
def finalize(c: Cause, quote: Doc) -> None:
    c.post(f"/v1/quotes/{quote['id']}/finalize")


@on(QUOTE, "quote.accepted")
def accept(c: Cause, quote: Doc) -> None:
    """A draft is finalized first."""
    if quote["status"] == "draft":
        c.post(f"/v1/quotes/{quote['id']}/finalize")
    c.post(f"/v1/quotes/{quote['id']}/accept")


@on(QUOTE, "quote.canceled")
def cancel(c: Cause, quote: Doc) -> None:
    c.post(f"/v1/quotes/{quote['id']}/cancel")


@on(SCHEDULE, "subscription_schedule.released")
def release(c: Cause, schedule: Doc) -> None:
    c.post(f"/v1/subscription_schedules/{schedule['id']}/release")


@on(SCHEDULE, "subscription_schedule.canceled")
def cancel_schedule(c: Cause, schedule: Doc) -> None:
    c.post(f"/v1/subscription_schedules/{schedule['id']}/cancel")


@on(SCHEDULE, "subscription_schedule.expiring")
def warn(c: Cause, schedule: Doc) -> None:
    """Word comes now that it ends, whenever that is."""
    _check_active(c, schedule)
    with c.work_on(schedule) as w:
        course.warn(w, schedule)


@on(SCHEDULE, "subscription_schedule.completed")
def complete(c: Cause, schedule: Doc) -> None:
    """Its last phase counts as over."""
    subscription = _check_active(c, schedule)
    with c.work_on(schedule) as w:
        endings.complete(w, schedule, subscription)


@on(SCHEDULE, "subscription_schedule.aborted")
def abort(c: Cause, schedule: Doc) -> None:
    """Its subscription ends because it was not paid for."""
    subscription = _check_active(c, schedule)
    with c.work_on(schedule) as w:
        subscription_status.end(w, subscription, "payment_failed")


def _check_active(c: Cause, schedule: Doc) -> Doc:
    """Its subscription."""
    subscription = c.world.fetch("subscription", schedule["subscription"] or "")
    if schedule["status"] != "active" or subscription is None:
        raise c.not_now(f"{schedule['id']} is {schedule['status']}, and {c.type} takes one that is active.")
    return subscription
