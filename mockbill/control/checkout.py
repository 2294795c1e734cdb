"""The customer at a hosted checkout page, for scripts: what the page's buttons do, by the same verbs."""

from collections.abc import Mapping
from typing import Any

from flask import request
from marshmallow import fields

from mockbill.billing import checkout, checkout_discounts, checkout_payment
from mockbill.billing.checkout_payment import Payer
from mockbill.control import cards
from mockbill.control.asking import Asked, Refusal, body, world_of
from mockbill.control.blueprint import blueprint
from mockbill.control.rooms import rooms
from mockbill.world import Doc, Problem, Work, World

_KIND = "checkout.session"


class Pay(Asked):
    """What the page asks for.  Who gives no card pays with the one that succeeds."""

    card = cards.Card(load_default="4242424242424242")
    email = fields.String(load_default="test@example.com")
    name = fields.String()
    amount = fields.Integer(strict=True)  # minor units: where the price lets the customer choose
    promotion_code = fields.String()


_ASKED, _PAY = Asked(), Pay()


@blueprint.post("/checkout/<id>/pay")
def pay_checkout(id: str) -> dict[str, Any]:
    """Pay a session: ``{"status", "redirect_to", "error"?}``.

    A declined card is no error of the call: the session stays ``open`` and ``error`` says why.  A card that wants 3-D
    Secure answers ``requires_action``; ``redirect_to`` is the page of the challenge.  A ``promotion_code`` is typed
    into the box of the page first, if it has one.
    """
    asked = body(_PAY)
    world = _world_of(asked, id)
    try:
        with world.work(site_url=rooms().worlds.site.url_for(request.environ)) as work:
            session = _session(work, id)
            checkout_payment.check_open(session)
            if code := asked.get("promotion_code"):
                session = checkout_discounts.enter(work, session, code)
            method = cards.method_of(work, asked["card"], asked["email"], asked.get("name"))
            payer = Payer(method, asked["email"], asked.get("name"), asked.get("amount"))
            outcome = checkout_payment.pay(work, session, payer)
    except Problem as problem:
        if problem.status != 402:
            raise
        return {"status": "open", "redirect_to": None, "error": cards.told(problem)}
    world.hub.settle(world)
    answer: dict[str, Any] = {"status": outcome.status, "redirect_to": outcome.redirect_to}
    return answer if outcome.error is None else {**answer, "error": outcome.error}


@blueprint.post("/checkout/<id>/cancel")
def cancel_checkout(id: str) -> dict[str, Any]:
    """The customer goes back to the shop; the session stays as it is."""
    with _world_of(body(_ASKED), id).work() as work:
        session = _session(work, id)
        return {"status": session["status"], "redirect_to": session["cancel_url"]}


@blueprint.post("/checkout/<id>/expire")
def expire_checkout(id: str) -> dict[str, Any]:
    """The session ends before its time, as ``POST /v1/checkout/sessions/{session}/expire`` ends it."""
    with _world_of(body(_ASKED), id).work() as work:
        session = checkout.expire(work, _session(work, id), {})
        return {"status": session["status"], "redirect_to": session["cancel_url"]}


def _world_of(asked: Mapping[str, Any], id: str) -> World:
    """The account that was named; otherwise the one that holds the session, as on the page itself."""
    if "account" in asked:
        return world_of(asked)
    world = rooms().worlds.holding(_KIND, id)
    if world is None:
        raise Refusal(404, "resource_missing", f"No account has a checkout session '{id}'", "id")
    return world


def _session(work: Work, id: str) -> Doc:
    session = work.need(_KIND, id)
    work.use_clock_of(session["customer"])
    return session
