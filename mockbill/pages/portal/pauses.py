"""Pausing a subscription in the portal, and taking it up again."""

from flask import request
from flask.typing import ResponseReturnValue

from mockbill.billing.portal import actions, limits, pauses
from mockbill.pages.blueprint import blueprint
from mockbill.pages.portal import words
from mockbill.pages.portal.visit import check_post, done, visiting
from mockbill.rules import periods
from mockbill.world import Problem


@blueprint.get("/p/session/<token>/subscriptions/<id>/pause")
def portal_pause(token: str, id: str) -> ResponseReturnValue:
    """What a pause means, and how long it may be."""
    try:
        with visiting(token) as visit:
            configuration = actions.allowed(visit.w, visit.session, "subscription_pause")
            subscription = actions.own_subscription(visit.w, visit.session, id)
            limits.check_pausable(subscription)
            choices = [
                (words.span_text(option), periods.day_text(until))
                for option, until in pauses.choices(visit.w, configuration)
            ]
            return visit.page("pause", plan=words.plan_of(visit, subscription), choices=choices)
    except Problem as problem:
        raise check_post(problem) from None


@blueprint.post("/p/session/<token>/subscriptions/<id>/pause")
def portal_confirm_pause(token: str, id: str) -> ResponseReturnValue:
    """Pause it, until the end of what was chosen."""
    text = request.form.get("choice", "0")
    try:
        with visiting(token) as visit:
            pauses.pause(visit.w, visit.session, id, int(text) if text.isdecimal() and len(text) < 4 else -1)
    except Problem as problem:
        raise check_post(problem) from None
    return done(token, "paused")


@blueprint.post("/p/session/<token>/subscriptions/<id>/unpause")
def portal_unpause(token: str, id: str) -> ResponseReturnValue:
    """Take it up again: what is due is charged now."""
    try:
        with visiting(token) as visit:
            resumed = pauses.unpause(visit.w, visit.session, id)
    except Problem as problem:
        raise check_post(problem) from None
    return done(token, "unpaused" if resumed["status"] == "active" else "unpaid")
