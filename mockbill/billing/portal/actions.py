"""What customers do to their subscriptions in the portal: cancel, go on, take an offer; by the verbs of the API (3.20).

Each takes the session; Problem 403 where its configuration does not allow the action, 404 for what is not the
customer's own.
"""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import subscription_cancellation, subscription_items, subscription_status, subscription_updates
from mockbill.billing.portal import configurations, limits
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing

_LONGEST_COMMENT = 500  # characters; ours


def configuration_of(w: Work, session: Doc) -> Doc:
    """The configuration that a session goes by."""
    return w.need(configurations.KIND, session["configuration"])


def allowed(w: Work, session: Doc, feature: str) -> Doc:
    """The configuration; Problem 403 where a feature of it is off."""
    configuration = configuration_of(w, session)
    limits.check_feature(configuration, feature, status=403)
    return configuration


def subscriptions_of(w: Work, session: Doc) -> list[Doc]:
    """What the portal shows of a customer's subscriptions, newest first: those that are not over or never began."""
    account = session["on_behalf_of"]
    return [
        each
        for each in reversed(w.find("subscription", customer=session["customer"]))
        if each["status"] not in subscription_status.ENDED and (not account or each["on_behalf_of"] == account)
    ]


def own_subscription(w: Work, session: Doc, id: str) -> Doc:
    """A subscription that the session is about; Problem 404 for any other."""
    for subscription in subscriptions_of(w, session):
        if subscription["id"] == id:
            return subscription
    raise missing("subscription", id, "id")


def cancel(w: Work, session: Doc, id: str, reason: Mapping[str, str], *, at_period_end: bool | None = None) -> Doc:
    """Canceled at the end of the period or at once, as the configuration says.

    In flexible billing mode the date is set instead of ``cancel_at_period_end``, as Stripe's portal does.  ``reason``
    may hold ``feedback`` (a word or the id of a feedback option) and a ``comment``.  ``at_period_end`` is what a caller
    counts on: Problem where the configuration has it otherwise.
    """
    feature = allowed(w, session, "subscription_cancel")["features"]["subscription_cancel"]
    subscription = own_subscription(w, session, id)
    limits.check_cancelable(subscription)
    planned = feature["mode"] == "at_period_end"
    if at_period_end is not None and at_period_end != planned:
        raise Problem(f"The portal configuration cancels subscriptions {feature['mode']}.", param="at_period_end")
    details = _details(feature["cancellation_reason"], reason)
    if not planned:
        prorate = feature["proration_behavior"] == "create_prorations"
        return subscription_cancellation.cancel(w, subscription, {"prorate": prorate, **details})
    if subscription_items.is_flexible(subscription):
        return subscription_updates.update(w, subscription, {"cancel_at": "max_period_end", **details})
    return subscription_updates.update(w, subscription, {"cancel_at_period_end": True, **details})


def resume(w: Work, session: Doc, id: str) -> Doc:
    """A planned cancellation is taken back, with the reasons for it."""
    allowed(w, session, "subscription_cancel")
    subscription = own_subscription(w, session, id)
    if not subscription["cancel_at"]:
        raise Problem("This subscription is not set to be canceled.")
    own_date = not subscription["cancel_at_period_end"]
    back: dict[str, Any] = {"cancel_at": ""} if own_date else {"cancel_at_period_end": False}
    forgotten = {"comment": "", "feedback": "", "feedback_option": ""}
    return subscription_updates.update(w, subscription, {**back, "cancellation_details": forgotten})


def take_offer(w: Work, session: Doc) -> Doc:
    """The customer stays, with the coupon of the flow that asked for it."""
    flow = (session["flow"] or {}).get("subscription_cancel") or {}
    if not flow.get("retention"):
        raise Problem("There is no offer to take.", status=403)
    subscription = own_subscription(w, session, flow["subscription"])
    kept = [{"discount": id} for id in subscription["discounts"]]
    offered = {"coupon": flow["retention"]["coupon_offer"]["coupon"]}
    return subscription_updates.update(w, subscription, {"discounts": [*kept, offered]})


def _details(asked: Doc, reason: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a cancellation that tell why; nothing where the configuration does not ask."""
    if not asked["enabled"]:
        return {}
    feedback, comment = reason.get("feedback") or "", (reason.get("comment") or "").strip()[:_LONGEST_COMMENT]
    told = {"comment": comment} if comment else {}
    if feedback in (asked["feedback_options"] or ()):
        told["feedback_option"] = feedback
    elif feedback in asked["options"]:
        told["feedback"] = feedback
    elif feedback:
        raise Problem("This is none of the reasons to choose from.", param="feedback")
    return {"cancellation_details": told} if told else {}
