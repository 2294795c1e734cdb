"""Pricing: per-unit, packaged and tiered amounts, and how invoice lines are described."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules.pricing import (
    Cost,
    billed_units,
    cost,
    describe_flat,
    describe_line,
    describe_remaining,
    describe_trial,
    describe_unused,
    line_amount,
    tier_charges,
    unit_amount,
)

NOV_10 = 1762732800  # 2025-11-10


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
