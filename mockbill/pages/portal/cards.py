"""Payment methods in the portal: the form for a new card, the default, removing one."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from mockbill.billing.portal import actions, wallet
from mockbill.pages import card_form
from mockbill.pages.blueprint import blueprint
from mockbill.pages.card_form import Refusal, Refused, Typed
from mockbill.pages.portal.visit import Visit, check_post, done, visiting
from mockbill.world import Doc, Problem


@blueprint.get("/p/session/<token>/payment-methods/add")
def portal_add_card(token: str) -> ResponseReturnValue:
    """The card form, as at checkout; after a failed challenge (``?failed=1``) with the reason."""
    with visiting(token) as visit:
        actions.allowed(visit.w, visit.session, "payment_method_update")
        return _form(visit, Typed(), card_form.NOT_AUTHENTICATED if "failed" in request.args else None)


@blueprint.post("/p/session/<token>/payment-methods/add")
def portal_save_card(token: str) -> ResponseReturnValue:
    """Save what was typed, or a test card: 303 onwards, or the form again, saying why (402, 422)."""
    sent = card_form.typed(request.form)
    try:
        with visiting(token) as visit:
            intent = wallet.add(
                visit.w, visit.session, _method(visit, sent), _return_url(visit), default=_default(visit)
            )
            challenge = (intent["next_action"] or {}).get("redirect_to_url")
            if intent["status"] == "requires_payment_method":
                raise Refused(card_form.refusal_of_error(intent["last_setup_error"] or {}))
    except Refused as refused:
        return _form_again(token, sent, refused.refusal)
    except Problem as problem:
        if problem.status == 403:
            raise
        return _form_again(token, sent, card_form.refusal_of(problem))
    return redirect(challenge["url"], 303) if challenge else done(token, "card-added")


@blueprint.get("/p/session/<token>/payment-methods/added")
def portal_card_added(token: str) -> ResponseReturnValue:
    """Back from 3-D Secure."""
    with visiting(token) as visit:
        intent, default = request.args.get("setup_intent", ""), request.args.get("default") == "1"
        saved = wallet.added(visit.w, visit.session, intent, default=default)
        again = visit.url("add_card", failed=1)
    return done(token, "card-added") if saved else redirect(again, 303)


@blueprint.post("/p/session/<token>/payment-methods/<id>/default")
def portal_default_card(token: str, id: str) -> ResponseReturnValue:
    """Pay with this one from now on."""
    try:
        with visiting(token) as visit:
            wallet.make_default(visit.w, visit.session, id)
    except Problem as problem:
        raise check_post(problem) from None
    return done(token, "card-default")


@blueprint.post("/p/session/<token>/payment-methods/<id>/remove")
def portal_remove_card(token: str, id: str) -> ResponseReturnValue:
    """Take it away."""
    try:
        with visiting(token) as visit:
            wallet.remove(visit.w, visit.session, id)
    except Problem as problem:
        raise check_post(problem) from None
    return done(token, "card-removed")


def _method(visit: Visit, sent: Typed) -> str:
    if number := request.form.get("test_card"):
        sent = card_form.with_test_card(visit.w, sent, number)
    card_form.check(sent, email_needed=False)
    customer: Doc = visit.w.need("customer", visit.session["customer"])
    return card_form.method_of(visit.w, sent, customer["email"] or "")


def _default(visit: Visit) -> bool:
    """In a flow it always becomes the default, as the first one does."""
    customer = visit.w.need("customer", visit.session["customer"])
    first = not customer["invoice_settings"]["default_payment_method"]
    return visit.in_flow or first or "default" in request.form


def _return_url(visit: Visit) -> str:
    default = "?default=1" if _default(visit) else ""
    return f"{visit.w.site_url}/p/session/{visit.token}/payment-methods/added{default}"


def _form_again(token: str, sent: Typed, refusal: Refusal) -> ResponseReturnValue:
    with visiting(token) as visit:
        return _form(visit, sent.keepable, refusal)


def _form(visit: Visit, values: Typed, refusal: Refusal | None) -> ResponseReturnValue:
    return visit.page(
        "card",
        refusal.status if refusal else 200,
        refusal=refusal,
        values=values,
        test_cards=card_form.TEST_CARDS,
    )
