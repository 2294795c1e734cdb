"""The 3-D Secure challenge: the bank's page between a card and its payment, for checkout and for intents of the API."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mockbill.billing import checkout_payment, payment_attempts, setup_intents
from mockbill.pages.blueprint import blueprint, message, site_url, world_of
from mockbill.rules.money import format_amount
from mockbill.world import Doc, Work

_COMPLETE_ACTION = {
    "payment_intent": payment_attempts.complete_action,
    "setup_intent": setup_intents.complete_action,
}
_ANSWERS = {"complete": True, "fail": False}


def challenge(w: Work, intent: Doc, merchant: str) -> ResponseReturnValue:
    """The page that asks the card's holder to complete or to fail the challenge; it posts to its own URL."""
    method = w.get("payment_method", intent["payment_method"])
    amount = intent.get("amount")
    return render_template(
        "three_d_secure.html",
        amount=None if amount is None else format_amount(amount, intent["currency"]),
        last4=method["card"]["last4"] if method else None,
        merchant=merchant,
    )


def passed(form: Mapping[str, str]) -> bool | None:
    """Which of the two buttons was pressed; None when it was neither."""
    return _ANSWERS.get(form.get("challenge", ""))


@blueprint.get("/3ds/<id>")
def intent_challenge(id: str) -> ResponseReturnValue:
    """The challenge of a payment or setup intent that waits for one: where its ``next_action`` leads."""
    with world_of(_kind(id), id).work() as w:
        intent = w.need(_kind(id), id)
        if (session := checkout_payment.session_of(w, intent)) is not None:
            return redirect(url_for("pages.checkout_challenge", id=session["id"]), 303)
        if not payment_attempts.awaits_authentication(intent):
            return _nothing_to_do(_return_url(w, intent))
        return challenge(w, intent, w.world.name)


@blueprint.post("/3ds/<id>")
def answer_intent_challenge(id: str) -> ResponseReturnValue:
    """Complete or fail it, and go back to the ``return_url`` with ``redirect_status``, as Stripe does."""
    succeeded = passed(request.form)
    if succeeded is None:
        return intent_challenge(id)
    with world_of(_kind(id), id).work(site_url=site_url()) as w:
        intent = w.need(_kind(id), id)
        if (session := checkout_payment.session_of(w, intent)) is not None:
            return redirect(url_for("pages.checkout_challenge", id=session["id"]), 303)
        back = _return_url(w, intent)
        if not payment_attempts.awaits_authentication(intent):
            return _nothing_to_do(back)
        w.use_clock_of(intent["customer"])
        intent = _COMPLETE_ACTION[intent["object"]](w, intent, succeeded)
    if back is not None:
        return redirect(_with_result(back, intent), 303)
    if intent["status"] == "requires_payment_method":
        return message(200, "Authentication failed", "You can close this page.", tone="over")
    return message(200, "Authentication complete", "You can close this page.", tone="done")


def _kind(id: str) -> str:
    return "setup_intent" if id.startswith("seti_") else "payment_intent"


def _return_url(w: Work, intent: Doc) -> str | None:
    url: str | None = (w.private(intent["object"], intent["id"]) or {}).get("return_url")
    return url if url and url.startswith(("http://", "https://")) else None


def _with_result(url: str, intent: Doc) -> str:
    """The URL to come back to, with what Stripe adds to its query."""
    kind = intent["object"]
    result = {
        kind: intent["id"],
        f"{kind}_client_secret": intent["client_secret"],
        "redirect_status": "failed" if intent["status"] == "requires_payment_method" else "succeeded",
    }
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(result))))))


def _nothing_to_do(back: str | None) -> ResponseReturnValue:
    text = "This payment does not wait for an authentication, or no longer does."
    return message(410, "Nothing to authenticate", text, tone="over", link=back, link_text="Go back")
