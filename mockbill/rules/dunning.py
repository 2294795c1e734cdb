"""Dunning: when a failed renewal is tried again, which declines are worth it, and what follows the last try."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import Literal, get_args

from mockbill.rules.declines import DECLINES
from mockbill.rules.periods import DAY, HOUR, WEEK

EndAction = Literal["cancel", "unpaid", "past_due", "pause"]
END_ACTIONS: tuple[EndAction, ...] = get_args(EndAction)
InvoiceEnd = Literal["open", "uncollectible"]
INVOICE_ENDS: tuple[InvoiceEnd, ...] = get_args(InvoiceEnd)

# Trying these again cannot help; Stripe waits for another payment method.
HARD_DECLINES = frozenset(
    {
        "authentication_required",
        "highest_risk_level",
        "incorrect_number",
        "lost_card",
        "pickup_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "stolen_card",
        "transaction_not_allowed",
    }
)

_UNITS = {"h": HOUR, "d": DAY, "w": WEEK}  # seconds
_WINDOWS = {"1w": WEEK, "2w": 2 * WEEK, "3w": 3 * WEEK, "1m": 30 * DAY, "2m": 60 * DAY}  # Stripe's, in seconds
_SMART = "8 in 2w"  # what Stripe recommends, and has where nobody chose


@dataclass(frozen=True, slots=True)
class Policy:
    """``waits`` are the seconds from each failed attempt to the next; the rest is what follows when they are used up.

    ``end`` is what becomes of the subscription, None where there is none; ``invoice`` what the invoice is then:
    ``open`` leaves it to be paid by hand, ``uncollectible`` writes it off.
    """

    waits: tuple[int, ...] = (3 * DAY, 5 * DAY, 7 * DAY)
    end: EndAction | None = "cancel"
    invoice: InvoiceEnd = "open"

    def __str__(self) -> str:
        waits = ",".join(f"{wait // HOUR}h" if wait % DAY else f"{wait // DAY}d" for wait in self.waits)
        written_off = [] if self.invoice == "open" else [self.invoice]
        return ":".join([waits, self.end, *written_off] if self.end else [waits or "none", *written_off])


DEFAULT = Policy()
NEVER = Policy((), None)


def next_attempt(policy: Policy, attempt_count: int, failed_at: int) -> int | None:
    """When to try again after attempt number ``attempt_count`` (the first is 1) failed; None when it was the last."""
    if not 1 <= attempt_count <= len(policy.waits):
        return None
    return failed_at + policy.waits[attempt_count - 1]


def is_retried(decline_code: str | None, hard: frozenset[str] = HARD_DECLINES) -> bool:
    """Whether the same card is worth another try after this decline (``hard`` is by default Stripe's list).

    The schedule runs on after a hard decline, but it charges only a payment method that is new.
    """
    return decline_code not in hard


def sent_invoice_end(due_date: int | None, days: int) -> int | None:
    """When a sent invoice that is still open brings the end action: ``days`` after it was due; 0 days is never."""
    return due_date + days * DAY if due_date is not None and days else None


def spread(tries: int, window: int) -> tuple[int, ...]:
    """Waits of whole hours that spread ``tries`` evenly over a window of seconds; the last falls on its end.

    Stripe's Smart Retries choose their times by what they have learned; these are the same every time.
    """
    hours = window // HOUR
    at = [hours * number // tries for number in range(tries + 1)]
    return tuple((later - earlier) * HOUR for earlier, later in pairwise(at))


def parse(text: str) -> Policy:
    """A policy: waits, what becomes of the subscription, and, if it is not to stay open, of the invoice.

    ``3d,5d,7d:cancel``, ``12h,2d:pause:uncollectible``, ``smart:unpaid`` (8 tries in 2 weeks), ``4 in 1w:past_due``;
    without retries ``:unpaid``, without an end action cancel.  Raises ValueError that says which part is wrong and
    how it should look.
    """
    waits, end, invoice = _parts(text, 3)
    return Policy(_waits(waits), _end(end or "cancel"), _invoice_end(invoice))


def parse_retries(text: str) -> Policy:
    """The retries of invoices that no subscription made: ``none``, ``3d,5d`` or ``smart:uncollectible``."""
    waits, invoice = _parts(text, 2)
    return Policy(_waits("" if waits == "none" else waits), None, _invoice_end(invoice))


def parse_declines(text: str) -> frozenset[str]:
    """Decline codes between commas, or ``none``: those that the same card is not tried again after."""
    codes = frozenset() if text == "none" else frozenset(code.strip() for code in text.split(",") if code.strip())
    for code in sorted(codes - DECLINES.keys()):
        raise ValueError(f"{code!r} is no decline code{_hint(code, tuple(DECLINES))}")
    return codes


def _parts(text: str, most: int) -> list[str]:
    parts = [part.strip() for part in text.split(":")]
    if len(parts) > most:
        raise ValueError(f"{':'.join(parts[most:])!r} is too much: there are {most} parts, with colons between them")
    return parts + [""] * (most - len(parts))


def _waits(text: str) -> tuple[int, ...]:
    if match := re.fullmatch(r"(\d{1,2})\s*in\s*(\w+)", _SMART if text == "smart" else text, re.ASCII):
        return _spread(match[1], match[2])
    return tuple(_wait(part.strip()) for part in text.split(",")) if text else ()


def _wait(text: str) -> int:
    match = re.fullmatch(r"(\d{1,4})([hdw]?)", text, re.ASCII)
    if match is None or int(match[1]) == 0:
        raise ValueError(f'{text!r} is no wait between two attempts: write hours, days or weeks, such as "12h" or "3d"')
    return int(match[1]) * _UNITS[match[2] or "d"]


def _spread(tries: str, window: str) -> tuple[int, ...]:
    if window not in _WINDOWS:
        raise ValueError(f"{window!r} is no time to retry in{_hint(window, tuple(_WINDOWS))}")
    if int(tries) == 0:
        raise ValueError("'0' is no number of retries")
    return spread(int(tries), _WINDOWS[window])


def _end(text: str) -> EndAction:
    for action in END_ACTIONS:
        if text == action:
            return action
    raise ValueError(f"{text!r} is nothing that can follow the last attempt{_hint(text, END_ACTIONS)}")


def _invoice_end(text: str) -> InvoiceEnd:
    for end in INVOICE_ENDS:
        if (text or "open") == end:
            return end
    raise ValueError(f"{text!r} is nothing that an invoice can be after the last attempt{_hint(text, INVOICE_ENDS)}")


def _hint(text: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(text, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"
