"""What pays an invoice or a subscription where nothing else is said (Stripe's payment method priority)."""

from typing import Any

from mockbill.billing import invoices, payment_methods
from mockbill.world import Doc, Work


def named_method(w: Work, params: dict[str, Any], customer_id: str) -> str | None:
    """The ``default_payment_method`` parameter: one of the customer's own, or none."""
    named = params.get("default_payment_method")
    return payment_methods.owned(w, named, customer_id, "default_payment_method") if named else None


def named_source(w: Work, params: dict[str, Any], customer_id: str) -> str | None:
    """The ``default_source`` parameter: a card of the older API, one of the customer's own, or none."""
    named = params.get("default_source")
    return payment_methods.owned(w, named, customer_id, "default_source") if named else None


def method_for(w: Work, invoice: Doc) -> str | None:
    """What pays an invoice: its own default, the subscription's, the customer's (Stripe's payment method priority)."""
    subscription = w.get("subscription", invoices.subscription_of(invoice))
    for id in (invoice["default_payment_method"], invoice["default_source"]):
        if id and _is_attached(w, id):
            return str(id)
    return method_of(w, subscription, invoice["customer"])


def method_of(w: Work, subscription: Doc | None, customer_id: str) -> str | None:
    """What pays for a subscription, or else for its customer."""
    customer = w.get("customer", customer_id) or {}
    named = (
        *((subscription["default_payment_method"], subscription["default_source"]) if subscription else ()),
        (customer.get("invoice_settings") or {}).get("default_payment_method"),
        customer.get("default_source"),
    )
    for id in named:
        if id and _is_attached(w, id):
            return str(id)
    return None


def _is_attached(w: Work, id: str) -> bool:
    method = w.get("payment_method", id)
    return method is not None and method["customer"] is not None
