"""Paying a checkout session: what its page, the control API and scripts do with a card (stripe-behaviour.md 3.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mockbill.billing import (
    card_errors,
    checkout,
    checkout_amounts,
    checkout_discounts,
    checkout_items,
    customers,
    payment_attempts,
    payment_intents,
    payment_methods,
    setup_intents,
)
from mockbill.billing.bank_debits import accounts, mandates, payments
from mockbill.billing.checkout_subscription import start_subscription
from mockbill.billing.connect import terms
from mockbill.billing.payment_links import visits
from mockbill.rules import emails
from mockbill.rules.bank_debits import SCHEMES
from mockbill.world import Doc, Problem, Work

# The order in which Stripe was recorded to tell of a completed session; a type that is not here keeps its place.
ORDER = (
    "payment_intent.created",
    "setup_intent.created",
    "setup_intent.succeeded",
    "charge.succeeded",
    "charge.pending",
    "payment_method.attached",
    "customer.created",
    "customer.updated",
    "payment_intent.succeeded",
    "payment_intent.processing",
    "customer.discount.created",
    "customer.subscription.created",
    "invoice.created",
    "invoice.finalized",
    "customer.discount.deleted",
    "customer.subscription.updated",
    "invoice.updated",
    "invoice.paid",
    "invoice.payment_succeeded",
    "checkout.session.completed",
    "customer.subscription.trial_will_end",
    "invoice_payment.paid",
    "charge.updated",
)


_GOOD = ("succeeded", "requires_capture", "processing")  # of an intent whose session is complete


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays: what the page asks for.  ``method`` is the id of a payment method that is not attached yet.

    ``amount``, in minor units, is what the customer chose where the price leaves that open.
    """

    method: str
    email: str | None = None
    name: str | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt.

    ``status`` is the session's (``open``, ``complete``) or ``requires_action``; ``redirect_to`` is where the page
    leads next; ``error`` is the card's refusal as ``{"code", "decline_code", "message"}``.
    """

    status: str
    redirect_to: str | None = None
    error: Doc | None = None


def pay(w: Work, session: Doc, payer: Payer) -> Outcome:
    """Pay an open session.  A declined card leaves it open and says why; a GET must never come here."""
    check_open(session)
    w.use_clock_of(session["customer"])
    _check_payer(w, session, payer)
    _check_type(w, session, payer)
    session = checkout_amounts.reckoned(w, checkout_items.chosen_amount(w, session, payer.amount))
    w.keep("checkout", session["id"], payer={"method": payer.method, "email": payer.email, "name": payer.name})
    return _advance(w, session, payer, lambda intent, kind: _attempt(w, intent, kind, payer.method))


def confirm(w: Work, session: Doc, params: dict[str, Any]) -> Doc:
    """Pay with a payment method that says whose it is: ``POST /v1/payment_pages/{session}/confirm``, as the page does.

    No documentation has it.  ``expected_amount`` is what the customer has seen.  A refused payment is the error of the
    call, and is recorded; the session of one that waits for an authentication is answered open.
    """
    check_open(session)
    method = payment_methods.instantiate(w, params["payment_method"], "payment_method")
    if params.get("expected_amount", session["amount_total"]) != session["amount_total"]:
        raise Problem(
            "The amount of this Checkout Session has changed since it was shown.",
            code="checkout_amount_mismatch",
            param="expected_amount",
        )
    whose = method["billing_details"]
    outcome = pay(w, session, Payer(method["id"], whose["email"], whose["name"]))
    if outcome.error is not None:
        intent = intent_of(w, session)
        assert intent is not None  # an attempt has made it
        last = intent.get("last_payment_error") or intent["last_setup_error"]
        raise card_errors.problem_of(last, **{intent["object"]: intent})
    return w.need("checkout.session", session["id"])


def authenticate(w: Work, session: Doc, succeeded: bool) -> Outcome:
    """The customer has finished, or failed, the 3-D Secure challenge of a session."""
    check_open(session)
    w.use_clock_of(session["customer"])
    kept = w.private("checkout", session["id"]) or {}
    if not kept.get("payer") or not waits_for_action(w, session):
        raise Problem("This Checkout Session does not wait for an authentication.")

    def complete(intent: Doc, kind: str) -> Doc:
        verbs = {"payment_intent": payment_attempts.complete_action, "setup_intent": setup_intents.complete_action}
        return verbs[kind](w, intent, succeeded)

    return _advance(w, session, Payer(**kept["payer"]), complete)


def waits_for_action(w: Work, session: Doc) -> bool:
    """Whether the session's intent waits for a 3-D Secure challenge."""
    intent = intent_of(w, session)
    return intent is not None and payment_attempts.awaits_authentication(intent)


def intent_of(w: Work, session: Doc) -> Doc | None:
    """The payment or setup intent with which a session is being paid, once there is one."""
    kept = w.private("checkout", session["id"]) or {}
    id = session["setup_intent"] or kept.get("intent")
    if not id:
        return None
    return w.get("setup_intent" if id.startswith("seti_") else "payment_intent", id)


def session_of(w: Work, intent: Doc) -> Doc | None:
    """The checkout session that an intent is paying, if it is one's: its page then finishes what a challenge began."""
    if intent["object"] == "setup_intent" and (found := w.find("checkout.session", setup_intent=intent["id"])):
        return found[0]
    kept = w.find("_checkout", intent=intent["id"])
    return w.get("checkout.session", kept[0]["id"]) if kept else None


def on_intent(w: Work, intent: Doc) -> None:
    """A bank has answered: ``checkout.session.async_payment_succeeded`` or ``_failed`` (stripe-behaviour.md 3.2)."""
    if intent["object"] != "payment_intent" or not payments.took_time(w, intent):
        return
    session = session_of(w, intent)
    if session is None or session["status"] != "complete" or session["payment_status"] != "unpaid":
        return
    if intent["status"] == "succeeded":
        w.emit("checkout.session.async_payment_succeeded", w.change(session, payment_status="paid"))
    elif intent["status"] == "requires_payment_method":
        w.emit("checkout.session.async_payment_failed", session)


def check_open(session: Doc) -> None:
    """Problem where a session can no longer be paid."""
    if session["status"] != "open":
        raise Problem(f"This Checkout Session is {session['status']}: it can no longer be paid.")


def _advance(w: Work, session: Doc, payer: Payer, act: Callable[[Doc, str], Doc]) -> Outcome:
    mark = len(w.events)
    intent = intent_of(w, session) or _start(w, session)
    if intent["object"] == "payment_intent" and intent["amount"] != session["amount_total"]:
        # It was chosen anew after a card was declined.
        intent = w.change(intent, amount=session["amount_total"], **_terms(w, session))
    intent, customer = _tried(w, session, intent, payer, act)
    if intent["status"] == "requires_action":
        return Outcome("requires_action", f"{w.site_url}/c/pay/{session['id']}/authenticate")
    if intent["status"] not in _GOOD:
        return Outcome("open", error=_told(intent))
    completed = _complete(w, session, intent, customer, payer)
    w.arrange_events(mark, ORDER)
    return Outcome("complete", checkout.success_url(completed))


def _start(w: Work, session: Doc) -> Doc:
    """The intent of the first attempt: a payment intent, or a setup intent where nothing is due today."""
    asked = checkout.asked(w, session)
    if session["amount_total"]:
        data: dict[str, Any] = dict(asked.get("payment_intent_data") or {})
        if session["mode"] == "subscription":
            data = {
                "setup_future_usage": "off_session",
                "description": "Subscription creation",
                **_terms(w, session),
            }
        intent = payment_intents.start(
            w,
            **{
                "amount": session["amount_total"],
                "currency": session["currency"],
                "customer": session["customer"],
                "capture_method": "automatic" if session["mode"] == "subscription" else "automatic_async",
                "payment_method_types": session["payment_method_types"],
                **data,
            },
        )
    else:
        intent = setup_intents.start(
            w,
            customer=session["customer"],
            payment_method_types=session["payment_method_types"],
            usage="off_session",
        )
    w.keep("checkout", session["id"], intent=intent["id"])
    return intent


def _terms(w: Work, session: Doc) -> dict[str, Any]:
    """What the first payment of a subscription is told of connected accounts."""
    if session["mode"] != "subscription":
        return {}
    return terms.of_payment(checkout.asked(w, session).get("subscription_data") or {}, session["amount_total"])


def _tried(w: Work, session: Doc, intent: Doc, payer: Payer, act: Callable[[Doc, str], Doc]) -> tuple[Doc, Doc | None]:
    """Act on the intent with the customer that success would make; unless it succeeds there is no such customer."""
    kind = intent["object"]
    if session["customer"] or not _makes_customer(w, session):
        return act(intent, kind), w.get("customer", session["customer"])
    point = w.savepoint()
    customer = customers.create(w, {"email": _email(session, payer), "name": payer.name})
    result = act(w.change(intent, customer=customer["id"]), kind)
    if result["status"] in _GOOD:
        return result, customer
    w.back_to(point)
    return act(intent, kind), None


def _attempt(w: Work, intent: Doc, kind: str, method: str) -> Doc:
    account = w.need("payment_method", method)
    if accounts.is_bank_account(account):
        mandates.agree_on_page(w, kind, intent, account)
    if kind == "setup_intent":
        return setup_intents.attempt(w, intent, method_id=method)
    return payment_attempts.attempt(w, intent, method_id=method, off_session=False)


def _makes_customer(w: Work, session: Doc) -> bool:
    """Subscriptions belong to somebody; a payment makes a customer when asked to, or when the card is kept."""
    if session["mode"] == "subscription":
        return True
    keeps = (checkout.asked(w, session).get("payment_intent_data") or {}).get("setup_future_usage")
    return session["mode"] == "payment" and (session["customer_creation"] == "always" or bool(keeps))


def _complete(w: Work, session: Doc, intent: Doc, customer: Doc | None, payer: Payer) -> Doc:
    fields: dict[str, Any] = {}
    if session["mode"] == "subscription":
        assert customer is not None  # _makes_customer says so
        subscription = start_subscription(w, session, customer, intent)
        fields = {"subscription": subscription["id"], "invoice": subscription["latest_invoice"]}
    elif session["mode"] == "payment":
        checkout_discounts.redeem(w, session, customer)
        fields = {"payment_intent": intent["id"]} if intent["object"] == "payment_intent" else {}
    completed = w.change(
        session,
        status="complete",
        url=None,
        customer=customer["id"] if customer else session["customer"],
        customer_details=checkout.details(
            _email(session, payer), payer.name, (customer or {}).get("tax_exempt", "none")
        ),
        payment_status=_payment_status(session, intent),
        **fields,
    )
    w.emit("checkout.session.completed", completed)
    if completed["payment_link"]:
        visits.note_completion(w, completed)
    return completed


def _payment_status(session: Doc, intent: Doc) -> str:
    if session["mode"] == "setup" or not session["amount_total"]:
        return "no_payment_required"
    return "paid" if intent["status"] == "succeeded" else "unpaid"


def _email(session: Doc, payer: Payer) -> str | None:
    """A known address is locked on the page."""
    return (session["customer_details"] or {}).get("email") or payer.email


def _check_payer(w: Work, session: Doc, payer: Payer) -> None:
    if not _email(session, payer) and session["mode"] != "setup":
        raise Problem("Enter your email address.", code="parameter_missing", param="email")
    if payer.email and not emails.has_shape(payer.email):
        raise Problem(f"Invalid email address: {payer.email}", code="email_invalid", param="email")
    w.need("payment_method", payer.method, "payment_method")


def takes(w: Work, session: Doc, type: str) -> bool:
    """Whether a session takes a type of payment methods: those that it names, or cards and debits in its currency."""
    named = checkout.asked(w, session).get("payment_method_types")
    scheme = SCHEMES.get(type)
    if named and (type not in named or session["mode"] == "setup"):
        return type in named
    return type == "card" or (scheme is not None and scheme.currency == session["currency"])


def _check_type(w: Work, session: Doc, payer: Payer) -> None:
    type = w.need("payment_method", payer.method)["type"]
    if not takes(w, session, type):
        raise Problem(
            f"This Checkout Session cannot be paid with a payment method of type {type}.", param="payment_method"
        )


def _told(intent: Doc) -> Doc:
    error = intent.get("last_payment_error") or intent.get("last_setup_error") or {}
    return {name: error.get(name) for name in ("code", "decline_code", "message") if error.get(name)}
