"""What a part of a line takes back of its discounts and taxes, to the cent."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockbill.rules import credit_notes
from mockbill.rules.credit_notes import Funds, Part

# $100.00, 10 % off, 19 % VAT on the $90.00 that are left: 90 + 17.10 = $107.10
TAXED = Part(10_000, off=(1000,), exclusive=(1710,))
# $119.00 of which 19.00 are VAT
INCLUSIVE = Part(11_900, inclusive=(1900,))
# the same, sold to somebody exempt, who is spared the 19.00
EXEMPT = Part(11_900, inclusive=(0,), spared=1900)
PLAIN = Part(1000)


@pytest.mark.parametrize(
    ("whole", "taken", "amount", "part"),
    [
        (PLAIN, Part(0), 300, Part(300)),
        # a quarter of each
        (TAXED, Part(0, (0,), (0,)), 2500, Part(2500, (250,), (428,))),  # 427.5 goes up
        # another quarter: half of 1710 is 855, less the 428 of before
        (TAXED, Part(2500, (250,), (428,)), 2500, Part(2500, (250,), (427,))),
        # the rest, whatever was rounded before
        (TAXED, Part(5000, (500,), (855,)), 5000, Part(5000, (500,), (855,))),
        (INCLUSIVE, Part(0, inclusive=(0,)), 5950, Part(5950, inclusive=(950,))),
        (EXEMPT, Part(0, inclusive=(0,)), 5950, Part(5950, inclusive=(0,), spared=950)),
        # a proration that gave back $5.00 is itself taken back
        (Part(-500, exclusive=(-95,)), Part(0, exclusive=(0,)), -250, Part(-250, exclusive=(-48,))),
    ],
)
def test_by_amount(whole: Part, taken: Part, amount: int, part: Part) -> None:
    assert credit_notes.by_amount(whole, taken, amount) == part


@pytest.mark.parametrize(
    ("whole", "taken", "payable", "part"),
    [
        (PLAIN, Part(0), 300, Part(300)),
        # half of what was paid, 53.55: 8.55 tax and 5.00 discount, so 50.00 of the amount
        (TAXED, Part(0, (0,), (0,)), 5355, Part(5000, (500,), (855,))),
        # a dollar of 107.10: tax 1710/107.1 = 15.97, discount 1000/107.1 = 9.34; 100 + 9 - 16 = 93
        (TAXED, Part(0, (0,), (0,)), 100, Part(93, (9,), (16,))),
        (TAXED, Part(93, (9,), (16,)), 10_610, Part(9907, (991,), (1694,))),
        (EXEMPT, Part(0, inclusive=(0,)), 5000, Part(5950, inclusive=(0,), spared=950)),
    ],
)
def test_by_what_was_paid(whole: Part, taken: Part, payable: int, part: Part) -> None:
    assert credit_notes.by_payable(whole, taken, payable) == part
    assert part.payable == payable


@pytest.mark.parametrize("amount", [0, -1, 701])
@pytest.mark.parametrize("credit", [credit_notes.by_amount, credit_notes.by_payable])
def test_no_more_than_is_left(credit: Callable[[Part, Part, int], Part], amount: int) -> None:
    with pytest.raises(ValueError, match="of 700"):
        credit(PLAIN, Part(300), amount)


def test_units_of_a_line() -> None:
    # $10.00 for three: 333.33 each, so 333, 334 (666.67 is 667) and 333
    amounts = [credit_notes.amount_of_units(1000, 3, before, 1) for before in range(3)]
    assert amounts == [333, 334, 333]
    assert credit_notes.amount_of_units(1000, 3, 1, 2) == 667
    with pytest.raises(ValueError, match="3 of 2"):
        credit_notes.amount_of_units(1000, 3, 1, 3)


def test_spread_over_lines() -> None:
    # 10.00 over 20.00, 10.00 and a credit of 5.00: two fifths of each, which is whole
    assert credit_notes.spread(1000, [2000, 1000, -500]) == [800, 400, -200]
    # 1.00 over three equal lines: 33.33 each, the missing cent goes to the first
    assert credit_notes.spread(100, [500, 500, 500]) == [34, 33, 33]


@pytest.mark.parametrize(
    ("total", "remaining", "funds", "kind"),
    [
        (300, 1000, Funds(300, 0), "pre_payment"),
        (1000, 1000, Funds(1000, 0), "pre_payment"),
        (300, 0, Funds(0, 300), "post_payment"),
        (700, 400, Funds(400, 300), "mixed"),
    ],
)
def test_before_and_after_payment(total: int, remaining: int, funds: Funds, kind: str) -> None:
    assert credit_notes.funds(total, remaining) == funds
    assert credit_notes.kind(funds) == kind


def test_numbers() -> None:
    assert credit_notes.number("ABCD1234-0001", 1) == "ABCD1234-0001-CN-01"
    assert credit_notes.number("ABCD1234-0001", 12) == "ABCD1234-0001-CN-12"


@st.composite
def lines(draw: st.DrawFn) -> Part:
    """A line as invoices have them: discounts within the amount, taxes of at most the whole of what is left."""
    amount = draw(st.integers(1, 5000))
    first = draw(st.integers(0, amount))
    second = draw(st.integers(0, amount - first))
    base = amount - first - second
    inclusive = draw(st.integers(0, base))
    exempt = draw(st.booleans())
    net = base - inclusive
    exclusive = () if exempt else tuple(draw(st.lists(st.integers(0, net // 2), max_size=2)))
    return Part(amount, (first, second), exclusive, (0 if exempt else inclusive,), inclusive if exempt else 0)


def parts_of(part: Part) -> list[int]:
    return [part.amount, *part.off, *part.exclusive, *part.inclusive, part.spared, part.payable]


@settings(max_examples=300)
@given(whole=lines(), shares=st.lists(st.tuples(st.booleans(), st.floats(0.01, 1)), max_size=6), mirrored=st.booleans())
def test_bit_by_bit_a_line_gives_back_what_it_charged(
    whole: Part, shares: list[tuple[bool, float]], mirrored: bool
) -> None:
    taken = credit_notes.nothing(whole)
    for by_payable, share in [*shares, (False, 1.0)]:
        left = whole - taken
        rest = left.payable if by_payable else left.amount
        if rest == 0:
            continue
        credit = credit_notes.by_payable if by_payable else credit_notes.by_amount
        asked = max(1, int(rest * share))
        if mirrored:
            part = -credit(-whole, -taken, -asked)
        else:
            part = credit(whole, taken, asked)
        assert (part.payable if by_payable else part.amount) == asked
        assert min(parts_of(part)) >= 0, "nothing turns its sign"
        taken += part
        assert min(parts_of(whole - taken)) >= 0, "nothing comes back twice"
    assert taken == whole


@given(st.lists(st.integers(0, 9999), min_size=1, max_size=6), st.floats(0, 1))
def test_what_is_spread_adds_up(left: list[int], share: float) -> None:
    if not sum(left):
        return
    total = int(sum(left) * share)
    shares = credit_notes.spread(total, left)
    assert sum(shares) == total
    assert all(0 <= one <= most for one, most in zip(shares, left, strict=True))


@given(st.integers(-9999, 9999), st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_units_add_up_to_the_line(amount: int, steps: list[int]) -> None:
    before, sums = 0, 0
    for units in steps:
        sums += credit_notes.amount_of_units(amount, sum(steps), before, units)
        before += units
    assert sums == amount
