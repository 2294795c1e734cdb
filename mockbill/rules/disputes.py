"""Disputes: what one costs, until when it can be answered, and what decides it in test mode.

Sources: stripe-behaviour.md 2.6, 4.4.  Not established there, and so easy to change here: the fee in other currencies
than USD, the hour of ``due_by``, and after how long an inquiry that led to nothing is closed.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from mockbill.rules.money import exponent
from mockbill.rules.periods import DAY

_DAYS_TO_ANSWER = 9
_DAYS_OF_AN_INQUIRY = 120

Verdict = Literal["won", "lost", "escalated"]

_VERDICTS: Mapping[str, Verdict] = MappingProxyType(
    {"winning_evidence": "won", "losing_evidence": "lost", "escalate_inquiry_evidence": "escalated"}
)

INQUIRIES = frozenset({"warning_needs_response", "warning_under_review", "warning_closed"})
UNDECIDED = frozenset({"needs_response", "under_review"})
ANSWERABLE: Mapping[str, str] = MappingProxyType(
    {"needs_response": "under_review", "warning_needs_response": "warning_under_review"}
)
"""Statuses in which evidence may be submitted, and what each becomes by it."""

_VISA_CODES: Mapping[str, str] = MappingProxyType(
    {
        "credit_not_processed": "13.7",
        "duplicate": "12.6.1",
        "fraudulent": "10.4",
        "product_not_received": "13.1",
        "product_unacceptable": "13.3",
        "subscription_canceled": "13.2",
    }
)


def fee(currency: str) -> int:
    """What Stripe takes for a dispute that withdraws funds, in minor units: $15, and fifteen of any other currency.

    It is not returned when the dispute is won.
    """
    return int(15 * 10 ** exponent(currency))


def due_by(opened: int) -> int:
    """The last second in which evidence counts: the end of the ninth day (UTC) after the one it was opened on."""
    return int(opened - opened % DAY + (_DAYS_TO_ANSWER + 1) * DAY - 1)


def next_moment(status: str, opened: int, due: int) -> int | None:
    """When time alone decides it: a dispute that nobody answers is lost, an inquiry that leads to nothing is closed."""
    if status == "needs_response":
        return due + 1
    if status in ("warning_needs_response", "warning_under_review"):
        return opened + _DAYS_OF_AN_INQUIRY * DAY
    return None


def verdict(text: str | None) -> Verdict | None:
    """What ``evidence[uncategorized_text]`` makes of a dispute in test mode; None leaves it with the bank."""
    return _VERDICTS.get(text or "")


def closed_as(status: str, verdict: Verdict) -> str:
    """The status in which it ends: inquiries are closed either way, and nobody's money moves."""
    return "warning_closed" if status in INQUIRIES else verdict


def network_reason_code(network: str, reason: str) -> str | None:
    """The code of the card network for a reason; only Visa's are known here."""
    return _VISA_CODES.get(reason) if network == "visa" else None
