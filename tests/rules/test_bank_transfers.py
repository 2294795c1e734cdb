"""Which payment a transfer that came in is for."""

from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules import bank_transfers
from mockbill.rules.bank_transfers import Open

OLD, MIDDLE, NEW = Open("old", 1000, "AAA"), Open("middle", 700, "BBB"), Open("new", 300, "CCC")
WAITING = [OLD, MIDDLE, NEW]


def test_the_one_that_is_quoted_gets_it() -> None:
    assert bank_transfers.shares(300, WAITING, "BBB") == [("middle", 300)]


def test_the_one_that_it_equals_comes_next() -> None:
    assert bank_transfers.shares(300, WAITING) == [("new", 300)]


def test_otherwise_the_oldest_come_first() -> None:
    assert bank_transfers.shares(1200, WAITING) == [("old", 1000), ("middle", 200)]


def test_one_that_wants_nothing_does_not_keep_it_from_the_others() -> None:
    assert bank_transfers.shares(500, [Open("lowered", 0, None), Open("credited", -100, None), MIDDLE]) == [
        ("middle", 500)
    ]


@given(
    st.integers(1, 10_000),
    st.lists(st.builds(Open, st.uuids().map(str), st.integers(1, 5_000), st.none())),
)
def test_nobody_gets_more_than_is_missing_and_nothing_is_made_up(amount: int, waiting: list[Open]) -> None:
    shares = dict(bank_transfers.shares(amount, waiting))
    assert sum(shares.values()) <= amount
    assert all(0 < shares[each.id] <= each.amount for each in waiting if each.id in shares)


def test_the_fee_is_half_a_per_cent_and_five_at_most() -> None:
    assert [bank_transfers.fee(amount) for amount in (1000, 1100, 200_000)] == [5, 6, 500]  # 5.5 is 6; 10.00 is 5.00
