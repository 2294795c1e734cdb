"""Discounts on lines, to the cent: worked out by hand, and what holds for all of them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules.discounts import Line, Off, spread, taken


def percent(number, id="P", **more):
    return Off(id, Fraction(str(number)), **more)


def amount(number, id="A", **more):
    return Off(id, amount=number, **more)


@pytest.mark.parametrize(
    ("lines", "offs", "shares"),
    [
        # a quarter of 20.00
        ([2000], [percent(25)], [[500]]),
        # 10 % of 9.99 is 99.9 cents: a dollar
        ([999], [percent(10)], [[100]]),
        # 33.33 % of 10.00 is 333.3 cents
        ([1000], [percent(33.33)], [[333]]),
        # half of 5 cents is two and a half: an exact half goes up
        ([5], [percent(50)], [[3]]),
        # three lines of 3.33 are 9.99, a tenth of that is 1.00: 33 + 33, and the last takes the 34 that are left
        ([333, 333, 333], [percent(10)], [[33], [33], [34]]),
        # Stripe's example: $5.00 over $10 and $20
        ([1000, 2000], [amount(500)], [[166], [334]]),
        # no more than there is
        ([2000], [amount(3000)], [[2000]]),
        # 20.00 - 5.00 = 15.00, a tenth of which is 1.50
        ([2000], [amount(500), percent(10)], [[500, 150]]),
        # 20.00 - 2.00 = 18.00, then 5.00
        ([2000], [percent(10), amount(500)], [[200, 500]]),
        # half of 20.00, and half of what is left
        ([2000], [percent(50, "P"), percent(50, "Q")], [[1000, 500]]),
        # everything, and then nothing is left to take
        ([2000], [percent(100), amount(500)], [[2000, 0]]),
        # two cents over three lines of one: each share is rounded down to nothing, and no line goes below zero
        ([1, 1, 1], [amount(2)], [[0], [1], [1]]),
        # half of 20 lines of a cent is ten cents, taken from the last ten
        ([1] * 20, [percent(50)], [[0]] * 10 + [[1]] * 10),
        # a credit is not discounted, nor does it make the discount smaller: 10 % of 30.00
        ([3000, -1000], [percent(10)], [[300], []]),
        # a free trial tells of its discount, which is nothing
        ([0], [percent(25)], [[0]]),
        # no lines, no discount
        ([], [percent(25)], []),
    ],
)
def test_discounts_of_an_invoice(lines, offs, shares):
    found = taken([Line(each) for each in lines], offs)
    assert [[share for _, share in line] for line in found] == shares


@pytest.mark.parametrize(
    ("lines", "offs", "shares"),
    [
        # a proration is left alone: half of the other 20.00
        ([Line(1000, discountable=False), Line(2000)], [percent(50)], [[], [1000]]),
        # only the second product: half of 10.00
        ([Line(2000, "pro"), Line(1000, "extra")], [percent(50, products=frozenset({"extra"}))], [[], [500]]),
        # $5.00 off one product that costs 3.00 takes 3.00
        ([Line(2000, "pro"), Line(300, "extra")], [amount(500, products=frozenset({"extra"}))], [[], [300]]),
        # nothing that it is for
        ([Line(2000, "pro")], [percent(50, products=frozenset({"other"}))], [[]]),
        # the item's own half first: 10.00 of 20.00 is left; then a tenth of 10.00 + 5.00 is 1.50, spread 2 to 1
        ([Line(2000, own=(percent(50, "I"),)), Line(500)], [percent(10)], [[1000, 100], [50]]),
        # the item's own amount is for it alone: 20.00 - 3.00; then 10 % of 17.00 + 10.00 = 2.70, as 170 and 100
        ([Line(2000, own=(amount(300, "I"),)), Line(1000)], [percent(10)], [[300, 170], [100]]),
        # two tiers of one item share its $5.00: 1 to 2
        ([Line(1000, own=(amount(500, "I"),)), Line(2000, own=(amount(500, "I"),))], [], [[166], [334]]),
        # two items with the same percentage: each its own share
        ([Line(1000, own=(percent(10, "I"),)), Line(500, own=(percent(10, "J"),))], [], [[100], [50]]),
    ],
)
def test_discounts_of_items_come_first_and_some_are_for_some_lines_only(lines, offs, shares):
    assert [[share for _, share in line] for line in taken(lines, offs)] == shares


def test_each_share_names_its_discount():
    assert taken([Line(2000, own=(percent(50, "I"),))], [amount(100, "A")]) == [[("I", 1000), ("A", 100)]]


amounts = st.integers(-(10**6), 10**7)
percents = st.integers(1, 10_000).map(lambda hundredths: Fraction(hundredths, 100))
offs = st.lists(
    st.one_of(
        st.builds(lambda id, off: Off(id, off), st.text("abc", min_size=1, max_size=3), percents),
        st.builds(lambda id, off: Off(id, amount=off), st.text("abc", min_size=1, max_size=3), st.integers(1, 10**7)),
    ),
    max_size=4,
)
narrow = st.lists(
    st.builds(
        Off,
        st.just("n"),
        percents,
        products=st.one_of(st.none(), st.frozensets(st.sampled_from(["a", "b"]), min_size=1)),
    ),
    max_size=3,
)
some_lines = st.lists(
    st.builds(
        Line, amounts, st.sampled_from(["a", "b", None]), own=st.one_of(st.just(()), offs.map(tuple)),
        discountable=st.booleans(),
    ),
    max_size=6,
)  # fmt: skip


@given(some_lines, st.one_of(offs, narrow))
def test_no_line_goes_below_zero_and_no_share_is_negative(lines, whole):
    for line, shares in zip(lines, taken(lines, whole), strict=True):
        assert all(share >= 0 for _, share in shares)
        assert sum(share for _, share in shares) <= max(0, line.amount)
        assert not shares or line.discountable


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=8), offs)
def test_the_shares_of_a_discount_add_up_to_what_it_takes_off_the_whole(values, whole):
    found = taken([Line(value) for value in values], whole)
    rest = sum(values)
    for position, off in enumerate(whole):
        shares = sum(line[position][1] for line in found)
        assert shares == off.of(rest)
        rest -= shares


@given(st.lists(st.integers(0, 10**7), max_size=8), offs, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_change_the_total(values, whole, random):
    def total(ordered):
        return sum(share for line in taken([Line(value) for value in ordered], whole) for _, share in line)

    shuffled = list(values)
    random.shuffle(shuffled)
    assert total(shuffled) == total(values)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=8), st.data())
def test_what_is_spread_is_all_there_and_fits_on_each_line(left, data):
    total = data.draw(st.integers(0, sum(left)))
    shares = spread(total, left)
    assert sum(shares) == total
    assert all(0 <= share <= room for share, room in zip(shares, left, strict=True))


def test_a_discount_that_is_on_the_line_and_on_the_invoice_comes_off_once():
    half = percent(50, "P")
    # 20.00 at half price; the other line has only the invoice's
    assert taken([Line(2000, own=(half,)), Line(1000)], [half]) == [[("P", 1000)], [("P", 500)]]
