"""On which days there are payouts, and at which numbers they fail."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules.payouts import WEEKDAYS, Schedule, days_between, failure
from mockbill.rules.periods import DAY


@pytest.mark.parametrize(
    ("schedule", "day", "pays"),
    [
        (Schedule(), date(2030, 1, 4), False),
        (Schedule("daily"), date(2030, 1, 5), True),
        (Schedule("weekly", weekly=("friday",)), date(2030, 1, 4), True),  # 2030-01-04 is a Friday
        (Schedule("weekly", weekly=("friday",)), date(2030, 1, 5), False),
        (Schedule("monthly", monthly=(1, 15)), date(2030, 1, 15), True),
        (Schedule("monthly", monthly=(1, 15)), date(2030, 1, 16), False),
        (Schedule("monthly", monthly=(31,)), date(2030, 2, 28), True),  # the last day of a shorter month
        (Schedule("monthly", monthly=(31,)), date(2032, 2, 28), False),  # 2032 is a leap year
        (Schedule("monthly", monthly=(31,)), date(2032, 2, 29), True),
    ],
)
def test_a_schedule_pays_on_its_days(schedule: Schedule, day: date, pays: bool) -> None:
    assert schedule.pays_on(day) is pays


@given(st.integers(1, 31), st.integers(2020, 2060), st.integers(1, 12))
def test_each_day_of_the_month_comes_once_in_every_month(day: int, year: int, month: int) -> None:
    first = date(year, month, 1)
    days = [each for number in range(31) if (each := first + timedelta(number)).month == month]
    assert sum(Schedule("monthly", monthly=(day,)).pays_on(each) for each in days) == 1


@given(st.sampled_from(WEEKDAYS), st.dates(date(2020, 1, 1), date(2060, 1, 1)))
def test_each_day_of_the_week_comes_once_in_every_week(name: str, start: date) -> None:
    schedule = Schedule("weekly", weekly=(name,))
    assert sum(schedule.pays_on(start + timedelta(number)) for number in range(7)) == 1


def test_a_schedule_says_what_it_lacks() -> None:
    assert Schedule("weekly").objection() is not None
    assert Schedule("monthly", monthly=(0,)).objection() is not None
    assert Schedule("monthly", monthly=(31,)).objection() is None
    assert Schedule("daily").objection() is None


def test_midnights_are_those_after_one_moment_up_to_another() -> None:
    assert days_between(0, DAY - 1) == []
    assert days_between(0, DAY) == [DAY]
    assert days_between(DAY + 5, 3 * DAY + 7) == [2 * DAY, 3 * DAY]


def test_test_numbers_fail_by_their_code() -> None:
    assert failure("000123456789") is None
    assert failure(None) is None
    assert [getattr(failure(number), "code", None) for number in ("000111111116", "4000056655665572")] == [
        "no_account",
        "could_not_process",
    ]
