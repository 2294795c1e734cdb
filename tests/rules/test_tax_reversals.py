"""How a flat amount that is given back is spread over the lines of a sale."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules.tax_reversals import Part, spread

SALE = [Part(1000, 190), Part(500, 0), Part(1190, 190, inclusive=True)]  # worth 1190, 500 and 1190: 2880


@pytest.mark.parametrize(
    ("total", "parts"),
    [
        (2880, [(1000, 190), (500, 0), (1190, 190)]),
        (0, [(0, 0), (0, 0), (0, 0)]),
        (1440, [(500, 95), (250, 0), (595, 95)]),  # half of all
        # 100/2880 of each: 41.32, 17.36 and 41.32 are 41, 18 and 41; the tax in 41 of 1190 is 6.55
        (100, [(34, 7), (18, 0), (41, 7)]),
    ],
)
def test_a_flat_amount_takes_of_each_line_in_proportion(total, parts):
    assert [(part.amount, part.tax) for part in spread(total, SALE)] == parts


def test_nothing_is_left_of_nothing():
    assert spread(0, [Part(0, 0)]) == [Part(0, 0)]


def sales():
    part = st.builds(
        lambda amount, percent, inclusive: Part(amount, amount * percent // (200 if inclusive else 100), inclusive),
        st.integers(0, 1_000_000),
        st.integers(0, 50),
        st.booleans(),
    )
    return st.lists(part, min_size=1, max_size=6)


@given(sales(), st.data())
def test_the_parts_are_worth_what_is_given_back_and_no_more_than_what_was_left(sale, data):
    whole = sum(part.worth for part in sale)
    total = data.draw(st.integers(0, whole))
    parts = spread(total, sale)
    assert sum(part.worth for part in parts) == total
    for part, left in zip(parts, sale, strict=True):
        assert 0 <= part.amount <= left.amount
        assert 0 <= part.tax <= left.tax


@given(sales())
def test_all_of_it_is_every_line(sale):
    assert spread(sum(part.worth for part in sale), sale) == sale
