"""A customer's payment methods in the portal: added by a setup intent, made the default, removed (3.20)."""

from mockbill.billing import customers, detaching, setup_intents, subscription_status, subscription_updates
from mockbill.billing.portal import actions
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing

_FEATURE = "payment_method_update"


def add(w: Work, session: Doc, method: str, return_url: str, *, default: bool) -> Doc:
    """The setup intent of a payment method that is added: it has succeeded, or waits for 3-D Secure.

    Problem 402 for a card that is declined.  ``return_url`` is where a challenge leads to; who comes back from it calls
    ``added``.
    """
    actions.allowed(w, session, _FEATURE)
    asked = {"confirm": True, "customer": session["customer"], "payment_method": method, "return_url": return_url}
    intent = setup_intents.create(w, asked)
    if intent["status"] == "succeeded" and default:
        make_default(w, session, intent["payment_method"])
    return intent


def added(w: Work, session: Doc, intent: str, *, default: bool) -> bool:
    """After a challenge: whether the payment method is the customer's now."""
    actions.allowed(w, session, _FEATURE)
    found = w.get("setup_intent", intent)
    if found is None or found["customer"] != session["customer"] or found["status"] != "succeeded":
        return False
    if default:
        make_default(w, session, found["payment_method"])
    return True


def make_default(w: Work, session: Doc, id: str) -> Doc:
    """What all invoices are paid with: subscriptions that named another payment method no longer do."""
    actions.allowed(w, session, _FEATURE)
    method = _own(w, session, id)
    customer = w.need("customer", session["customer"])
    if customer["invoice_settings"]["default_payment_method"] != id:
        customer = customers.update(w, customer, {"invoice_settings": {"default_payment_method": id}})
    for subscription in w.find("subscription", customer=customer["id"]):
        if subscription["status"] not in subscription_status.ENDED and subscription["default_payment_method"]:
            subscription_updates.update(w, subscription, {"default_payment_method": ""})
    return method


def remove(w: Work, session: Doc, id: str) -> Doc:
    """Detached from the customer; not the default one, by which subscriptions are paid."""
    actions.allowed(w, session, _FEATURE)
    method = _own(w, session, id)
    customer = w.need("customer", session["customer"])
    if customer["invoice_settings"]["default_payment_method"] == id:
        raise Problem("The default payment method cannot be removed. Make another one the default first.")
    return detaching.detach(w, method, {})


def _own(w: Work, session: Doc, id: str) -> Doc:
    method = w.get("payment_method", id)
    if method is None or method["customer"] != session["customer"]:
        raise missing("payment_method", id, "id")
    return method
