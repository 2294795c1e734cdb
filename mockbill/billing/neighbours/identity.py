"""Verification sessions given up or forgotten; that somebody goes through one is not modelled."""

from typing import Any

from mockbill.world import Doc, Problem, Work


def cancel(w: Work, session: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/identity/verification_sessions/{session}/cancel``: ``identity.verification_session.canceled``."""
    if session["status"] != "requires_input":
        raise Problem(
            f"Only a VerificationSession with the status `requires_input` can be canceled. {session['id']} is "
            f"`{session['status']}`."
        )
    canceled = w.change(session, status="canceled", url=None, client_secret=None)
    w.emit("identity.verification_session.canceled", canceled)
    return canceled


def redact(w: Work, session: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../redact``: what was collected is removed, at once where Stripe takes up to four days.

    One that still waits for input is canceled by that; ``identity.verification_session.redacted``.
    """
    if session["redaction"] is not None:
        raise Problem(f"The VerificationSession {session['id']} has already been redacted.")
    if session["status"] == "processing":
        raise Problem(f"The VerificationSession {session['id']} cannot be redacted while it is processing.")
    if session["status"] == "requires_input":
        session = cancel(w, session, {})
    collected = {name: None for name in ("provided_details", "verified_outputs") if session.get(name)}
    redacted = w.change(session, redaction={"status": "redacted"}, **collected)
    w.emit("identity.verification_session.redacted", redacted)
    return redacted
