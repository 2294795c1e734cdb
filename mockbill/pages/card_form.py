"""The card form: what a payer typed into it, and what is wrong with that, in words for the payer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from mockbill.billing import payment_methods
from mockbill.rules import emails
from mockbill.world import Doc, Problem, Work

TEST_EMAIL = "test@example.com"
_EXPIRY = re.compile(r"(\d{1,2})\s*[/-]\s*(\d{2}|\d{4})|(\d{2})(\d{2})", re.ASCII)
_FIELDS = {
    "bank_account_unusable": "iban",
    "email_invalid": "email",
    "expired_card": "exp",
    "incorrect_cvc": "cvc",
    "incorrect_number": "card",
    "invalid_bank_account_iban": "iban",
    "invalid_cvc": "cvc",
    "invalid_expiry_month": "exp",
    "invalid_expiry_year": "exp",
    "invalid_number": "card",
}
_NOT_AUTHENTICATED = "We could not authenticate your card. Try again, or use another card."


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card that one click pays with."""

    name: str
    number: str
    outcome: str


TEST_CARDS = (
    TestCard("success", "4242424242424242", "Succeeds"),
    TestCard("declined", "4000000000000002", "Declined"),
    TestCard("3ds", "4000002760003184", "3-D Secure"),
    TestCard("insufficient-funds", "4000000000009995", "Insufficient funds"),
)


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of the form as they were sent."""

    email: str = ""
    name: str = ""
    card: str = ""
    exp: str = ""
    cvc: str = ""

    @property
    def keepable(self) -> "Typed":
        """What a page that comes back may show again."""
        return replace(self, card="", cvc="")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the form comes back: ``message`` above it and, by name, what is wrong with its fields.

    ``code`` is Stripe's, for who tests: ``card_declined: insufficient_funds``.
    """

    status: int
    message: str
    fields: Mapping[str, str] = field(default_factory=dict)
    code: str | None = None


NOT_AUTHENTICATED = Refusal(402, _NOT_AUTHENTICATED)


class Refused(Exception):
    """The form cannot be acted on."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def typed(form: Mapping[str, str]) -> Typed:
    """The form as sent, without the spaces around its values."""
    return Typed(**{name: form.get(name, "").strip() for name in ("email", "name", "card", "exp", "cvc")})


def with_test_card(w: Work, sent: Typed, number: str) -> Typed:
    """What one click on a test card stands for: a date and a code that pass, and an address if there was none."""
    year = datetime.fromtimestamp(w.now, UTC).year + 2
    return replace(sent, email=sent.email or TEST_EMAIL, card=number, exp=f"12 / {year}", cvc="123")


def method_of(w: Work, sent: Typed, email: str) -> str:
    """The id of a new payment method for a form that ``check`` has passed; Problem 402 where the card is wrong."""
    month, year = _expiry(sent.exp)
    details = {"email": email or None, "name": sent.name or None}
    method = payment_methods.of_details(w, sent.card, month, year, sent.cvc, details)
    return str(method["id"])


def check(sent: Typed, *, email_needed: bool) -> None:
    """Refused (422) for fields that are empty or unreadable, all of them at once; the card itself is not judged."""
    wrong = check_email(sent.email, needed=email_needed)
    if not sent.card:
        wrong["card"] = "Enter your card number."
    if not _EXPIRY.fullmatch(sent.exp):
        wrong["exp"] = "Enter the expiry date as MM / YY."
    if not sent.cvc:
        wrong["cvc"] = "Enter the security code."
    if wrong:
        raise Refused(Refusal(422, "Some details are missing or cannot be read.", wrong))


def check_email(email: str, *, needed: bool) -> dict[str, str]:
    """What is wrong with an email address, by the name of its field; nothing where it can be written to."""
    if needed and not email:
        return {"email": "Enter your email address."}
    if email and not emails.can_be_typed(email):
        return {"email": "Enter an email address such as ada@example.com."}
    return {}


def refusal_of(problem: Problem) -> Refusal:
    """A problem of billing as the page tells of it."""
    status = 402 if problem.status == 402 else 422
    return _refusal(status, problem.message, problem.code, problem.extra.get("decline_code"), problem.param)


def refusal_of_error(error: Doc) -> Refusal:
    """The last error of an intent as the page tells of it."""
    return _refusal(402, error.get("message", "Your card was declined."), error.get("code"), error.get("decline_code"))


def _refusal(status: int, words: str, code: str | None, decline_code: str | None, param: str | None = None) -> Refusal:
    if code and code.endswith("_authentication_failure"):
        words = _NOT_AUTHENTICATED  # the API's message speaks to the programmer
    name = _FIELDS.get(code or "") or (param if param in ("email", "amount") else None)
    shown = f"{code}: {decline_code}" if decline_code else code
    return Refusal(status, words, {name: words} if name else {}, shown)


def _expiry(text: str) -> tuple[int, int]:
    match: Any = _EXPIRY.fullmatch(text)  # ``check`` has read it before
    month, year = (part for part in match.groups() if part)
    return int(month), int(year)
