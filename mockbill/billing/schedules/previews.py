"""What a preview is to show of a schedule: the subscription as the schedule would have it.  Only in a rehearsal."""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import subscription_updates, unmodelled
from mockbill.billing.schedules import course, creation, endings, updates
from mockbill.world import Doc, Problem, Work

_OF_SUBSCRIPTIONS = ("subscription", "subscription_details")
_OF_UPDATES = ("end_behavior", "pause_schedules", "phases", "proration_behavior")


def named(w: Work, params: Mapping[str, Any]) -> Doc | None:
    """The schedule that a preview is about; Problem for one beside a subscription."""
    for name in _OF_SUBSCRIPTIONS:
        if params.get(name) and (params.get("schedule") or params.get("schedule_details")):
            raise Problem(
                f"You may only specify one of these parameters: schedule, {name}.",
                code="parameters_exclusive",
                param=name,
            )
    if not params.get("schedule"):
        return None
    schedule = w.need("subscription_schedule", params["schedule"], "schedule")
    if params.get("customer") not in (None, schedule["customer"]):
        raise Problem(f"The schedule {schedule['id']} belongs to another customer.", param="schedule")
    return schedule


def arranged(w: Work, schedule: Doc | None, customer: Doc, details: dict[str, Any], own: Mapping[str, Any]) -> Doc:
    """The subscription after the schedule was made, or changed, as ``schedule_details`` say, and has begun.

    ``own`` are the ``discounts`` and ``automatic_tax`` of the preview, which all its phases have then.
    """
    if schedule is not None:
        unmodelled.refuse(details, ("billing_mode",), "previews of a schedule that exists")
    if schedule is None:
        schedule = creation.create(w, _creation(customer, details, own))
    elif asked := {name: details[name] for name in _OF_UPDATES if name in details}:
        schedule = updates.update(w, schedule, asked)
    endings.check_living(schedule, "preview")
    if own and schedule["status"] == "active":
        subscription = w.need("subscription", schedule["subscription"])
        subscription_updates.carry_out(w, subscription, dict(own))
    if own:
        schedule = w.change(schedule, phases=[_with(phase, own) for phase in schedule["phases"]])
    if schedule["status"] == "not_started":
        w.stand_at(max(schedule["phases"][0]["start_date"], w.now))
        schedule = course.begun(w, schedule)
    return w.need("subscription", schedule["subscription"])


def _with(phase: Doc, own: Mapping[str, Any]) -> Doc:
    """A phase with what a preview says for all of them, in wire shape."""
    told: dict[str, Any] = {}
    if "discounts" in own:
        empty = dict.fromkeys(("coupon", "discount", "promotion_code"))
        told["discounts"] = [{**empty, **entry} for entry in own["discounts"] or []]
    if "automatic_tax" in own:
        told["automatic_tax"] = {"disabled_reason": None, "enabled": own["automatic_tax"]["enabled"], "liability": None}
    return {**phase, **told}


def _creation(customer: Doc, details: dict[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """``schedule_details`` as those of a creation, which has its start beside the phases."""
    asked = {name: value for name, value in details.items() if name != "proration_behavior"}
    if details.get("phases"):
        asked["phases"] = [{**phase, **own} for phase in details["phases"]]
    first = (details.get("phases") or [{}])[0]
    return {**asked, "customer": customer["id"], "start_date": first.get("start_date") or "now"}
