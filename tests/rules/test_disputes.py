"""What a dispute costs, until when it can be answered, and what decides it."""

import pytest

from mockbill.rules import disputes

OPENED = 1_769_853_600  # 2026-01-31T10:00:00Z


@pytest.mark.parametrize(("currency", "fee"), [("usd", 1500), ("eur", 1500), ("jpy", 15), ("kwd", 15_000)])
def test_a_dispute_costs_fifteen_of_its_currency(currency: str, fee: int) -> None:
    assert disputes.fee(currency) == fee


def test_an_answer_is_due_at_the_end_of_the_ninth_day() -> None:
    # 2026-02-09T23:59:59Z, whatever the hour in which it was opened
    assert disputes.due_by(OPENED) == disputes.due_by(OPENED + 10 * 3600) == 1_770_681_599


@pytest.mark.parametrize(
    ("status", "seconds"),
    [
        ("needs_response", 1_770_681_600),  # the second after due_by
        ("under_review", None),  # the bank decides, not time
        ("warning_needs_response", OPENED + 120 * 86_400),
        ("warning_under_review", OPENED + 120 * 86_400),
        ("won", None),
        ("lost", None),
        ("warning_closed", None),
    ],
)
def test_what_time_alone_decides(status: str, seconds: int | None) -> None:
    assert disputes.next_moment(status, OPENED, disputes.due_by(OPENED)) == seconds


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("winning_evidence", "won"),
        ("losing_evidence", "lost"),
        ("escalate_inquiry_evidence", "escalated"),
        ("She wrote that she got it.", None),
        (None, None),
    ],
)
def test_the_words_that_decide(text: str | None, verdict: str | None) -> None:
    assert disputes.verdict(text) == verdict


@pytest.mark.parametrize("verdict", ["won", "lost"])
def test_inquiries_are_only_closed(verdict: disputes.Verdict) -> None:
    assert disputes.closed_as("warning_under_review", verdict) == "warning_closed"
    assert disputes.closed_as("under_review", verdict) == verdict


def test_codes_of_networks() -> None:
    assert disputes.network_reason_code("visa", "fraudulent") == "10.4"
    assert disputes.network_reason_code("visa", "noncompliant") is None
    assert disputes.network_reason_code("mastercard", "fraudulent") is None
