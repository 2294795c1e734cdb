"""Payouts' test numbers: which bank account or debit card a payout fails at, and why."""

from collections.abc import Mapping
from typing import NamedTuple


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
BANK_TOKENS: Mapping[str, str] = {
    "btok_us": "000123456789",
    "btok_us_verified": "000123456789",
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
