"""Ephemeral keys: an hour's access to one customer, for a mobile app whose SDK asks the shop's server for one."""

import base64
import binascii
from typing import Any

from mockbill.billing import unmodelled
from mockbill.world import Doc, Problem, Work

PREFIX = "ek_test_"
LIFETIME = 3_600  # seconds (Stripe's hour)
_OTHERS = ("issuing_card", "nonce", "verification_session")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/ephemeral_keys`` for a customer.

    Stripe wants a ``Stripe-Version`` header with it (that of the app's SDK); without one the account's version counts.
    """
    unmodelled.refuse(params, _OTHERS, "ephemeral keys")
    if not params.get("customer"):
        raise Problem("Missing required param: customer.", code="parameter_missing", param="customer")
    customer = w.need("customer", params["customer"], "customer")
    w.use_clock_of(customer)
    secret = PREFIX + base64.urlsafe_b64encode(f"{w.world.account_id},{w.text(32)}".encode()).decode()
    key = w.add("ephemeral_key", expires=w.now + LIFETIME)
    w.keep("ephemeral_key", key["id"], customer=customer["id"])
    w.keep("ephemeral_secret", secret, key=key["id"])
    # The secret is told here and never again.  Stripe's apps will not read a key that does not say whose it is.
    return {**key, "associated_objects": [{"id": customer["id"], "type": "customer"}], "secret": secret}


def delete(w: Work, key: Doc) -> Doc:
    """``DELETE /v1/ephemeral_keys/{key}``: it opens nothing any more."""
    w.remove(key)
    return {**key, "expires": w.now}


def account_of(secret: str) -> str | None:
    """The id of the account that a secret was made by; None for what is no such secret."""
    try:
        text = base64.urlsafe_b64decode(secret.removeprefix(PREFIX)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return text.partition(",")[0] or None


def customer_of(w: Work, secret: str) -> str | None:
    """The customer whom a secret opens; None where it is unknown, deleted or past its hour."""
    kept = w.private("ephemeral_secret", secret)
    key = w.get("ephemeral_key", kept["key"]) if kept else None
    if key is None:
        return None
    owner = w.private("ephemeral_key", key["id"]) or {}
    w.use_clock_of(owner["customer"])
    return str(owner["customer"]) if w.now < key["expires"] else None
