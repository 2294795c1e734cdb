"""Pricing: per-unit, packaged and tiered amounts, and how invoice lines are described."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules.pricing import (
    Cost,
    billed_units,
    cost,
    cost_beyond,
    describe_flat,
    describe_line,
    describe_remaining,
    describe_trial,
    describe_unused,
    tier_charges,
    unit_amount,
)

NOV_10 = 1762732800  # 2025-11-10


def line_amount(price: Any, quantity: int, tiers: Any = ()) -> int:
    return cost(price, quantity, tiers).amount


def price(unit_amount=None, *, decimal=None, interval="month", every=1, **fields):
    return {
        "id": "price_1",
        "billing_scheme": "per_unit",
        "currency": "usd",
        "recurring": interval and {"interval": interval, "interval_count": every, "usage_type": "licensed"},
        "tiers_mode": None,
        "transform_quantity": None,
        "unit_amount": unit_amount,
        "unit_amount_decimal": decimal,
    } | fields


def tiered(mode):
    return price(billing_scheme="tiered", tiers_mode=mode)


def tier(up_to, unit=None, flat=None, **fields):
    return {"up_to": up_to, "unit_amount": unit, "flat_amount": flat} | fields


TIERS = [tier(5, 700), tier(10, 650, 100), tier(None, 600, 50)]

quantities = st.integers(0, 100_000)
cents = st.integers(0, 10_000_000)


@st.composite
def tables(draw):
    """Tiers with growing bounds, the last one open."""
    tops = sorted(draw(st.sets(st.integers(1, 1000), max_size=5)))
    rates = st.integers(0, 100_000)
    return [tier(up_to, draw(rates), draw(rates)) for up_to in [*tops, None]]


@pytest.mark.parametrize(
    ("document", "quantity", "amount"),
    [
        (price(1000), 1, 1000),
        (price(1000), 3, 3000),
        (price(1000), 0, 0),
        (price(1000, decimal="1000"), 2, 2000),
        (price(decimal="0.5"), 1, 1),
        (price(decimal="0.5"), 3, 2),
        (price(decimal="0.49"), 1, 0),
        (price(decimal="0.000000000001"), 500_000_000_000, 1),
        (price(1000, transform_quantity={"divide_by": 100, "round": "up"}), 101, 2000),
        (price(1000, transform_quantity={"divide_by": 100, "round": "up"}), 100, 1000),
        (price(1000, transform_quantity={"divide_by": 100, "round": "down"}), 199, 1000),
        (price(1000, transform_quantity={"divide_by": 100, "round": "up"}), 0, 0),
    ],
)
def test_a_per_unit_price_is_the_quantity_times_the_unit(document, quantity, amount):
    assert line_amount(document, quantity) == amount


# Stripe's documented example: 7.00 for 1 to 5, 6.50 for 6 to 10, 6.00 from 11 on; no flat amounts.
FONTS = [tier(5, 700), tier(10, 650), tier(None, 600)]
# A base fee with an allowance: 20.00 with 3 seats, each further one 5.00; from 11 on 4.00 and once 10.00.
SEATS = [tier(3, None, 2000), tier(10, 500), tier(None, 400, 1000)]
# Fractions of a cent: 0.4 cents up to 1000, then 0.25.
CALLS = [tier(1000, unit_amount_decimal="0.4"), tier(None, unit_amount_decimal="0.25")]
# Only flat amounts: a step price.
STEPS = [tier(10, None, 1000), tier(100, None, 5000), tier(None, None, 20000)]


@pytest.mark.parametrize(
    ("tiers", "quantity", "graduated", "volume"),
    [
        (FONTS, 1, 700, 700),
        (FONTS, 5, 3500, 3500),
        (FONTS, 6, 4150, 3900),  # 5 × 7 + 6.50, against 6 × 6.50
        (FONTS, 20, 12750, 12000),  # 35 + 32.50 + 10 × 6, against 20 × 6
        (FONTS, 25, 15750, 15000),
        (SEATS, 0, 2000, 2000),  # the first flat amount is due at 0
        (SEATS, 3, 2000, 2000),
        (SEATS, 4, 2500, 2000),  # 20 + 5, against 4 × 5
        (SEATS, 10, 5500, 5000),  # 20 + 7 × 5, against 10 × 5
        (SEATS, 11, 6900, 5400),  # 20 + 35 + 4 + 10, against 11 × 4 + 10
        (CALLS, 1, 0, 0),  # 0.4 of a cent
        (CALLS, 2, 1, 1),  # 0.8
        (CALLS, 1000, 400, 400),
        (CALLS, 1002, 401, 251),  # 400 + 0.5 (half up: 1), against 250.5 (half up: 251)
        (STEPS, 7, 1000, 1000),
        (STEPS, 11, 6000, 5000),  # 10 + 50, against 50
        (STEPS, 101, 26000, 20000),
    ],
)
def test_tiers_by_hand(tiers, quantity, graduated, volume):
    assert line_amount(tiered("graduated"), quantity, tiers) == graduated
    assert line_amount(tiered("volume"), quantity, tiers) == volume


@pytest.mark.parametrize(
    ("document", "quantity", "amount", "text"),
    [
        (price(500, currency="jpy"), 3, 1500, "3 × Pro (at ¥500 / month)"),
        (price(decimal="0.5", currency="jpy"), 3, 2, "3 × Pro (at ¥0.5 / month)"),  # 1.5 yen
        (price(1250, currency="kwd"), 2, 2500, "2 × Pro (at KWD 1.250 / month)"),
        (price(decimal="1250.5", currency="kwd"), 3, 3752, "3 × Pro (at KWD 1.2505 / month)"),  # 3751.5 fils
        (price(99900, currency="isk"), 1, 99900, "1 × Pro (at ISK 999.00 / month)"),
        (price(decimal="0.000000000001"), 1, 0, "1 × Pro (at $0.00000000000001 / month)"),
        (
            price(700, currency="jpy", transform_quantity={"divide_by": 12, "round": "down"}),
            35,  # two whole dozens
            1400,
            "35 × Pro (at ¥700 per 12 / month)",
        ),
        (
            price(decimal="33.3", transform_quantity={"divide_by": 10, "round": "up"}),
            41,  # five packages, 166.5 cents
            167,
            "41 × Pro (at $0.333 per 10 / month)",
        ),
    ],
)
def test_amounts_and_words_in_other_currencies_and_packages(document, quantity, amount, text):
    assert (line_amount(document, quantity), describe_line(quantity, "Pro", document)) == (amount, text)


@pytest.mark.parametrize(
    ("quantity", "graduated", "volume"),
    [
        (0, 0, 0),
        (1, 700, 700),
        (5, 3500, 3500),
        (6, 3500 + 650 + 100, 6 * 650 + 100),
        (10, 3500 + 3250 + 100, 10 * 650 + 100),
        (12, 3500 + 3250 + 100 + 1200 + 50, 12 * 600 + 50),
    ],
)
def test_tiers_price_each_unit_or_the_whole_quantity(quantity, graduated, volume):
    assert line_amount(tiered("graduated"), quantity, TIERS) == graduated
    assert line_amount(tiered("volume"), quantity, TIERS) == volume


@pytest.mark.parametrize("mode", ["graduated", "volume"])
def test_the_first_tiers_flat_amount_is_due_at_quantity_0(mode):
    assert line_amount(tiered(mode), 0, [tier(10, 5, 2000), tier("inf", 4)]) == 2000


def test_a_tier_may_be_priced_in_fractions_of_a_cent():
    tiers = [tier(None, unit_amount_decimal="0.4", flat_amount_decimal="10.1")]
    assert line_amount(tiered("graduated"), 1, tiers) == 11  # 10.5, half up
    assert line_amount(tiered("volume"), 3, tiers) == 11  # 11.3


def test_graduated_tiers_make_one_charge_each():
    charges = tier_charges(tiered("graduated"), 12, TIERS)
    assert [(charge.number, charge.quantity, charge.amount) for charge in charges] == [
        (1, 5, 3500),
        (2, 5, 3350),
        (3, 2, 1250),
    ]


def test_volume_tiers_make_the_charge_of_the_tier_that_was_reached():
    (charge,) = tier_charges(tiered("volume"), 7, TIERS)
    assert (charge.number, charge.quantity, charge.unit_amount, charge.amount) == (2, 7, Fraction(650), 4650)


def test_a_cost_says_what_made_it_up():
    assert cost(price(1000), 3) == Cost(3000, "usd", 1000)
    assert cost(price(decimal="0.5"), 3) == Cost(2, "usd", Fraction(1, 2))
    graduated = cost(tiered("graduated"), 6, TIERS)
    assert (graduated.amount, graduated.unit_amount) == (3500 + 650 + 100, None)
    assert [(charge.amount, charge.flat) for charge in graduated.tiers] == [(3500, None), (750, 100)]


def test_a_flat_amount_is_told_of_by_itself():
    _, second = tier_charges(tiered("graduated"), 6, TIERS)
    assert describe_line(6, "Pro", tiered("graduated"), tier=second) == "1 × Pro (Tier 2 at $6.50 / month)"
    assert describe_flat("Pro", tiered("graduated"), second) == "Pro (Tier 2 flat fee at $1.00 / month)"


def test_a_quantity_past_the_last_tier_is_an_error():
    with pytest.raises(ValueError, match="no tier holds a quantity of 11"):
        line_amount(tiered("volume"), 11, [tier(10, 5)])


def test_a_price_without_an_amount_is_an_error():
    with pytest.raises(ValueError, match="price_1 has no unit amount"):
        unit_amount(price(custom_unit_amount={"enabled": True}))


@given(cents, quantities)
def test_a_per_unit_line_is_exact(unit, quantity):
    assert line_amount(price(unit), quantity) == unit * quantity
    assert line_amount(price(decimal=str(unit)), quantity) == unit * quantity


@given(quantities, st.integers(1, 1000))
def test_packages_hold_the_quantity(quantity, size):
    up = billed_units(price(1, transform_quantity={"divide_by": size, "round": "up"}), quantity)
    down = billed_units(price(1, transform_quantity={"divide_by": size, "round": "down"}), quantity)
    assert down * size <= quantity <= up * size
    assert up - down == (quantity % size > 0)


@given(tables(), quantities)
def test_graduated_prices_never_fall_as_the_quantity_grows(tiers, quantity):
    assert line_amount(tiered("graduated"), quantity, tiers) <= line_amount(tiered("graduated"), quantity + 1, tiers)


@given(tables(), st.integers(0, 2000))
def test_graduated_charges_cover_the_quantity_unit_by_unit(tiers, quantity):
    charges = tier_charges(tiered("graduated"), quantity, tiers)
    assert sum(charge.quantity for charge in charges) == quantity
    bounds = [row["up_to"] or quantity + 1 for row in tiers]
    homes = [next(i for i, bound in enumerate(bounds) if unit <= bound) for unit in range(1, quantity + 1)]
    flats = sum(tiers[i]["flat_amount"] for i in set(homes) | {0})
    expected = flats + sum(tiers[i]["unit_amount"] for i in homes)
    assert line_amount(tiered("graduated"), quantity, tiers) == expected


@given(tables(), quantities, st.sampled_from(["graduated", "volume"]))
def test_a_cost_is_the_sum_of_what_its_tiers_charge(tiers, quantity, mode):
    whole = cost(tiered(mode), quantity, tiers)
    assert whole.amount == sum(charge.amount for charge in whole.tiers)
    assert sum(charge.quantity for charge in whole.tiers) == quantity
    for charge in whole.tiers:  # so that a line is its quantity times its unit amount
        assert charge.amount - charge.flat == charge.quantity * charge.unit_amount


@given(tables(), quantities, st.integers(1, 9))
def test_tiers_at_a_multiple_cost_that_multiple(tiers, quantity, factor):
    dearer = [tier(row["up_to"], row["unit_amount"] * factor, row["flat_amount"] * factor) for row in tiers]
    for mode in ("graduated", "volume"):
        assert line_amount(tiered(mode), quantity, dearer) == factor * line_amount(tiered(mode), quantity, tiers)


@given(st.lists(st.decimals(0, 100, places=12), min_size=1, max_size=5), st.integers(0, 500))
def test_fractions_of_a_cent_are_rounded_once_for_each_tier(rates, quantity):
    tops = [10 * number for number in range(1, len(rates))]
    tiers = [tier(top, unit_amount_decimal=f"{rate:f}") for top, rate in zip([*tops, None], rates, strict=True)]
    exact = sum(
        Fraction(charge.unit_amount) * charge.quantity for charge in tier_charges(tiered("graduated"), quantity, tiers)
    )
    assert abs(line_amount(tiered("graduated"), quantity, tiers) - exact) <= Fraction(len(tiers), 2)


@given(tables(), quantities)
def test_a_volume_price_is_the_whole_quantity_at_the_rate_of_its_tier(tiers, quantity):
    home = next(row for row in tiers if row["up_to"] is None or quantity <= row["up_to"])
    expected = quantity * home["unit_amount"] + home["flat_amount"]
    assert line_amount(tiered("volume"), quantity, tiers) == expected


@given(st.integers(0, 1000), cents, cents)
def test_with_a_single_tier_both_modes_agree(quantity, unit, flat):
    tiers = [tier("inf", unit, flat)]
    assert line_amount(tiered("graduated"), quantity, tiers) == line_amount(tiered("volume"), quantity, tiers)


@pytest.mark.parametrize(
    ("document", "quantity", "text"),
    [
        (price(1000), 1, "1 × Pro (at $10.00 / month)"),
        (price(1000, interval="year"), 2, "2 × Pro (at $10.00 / year)"),
        (price(1000, every=3), 1, "1 × Pro (at $10.00 / every 3 months)"),
        (price(1000, interval="week", every=2), 1, "1 × Pro (at $10.00 / every 2 weeks)"),
        (price(500, currency="jpy"), 1, "1 × Pro (at ¥500 / month)"),
        (price(10000, currency="sek"), 1, "1 × Pro (at SEK 100.00 / month)"),
        (price(decimal="0.4"), 25, "25 × Pro (at $0.004 / month)"),
        (price(0), 1, "1 × Pro (at $0.00 / month)"),
        (
            price(1000, transform_quantity={"divide_by": 100, "round": "up"}),
            250,
            "250 × Pro (at $10.00 per 100 / month)",
        ),
        (price(1000, interval=None), 3, "Pro"),
    ],
)
def test_a_line_says_how_many_of_what_at_which_price(document, quantity, text):
    assert describe_line(quantity, "Pro", document) == text


def test_a_line_counts_in_the_products_unit():
    text = describe_line(10, "Test Subscription", price(2500), unit_label="user")
    assert text == "10 user × Test Subscription (at $25.00 / month)"


def test_a_tier_has_a_line_of_its_own():
    document = tiered("graduated")
    lines = [describe_line(6, "Pro", document, tier=charge) for charge in tier_charges(document, 6, TIERS)]
    assert lines == ["5 × Pro (Tier 1 at $7.00 / month)", "1 × Pro (Tier 2 at $6.50 / month)"]


def test_a_trial_is_free_in_every_billing_mode():
    assert describe_trial(1, "Pro", price(1000), unit_label="user") == "Free trial for 1 user × Pro"
    assert describe_trial(2, "Pro", price(1000)) == "Free trial for 2 × Pro"
    assert describe_trial(1, "Pro", price(1000), flexible=False) == "Trial period for Pro"
    metered = price(4, recurring={"interval": "month", "interval_count": 1, "usage_type": "metered"})
    assert describe_trial(0, "Pro", metered) == "Pro (Free trial)"


def test_a_proration_names_the_day_of_the_change():
    assert describe_unused(1, "Pro", NOV_10) == "Unused time on Pro after 10 Nov 2025"
    assert describe_unused(2, "Pro", NOV_10) == "Unused time on 2 × Pro after 10 Nov 2025"
    assert describe_remaining(1, "Pro", NOV_10) == "Remaining time on Pro after 10 Nov 2025"


GRADUATED = [
    {"up_to": 10, "unit_amount": 100},
    {"up_to": None, "unit_amount": 50, "flat_amount": 200},
]


@pytest.mark.parametrize(
    ("mode", "beyond", "quantity", "charges"),
    [
        # 8 were billed: 2 fill the first tier at 100, 4 lie in the second at 50, whose flat 200 is due now
        ("graduated", 8, 6, [(1, 2, 200, None), (2, 4, 400, 200)]),
        ("graduated", 12, 3, [(2, 3, 150, None)]),  # the flat amount was billed with the 11th unit
        ("graduated", 8, 0, [(1, 0, 0, None)]),  # nothing more: one line says so
        ("volume", 8, 6, [(2, 6, 500, 200)]),  # all 14 lie in the second tier: 6 x 50, and its flat 200
        ("volume", 12, 6, [(2, 6, 300, None)]),
    ],
)
def test_tiers_go_on_beyond_what_was_billed(
    mode: str, beyond: int, quantity: int, charges: list[tuple[int, int, int, int | None]]
) -> None:
    price = {"billing_scheme": "tiered", "currency": "usd", "tiers_mode": mode}
    beyond_it = cost_beyond(price, beyond, quantity, GRADUATED)
    assert [(each.number, each.quantity, each.amount, each.flat) for each in beyond_it.tiers] == charges
    assert beyond_it.amount == sum(each.amount for each in beyond_it.tiers)


def test_packages_go_on_beyond_what_was_billed() -> None:
    packages = {"currency": "usd", "unit_amount": 500, "transform_quantity": {"divide_by": 100, "round": "up"}}
    assert cost_beyond(packages, 150, 50).amount == 0  # 150 were billed as two packages, 200 are two
    assert cost_beyond(packages, 150, 51).amount == 500


@given(st.integers(1, 40), st.integers(0, 40))
def test_two_bills_come_to_what_one_would_have(beyond: int, quantity: int) -> None:
    graduated = {"billing_scheme": "tiered", "currency": "usd", "tiers_mode": "graduated"}
    whole = cost(graduated, beyond + quantity, GRADUATED).amount
    first = cost(graduated, beyond, GRADUATED).amount
    assert first + cost_beyond(graduated, beyond, quantity, GRADUATED).amount == whole


def test_a_fraction_of_usage_is_priced_exactly() -> None:
    price = {"currency": "usd", "unit_amount": 3}
    assert cost(price, Fraction(5, 2)).amount == 8  # 7.5 cents, halves go up
    packages = {**price, "transform_quantity": {"divide_by": 2, "round": "down"}}
    assert cost(packages, Fraction(9, 2)).amount == 6  # two whole packages in 4.5
    tiered = {"billing_scheme": "tiered", "currency": "usd", "tiers_mode": "graduated"}
    assert cost(tiered, Fraction(21, 2), GRADUATED).amount == 1225  # 10 x 100, 0.5 x 50, flat 200
