"""Canceling a subscription in the portal, with the reasons and the offer to stay, and taking it back."""

from flask import request
from flask.typing import ResponseReturnValue

from mockbill.billing import checkout_amounts, coupons, feedback_options
from mockbill.billing.portal import actions, limits
from mockbill.pages.blueprint import blueprint
from mockbill.pages.order import terms_of
from mockbill.pages.portal import words
from mockbill.pages.portal.visit import Visit, check_post, done, visiting
from mockbill.world import Doc, Problem


@blueprint.get("/p/session/<token>/subscriptions/<id>/cancel")
def portal_cancel(token: str, id: str) -> ResponseReturnValue:
    """What a cancellation means, and why; or first what is offered to who stays (until ``?offer=no``)."""
    with visiting(token) as visit:
        feature = actions.allowed(visit.w, visit.session, "subscription_cancel")["features"]["subscription_cancel"]
        subscription = actions.own_subscription(visit.w, visit.session, id)
        _check(subscription)
        return visit.page(
            "cancel",
            plan=words.plan_of(visit, subscription),
            feature=feature,
            reasons=_reasons(visit, feature["cancellation_reason"]),
            offer=_offer(visit, subscription) if request.args.get("offer") != "no" else None,
        )


@blueprint.post("/p/session/<token>/subscriptions/<id>/cancel")
def portal_confirm_cancel(token: str, id: str) -> ResponseReturnValue:
    """Cancel it, or take the offer and stay."""
    try:
        with visiting(token) as visit:
            if request.form.get("offer") == "take":
                actions.take_offer(visit.w, visit.session)
                notice = "offer"
            else:
                ended = actions.cancel(visit.w, visit.session, id, request.form)
                notice = "canceled" if ended["status"] == "canceled" else "will-cancel"
    except Problem as problem:
        raise check_post(problem) from None
    return done(token, notice)


@blueprint.post("/p/session/<token>/subscriptions/<id>/resume")
def portal_resume(token: str, id: str) -> ResponseReturnValue:
    """Take a planned cancellation back."""
    try:
        with visiting(token) as visit:
            actions.resume(visit.w, visit.session, id)
    except Problem as problem:
        raise check_post(problem) from None
    return done(token, "resumed")


def _check(subscription: Doc) -> None:
    try:
        limits.check_cancelable(subscription)
    except Problem as problem:
        raise check_post(problem) from None


def _reasons(visit: Visit, asked: Doc) -> list[tuple[str, str]]:
    """Values and labels of the reasons to choose from; the account's own come first."""
    if not asked["enabled"]:
        return []
    own = [visit.w.get(feedback_options.KIND, id) for id in asked["feedback_options"] or ()]
    labels = [(option["id"], option["description"]) for option in own if option and option["status"] == "active"]
    return [*labels, *((name, words.REASONS[name]) for name in asked["options"])]


def _offer(visit: Visit, subscription: Doc) -> str | None:
    """``20% off for 3 months``: what the flow offers to who stays, while the coupon can be redeemed."""
    flow = (visit.session["flow"] or {}).get("subscription_cancel") or {}
    if not visit.in_flow or not flow.get("retention") or flow["subscription"] != subscription["id"]:
        return None
    coupon = visit.w.get("coupon", flow["retention"]["coupon_offer"]["coupon"])
    if coupon is None or not coupon["valid"]:
        return None
    off = coupons.off(visit.w, coupon, subscription["currency"])
    given = checkout_amounts.Given(off, coupon["name"] or "", coupon["duration"], coupon["duration_in_months"])
    return terms_of(given, subscription["currency"])
