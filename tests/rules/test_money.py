"""Money: currencies, rounding, splitting, and amounts as Stripe writes them."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbill.rules.money import (
    CURRENCIES,
    MAXIMUM_CHARGE,
    allocate,
    charge_step,
    decimal_string,
    exponent,
    format_amount,
    is_currency,
    minimum_charge,
    parse_decimal,
    processing_fee,
    round_half_up,
)

amounts = st.integers(-(10**12), 10**12)
currencies = st.sampled_from(sorted(CURRENCIES))
decimals = st.decimals(-(10**9), 10**9, places=12, allow_nan=False)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1000, "usd", "$10.00"),
        (999, "eur", "€9.99"),
        (500, "jpy", "¥500"),
        (123450, "sek", "SEK 1,234.50"),
        (5, "gbp", "£0.05"),
        (0, "usd", "$0.00"),
        (-667, "usd", "-$6.67"),
        (1234567890, "usd", "$12,345,678.90"),
        (1050, "kwd", "KWD 1.050"),
        (100, "aud", "A$1.00"),
        (10000, "isk", "ISK 100.00"),
        (Fraction(1, 2), "usd", "$0.005"),
        (Fraction("12.5"), "jpy", "¥12.5"),
        (1000, "USD", "$10.00"),
    ],
)
def test_an_amount_is_written_as_stripe_does(amount, currency, text):
    assert format_amount(amount, currency) == text


@given(amounts, currencies)
def test_writing_an_amount_loses_no_digit(amount, currency):
    text = format_amount(amount, currency)
    digits = "".join(sign for sign in text if sign.isdigit() or sign == ".")
    assert Decimal(digits) * 10 ** exponent(currency) == abs(amount)
    assert text.startswith("-") == (amount < 0)


@given(decimals, currencies)
def test_writing_a_fraction_of_a_cent_loses_no_digit(amount, currency):
    text = format_amount(Fraction(amount), currency)
    digits = "".join(sign for sign in text if sign.isdigit() or sign == ".")
    assert Fraction(digits) * 10 ** exponent(currency) == abs(Fraction(amount))


@pytest.mark.parametrize(
    ("currency", "places"),
    [("usd", 2), ("eur", 2), ("jpy", 0), ("krw", 0), ("kwd", 3), ("bhd", 3), ("isk", 2), ("ugx", 2), ("JPY", 0)],
)
def test_a_currency_has_as_many_decimals_as_at_stripe(currency, places):
    assert exponent(currency) == places


@pytest.mark.parametrize(
    ("currency", "step"), [("usd", 1), ("jpy", 1), ("kwd", 10), ("BHD", 10), ("isk", 100), ("ugx", 100), ("huf", 1)]
)
def test_charges_are_multiples_of_what_can_be_paid(currency, step):
    assert charge_step(currency) == step


def test_a_currency_is_known_in_either_case():
    assert is_currency("usd")
    assert is_currency("EUR")
    assert not is_currency("xxx")
    assert not is_currency("")
    assert len(CURRENCIES) > 135
    assert all(len(code) == 3 and code.islower() for code in CURRENCIES)


@pytest.mark.parametrize(
    ("currency", "least"),
    [("usd", 50), ("gbp", 30), ("jpy", 50), ("sek", 300), ("huf", 17500), ("mxn", 1000), ("USD", 50), ("kes", 1)],
)
def test_a_charge_has_a_minimum(currency, least):
    assert minimum_charge(currency) == least
    assert least < MAXIMUM_CHARGE == 99_999_999


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("0.5", 1),
        ("-0.5", -1),
        ("1.5", 2),
        ("2.5", 3),
        ("-2.5", -3),
        ("2.4999", 2),
        ("-2.4999", -2),
        ("0", 0),
        ("7", 7),
    ],
)
def test_halves_are_rounded_away_from_zero(value, rounded):
    assert round_half_up(Fraction(value)) == rounded


@given(st.fractions())
def test_rounding_stays_within_a_half_and_mirrors_at_zero(value):
    assert abs(round_half_up(value) - value) <= Fraction(1, 2)
    assert round_half_up(-value) == -round_half_up(value)


def test_an_amount_is_spread_as_stripe_spreads_a_coupon():
    assert allocate(500, [1000, 2000]) == [166, 334]


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (100, [1, 1, 1], [33, 33, 34]),
        (-100, [1, 1, 1], [-33, -33, -34]),
        (100, [1, 1, 1, 0], [33, 33, 34, 0]),
        (100, [0, 0], [0, 100]),
        (0, [3, 4], [0, 0]),
        (7, [5], [7]),
    ],
)
def test_what_rounding_leaves_goes_to_the_last_share_that_weighs_anything(total, weights, shares):
    assert allocate(total, weights) == shares


@given(amounts, st.lists(st.integers(0, 10**9), min_size=1, max_size=20))
def test_spreading_keeps_the_sum_and_never_turns_a_sign(total, weights):
    shares = allocate(total, weights)
    assert sum(shares) == total
    assert len(shares) == len(weights)
    assert all(share * total >= 0 for share in shares)


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_there_must_be_something_to_spread_over(weights):
    with pytest.raises(ValueError, match="weights"):
        allocate(100, weights)


@pytest.mark.parametrize(("amount", "fee"), [(1000, 59), (100, 33), (2500, 103), (0, 30), (50, 31)])
def test_the_processing_fee_is_2_9_percent_and_30(amount, fee):
    assert processing_fee(amount) == fee


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.5", Fraction(25, 2)),
        ("1000", Fraction(1000)),
        ("-0.5", Fraction(-1, 2)),
        (".25", Fraction(1, 4)),
        ("0.000000000001", Fraction(1, 10**12)),
        ("3.", Fraction(3)),
    ],
)
def test_a_decimal_is_read_exactly(text, value):
    assert parse_decimal(text) == value


@pytest.mark.parametrize("text", ["", "abc", "1e3", "1/3", "1,5", ".", "1.0000000000001", " 1", "1_000", "١٢", "nan"])
def test_what_is_no_decimal_is_refused(text):
    with pytest.raises(ValueError, match="Invalid decimal"):
        parse_decimal(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1000, "1000"),
        (Fraction(1, 2), "0.5"),
        (0, "0"),
        (Fraction(-5, 4), "-1.25"),
        (Fraction(100, 8), "12.5"),
        (Fraction(1, 10**12), "0.000000000001"),
    ],
)
def test_a_decimal_is_written_without_trailing_zeros(value, text):
    assert decimal_string(value) == text


@given(decimals)
def test_a_decimal_survives_being_written_and_read(value):
    assert parse_decimal(decimal_string(Fraction(value))) == Fraction(value)


def test_a_third_cannot_be_written_as_a_decimal():
    with pytest.raises(ValueError, match="no end as a decimal"):
        decimal_string(Fraction(1, 3))
