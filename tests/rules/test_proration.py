"""Proration: the exact share of a period, by the second, rounded once."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mockbill.rules.proration import Debit, credits, fraction, itemized, prorate

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


DAY = 86_400
FEB, MAR, APR, YEAR = 28 * DAY, 31 * DAY, 30 * DAY, 365 * DAY


@pytest.mark.parametrize(
    ("old", "new", "period", "left", "credit", "debit"),
    [
        # An upgrade in the middle of February: 14 of 28 days are a half.
        (2000, 5000, FEB, 14 * DAY, -1000, 2500),
        # A downgrade with a third of a 30-day month gone: 2/3 of 1000 are 666.67, 2/3 of 500 are 333.33.
        (1000, 500, APR, 20 * DAY, -667, 333),
        # Ten of 31 days: 999 × 10/31 = 322.26; 1999 × 10/31 = 644.84.
        (999, 1999, MAR, 10 * DAY, -322, 645),
        # One seat at 7.00 becomes three, ten of 30 days left: 233.33 back, 2100/3 to pay.
        (700, 2100, APR, 10 * DAY, -233, 700),
        # An item is removed with a quarter of February left, and one is added with three quarters left.
        (1500, 0, FEB, 7 * DAY, -375, 0),
        (0, 1500, FEB, 21 * DAY, 0, 1125),
        # Yen have no cents: 1000 × 13/30 = 433.33, 1200 × 13/30 = 520.
        (1000, 1200, APR, 13 * DAY, -433, 520),
        # Dinars have three decimals: 12.345 × 11/30 = 4.5265, a tie, away from zero; 9.000 × 11/30 = 3.300.
        (12345, 9000, APR, 11 * DAY, -4527, 3300),
        # 73 of 365 days are a fifth of a year.
        (12000, 24000, YEAR, 73 * DAY, -2400, 4800),
        # 351 of 365 days of 250.00 are 240.41.
        (0, 25000, YEAR, 351 * DAY, 0, 24041),
        # The last day of a February of 29 days.
        (2900, 5800, 29 * DAY, DAY, -100, 200),
        # To the second: 432 of 86400 seconds of 1.00 are half a cent, 431 are less.
        (100, 100, DAY, 432, -1, 1),
        (100, 100, DAY, 431, 0, 0),
        # Graduated tiers (2 at 5.00, then 4.00) cost 22.00 for five and 34.00 for eight; halves of both.
        (2 * 500 + 3 * 400, 2 * 500 + 6 * 400, APR, 15 * DAY, -1100, 1700),
        # Volume (5.00 up to ten, then 4.00): ten cost 50.00, eleven 44.00; a third of a month is left.
        (10 * 500, 11 * 400, APR, 10 * DAY, -1667, 1467),
        # Packages of five at 10.00, rounded up: seven are two packages, eleven are three.
        (2 * 1000, 3 * 1000, MAR, 7 * DAY, -452, 677),
        # At the first second everything, at the last nothing.
        (2500, 25000, FEB, FEB, -2500, 25000),
        (2500, 25000, FEB, 0, 0, 0),
    ],
)
def test_a_change_gives_back_the_rest_of_the_old_price_and_charges_that_of_the_new(
    old, new, period, left, credit, debit
):
    at = period - left
    assert (prorate(-old, 0, period, at), prorate(new, 0, period, at)) == (credit, debit)


def charged(amount, start=0, end=APR, *, bill="in_1", id="il_1", until=None, off=(), price="price_1"):
    return Debit(id, bill, price, 1, amount, start, end, end if until is None else until, off)


@pytest.mark.parametrize(
    ("debits", "at", "credits_"),
    [
        # A third of a month of 30.00.
        ([charged(3000)], 20 * DAY, [-1000]),
        # What was charged for the last 20 days, with ten of them left: half of it, whatever a month costs now.
        ([charged(2000, 10 * DAY)], 20 * DAY, [-1000]),
        # A discount of 3.00 was taken off 30.00: half of 27.00 comes back.
        ([charged(3000, off=(("di_1", 300),))], 15 * DAY, [-1350]),
        # Two tiers on one invoice come back as one: half of 10.00 and 12.00.
        ([charged(1000), charged(1200, id="il_2")], 15 * DAY, [-1100]),
        # Rounded once for both tiers: 2/3 of 1.00 are 66.67, of both 133.33.
        ([charged(100), charged(100, id="il_2")], 10 * DAY, [-133]),
        # Two invoices are two credits.
        ([charged(1000), charged(600, id="il_2", bill="in_2")], 15 * DAY, [-500, -300]),
        # What waits for its invoice is given back on its own.
        ([charged(1000, bill=None, id="ii_1"), charged(600, bill=None, id="ii_2")], 15 * DAY, [-500, -300]),
        # Everything after the 15th was given back already: what is left are five of 30 days.
        ([charged(3000, until=15 * DAY)], 10 * DAY, [-500]),
        ([charged(3000, until=15 * DAY)], 15 * DAY, []),
        # A date before the charge gives back no more than the charge.
        ([charged(2000, 10 * DAY)], 5 * DAY, [-2000]),
        # Past the end there is nothing.
        ([charged(3000)], APR, []),
        # Ties go away from zero, as for debits: half of 0.25.
        ([charged(25)], 15 * DAY, [-13]),
        # Nothing was charged for a free price, and nothing comes back.
        ([charged(0)], 15 * DAY, [0]),
        # Backdated periods that are over are none of it.
        ([charged(1000, -APR, 0), charged(3000, id="il_2")], 10 * DAY, [-2000]),
    ],
)
def test_credits_are_reckoned_from_what_was_charged(debits, at, credits_):
    assert [credit.amount for credit in credits(debits, at)] == credits_


def test_an_itemized_credit_gives_the_discount_back_beside_it():
    [credit] = credits([charged(3000, off=(("di_1", 300), ("di_2", 150)))], 20 * DAY, itemized=True)
    assert (credit.amount, credit.discounts) == (-1000, (("di_1", -100), ("di_2", -50)))
    assert (credit.start, credit.end) == (20 * DAY, APR)


def test_a_credit_says_what_it_gives_back():
    debits = [charged(1000), charged(1200, id="il_2")]
    [credit] = credits(debits, 15 * DAY)
    assert [debit.id for debit in credit.debits] == ["il_1", "il_2"]


@given(
    st.integers(0, 10**8),
    st.integers(0, 10**7),
    st.lists(st.integers(0, APR), max_size=8),
)
def test_over_any_number_of_changes_no_more_comes_back_than_was_charged(amount, off, moments):
    off = min(off, amount)
    debit, back = charged(amount, off=(("di_1", off),)), 0
    for at in moments:
        for credit in credits([debit], at):
            assert credit.amount <= 0
            back -= credit.amount
        debit = replace(debit, until=min(debit.until, at))
    assert 0 <= back <= amount - off
    if moments:
        assert back == prorate(amount - off, 0, APR, min(moments))


@given(
    st.lists(st.integers(0, 10**7), min_size=1, max_size=4), st.integers(0, APR), st.integers(0, 10**6), st.booleans()
)
def test_an_itemized_credit_is_the_net_one_to_the_cent(amounts_, at, off, split):
    debits = [
        charged(amount, id=f"il_{n}", bill=f"in_{n if split else 0}", off=(("di_1", min(off, amount)),))
        for n, amount in enumerate(amounts_)
    ]
    net = sum(credit.amount for credit in credits(debits, at))
    itemized = credits(debits, at, itemized=True)
    told = sum(credit.amount - sum(share for _, share in credit.discounts) for credit in itemized)
    assert net == told


@given(st.integers(0, 10**8), st.lists(st.integers(0, 10**6), max_size=3), st.integers(0, APR))
def test_an_itemized_charge_is_the_net_one_to_the_cent(amount, off, at):
    amount += sum(off)
    told, taken = itemized(Fraction(amount), [(f"di_{n}", Fraction(each)) for n, each in enumerate(off)], 0, APR, at)
    assert told - sum(share for _, share in taken) == prorate(amount - sum(off), 0, APR, at)
    assert all(share >= 0 for _, share in taken)
