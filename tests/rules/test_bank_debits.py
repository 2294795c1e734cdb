"""Debits of bank accounts: who pays, who does not, when, and what Stripe takes for it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules import bank_debits, ibans
from mockbill.rules.bank_debits import SCHEMES

SEPA, ACH, BACS, BECS = (SCHEMES[type] for type in ("sepa_debit", "us_bank_account", "bacs_debit", "au_becs_debit"))


@pytest.mark.parametrize("number", SEPA.accounts)
def test_every_test_iban_is_one(number: str) -> None:
    assert ibans.read(number).number == number


@pytest.mark.parametrize(
    ("typed", "bank", "branch"),
    [
        ("DE89 3704 0044 0532 0130 00", "37040044", ""),
        ("FR1420041010050500013M02606", "20041", "01005"),
        ("it60x0542811101000000123456", "05428", "11101"),
        ("ES9121000418450200051332", "2100", "0418"),
    ],
)
def test_an_iban_names_its_bank(typed: str, bank: str, branch: str) -> None:
    iban = ibans.read(typed)
    assert (iban.bank_code, iban.branch_code) == (bank, branch)


@given(st.integers(2, 21), st.integers(1, 9))
def test_an_iban_with_one_wrong_digit_is_none(place: int, more: int) -> None:
    right = "DE89370400440532013000"
    wrong = right[:place] + str((int(right[place]) + more) % 10) + right[place + 1 :]
    with pytest.raises(ValueError, match="DE"):
        ibans.read(wrong)


@pytest.mark.parametrize("text", ["", "DE", "DE893704004405320130000", "XX89370400440532013000", "DE89-3704", "٣"])
def test_what_is_no_iban_is_told(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the text itself is all that it says)
        ibans.read(text)


def test_an_account_that_is_not_in_the_table_pays() -> None:
    assert SEPA.account("DE44500105175407324931").failure is None


def test_the_limits_are_told_by_the_end_of_any_iban() -> None:
    failure = SEPA.account("SK6002000000000000343434").failure
    assert failure is not None
    assert failure.code == "charge_exceeds_source_limit"


def test_a_test_id_names_its_account() -> None:
    found = bank_debits.by_payment_method_id("pm_bacsDebit_debitNotAuthorizedDelayed")
    assert found is not None
    type, account = found
    assert (type, account.number, account.delayed) == ("bacs_debit", "93333335", True)
    assert bank_debits.by_payment_method_id("pm_card_visa") is None


FRIDAY = int(datetime(2026, 1, 30, 12, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("scheme", "name", "seconds"),
    [(SEPA, "AT611904300234573201", 1), (SEPA, "AT321904300235473204", 180), (BACS, "55555559", 180)],
)
def test_in_test_mode_it_is_a_second_or_three_minutes(scheme: bank_debits.Scheme, name: str, seconds: int) -> None:
    assert bank_debits.settles_at(scheme, scheme.account(name), FRIDAY, live=False) == FRIDAY + seconds


@pytest.mark.parametrize(
    ("scheme", "day"),
    [
        (SEPA, "2026-02-06"),  # Friday + 5 business days: Mon 2, Tue 3, Wed 4, Thu 5, Fri 6
        (ACH, "2026-02-05"),
        (BACS, "2026-02-09"),  # and over a second weekend
        (BECS, "2026-02-04"),
    ],
)
def test_in_real_life_it_is_business_days(scheme: bank_debits.Scheme, day: str) -> None:
    at = bank_debits.settles_at(scheme, scheme.account("none"), FRIDAY, live=True)
    assert at is not None
    assert f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H}" == f"{day} 12"


def test_one_account_never_gets_an_answer() -> None:
    assert bank_debits.settles_at(ACH, ACH.account("000000000009"), FRIDAY, live=False) is None


@pytest.mark.parametrize(
    ("scheme", "amount", "fee"),
    [
        (SEPA, 1000, 38),  # 0.8 % of 10.00 is 8, and 30
        (SEPA, 1_000_000, 600),  # 80.30 is more than the most, 6.00
        (ACH, 1000, 8),
        (ACH, 100_000, 500),  # 8.00 is more than 5.00
        (BACS, 1000, 30),  # 1 % and 20
        (BECS, 1050, 41),  # 10.5 is 11, and 30
    ],
)
def test_fees(scheme: bank_debits.Scheme, amount: int, fee: int) -> None:
    assert bank_debits.fee(scheme, amount) == fee
