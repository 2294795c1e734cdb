"""What time does to a schedule: it begins, goes from phase to phase, warns of its end, and ends."""

import logging
from collections.abc import Sequence

from mockbill.billing import subscription_updates, subscriptions
from mockbill.billing.schedules import endings, settling
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Problem, Work, World

WARNING = 7 * DAY  # before the end: subscription_schedule.expiring
_log = logging.getLogger(__name__)


def due(world: World, schedule: Doc) -> tuple[int, str] | None:
    """The next moment of a schedule itself; when its phases end falls due with its subscription (``renewal.due``)."""
    if schedule["status"] not in endings.LIVING:
        return None
    start, end = schedule["phases"][0]["start_date"], schedule["phases"][-1]["end_date"]
    moments = [(start, 0, "subscription_schedule.start")] if schedule["status"] == "not_started" else []
    if (world.fetch("_expiry", schedule["id"]) or {}).get("told") != end:
        moments.append((end - WARNING, 1, "subscription_schedule.warn"))
    if not moments:
        return None
    at, _, verb = min(moments)
    return at, verb


def note_expiry(w: Work, schedule: Doc) -> None:
    """Nobody is warned of an end that is less than seven days away when it is planned (not established)."""
    end = schedule["phases"][-1]["end_date"]
    if end - WARNING < w.now:
        w.keep("expiry", schedule["id"], told=end)


def warn(w: Work, schedule: Doc) -> None:
    """``subscription_schedule.expiring``, seven days before the end."""
    w.keep("expiry", schedule["id"], told=schedule["phases"][-1]["end_date"])
    w.emit("subscription_schedule.expiring", schedule)


def start(w: Work, schedule: Doc) -> None:
    """The date has come: the subscription is created, and then ``subscription_schedule.updated``.

    Where it cannot be any more, the schedule is canceled (not established).
    """
    point = w.savepoint()
    try:
        active = begun(w, schedule)
    except Problem as problem:
        w.back_to(point)
        _log.warning("%s could not begin: %s", schedule["id"], problem)
        endings.cancel(w, schedule, {})
    else:
        w.emit("subscription_schedule.updated", active, schedule)


def begun(w: Work, schedule: Doc) -> Doc:
    """A schedule that has just begun, with the subscription that its first phase creates."""
    first = schedule["phases"][0]
    active = w.change(schedule, current_phase=_span(first), status="active")
    try:
        subscription = subscriptions.create(w, settling.creation(w, schedule, first), schedule=schedule["id"])
    except Problem as problem:
        raise _of_phase(problem, 0) from None
    return w.change(active, subscription=subscription["id"])


def rehearse(w: Work, schedule: Doc, planned: Sequence[Doc]) -> None:
    """Problem for a phase that no subscription could be in: each creates one of its own, which is taken back."""
    for position, phase in enumerate(planned, start=len(schedule["phases"]) - len(planned)):
        with w.rehearsal():
            w.stand_at(max(phase["start_date"], w.now))
            try:
                subscriptions.create(w, settling.creation(w, schedule, phase), schedule=schedule["id"])
            except Problem as problem:
                raise _of_phase(problem, position) from None


def next_phase(w: Work, subscription: Doc) -> None:
    """A phase is over: the next one begins, or the schedule ends."""
    schedule = w.need("subscription_schedule", subscription["schedule"])
    over = settling.current(schedule)
    assert over is not None
    following = [phase for phase in schedule["phases"] if phase["start_date"] >= over["end_date"]]
    if following:
        moved = entered(w, schedule, subscription, over, following[0])
        if moved["status"] == "active":  # the change may have ended the subscription
            w.emit("subscription_schedule.updated", moved, schedule)
    else:
        endings.complete(w, schedule, subscription)


def entered(w: Work, schedule: Doc, subscription: Doc, over: Doc, phase: Doc) -> Doc:
    """The schedule in its next phase, after the subscription has become what that says.

    What cannot be done any more, such as a change to a tax rate that is archived by now, is not done.
    """
    moved = w.change(schedule, current_phase=_span(phase))
    point = w.savepoint()
    try:
        if asked := settling.entry(w, moved, subscription, phase, over):
            subscription_updates.carry_out(w, subscription, asked)
    except Problem as problem:
        w.back_to(point)
        _log.warning("%s could not enter its phase: %s", schedule["id"], problem)
    return w.need("subscription_schedule", schedule["id"])


def _span(phase: Doc) -> Doc:
    return {"end_date": phase["end_date"], "start_date": phase["start_date"]}


def _of_phase(problem: Problem, position: int) -> Problem:
    """A refusal by a verb of subscriptions, under the name that the parameter has in the phases."""
    if problem.param and problem.param != "customer":
        name, bracket, rest = problem.param.partition("[")
        problem.param = f"phases[{position}][{name}]{bracket}{rest}"
    return problem
