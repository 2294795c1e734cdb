"""Dunning: when a failed renewal is tried again, which declines are worth it, and what follows the last try."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, get_args

from mockbill.rules.periods import DAY

EndAction = Literal["cancel", "unpaid", "past_due"]
END_ACTIONS: tuple[EndAction, ...] = get_args(EndAction)

# Trying these again cannot help; Stripe waits for another payment method.
_NOT_RETRIED = frozenset(
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


@dataclass(frozen=True, slots=True)
class Policy:
    """``waits`` are the seconds from each failed attempt to the next; ``end`` is what happens when they are used up."""

    waits: tuple[int, ...] = (3 * DAY, 5 * DAY, 7 * DAY)
    end: EndAction = "cancel"

    def __str__(self) -> str:
        return ",".join(f"{wait // DAY}d" for wait in self.waits) + f":{self.end}"


DEFAULT = Policy()


def next_attempt(policy: Policy, attempt_count: int, failed_at: int) -> int | None:
    """When to try again after attempt number ``attempt_count`` (the first is 1) failed; None when it was the last."""
    if not 1 <= attempt_count <= len(policy.waits):
        return None
    return failed_at + policy.waits[attempt_count - 1]


def is_retried(decline_code: str | None) -> bool:
    """Whether the same card is worth another try after this decline (Stripe's list of hard declines).

    The schedule runs on after a hard decline, but it charges only a payment method that is new.
    """
    return decline_code not in _NOT_RETRIED


def parse(text: str) -> Policy:
    """A policy from ``3d,5d,7d:cancel``; without retries ``:unpaid``, without an end action cancel.

    Raises ValueError that says which part is wrong and how it should look.
    """
    waits, _, end = (part.strip() for part in text.partition(":"))
    return Policy(tuple(_wait(part.strip()) for part in waits.split(",")) if waits else (), _end(end or "cancel"))


def _wait(text: str) -> int:
    match = re.fullmatch(r"(\d{1,3})d?", text, re.ASCII)
    if match is None or int(match[1]) == 0:
        raise ValueError(f'{text!r} is no wait between two attempts: write whole days, such as "3d"')
    return int(match[1]) * DAY


def _end(text: str) -> EndAction:
    for action in END_ACTIONS:
        if text == action:
            return action
    near = get_close_matches(text, END_ACTIONS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(END_ACTIONS)}"
    raise ValueError(f"{text!r} is nothing that can follow the last attempt; {hint}")
