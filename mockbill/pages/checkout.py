"""The hosted checkout: a session's page, paying it, 3-D Secure on the way (stripe-behaviour.md 6.1)."""

from dataclasses import replace
from typing import NamedTuple

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mockbill.billing import checkout, checkout_discounts, checkout_payment
from mockbill.billing.checkout_payment import Outcome, Payer
from mockbill.billing.payment_links import visits
from mockbill.pages import card_form, debit_form
from mockbill.pages.blueprint import blueprint, message, site_url, world_of
from mockbill.pages.card_form import Refusal, Refused, Typed
from mockbill.pages.order import chosen_amount, order
from mockbill.pages.three_d_secure import challenge, passed
from mockbill.world import Doc, Problem, Work, World

KIND = "checkout.session"


class BoxRefusal(NamedTuple):
    """Why a promotion code was not taken: what was typed, and the reason."""

    typed: str
    message: str


@blueprint.get("/c/pay/<id>")
def checkout_page(id: str) -> ResponseReturnValue:
    """The order and the card form; after a failed challenge (``?failed=1``) with the reason.  Nothing is paid here."""
    world = world_of(KIND, id)
    with world.work() as w:
        session = _session(w, id)
        if session["status"] != "open":
            return _over(w, session)
        intent = checkout_payment.intent_of(w, session) if "failed" in request.args else None
        error = intent and (intent.get("last_payment_error") or intent.get("last_setup_error"))
        return _form(w, session, _remembered(w, session), card_form.refusal_of_error(error) if error else None)


@blueprint.post("/c/pay/<id>")
def pay_checkout(id: str) -> ResponseReturnValue:
    """Pay with what was typed, or with a test card: 303 onwards, or the form again, saying why (402, 422)."""
    world = world_of(KIND, id)
    sent = card_form.typed(request.form)
    try:
        with world.work(site_url=site_url()) as w:
            session = _session(w, id)
            if session["status"] == "complete":
                return _onwards(session)  # a second click must not pay again
            if session["status"] != "open":
                return _over(w, session)
            outcome = _attempt(w, session, sent)
    except Refused as refused:
        return _form_again(world, id, sent, refused.refusal)
    except Problem as problem:
        return _form_again(world, id, sent, card_form.refusal_of(problem))
    if outcome.status == "open":
        return _form_again(world, id, sent, card_form.refusal_of_error(outcome.error or {}))
    return _follow(world, id, outcome)


@blueprint.post("/c/pay/<id>/promotion-code")
def checkout_promotion_code(id: str) -> ResponseReturnValue:
    """Take what was typed into the box for promotion codes, or take off what is there (``remove``): the page again."""
    world = world_of(KIND, id)
    code = request.form.get("promotion_code", "").strip()
    try:
        with world.work(site_url=site_url()) as w:
            session = _session(w, id)
            if session["status"] != "open":
                return _over(w, session)
            if "remove" in request.form:
                checkout_discounts.remove(w, session)
            elif code:
                checkout_discounts.enter(w, session, code)
    except Problem as problem:
        with world.work() as w:
            return _form(w, _session(w, id), Typed(), None, BoxRefusal(code, problem.message))
    return redirect(url_for("pages.checkout_page", id=id), 303)


@blueprint.get("/c/pay/<id>/authenticate")
def checkout_challenge(id: str) -> ResponseReturnValue:
    """The 3-D Secure challenge of a session whose card asked for it."""
    world = world_of(KIND, id)
    with world.work() as w:
        session = _session(w, id)
        intent = checkout_payment.intent_of(w, session)
        if session["status"] != "open" or intent is None or not checkout_payment.waits_for_action(w, session):
            return redirect(url_for("pages.checkout_page", id=id), 303)
        return challenge(w, intent, session["branding_settings"]["display_name"])


@blueprint.post("/c/pay/<id>/authenticate")
def answer_checkout_challenge(id: str) -> ResponseReturnValue:
    """Complete or fail the challenge."""
    world = world_of(KIND, id)
    succeeded = passed(request.form)
    if succeeded is None:
        return checkout_challenge(id)
    with world.work(site_url=site_url()) as w:
        session = _session(w, id)
        if session["status"] == "complete":
            return _onwards(session)
        if session["status"] != "open" or not checkout_payment.waits_for_action(w, session):
            return redirect(url_for("pages.checkout_page", id=id), 303)
        outcome = checkout_payment.authenticate(w, session, succeeded)
    if outcome.status == "open":
        return redirect(url_for("pages.checkout_page", id=id, failed=1), 303)
    return _follow(world, id, outcome)


def _session(w: Work, id: str) -> Doc:
    session = w.need(KIND, id)
    w.use_clock_of(session["customer"])
    return session


def _attempt(w: Work, session: Doc, sent: Typed) -> Outcome:
    if number := request.form.get("test_card"):
        sent = card_form.with_test_card(w, sent, number)
    known = _known_email(session)
    if known:  # and so locked: what was posted instead does not count
        sent = replace(sent, email="")
    if debit_form.is_sent(request.form, takes_cards=checkout_payment.takes(w, session, "card")):
        method = debit_form.method_of(w, request.form, known or sent.email, email_needed=_needs_email(session))
    else:
        card_form.check(sent, email_needed=_needs_email(session))
        method = card_form.method_of(w, sent, known or sent.email)
    amount = chosen_amount(request.form.get("amount", ""), session["currency"])
    return checkout_payment.pay(w, session, Payer(method, sent.email or None, sent.name or None, amount))


def _follow(world: World, id: str, outcome: Outcome) -> ResponseReturnValue:
    """303 to the challenge, or to the shop; Stripe as well lets its webhooks arrive before it sends the payer back."""
    if outcome.status == "requires_action":
        return redirect(url_for("pages.checkout_challenge", id=id), 303)
    world.hub.settle(world)
    return redirect(outcome.redirect_to or url_for("pages.checkout_page", id=id), 303)


def _onwards(session: Doc) -> ResponseReturnValue:
    return redirect(checkout.success_url(session) or url_for("pages.checkout_page", id=session["id"]), 303)


def _form_again(world: World, id: str, sent: Typed, refusal: Refusal) -> ResponseReturnValue:
    with world.work() as w:
        return _form(w, _session(w, id), sent.keepable, refusal)


def _form(
    w: Work, session: Doc, values: Typed, refusal: Refusal | None, box: BoxRefusal | None = None
) -> ResponseReturnValue:
    page = render_template(
        "checkout.html",
        session=session,
        order=order(w, session),
        values=values,
        refusal=refusal,
        box=box,
        known_email=_known_email(session),
        needs_email=_needs_email(session),
        takes_cards=checkout_payment.takes(w, session, "card"),
        takes_debits=checkout_payment.takes(w, session, debit_form.TYPE),
        test_cards=card_form.TEST_CARDS,
    )
    return page, refusal.status if refusal else 422 if box else 200


def _known_email(session: Doc) -> str | None:
    return (session["customer_details"] or {}).get("email")


def _needs_email(session: Doc) -> bool:
    return session["mode"] != "setup" and not _known_email(session)


def _remembered(w: Work, session: Doc) -> Typed:
    """What the payer typed at the last attempt, if there was one; else what the link to here had filled in."""
    kept = w.private("checkout", session["id"]) or {}
    payer = kept.get("payer") or {}
    return Typed(email=payer.get("email") or kept.get("prefilled_email") or "", name=payer.get("name") or "")


_DONE = {
    "payment": ("Payment received", "Your payment has gone through."),
    "subscription": ("You are subscribed", "Your subscription has started."),
    "setup": ("Card saved", "Your card is ready for future payments."),
}


def _over(w: Work, session: Doc) -> ResponseReturnValue:
    """The page of a session that is complete (200) or has expired (410)."""
    merchant = session["branding_settings"]["display_name"]
    link_text = f"Return to {merchant}"
    if session["status"] == "complete":
        title, text = _DONE[session["mode"]]
        text = visits.completed_message(w, session) or text
        return message(200, title, text, tone="done", link=checkout.success_url(session), link_text=link_text)
    return message(
        410,
        "This checkout has expired",
        "Nothing was charged. Go back to start again.",
        tone="over",
        link=session["cancel_url"],
        link_text=link_text,
    )
