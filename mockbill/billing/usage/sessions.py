"""Meter event sessions: tokens by which many events can be sent at a time, for fifteen minutes each."""

from mockbill.world import Doc, Problem, Work, World

PREFIX = "mes_test_"
LASTS = 900  # seconds


def create(w: Work) -> Doc:
    """A session, with ``created`` and ``expires_at`` in seconds."""
    token = PREFIX + w.text(48)
    session = {"authentication_token": token, "created": w.now, "expires_at": w.now + LASTS}
    w.keep("meter_session", token, **session)
    return {**session, "id": f"mes_test_{w.text(24)}"}


def check(world: World, token: str) -> None:
    """Problem for a session that is over."""
    session = world.fetch("_meter_session", token)
    if session is None or session["expires_at"] <= world.time(None):
        raise Problem(
            "The meter event session has expired. Create a new one to send more events.",
            code="billing_meter_event_session_expired",
            type="temporary_session_expired",
        )
