"""What an account has to tell, and what it may do then."""

from typing import Any

import pytest

from mockbill.rules import onboarding
from mockbill.rules.onboarding import Told

PERSON = {
    "first_name": "Ada",
    "last_name": "Byron",
    "email": "ada@example.com",
    "phone": "+15551234567",
    "dob": {"day": 10, "month": 12, "year": 1985},
    "address": {"line1": "1 Main St", "city": "Springfield", "state": "IL", "postal_code": "62701"},
    "ssn_last_4": True,
}
SAYS: dict[str, Any] = {
    "business_profile": {"mcc": "5734", "url": "https://shop.example"},
    "business_type": "individual",
    "external_account": True,
    "individual": PERSON,
    "tos_acceptance": {"date": 1, "ip": "127.0.0.1"},
}


def told(says: dict[str, Any] | None = None, **facts: Any) -> Told:
    return Told(**{"by_platform": True, "country": "US", "says": {**SAYS, **(says or {})}, "completed": False, **facts})


@pytest.mark.parametrize(
    ("known", "capability", "charges", "payouts", "reason"),
    [
        (told(), "active", True, True, None),
        (told({"external_account": False}), "active", True, False, "requirements.past_due"),
        (told({"individual": {}}), "inactive", False, False, "requirements.past_due"),
        (told(verifying=["person.verification"]), "pending", False, False, "requirements.pending_verification"),
        (told(requested=False), "active", False, False, None),
        (told(rejected="rejected.fraud", paused=True), "inactive", False, False, "rejected.fraud"),
        (told(rejected="rejected.other"), "inactive", False, True, "rejected.other"),
        (told(by_platform=False), "inactive", False, False, "requirements.past_due"),
        (told(by_platform=False, completed=True), "active", True, True, None),
    ],
)
def test_an_account_stands_where_what_is_told_puts_it(
    known: Told, capability: str, charges: bool, payouts: bool, reason: str | None
) -> None:
    stands = onboarding.standing(known)
    assert (stands.capability, stands.charges, stands.payouts, stands.disabled_reason) == (
        capability,
        charges,
        payouts,
        reason,
    )


def test_states_and_numbers_of_persons_are_asked_for_in_the_united_states() -> None:
    assert {"individual.address.state", "individual.ssn_last_4"} <= set(onboarding.wanted("individual", "US"))
    elsewhere = onboarding.wanted("company", "DE")
    assert not [name for name in elsewhere if name.endswith((".state", "ssn_last_4"))]
    assert {"company.tax_id", "representative.dob.day"} <= set(elsewhere)


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("fraud_other", "rejected.fraud"),
        ("fraud_payment_method_tester", "rejected.fraud"),
        ("terms_of_service", "rejected.terms_of_service"),
        ("credit", "rejected.other"),
        ("other", "rejected.other"),
    ],
)
def test_a_rejection_is_told_by_its_kind(reason: str, shown: str) -> None:
    assert onboarding.disabled_reason(reason) == shown


def test_requirements_are_said_as_people_would() -> None:
    company = ["company.address.city", "company.address.line1", "company.name"]
    due = [
        *company,
        "tos_acceptance.ip",
        "tos_acceptance.date",
        "business_type",
        "external_account",
        "individual.dob.day",
    ]
    assert onboarding.words(due) == [
        "Bank account",
        "Business type",
        "Company: address, name",
        "Individual: date of birth",
        "Terms of service",
    ]
