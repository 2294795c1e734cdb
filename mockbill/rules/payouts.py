"""Payouts: on which days of a schedule there is one, and the test numbers of banks at which it fails."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from mockbill.rules.periods import DAY


class Failure(NamedTuple):
    """Why a payout failed: Stripe's ``failure_code`` and (in our words) ``failure_message``."""

    code: str
    message: str


_MESSAGES = {
    "no_account": "The bank account details on file are probably incorrect. No account was found with that number.",
    "account_closed": "The bank account has been closed.",
    "insufficient_funds": "The bank account has too little on it for what was to be taken from it.",
    "debit_not_authorized": "Debits of the bank account are not authorized.",
    "invalid_currency": "The bank was unable to process this payout because of its currency.",
    "could_not_process": "The bank could not process this payout.",
}
_NUMBERS = {
    "000111111116": "no_account",
    "000111111113": "account_closed",
    "000222222227": "insufficient_funds",
    "000333333335": "debit_not_authorized",
    "000444444440": "invalid_currency",
    "4000056655665572": "could_not_process",
}
GOOD_NUMBER = "000123456789"
OUTCOMES: Mapping[str, str] = {
    GOOD_NUMBER: "payouts arrive",
    **{number: f"payouts fail: {code.replace('_', ' ')}" for number, code in _NUMBERS.items() if len(number) == 12},
}
"""What becomes of payouts to Stripe's test numbers of bank accounts, in words: for a page."""
BANK_TOKENS: Mapping[str, str] = {
    "btok_us": GOOD_NUMBER,
    "btok_us_verified": GOOD_NUMBER,
    "btok_us_verified_noAccount": "000111111116",
    "btok_us_verified_accountClosed": "000111111113",
    "btok_us_verified_insufficientFunds": "000222222227",
    "btok_us_verified_debitNotAuthorized": "000333333335",
    "btok_us_verified_invalidCurrency": "000444444440",
}
"""Stripe's test tokens of bank accounts in the United States, with the number of each."""
CARD_TOKENS: Mapping[str, str] = {
    "tok_visa_debit_us_transferSuccess": "4000056655665556",
    "tok_visa_debit_us_transferFail": "4000056655665572",
}
"""Those of debit cards that are for payouts only."""
ROUTING_NUMBER = "110000000"


def failure(number: str | None) -> Failure | None:
    """What becomes of a payout to this account number; None where it arrives."""
    code = _NUMBERS.get(number or "")
    return Failure(code, _MESSAGES[code]) if code else None


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST_DAYS = 31
"""The longest that funds may be held, and the last day of a month."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """On which days available funds are paid out: ``daily``, ``weekly``, ``monthly``, or ``manual`` (none)."""

    interval: str = "manual"
    weekly: tuple[str, ...] = ()
    monthly: tuple[int, ...] = ()

    def pays_on(self, day: date) -> bool:
        """Whether a day is one of them.  Weekends and holidays count as any day; Stripe's banks rest then.

        What a month has no day for is paid out on its last.
        """
        if self.interval == "weekly":
            return WEEKDAYS[day.weekday()] in self.weekly
        if self.interval == "monthly":
            last = monthrange(day.year, day.month)[1]
            return any(min(each, last) == day.day for each in self.monthly)
        return self.interval == "daily"

    def objection(self) -> tuple[str, str] | None:
        """What is wrong with it: a message, and the name of the parameter."""
        if self.interval == "weekly" and not self.weekly:
            return "A weekly schedule needs the days of the week on which payouts are made.", "weekly_payout_days"
        if self.interval == "monthly" and not self.monthly:
            return "A monthly schedule needs the days of the month on which payouts are made.", "monthly_payout_days"
        if any(not 1 <= each <= MOST_DAYS for each in self.monthly):
            return f"Days of the month are from 1 to {MOST_DAYS}.", "monthly_payout_days"
        return None


def days_between(since: int, until: int) -> list[int]:
    """The midnights (UTC, in seconds) after one moment, up to and including another."""
    return list(range(since - since % DAY + DAY, until + 1, DAY))
