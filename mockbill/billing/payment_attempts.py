"""One try at paying a payment intent: what the card decides, and the charge, events and saved card that follow."""

from collections.abc import Callable

from mockbill.billing import card_errors, charges, declining, payment_methods
from mockbill.billing.bank_transfers import cash_balance
from mockbill.rules import cards
from mockbill.rules.cards import Approved, AuthenticationRequired, Declined, Outcome
from mockbill.rules.declines import AUTHENTICATION_REQUIRED, Decline
from mockbill.world import Doc, Problem, Work

LISTENERS: list[Callable[[Work, Doc], None]] = []
"""Called with an intent that changed its status by itself (confirmed, captured, authenticated, canceled), in the
same unit of work.  Not called by ``attempt``, whose caller has the new intent in hand."""

OTHER_WAYS: dict[str, Callable[[Work, Doc, Doc], Doc]] = {}
"""How payment methods that are no cards pay, by their type: called with intent and payment method by ``attempt``."""

_NOT_AUTHENTICATED = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod "
    "to attempt to fulfill this PaymentIntent again."
)

_ACTION_REFUSED = Decline(
    "authentication_required",
    "authentication_required",
    "This payment required an authentication action to complete, but `error_on_requires_action` was set. When you're "
    "ready, you can upgrade your integration to handle actions at "
    "https://stripe.com/docs/payments/payment-intents/upgrade-to-handle-actions.",
)


def attempt(
    w: Work,
    intent: Doc,
    *,
    method_id: str,
    off_session: bool,
    waits_for_action: bool = False,
    fails_on_action: bool = False,
    emit_charge_updated: bool = True,
) -> Doc:
    """Try to pay now; returns the intent as it then is: succeeded, processing, requires_capture, requires_action, or
    requires_payment_method with its ``last_payment_error``.  Never raises for a declined card.

    ``waits_for_action``: where the holder has to authenticate but is not there, wait for that instead of declining,
    as invoices do.  ``fails_on_action`` is ``error_on_requires_action``.  Without ``emit_charge_updated`` the caller
    calls ``settle`` after its own events.
    """
    method = w.need("payment_method", method_id, "payment_method")
    kept = w.private("payment_intent", intent["id"]) or {}
    if kept and method["type"] != payment_methods.CASH:
        cash_balance.give_back(w, intent)  # it is paid otherwise, and whole
    if method["type"] != "card":
        return OTHER_WAYS[method["type"]](w, intent, method)
    outcome = _outcome(w, intent, method, off_session=off_session, authenticated=kept.get("authenticated", False))
    if waits_for_action and outcome == Declined(AUTHENTICATION_REQUIRED):
        outcome = AuthenticationRequired()
    if fails_on_action and outcome == AuthenticationRequired():
        return fail(w, intent, card_errors.last_error(_ACTION_REFUSED, method))
    intent = _follow(w, intent, method, outcome, authenticated=kept.get("authenticated", False))
    return settle(w, intent) if emit_charge_updated else intent


def complete_action(w: Work, intent: Doc, succeeded: bool) -> Doc:
    """The customer has passed 3-D Secure, or not: the payment goes on or fails.  Never raises for a declined card."""
    if not awaits_authentication(intent):
        raise Problem(
            f"This PaymentIntent has a status of {intent['status']}; there is nothing to authenticate.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    method = w.need("payment_method", intent["payment_method"], "payment_method")
    if not succeeded:
        intent = _not_authenticated(w, intent, method)
    elif intent["confirmation_method"] == "manual":
        w.keep("payment_intent", intent["id"], authenticated=True)
        intent = w.change(intent, next_action=None, status="requires_confirmation")
    else:
        outcome = _outcome(w, intent, method, off_session=False, authenticated=True)
        intent = _follow(w, intent, method, outcome, authenticated=True)
    return tell(w, intent)


def awaits_authentication(intent: Doc) -> bool:
    """Whether an intent waits for its customer to pass 3-D Secure (and not, say, for micro-deposits)."""
    action = (intent["next_action"] or {}).get("type")
    return intent["status"] == "requires_action" and action in ("redirect_to_url", "use_stripe_sdk")


def tell(w: Work, intent: Doc) -> Doc:
    """Let the listeners know; ``charge.updated`` comes after what they do."""
    for listener in LISTENERS:
        listener(w, intent)
    return settle(w, w.need("payment_intent", intent["id"]))


def settle(w: Work, intent: Doc) -> Doc:
    """The balance transaction of an asynchronously captured charge, with ``charge.updated``; once.

    Stripe sends that event about two seconds later; here it is the last one of the same unit of work.
    """
    charge = w.get("charge", intent["latest_charge"])
    if charge is not None and charge["captured"] and charge["paid"] and charge["balance_transaction"] is None:
        w.emit("charge.updated", charges.settle(w, charge), charge)
    return intent


def canceled(w: Work, intent: Doc, reason: str | None) -> Doc:
    """The intent canceled, whatever it held released by the caller: ``payment_intent.canceled``."""
    intent = w.change(
        intent,
        amount_capturable=0,
        canceled_at=w.now,
        cancellation_reason=reason,
        next_action=None,
        status="canceled",
    )
    w.emit("payment_intent.canceled", intent)
    return intent


def decline_problem(intent: Doc) -> Problem:
    """The error of a failed attempt, from ``last_payment_error``; the failed charge stays."""
    return card_errors.problem_of(intent["last_payment_error"], payment_intent=intent)


def _outcome(w: Work, intent: Doc, method: Doc, *, off_session: bool, authenticated: bool) -> Outcome:
    if (decline := declining.by_fault(w, intent["id"], intent["customer"])) is not None:
        asks = decline is AUTHENTICATION_REQUIRED and not (off_session or authenticated)
        return AuthenticationRequired() if asks else Declined(decline)
    facts = payment_methods.card_facts(w, method["id"])
    options = (intent["payment_method_options"] or {}).get("card") or {}
    return cards.authorize(
        cards.by_number(facts["number"]),
        off_session=off_session,
        authenticated=authenticated or facts.get("authenticated", False),  # as a source, before this
        set_up=facts["set_up"],
        cvc_given=facts["cvc"],
        three_d_secure_requested=options.get("request_three_d_secure") in ("any", "challenge"),
    )


def _follow(w: Work, intent: Doc, method: Doc, outcome: Outcome, *, authenticated: bool) -> Doc:
    match outcome:
        case Approved():
            return _approve(w, intent, payment_methods.used(w, method), authenticated)
        case AuthenticationRequired():
            return _await_customer(w, intent, method)
        case Declined(decline):
            return _decline(w, intent, payment_methods.used(w, method), decline)


def _approve(w: Work, intent: Doc, method: Doc, authenticated: bool) -> Doc:
    asked = (intent["payment_method_options"] or {}).get("card") or {}
    manual = "manual" in (intent["capture_method"], asked.get("capture_method"))
    charge = charges.authorized(
        w,
        charges.of_intent(w, intent),
        method,
        captured=not manual,
        settled=intent["capture_method"] == "automatic",
        three_d_secure=_passed(w, intent) if authenticated else None,
        asked=asked if manual else None,
    )
    w.emit("charge.succeeded", charge)
    _save(w, intent, method, asked.get("setup_future_usage") or intent["setup_future_usage"])
    intent = w.change(
        intent,
        amount_capturable=intent["amount"] if manual else 0,
        amount_received=0 if manual else intent["amount"],
        last_payment_error=None,
        latest_charge=charge["id"],
        next_action=None,
        payment_method=method["id"],
        transfer_group=charge["transfer_group"],
        status="requires_capture" if manual else "succeeded",
    )
    w.emit("payment_intent.amount_capturable_updated" if manual else "payment_intent.succeeded", intent)
    return intent


def _save(w: Work, intent: Doc, method: Doc, usage: str | None) -> None:
    """What ``setup_future_usage`` asks for; a card of nobody that was not saved cannot be used again."""
    if usage in (None, "none"):
        if method["customer"] is None:
            payment_methods.spend(w, method)
        return
    if usage == "off_session":
        w.keep("card", method["id"], set_up=True)
    if intent["customer"] is not None and method["customer"] is None:
        payment_methods.join(w, method, intent["customer"])


def _decline(w: Work, intent: Doc, method: Doc, decline: Decline) -> Doc:
    charge = charges.declined(w, charges.of_intent(w, intent), method, decline)
    w.emit("charge.failed", charge)
    return fail(w, w.change(intent, latest_charge=charge["id"]), card_errors.last_error(decline, method, charge["id"]))


def _not_authenticated(w: Work, intent: Doc, method: Doc) -> Doc:
    code = "payment_intent_authentication_failure"
    return fail(w, intent, card_errors.failed_authentication(code, _NOT_AUTHENTICATED, method))


def fail(w: Work, intent: Doc, error: Doc) -> Doc:
    """The attempt has failed, with this last error: ``payment_intent.payment_failed``."""
    intent = w.change(
        intent, last_payment_error=error, next_action=None, payment_method=None, status="requires_payment_method"
    )
    w.emit("payment_intent.payment_failed", intent)
    return intent


def _await_customer(w: Work, intent: Doc, method: Doc) -> Doc:
    return_url = (w.private("payment_intent", intent["id"]) or {}).get("return_url")
    intent = w.change(
        intent,
        last_payment_error=None,
        next_action=next_action(w, intent, return_url),
        payment_method=method["id"],
        status="requires_action",
    )
    w.emit("payment_intent.requires_action", intent)
    return intent


def next_action(w: Work, intent: Doc, return_url: str | None) -> Doc:
    """Where the customer authenticates: a redirect when there is a URL to come back to, else Stripe.js's business."""
    url = f"{w.site_url}/3ds/{intent['id']}"
    if return_url:
        return {"redirect_to_url": {"return_url": return_url, "url": url}, "type": "redirect_to_url"}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": {"stripe_js": url, "type": "three_d_secure_redirect"}}


def _passed(w: Work, intent: Doc) -> Doc:
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": w.world.ids.digest(f"{intent['id']}/3ds", 24),
        "version": "2.2.0",
    }
