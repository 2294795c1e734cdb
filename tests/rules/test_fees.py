"""Application fees: shares to the cent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules import fees


@pytest.mark.parametrize(
    ("amount", "percent", "fee"),
    [
        (3000, 15, 450),  # the recorded subscription: 15 % of 30.00
        (1999, 10, 200),  # 199.9
        (1050, 2.5, 26),  # 26.25
        (1, 50, 1),  # half a cent up
        (1000, 12.34, 123),  # 123.4: the decimals as they are written, not the nearest double
        (0, 100, 0),
        (-500, 10, 0),  # an invoice that owes nothing pays no fee
    ],
)
def test_a_percentage_of_an_amount(amount: int, percent: float, fee: int) -> None:
    assert fees.of_percent(amount, percent) == fee


def test_a_share_is_no_more_than_what_is_left() -> None:
    assert fees.share(455, 455, 3000, 10_000, is_rest=False) == 137  # 136.5
    assert fees.share(455, 100, 3000, 10_000, is_rest=False) == 100
    assert fees.share(455, 318, 7000, 10_000, is_rest=True) == 318
    assert fees.share(455, 455, 3000, 0, is_rest=False) == 455


@given(st.integers(1, 10_000), st.lists(st.integers(1, 3000), min_size=1, max_size=8))
def test_shares_of_all_parts_are_the_whole(fee: int, parts: list[int]) -> None:
    whole, left = sum(parts), fee
    for number, part in enumerate(parts, 1):
        taken = fees.share(fee, left, part, whole, is_rest=number == len(parts))
        assert 0 <= taken <= left
        left -= taken
    assert left == 0
