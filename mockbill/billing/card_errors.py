"""What a card's refusal says: to the caller as a 402 error, and on an intent as its last error."""

from typing import Any

from mockbill.rules.declines import Decline
from mockbill.world import Doc, Problem

_DOCUMENTED = "https://stripe.com/docs/error-codes/"


def refused(decline: Decline, *, charge: str | None = None) -> Problem:
    """The 402 that tells of a decline.  A ``charge`` that came of it stays."""
    told: dict[str, Any] = {**decline.details(), "charge": charge}
    return Problem(
        decline.message,
        code=decline.code,
        param=decline.param,
        type="card_error",
        status=402,
        keeps=charge is not None,
        **told,
    )


def last_error(decline: Decline, method: Doc, charge: str | None = None) -> Doc:
    """A decline as ``last_payment_error`` or ``last_setup_error``: only the members that are set, by alphabet."""
    members = {
        "charge": charge,
        "code": decline.code,
        "message": decline.message,
        "param": decline.param,
        "type": "card_error",
        **decline.details(),
    }
    return _told(members, method)


def failed_authentication(code: str, message: str, method: Doc) -> Doc:
    """The last error of an intent whose 3-D Secure the customer did not pass; no charge was made."""
    return told(code, message, method)


def told(code: str, message: str, method: Doc, charge: str | None = None) -> Doc:
    """The last error of an intent that was not a card's refusal."""
    return _told({"charge": charge, "code": code, "message": message, "type": "invalid_request_error"}, method)


def problem_of(last: Doc, **extra: Any) -> Problem:
    """The error that a caller gets for an intent's last error; what was done stays done."""
    members = {name: value for name, value in last.items() if name not in ("doc_url", "payment_method_type")}
    message = members.pop("message")
    return Problem(message, status=402, keeps=True, **{**members, **extra})


def _told(members: Doc, method: Doc) -> Doc:
    told = {
        **members,
        "doc_url": _DOCUMENTED + members["code"].replace("_", "-"),
        "payment_method": method,
        "payment_method_type": method["type"],
    }
    return {name: told[name] for name in sorted(told) if told[name] is not None}
