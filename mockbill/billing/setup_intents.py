"""Setup intents: a card saved for later, its holder present, nothing charged (stripe-behaviour.md 2.4)."""

from collections.abc import Callable
from typing import Any

from mockbill.billing import card_errors, fields, intent_parameters, payment_methods, setup_attempts
from mockbill.billing.bank_debits import accounts, mandates
from mockbill.billing.connect import naming
from mockbill.billing.payment_attempts import awaits_authentication, next_action
from mockbill.billing.storefront import confirmation_tokens
from mockbill.rules import cards
from mockbill.rules.cards import Approved, AuthenticationRequired, Declined, Outcome
from mockbill.rules.declines import Decline
from mockbill.world import Doc, Problem, Work

KIND = "setup_intent"
LISTENERS: list[Callable[[Work, Doc], None]] = []
"""Called with an intent that has succeeded, in the same unit of work."""

OTHER_WAYS: dict[str, Callable[[Work, Doc, Doc], Doc]] = {}
"""How payment methods that are no cards are saved, by their type: called with intent and payment method."""

_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_NOT_AUTHENTICATED = "The latest attempt to set up the payment method has failed because authentication failed."


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/setup_intents``, with ``confirm`` as well; Problem 402 for a card that is declined."""
    intent_parameters.refuse_later(KIND, params)
    confirmation_tokens.check_confirms(params)
    naming.check(w, params, None, "setup intents")
    params = confirmation_tokens.applied(w, params)
    customer = params.get("customer") or None
    if customer:
        w.use_clock_of(w.need("customer", customer, "customer"))
    if params.get("return_url") and not params.get("confirm"):
        raise Problem("You can only use `return_url` when confirming: set `confirm` to `true`.", param="return_url")
    method = intent_parameters.method_of(w, KIND, params, customer)
    intent = start(
        w,
        **{
            **fields.fields_of(KIND, params, {}, but=intent_parameters.OURS),
            **intent_parameters.methods_taken(w, KIND, params, method),
            "customer": customer,
            "payment_method": method["id"] if method else None,
        },
    )
    if method is not None:
        intent_parameters.check_takes(KIND, intent, method)
    return _set_up(w, intent, params) if params.get("confirm") else intent


def start(w: Work, **values: Any) -> Doc:
    """Make an intent with these fields, as subscriptions and checkout do; ``setup_intent.created``."""
    id = w.id(KIND)
    types = values.get("payment_method_types") or ["card"]
    intent = w.add(
        KIND,
        **{
            "payment_method_options": intent_parameters.options(KIND, types, None, None),
            "payment_method_types": types,
            "usage": "off_session",
            **values,
            "id": id,
            "client_secret": f"{id}_secret_{w.text(25)}",
            "metadata": values.get("metadata") or {},
            "status": "requires_confirmation" if values.get("payment_method") else "requires_payment_method",
        },
    )
    w.emit("setup_intent.created", intent)
    return intent


def update(w: Work, intent: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/setup_intents/{intent}``.  There is no event for it."""
    if intent["status"] not in _OPEN and params.keys() - {"description", "metadata"}:
        raise intent_parameters.unexpected(
            KIND, intent, f"You cannot update this SetupIntent because it has a status of {intent['status']}."
        )
    return w.change(intent, **intent_parameters.changes(w, KIND, intent, params))


def confirm(w: Work, intent: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../confirm``: try to save the card; Problem 402 for one that is declined."""
    if intent["status"] not in _OPEN:
        already = " already" if intent["status"] == "succeeded" else ""
        raise intent_parameters.unexpected(
            KIND,
            intent,
            f"You cannot confirm this SetupIntent because it has{already} {_PAST.get(intent['status'], 'ended')}.",
        )
    params = confirmation_tokens.applied(w, params)
    return _set_up(w, w.change(intent, **intent_parameters.changes(w, KIND, intent, params)), params)


_PAST = {"succeeded": "succeeded", "canceled": "been canceled"}


def cancel(w: Work, intent: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../cancel``."""
    if intent["status"] not in _OPEN:
        raise intent_parameters.unexpected(
            KIND,
            intent,
            f"You cannot cancel this SetupIntent because it has a status of {intent['status']}. Only a SetupIntent "
            f"with one of the following statuses may be canceled: {', '.join(_OPEN)}.",
        )
    intent = w.change(
        intent, cancellation_reason=params.get("cancellation_reason"), next_action=None, status="canceled"
    )
    w.emit("setup_intent.canceled", intent)
    return intent


def attempt(w: Work, intent: Doc, method_id: str) -> Doc:
    """Try to save the card now; returns the intent as it then is.  Never raises for a declined card."""
    method = w.need("payment_method", method_id, "payment_method")
    intent = w.change(intent, payment_method=method_id)
    if method["type"] != "card":
        return OTHER_WAYS[method["type"]](w, intent, method)
    return _follow(w, intent, method, _outcome(w, method, authenticated=False), authenticated=False)


def complete_action(w: Work, intent: Doc, succeeded: bool) -> Doc:
    """The customer has passed 3-D Secure, or not.  Never raises for a declined card."""
    if not awaits_authentication(intent):
        raise intent_parameters.unexpected(
            KIND, intent, f"This SetupIntent has a status of {intent['status']}; there is nothing to authenticate."
        )
    method = w.need("payment_method", intent["payment_method"], "payment_method")
    if not succeeded:
        code = "setup_intent_authentication_failure"
        return fail(w, intent, method, card_errors.failed_authentication(code, _NOT_AUTHENTICATED, method))
    return _follow(w, intent, method, _outcome(w, method, authenticated=True), authenticated=True)


def decline_problem(intent: Doc) -> Problem:
    """The error of a failed attempt, from ``last_setup_error``; the attempt stays."""
    return card_errors.problem_of(intent["last_setup_error"], setup_intent=intent)


def _set_up(w: Work, intent: Doc, params: dict[str, Any]) -> Doc:
    confirmation_tokens.use(w, params, intent)
    if intent["payment_method"] is None:
        raise intent_parameters.unexpected(
            KIND,
            intent,
            "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent with a "
            "payment method and then confirm it again.",
        )
    intent_parameters.check_return_url(KIND, intent, params)
    if return_url := params.get("return_url"):
        w.keep(KIND, intent["id"], return_url=return_url)
    method = w.need("payment_method", intent["payment_method"], "payment_method")
    if accounts.is_bank_account(method):
        mandates.agree(w, KIND, intent, method, params)
    intent = attempt(w, intent, method["id"])
    if intent["status"] == "requires_payment_method":
        raise decline_problem(intent)
    return intent


def _outcome(w: Work, method: Doc, *, authenticated: bool) -> Outcome:
    facts = payment_methods.card_facts(w, method["id"])
    return cards.set_up(cards.by_number(facts["number"]), authenticated=authenticated, cvc_given=facts["cvc"])


def _follow(w: Work, intent: Doc, method: Doc, outcome: Outcome, *, authenticated: bool) -> Doc:
    match outcome:
        case Approved():
            return succeed(w, intent, payment_methods.used(w, method), authenticated=authenticated)
        case AuthenticationRequired():
            return _await_customer(w, intent, method)
        case Declined(decline):
            return _decline(w, intent, payment_methods.used(w, method), decline)


def succeed(w: Work, intent: Doc, method: Doc, *, authenticated: bool = False) -> Doc:
    """The payment method is saved, and given to the customer: ``setup_intent.succeeded``."""
    try_ = setup_attempts.record(w, intent, method, "succeeded", authenticated=authenticated)
    if intent["usage"] == "off_session" and method["type"] == "card":
        w.keep("card", method["id"], set_up=True)
    intent = w.change(intent, last_setup_error=None, latest_attempt=try_["id"], next_action=None, status="succeeded")
    w.emit("setup_intent.succeeded", intent)
    if intent["customer"] is not None and method["customer"] is None:
        payment_methods.join(w, method, intent["customer"])
    for listener in LISTENERS:
        listener(w, intent)
    return intent


def _await_customer(w: Work, intent: Doc, method: Doc) -> Doc:
    return_url = (w.private(KIND, intent["id"]) or {}).get("return_url")
    try_ = setup_attempts.record(w, intent, method, "requires_action")
    intent = w.change(
        intent,
        last_setup_error=None,
        latest_attempt=try_["id"],
        next_action=next_action(w, intent, return_url),
        status="requires_action",
    )
    w.emit("setup_intent.requires_action", intent)
    return intent


def _decline(w: Work, intent: Doc, method: Doc, decline: Decline) -> Doc:
    return fail(w, intent, method, card_errors.last_error(decline, method))


def fail(w: Work, intent: Doc, method: Doc, error: Doc) -> Doc:
    """The try has failed, with this last error: ``setup_intent.setup_failed``."""
    try_ = setup_attempts.record(w, intent, method, "failed", error=error)
    intent = w.change(
        intent,
        last_setup_error=error,
        latest_attempt=try_["id"],
        next_action=None,
        payment_method=None,
        status="requires_payment_method",
    )
    w.emit("setup_intent.setup_failed", intent)
    return intent
