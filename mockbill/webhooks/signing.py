"""Stripe's signature over a webhook's body, as its SDKs check it (stripe-behaviour.md 5.1)."""

import hashlib
import hmac

_FAKE_KEY = b"v0"


def sign(secret: str, body: bytes, at: int) -> str:
    """The ``Stripe-Signature`` header for these bytes: ``t=...,v1=...,v0=...``.

    ``secret`` is the whole text, ``whsec_`` included; ``at`` is wall time in seconds, because SDKs refuse signatures
    older than five minutes of it.  ``v0`` is what Stripe adds in test mode: keyed with no secret at all, so that a
    receiver that accepts it is found out.
    """
    if not secret.strip():
        raise ValueError("a webhook cannot be signed with an empty secret")
    message = b"%d.%s" % (at, body)
    genuine = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    fake = hmac.new(_FAKE_KEY, message, hashlib.sha256).hexdigest()
    return f"t={at},v1={genuine},v0={fake}"
