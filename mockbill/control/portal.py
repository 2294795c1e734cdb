"""The customer in the billing portal, for scripts: what its pages do, by the same verbs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import request
from marshmallow import fields
from marshmallow.validate import Range

from mockbill.billing.portal import actions, limits, plans, sessions, wallet
from mockbill.control import cards
from mockbill.control.asking import Asked, Refusal, body, world_of
from mockbill.control.blueprint import blueprint
from mockbill.control.rooms import rooms
from mockbill.world import Doc, Problem, Work, World


class OfSubscription(Asked):
    """Which subscription: that of the flow or the customer's only one, where it is not named."""

    subscription = fields.String()


class Cancel(OfSubscription):
    """``at_period_end`` is what the caller counts on: the configuration decides."""

    at_period_end = fields.Boolean()
    feedback = fields.String()
    comment = fields.String()


class Change(OfSubscription):
    """What is chosen; what the flow asks for where nothing is."""

    price = fields.String()
    quantity = fields.Integer(strict=True, validate=Range(min=0))
    promotion_code = fields.String()


class NewCard(Asked):
    """A card, and whether everything is paid with it from now on."""

    card = cards.Card(load_default="4242424242424242")
    default = fields.Boolean(load_default=True)


_CANCEL, _RESUME, _CHANGE, _CARD = Cancel(), OfSubscription(), Change(), NewCard()


@blueprint.post("/portal/<id>/cancel")
def cancel_in_portal(id: str) -> dict[str, Any]:
    """Cancel a subscription: ``{"status", "redirect_to", "subscription", "cancel_at"}``."""
    asked = body(_CANCEL)
    with _visit(asked, id) as (work, session):
        subscription = _subscription(work, session, asked)
        reason: dict[str, str] = {name: asked[name] for name in ("feedback", "comment") if name in asked}
        told = actions.cancel(work, session, subscription, reason, at_period_end=asked.get("at_period_end"))
        return _after(work, session, told)


@blueprint.post("/portal/<id>/resume")
def resume_in_portal(id: str) -> dict[str, Any]:
    """Take a planned cancellation back, or a change that waits for the next period."""
    asked = body(_RESUME)
    with _visit(asked, id) as (work, session):
        named = _subscription(work, session, asked)
        subscription = actions.own_subscription(work, session, named)
        if plans.scheduled(work, subscription) is None:
            actions.resume(work, session, named)
        else:
            plans.withdraw(work, session, named)
        return _after(work, session, work.need("subscription", named))


@blueprint.post("/portal/<id>/change")
def change_in_portal(id: str) -> dict[str, Any]:
    """Another price or quantity: the same answer; a card that is declined changes nothing (``error``).

    One that asks for 3-D Secure answers ``requires_action``; ``redirect_to`` is the page of the challenge.
    """
    asked = body(_CHANGE)
    try:
        with _visit(asked, id) as (work, session):
            named = _subscription(work, session, asked)
            flow = (session["flow"] or {}).get("subscription_update_confirm")
            if flow and not {"price", "quantity", "promotion_code"} & asked.keys():
                proposal = plans.of_flow(work, session, flow)
            else:
                code = asked.get("promotion_code")
                discount = plans.code_of(work, session, code) if code else None
                change = limits.Change(asked.get("price"), asked.get("quantity"))
                proposal = plans.proposed(work, session, named, change, discount)
            changed = plans.make(work, proposal)
            back = f"{session['url']}/subscriptions/{named}/updated"
            if challenge := plans.challenge(work, changed, back):
                return {"status": "requires_action", "redirect_to": challenge, "subscription": named}
            return _after(work, session, changed)
    except Problem as problem:
        return _declined(problem)


@blueprint.post("/portal/<id>/card")
def card_in_portal(id: str) -> dict[str, Any]:
    """Save a card: ``status`` is that of its setup intent; ``requires_action`` leads to the page of the challenge."""
    asked = body(_CARD)
    try:
        with _visit(asked, id) as (work, session):
            customer = work.need("customer", session["customer"])
            method = cards.method_of(work, asked["card"], customer["email"], customer["name"])
            back = f"{session['url']}/payment-methods/added?default={int(asked['default'])}"
            intent = wallet.add(work, session, method, back, default=asked["default"])
            if intent["status"] == "requires_action":
                challenge = intent["next_action"]["redirect_to_url"]["url"]
                return {"status": intent["status"], "redirect_to": challenge, "payment_method": None}
            answer = {"status": intent["status"], "payment_method": intent["payment_method"]}
            return {**answer, "redirect_to": _leads_to(work, session)}
    except Problem as problem:
        return _declined(problem)


@contextmanager
def _visit(asked: Mapping[str, Any], id: str) -> Iterator[tuple[Work, Doc]]:
    """The unit of work of a session that is open yet; what webhooks tell of it has arrived when it ends."""
    world = _world_of(asked, id)
    with world.work(site_url=rooms().worlds.site.url_for(request.environ)) as work:
        session = sessions.visited(work, sessions.token_of(work.need(sessions.KIND, id)))
        if session is None:
            raise Refusal(409, "portal_session_expired", f"The portal session '{id}' has expired", "id")
        yield work, session
    world.hub.settle(world)


def _world_of(asked: Mapping[str, Any], id: str) -> World:
    """The account that was named; otherwise the one that holds the session, as on the page itself."""
    if "account" in asked:
        return world_of(asked)
    world = rooms().worlds.holding(sessions.KIND, id)
    if world is None:
        raise Refusal(404, "resource_missing", f"No account has a portal session '{id}'", "id")
    return world


def _subscription(work: Work, session: Doc, asked: Mapping[str, Any]) -> str:
    """The id of the subscription that a call is about."""
    if named := asked.get("subscription"):
        return str(named)
    flow = session["flow"] or {}
    if about := flow.get(flow.get("type", "")):
        return str(about["subscription"])
    found = actions.subscriptions_of(work, session)
    if len(found) != 1:
        message = f"The customer has {len(found)} subscriptions: name one of them"
        raise Refusal(422, "parameter_missing", message, "subscription")
    return str(found[0]["id"])


def _after(work: Work, session: Doc, subscription: Doc) -> dict[str, Any]:
    told = {"subscription": subscription["id"], "cancel_at": subscription["cancel_at"]}
    return {"status": subscription["status"], "redirect_to": _leads_to(work, session), **told}


def _leads_to(work: Work, session: Doc) -> str:
    """Where a browser would be then: at the shop, or at the portal's confirmation or home."""
    after = sessions.finish(work, sessions.token_of(session)) or {"type": "portal_homepage"}
    if after["type"] == "redirect":
        return str(after["redirect"]["return_url"])
    return f"{session['url']}/done" if after["type"] == "hosted_confirmation" else str(session["url"])


def _declined(problem: Problem) -> dict[str, Any]:
    """A card that is declined is no error of the call."""
    if problem.status != 402:
        raise problem
    return {"status": "declined", "redirect_to": None, "error": cards.told(problem)}
