"""What ``POST /v1/subscription_schedules/{schedule}`` changes, at once and in the phases to come."""

from typing import Any

from mockbill.billing import fields, prices, subscription_items, subscription_updates, unmodelled
from mockbill.billing.schedules import course, creation, endings, phases, settling
from mockbill.world import Doc, Problem, Work

_PLAIN = (
    "billing_cycle_anchor", "collection_method", "currency", "default_payment_method", "description", "end_date",
    "metadata", "proration_behavior", "trial", "trial_end",
)  # fmt: skip


def update(w: Work, schedule: Doc, params: dict[str, Any]) -> Doc:
    """The current phase and those to come are sent again whole; past ones stay as they were.

    A schedule that has not started does so in this request where its first phase begins now.
    What changes of the current phase changes the subscription at once, prorated as the request says.
    """
    endings.check_living(schedule, "update")
    unmodelled.refuse(params, creation.LATER, "subscription schedules")
    customer = w.need("customer", schedule["customer"], "customer")
    changes: dict[str, Any] = {}
    if "metadata" in params:
        changes["metadata"] = fields.merge(schedule["metadata"], params["metadata"])
    if behavior := params.get("end_behavior"):
        changes["end_behavior"] = behavior
    if sent := params.get("default_settings"):
        changes["default_settings"] = creation.default_settings(w, sent, schedule["default_settings"], customer)
    planned = {**schedule, **changes}
    if "phases" in params:
        changes["phases"] = _phases(w, planned, customer, params["phases"] or [])
    elif sent:
        creation.check(w, _remaining(planned), planned["default_settings"])
    return _changed(w, schedule, changes, params.get("proration_behavior"))


def _changed(w: Work, schedule: Doc, changes: dict[str, Any], behavior: str | None) -> Doc:
    if all(schedule[name] == value for name, value in changes.items()):
        return schedule
    before, over = schedule, settling.current(schedule)
    schedule = w.change(schedule, **changes)
    starts = schedule["status"] == "not_started" and schedule["phases"][0]["start_date"] <= w.now
    course.rehearse(w, schedule, _remaining(schedule)[1 if over or starts else 0 :])
    subscription = w.get("subscription", schedule["subscription"])
    if subscription is not None and over is not None:
        schedule = _in_phase(w, before, over, schedule, subscription, behavior)
    elif starts:
        schedule = course.begun(w, schedule)
    course.note_expiry(w, schedule)
    w.emit("subscription_schedule.updated", schedule, before)
    return schedule


def _in_phase(w: Work, before: Doc, over: Doc, schedule: Doc, subscription: Doc, behavior: str | None) -> Doc:
    """The schedule after its current phase has changed, or has ended at once, and the subscription with it."""
    now = next(phase for phase in schedule["phases"] if phase["start_date"] == over["start_date"])
    schedule = w.change(schedule, current_phase={"end_date": now["end_date"], "start_date": now["start_date"]})
    if asked := settling.correction(w, schedule, subscription, before, over, behavior):
        subscription = subscription_updates.carry_out(w, subscription, asked)
    if now["end_date"] <= w.now:
        [following, *_] = [phase for phase in schedule["phases"] if phase["start_date"] >= w.now]
        schedule = course.entered(w, schedule, subscription, now, following)
    w.reschedule(w.need("subscription", subscription["id"]))
    return schedule


def _phases(w: Work, schedule: Doc, customer: Doc, sent: list[dict[str, Any]]) -> list[Doc]:
    """The past phases as they were, then those that were sent."""
    past = [phase for phase in schedule["phases"] if phase not in _remaining(schedule)]
    starts = {phase["start_date"]: phase for phase in past}
    position = 0
    while sent and (over := starts.get(sent[0].get("start_date"))):  # sent again, which changes nothing
        _check_past(sent[0], over, f"phases[{position}]")
        sent, position = sent[1:], position + 1
    subscription = w.get("subscription", schedule["subscription"])
    start = _start(w, schedule, sent[0]) if sent else 0
    frame = phases.Frame(
        customer,
        schedule["default_settings"],
        subscription_items.is_flexible(subscription or schedule),
        subscription["billing_cycle_anchor"] if subscription else None,
        _known(w, schedule, subscription),
        subscription["currency"] if subscription else None,
    )
    planned = phases.read(w, sent, start, frame)
    ends_now = planned[0]["end_date"] == w.now and len(planned) > 1
    creation.check(w, planned[1:] if ends_now else planned, schedule["default_settings"])
    return past + planned


def _check_past(sent: dict[str, Any], over: Doc, where: str) -> None:
    """Problem for a past phase that is sent otherwise than it was; what is left out of it is no change.

    Compared are its items' prices and quantities, and what a phase shows just as it was sent.
    """
    altered = [name for name in _PLAIN if name in sent and (sent[name] or None) != (over.get(name) or None)]
    if "items" in sent and _sold(sent["items"]) != _sold(over["items"]):
        altered.append("items")
    if altered:
        raise Problem(
            f"You can not modify past phases: {altered[0]} differs. Send the current phase and all future ones.",
            param=f"{where}[{altered[0]}]",
        )


def _sold(items: list[Any]) -> list[tuple[str | None, int]]:
    return [(item.get("price") or item.get("plan"), item.get("quantity", 1)) for item in items]


def _start(w: Work, schedule: Doc, first: dict[str, Any]) -> int:
    """When the first phase that was sent begins: one that has begun cannot begin at another time."""
    asked = first.get("start_date")
    now = schedule["current_phase"]
    if asked is None:
        raise Problem(
            "Missing required param: phases[0][start_date]. It is needed for the first phase of an update.",
            code="parameter_missing",
            param="phases[0][start_date]",
        )
    if now is None:
        start = w.now if asked == "now" else int(asked)
        phases.check_date(start, "phases[0][start_date]")
        return start
    if asked != now["start_date"]:
        raise Problem(
            "You can not modify the start date of the current phase. Send the current phase and all future ones.",
            param="phases[0][start_date]",
        )
    return int(asked)


def _remaining(schedule: Doc) -> list[Doc]:
    """The current phase and those to come."""
    now = schedule["current_phase"]
    return [phase for phase in schedule["phases"] if not now or phase["start_date"] >= now["start_date"]]


def _known(w: Work, schedule: Doc, subscription: Doc | None) -> dict[str, Doc]:
    ids = {item["price"] for phase in schedule["phases"] for item in phase["items"]}
    if subscription is not None:
        ids |= {item["price"]["id"] for item in subscription["items"]["data"]}
    return {id: prices.known(w, id) for id in sorted(ids)}
