"""Credit grants on lines: which is used first, and that no cent is made or lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules.credits import Grant, Line, applied, in_order


def line(amount, price="p"):
    return Line(amount, price)


@pytest.mark.parametrize(
    "grants",
    [
        [Grant("1", 1, priority=0), Grant("2", 1, priority=1)],
        [Grant("1", 1, priority=0), Grant("2", 1, priority=1, expires_at=5, is_promotional=True)],
        [Grant("1", 1, expires_at=5), Grant("2", 1, expires_at=6)],
        [Grant("1", 1, expires_at=5), Grant("2", 1)],  # never expires, so it can wait
        [Grant("1", 1, expires_at=5), Grant("2", 1, expires_at=6, is_promotional=True)],
        [Grant("1", 1, is_promotional=True), Grant("2", 1)],
        [Grant("1", 1, is_promotional=True, effective_at=9), Grant("2", 1, effective_at=1)],
        [Grant("1", 1, effective_at=1, created=9), Grant("2", 1, effective_at=2, created=1)],
        [Grant("1", 1, created=1), Grant("2", 1, created=2)],
        [Grant("1", 1), Grant("2", 1)],  # alike: as they come
    ],
)
def test_which_grant_is_used_first(grants):
    assert [grant.id for grant in in_order(grants)] == ["1", "2"]
    if grants[0] != Grant("1", 1):
        assert [grant.id for grant in in_order(grants[::-1])] == ["1", "2"]


@pytest.mark.parametrize(
    ("lines", "grants", "paid"),
    [
        # 10.00 of a grant over 6.00
        ([line(1000)], [Grant("A", 600)], [[("A", 600)]]),
        # no more than the line
        ([line(1000)], [Grant("A", 1500)], [[("A", 1000)]]),
        # 6.00, and the 4.00 that are left of the second
        ([line(1000)], [Grant("A", 600), Grant("B", 900)], [[("A", 600), ("B", 400)]]),
        # one grant over two lines: 3.00, and 4.00 of the 7.00 that are left
        ([line(300), line(400)], [Grant("A", 1000)], [[("A", 300)], [("A", 400)]]),
        # a line that is not metered gets nothing
        ([line(300, None), line(400)], [Grant("A", 1000)], [[], [("A", 400)]]),
        # a grant for one price passes over the other line, which the second one pays
        (
            [line(300, "p"), line(400, "q")],
            [Grant("A", 1000, priority=1, prices=frozenset("q")), Grant("B", 1000)],
            [[("B", 300)], [("A", 400)]],
        ),
        # 10.00 of usage beside 4.00 given back: only 6.00 are to be paid
        ([line(-400, None), line(1000)], [Grant("A", 1000)], [[], [("A", 600)]]),
        # more is given back than was used
        ([line(-1400, None), line(1000)], [Grant("A", 1000)], [[], []]),
        # nothing there, nothing left
        ([line(0)], [Grant("A", 1000)], [[]]),
        ([line(100)], [Grant("A", 0)], [[]]),
        ([line(100)], [], [[]]),
    ],
)
def test_what_grants_pay(lines, grants, paid):
    assert applied(lines, grants) == paid


AMOUNTS = st.integers(0, 10**9)
PRICES = st.sampled_from("pqr")
GRANTS = st.builds(
    Grant,
    st.uuids().map(str),
    AMOUNTS,
    st.integers(0, 100),
    st.none() | st.integers(0, 9),
    st.booleans(),
    st.integers(0, 9),
    st.integers(0, 9),
    st.none() | st.frozensets(PRICES, min_size=1),
)
LINES = st.lists(st.builds(Line, st.integers(-(10**6), 10**9), st.none() | PRICES), max_size=6)


@given(LINES, st.lists(GRANTS, max_size=6, unique_by=lambda grant: grant.id))
def test_never_more_than_the_lines_the_grants_and_the_invoice(lines, grants):
    paid = applied(lines, grants)
    assert len(paid) == len(lines)
    for each, parts in zip(lines, paid, strict=True):
        assert all(amount > 0 for _, amount in parts)
        assert sum(amount for _, amount in parts) <= (max(each.amount, 0) if each.price else 0)
    whole = sum(amount for parts in paid for _, amount in parts)
    assert whole <= max(sum(each.amount for each in lines), 0)
    by_id = {grant.id: grant for grant in grants}
    for grant in grants:
        assert sum(amount for parts in paid for id, amount in parts if id == grant.id) <= grant.left
    for each, parts in zip(lines, paid, strict=True):
        for id, _ in parts:
            assert by_id[id].prices is None or each.price in by_id[id].prices


@given(st.lists(st.builds(Line, AMOUNTS, PRICES), max_size=6), st.lists(GRANTS, max_size=6))
def test_nothing_is_left_unpaid_while_there_is_credit_for_it(lines, grants):
    grants = [
        Grant(f"{place}", grant.left, grant.priority, grant.expires_at, grant.is_promotional)
        for place, grant in enumerate(grants)
    ]
    whole = sum(amount for parts in applied(lines, grants) for _, amount in parts)
    assert whole == min(sum(each.amount for each in lines), sum(grant.left for grant in grants))


@given(LINES, st.lists(GRANTS, max_size=6, unique_by=lambda grant: grant.id))
def test_a_grant_is_only_used_when_those_before_it_can_pay_no_more(lines, grants):
    """Taking away the last grant in order changes nothing of what the others pay."""
    ordered = in_order(grants)
    if not ordered:
        return
    last = ordered[-1].id
    without = applied(lines, ordered[:-1])
    assert [[part for part in parts if part[0] != last] for parts in applied(lines, grants)] == without
