"""Pauses of subscriptions in the portal, by the verbs of the API, with a date at which they end by themselves.

That the unused time is credited, and that a new billing cycle begins afterwards, is what the API does where nothing
else is said; what Stripe's portal says there is not established.
"""

from mockbill.billing import subscription_pauses, subscription_resumption
from mockbill.billing.portal import actions, limits
from mockbill.rules import periods
from mockbill.world import Doc, Problem, Work

_FEATURE = "subscription_pause"


def choices(w: Work, configuration: Doc) -> list[tuple[Doc, int]]:
    """The lengths to choose from, with when each would end; none where pauses have no end."""
    duration = configuration["features"][_FEATURE]["duration"]
    return [
        (option, periods.add(w.now, option["interval"], option["interval_count"]))
        for option in duration["interval_options"]
    ]


def pause(w: Work, session: Doc, id: str, choice: int = 0) -> Doc:
    """Paused now, until the end of the length at this position."""
    configuration = actions.allowed(w, session, _FEATURE)
    subscription = actions.own_subscription(w, session, id)
    limits.check_pausable(subscription)
    lengths = choices(w, configuration)
    if lengths and not 0 <= choice < len(lengths):
        raise Problem("This is none of the lengths to choose from.", param="choice")
    paused = subscription_pauses.pause(w, subscription, {})
    if lengths:
        subscription_resumption.plan(w, paused, lengths[choice][1])
    return paused


def unpause(w: Work, session: Doc, id: str) -> Doc:
    """Resumed as soon as what is due is paid, which is tried now."""
    actions.allowed(w, session, _FEATURE)
    subscription = actions.own_subscription(w, session, id)
    return subscription_resumption.resume(w, subscription, {"payment_behavior": "resume_on_payment_success"})
