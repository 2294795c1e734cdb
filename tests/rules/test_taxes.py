"""Taxes on lines: exclusive, inclusive, mixed, spared, rounded on lines or on the invoice."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules.taxes import Line, Rate, included, levied, taken_off


def out(percentage, id=None):
    return Rate(id or f"out {percentage}", Fraction(str(percentage)), inclusive=False)


def inside(percentage, id=None):
    return Rate(id or f"in {percentage}", Fraction(str(percentage)), inclusive=True)


def amounts(lines, *how):
    return [[levy.amount for levy in levies] for levies in levied(lines, *how)]


percentages = st.decimals(0, 100, places=4)
rates = st.lists(
    st.builds(Rate, st.uuids().map(str), percentages.map(Fraction), st.booleans()), max_size=5, unique_by=lambda r: r.id
).map(tuple)
lines = st.lists(st.builds(Line, st.integers(-10_000_000, 10_000_000), rates), max_size=6)
roundings = st.sampled_from(["line", "invoice"])
exemptions = st.sampled_from(["none", "exempt", "reverse"])


@pytest.mark.parametrize(
    ("base", "applied", "expected", "taxable"),
    [
        (1000, [out(20)], [200], 1000),
        (999, [out("19.6")], [196], 999),  # 195.804
        (1250, [out("0.5")], [6], 1250),  # 6.25
        (250, [out(1)], [3], 250),  # 2.5: half up
        (1999, [out("8.875")], [177], 1999),  # 177.41125, New York City
        (1000, [inside(20)], [167], 833),  # 1000 − 1000/1.2 = 166.67
        (1190, [inside(19)], [190], 1000),
        (999, [inside(20)], [167], 832),  # 166.5: half up
        (1, [inside(19)], [0], 1),  # 0.16
        (1000, [out(5), out("9.975")], [50, 100], 1000),  # GST and QST, each on the base: 99.75
        (1000, [inside(20), inside(5)], [160, 40], 800),  # 200 in all, shared 20 : 5
        (1000, [inside(10), inside(10), inside(10)], [77, 77, 77], 769),  # 230.77 is 231 in all
        (100, [inside(7), inside(3)], [6, 3], 91),  # 9.09 is 9: 6.3 and 2.7 are 6 and 3
        (1000, [inside(25), out(10)], [200, 80], 800),  # the outer one on what is left
        (0, [out(20), inside(20)], [0, 0], 0),
        (1000, [out(0)], [0], 1000),
        (1000, [out(100)], [1000], 1000),
        (-1000, [out(19)], [-190], -1000),  # a credit gives its tax back
        (-999, [inside(20)], [-167], -832),  # as much as the debit took
        (-250, [out(1)], [-3], -250),  # −2.5 mirrors 2.5
        (800, [out(20)], [160], 800),  # 1000 less a discount of 200
        (1000, [], [], None),
    ],
)
def test_one_line(base, applied, expected, taxable):
    [levies] = levied([Line(base, tuple(applied))])
    assert [levy.amount for levy in levies] == expected
    assert {levy.taxable for levy in levies} == ({taxable} if applied else set())


@pytest.mark.parametrize(
    ("bases", "rate", "on_lines", "on_invoice"),
    [
        ([5, 5, 5], out(10), [1, 1, 1], [1, 1, 0]),  # 0.5 thrice is 1.5, so 2
        ([104, 104], out(10), [10, 10], [11, 10]),  # 10.4 twice is 20.8, so 21
        ([333, 333, 333], out(19), [63, 63, 63], [64, 63, 63]),  # 63.27 thrice is 189.81, so 190
        ([1000, 1000], inside(20), [167, 167], [167, 166]),  # 166.67 twice is 333.33, so 333
        ([106, -104], out(10), [11, -10], [11, -11]),  # 10.6 and −10.4 are 0.2, so 0
        ([199, 299], inside(7), [13, 20], [13, 20]),  # 13.02 and 19.56 are 32.58, so 33
    ],
)
def test_rounding_on_each_line_or_on_the_invoice(bases, rate, on_lines, on_invoice):
    both = [Line(base, (rate,)) for base in bases]
    assert [amount for [amount] in amounts(both)] == on_lines
    assert [amount for [amount] in amounts(both, "none", "invoice")] == on_invoice


@pytest.mark.parametrize(("exemption", "reason"), [("exempt", "customer_exempt"), ("reverse", "reverse_charge")])
def test_a_spared_customer_pays_no_tax_and_not_what_is_included(exemption, reason):
    both = [Line(1190, (inside(19),)), Line(1000, (out(19),)), Line(-119, (inside(19),))]
    answer = levied(both, exemption)
    assert [[(levy.amount, levy.taxable, levy.reason) for levy in levies] for levies in answer] == [
        [(0, 1000, reason)],
        [(0, 1000, reason)],
        [(0, -100, reason)],
    ]
    assert [taken_off(line.base, levies) for line, levies in zip(both, answer, strict=True)] == [190, 0, -19]


def test_what_is_levied_is_not_taken_off():
    both = [Line(1190, (inside(19),)), Line(1000, ())]
    assert [taken_off(line.base, levies) for line, levies in zip(both, levied(both), strict=True)] == [0, 0]


@given(lines, exemptions, roundings)
def test_tax_has_the_sign_of_its_line(lines, exemption, rounding):
    for line, levies in zip(lines, levied(lines, exemption, rounding), strict=True):
        assert len(levies) == len(line.rates)
        for levy in levies:
            assert levy.amount >= 0 if line.base >= 0 else levy.amount <= 0


@given(lines, roundings)
def test_inclusive_net_and_tax_are_the_amount(lines, rounding):
    for line, levies in zip(lines, levied(lines, "none", rounding), strict=True):
        for levy in levies:
            assert levy.taxable + sum(each.amount for each in levies if each.rate.inclusive) == line.base


@given(lines)
def test_inclusive_rates_share_what_one_of_their_sum_would_be(lines):
    for line, levies in zip(lines, levied(lines), strict=True):
        whole = sum((rate.percentage for rate in line.rates if rate.inclusive), Fraction(0))
        assert sum(levy.amount for levy in levies if levy.rate.inclusive) == included(line.base, whole)


@given(st.lists(st.integers(-1_000_000, 1_000_000), max_size=8), percentages.map(Fraction), st.booleans())
def test_invoice_rounding_is_within_half_a_unit_of_the_exact_sum(bases, percentage, inclusive):
    rate = Rate("one", percentage, inclusive)
    whole = sum(levy.amount for [levy] in levied([Line(base, (rate,)) for base in bases], "none", "invoice"))
    exact = sum(bases) * percentage / (100 + percentage if inclusive else 100)
    assert abs(whole - exact) <= Fraction(1, 2)


@given(st.integers(0, 10_000_000), rates)
def test_a_credit_mirrors_its_debit(base, rates):
    [debit], [credit] = levied([Line(base, rates)]), levied([Line(-base, rates)])
    for kind in (True, False):
        assert sum(levy.amount for levy in debit if levy.rate.inclusive == kind) == -sum(
            levy.amount for levy in credit if levy.rate.inclusive == kind
        )
