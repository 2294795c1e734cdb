"""What a connected account has to tell before it can be paid, and what it may do once it has.

The lists are shortened from what Stripe asks of accounts in the United States (the one of accounts whose requirements
Stripe collects is recorded); other countries are asked for the same, but for the state and the number of a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ON_STRIPES_PAGES = (
    "business_profile.product_description",
    "business_profile.support_phone",
    "business_profile.url",
    "external_account",
    "tos_acceptance.date",
    "tos_acceptance.ip",
)
_BY_API = (
    "business_profile.mcc",
    "business_profile.url",
    "business_type",
    "external_account",
    "tos_acceptance.date",
    "tos_acceptance.ip",
)
_PERSON = (
    "address.city",
    "address.line1",
    "address.postal_code",
    "address.state",
    "dob.day",
    "dob.month",
    "dob.year",
    "email",
    "first_name",
    "last_name",
    "phone",
    "ssn_last_4",
)
_COMPANY = (
    "company.address.city",
    "company.address.line1",
    "company.address.postal_code",
    "company.address.state",
    "company.name",
    "company.phone",
    "company.tax_id",
)
_WORDS = {
    "business_profile.mcc": "Kind of business",
    "dob": "date of birth",
    "ssn_last_4": "last four digits of the SSN",
    "business_profile.product_description": "Description of what is sold",
    "business_profile.support_phone": "Phone for customers",
    "business_profile.url": "Website",
    "external_account": "Bank account",
    "tos_acceptance.date": "Terms of service",
    "tos_acceptance.ip": "Terms of service",
}
_OWNERS = ("company", "individual", "representative")
_ONLY_IN_THE_US = (".state", ".ssn_last_4")
_VERIFIED_LATER = {"day": 1, "month": 1, "year": 1901}  # Stripe's test date of birth; 1902 is verified in the answer
_REJECTED = {"terms_of_service": "rejected.terms_of_service", "credit": "rejected.other", "other": "rejected.other"}


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of an account: by the API (``says``, as parameters name it), and by its owner on the pages."""

    by_platform: bool  # requirements are collected by the platform, not on Stripe's pages
    country: str
    says: Mapping[str, Any]
    completed: bool  # the owner went through the pages
    verifying: Sequence[str] = ()  # requirements whose verification has not ended
    rejected: str | None = None  # the disabled_reason
    requested: bool = True  # whether any capability is
    paused: bool = False  # payouts, by the platform


@dataclass(frozen=True, slots=True)
class Standing:
    """What follows: the requirements, and what is possible."""

    due: list[str]
    verifying: list[str]
    disabled_reason: str | None
    submitted: bool
    capability: str  # the status of each that is requested
    charges: bool
    payouts: bool


def standing(told: Told) -> Standing:
    """Where an account stands: charges wait for all but the bank account, payouts for that as well."""
    due = due_of(told)
    needed = [name for name in due if name != "external_account"]
    submitted = not needed if told.by_platform else told.completed
    status = "active" if submitted and not needed else "inactive"
    if told.rejected:
        status = "inactive"
    elif status == "active" and told.verifying:
        status = "pending"
    works = status == "active" and told.requested
    reason = told.rejected or ("requirements.past_due" if due else None)
    if reason is None and told.verifying:
        reason = "requirements.pending_verification"
    return Standing(
        due=due,
        verifying=list(told.verifying),
        disabled_reason=reason,
        submitted=submitted,
        capability=status,
        charges=works,
        payouts=(works or (told.rejected is not None and submitted)) and "external_account" not in due
        and not told.paused,
    )  # fmt: skip


def due_of(told: Told) -> list[str]:
    """The requirements that nobody has answered yet, in alphabetical order."""
    if told.completed:
        return [] if told.says.get("external_account") else ["external_account"]
    names = wanted(told.says.get("business_type"), told.country) if told.by_platform else list(_ON_STRIPES_PAGES)
    return sorted(name for name in names if not _answered(told.says, name))


def wanted(business_type: str | None, country: str) -> list[str]:
    """All that a platform has to tell that collects the requirements itself."""
    names = [*_BY_API]
    if business_type == "individual":
        names += [f"individual.{name}" for name in _PERSON]
    elif business_type is not None:
        names += [*_COMPANY, *(f"representative.{name}" for name in _PERSON)]
    return sorted(name for name in names if country == "US" or not name.endswith(_ONLY_IN_THE_US))


def due_of_person(says: Mapping[str, Any], country: str) -> list[str]:
    """What is still to be told of one person."""
    asked = (name for name in _PERSON if country == "US" or not f".{name}".endswith(_ONLY_IN_THE_US))
    return [name for name in asked if not _answered(says, name)]


def is_verified_later(born: Mapping[str, Any] | None) -> bool:
    """Whether a date of birth is the one that Stripe's test mode verifies a moment later, told by webhook."""
    return dict(born or {}) == _VERIFIED_LATER


def disabled_reason(reason: str) -> str:
    """What an account says that was rejected for a reason."""
    return _REJECTED.get(reason, "rejected.fraud")


def words(due: Sequence[str]) -> list[str]:
    """Requirements as people would say them, for a page: each once, those of a person or company on one line."""
    lines = {_WORDS.get(name) or _capital(name) for name in due if name.partition(".")[0] not in _OWNERS}
    for owner in _OWNERS:
        parts = [name.split(".")[1] for name in due if name.startswith(f"{owner}.")]
        told = dict.fromkeys(_WORDS.get(part, part.replace("_", " ")) for part in parts)
        if told:
            lines.add(f"{_capital(owner)}: {', '.join(told)}")
    return sorted(lines)


def _capital(name: str) -> str:
    return name.replace(".", " ").replace("_", " ").capitalize()


def _answered(says: Mapping[str, Any], name: str) -> bool:
    value: Any = says
    for step in name.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value not in (None, "", False)
