"""Proration: the exact share of a period, by the second, rounded once."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mockbill.rules.proration import fraction, prorate

moments = st.integers(0, 4_000_000_000)
amounts = st.integers(-(10**9), 10**9)


@pytest.mark.parametrize(
    ("amount", "at", "share"),
    [
        (1000, 0, 1000),
        (1000, 90, 0),
        (1000, 45, 500),
        (-1000, 30, -667),
        (500, 30, 333),
        (1, 45, 1),  # exactly a half
        (-1, 45, -1),
        (1000, -5, 1000),
        (1000, 95, 0),
    ],
)
def test_the_rest_of_a_period_of_90_seconds_costs_its_share(amount, at, share):
    assert prorate(amount, 0, 90, at) == share


def test_stripes_own_example_adds_rounded_credit_and_debit():
    assert prorate(-1000, 0, 90, 30) + prorate(500, 0, 90, 30) == -334


def test_a_period_without_length_has_nothing_left():
    assert fraction(100, 100, 100) == 0
    assert prorate(1000, 100, 100, 100) == 0


@given(moments, moments, moments)
def test_the_share_lies_between_nothing_and_everything(start, end, at):
    assume(start < end)
    assert 0 <= fraction(start, end, at) <= 1
    assert fraction(start, end, start) == 1
    assert fraction(start, end, end) == 0


@given(moments, st.integers(1, 10**8), st.integers(0, 10**8))
def test_what_is_used_and_what_is_left_make_the_whole(start, length, used):
    used = min(used, length)
    assert fraction(start, start + length, start + used) == 1 - Fraction(used, length)


@given(amounts, moments, moments, moments)
def test_a_credit_mirrors_its_debit_and_never_exceeds_it(amount, start, end, at):
    assume(start < end)
    assert prorate(-amount, start, end, at) == -prorate(amount, start, end, at)
    assert abs(prorate(amount, start, end, at)) <= abs(amount)


@given(st.integers(0, 10**9), moments, moments, moments, moments)
def test_the_later_the_change_the_smaller_the_share(amount, start, end, one, other):
    assume(start < end)
    early, late = sorted((one, other))
    assert prorate(amount, start, end, early) >= prorate(amount, start, end, late)
