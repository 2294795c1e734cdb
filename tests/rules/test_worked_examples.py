"""Every example with numbers in stripe-behaviour.md that is arithmetic, by its section, against the rules."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest

from mockbill.rules import balance, clock_limits, discounts, dunning, money, periods, pricing, proration, taxes

DAY = 86_400


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def price(unit, interval="month", every=1, currency="usd", **fields):
    recurring = {"interval": interval, "interval_count": every, "usage_type": "licensed"}
    return {"id": "price_1", "currency": currency, "unit_amount_decimal": unit, "recurring": recurring, **fields}


# 1.14
ZERO = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
THREE = "bhd jod kwd omr tnd"
TWO_ALL_THE_SAME = "isk ugx huf twd"


@pytest.mark.parametrize(("codes", "places"), [(ZERO, 0), (THREE, 3), (TWO_ALL_THE_SAME, 2), ("usd eur gbp", 2)])
def test_1_14_decimals_of_currencies(codes, places):
    assert {money.exponent(code) for code in codes.split()} == {places}


@pytest.mark.parametrize(
    ("units", "currencies"),
    [
        ("0.50", "usd eur aud cad chf brl inr nzd sgd"),
        ("0.30", "gbp"),
        ("50", "jpy"),
        ("2.50", "dkk"),
        ("3.00", "nok sek"),
        ("4.00", "hkd"),
        ("10", "mxn thb"),
        ("2.00", "myr pln ron aed"),
        ("15", "czk"),
        ("175", "huf"),
        ("1.00", "bgn"),
    ],
)
def test_1_14_minimum_charges(units, currencies):
    for currency in currencies.split():
        assert money.minimum_charge(currency) == Fraction(units) * 10 ** money.exponent(currency)


def test_1_14_the_last_digit_of_three_decimals_is_0_and_8_digits_are_the_most():
    assert {money.charge_step(currency) for currency in THREE.split()} == {10}
    assert money.MAXIMUM_CHARGE == 99_999_999


# 2.7: graduated is the sum over tiers of units in it × unit + flat once; volume the one tier; 0 pays the first flat
TIERS = [
    {"up_to": 10, "unit_amount": 500, "flat_amount": 1000},
    {"up_to": 20, "unit_amount": 400, "flat_amount": 300},
    {"up_to": None, "unit_amount": 250},
]


@pytest.mark.parametrize(
    ("quantity", "graduated", "volume"),
    [
        (0, 1000, 1000),
        (1, 1500, 1500),
        (10, 6000, 6000),  # 10 × 5 + 10
        (11, 6000 + 400 + 300, 11 * 400 + 300),
        (20, 6000 + 4000 + 300, 20 * 400 + 300),
        (30, 6000 + 4300 + 2500, 30 * 250),
    ],
)
def test_2_7_tiers(quantity, graduated, volume):
    for mode, amount in (("graduated", graduated), ("volume", volume)):
        tiered = {"currency": "usd", "billing_scheme": "tiered", "tiers_mode": mode}
        assert pricing.cost(tiered, quantity, TIERS).amount == amount


@pytest.mark.parametrize(
    ("quantity", "up", "down"), [(0, 0, 0), (1, 1, 0), (99, 1, 0), (100, 1, 1), (101, 2, 1), (250, 3, 2)]
)
def test_2_7_billed_units_are_the_quantity_over_the_divisor_up_or_down(quantity, up, down):
    for how, units in (("up", up), ("down", down)):
        packaged = price("1000", transform_quantity={"divide_by": 100, "round": how})
        assert pricing.cost(packaged, quantity).amount == 1000 * units


# 2.8: a repeating discount ends its months after its start
@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-15 10:00:00", 3, "2026-04-15 10:00:00"),
        ("2026-11-30 10:00:00", 3, "2027-02-28 10:00:00"),
        ("2026-01-31 00:00:00", 1, "2026-02-28 00:00:00"),
        ("2026-01-31 00:00:00", 12, "2027-01-31 00:00:00"),
    ],
)
def test_2_8_the_end_of_a_repeating_discount(start, months, end):
    assert periods.add(at(start), "month", months) == at(end)


# 2.13: how lines describe themselves
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (pricing.describe_line(1, "Default", price("1000")), "1 × Default (at $10.00 / month)"),
        (
            pricing.describe_line(10, "Test Subscription", price("2500"), unit_label="user"),
            "10 user × Test Subscription (at $25.00 / month)",
        ),
        (pricing.describe_line(1, "Pro", price("1000", every=3)), "1 × Pro (at $10.00 / every 3 months)"),
        (pricing.describe_line(25, "Name", price("4")), "25 × Name (at $0.04 / month)"),
        (
            pricing.describe_line(3, "Name", price("500"), tier=pricing.TierCharge(1, 3, Fraction(500), 1500)),
            "3 × Name (Tier 1 at $5.00 / month)",
        ),
        (pricing.describe_trial(1, "Name", price("500"), unit_label="user"), "Free trial for 1 user × Name"),
        (pricing.describe_trial(1, "Name", price("500"), flexible=False), "Trial period for Name"),
        (pricing.describe_unused(1, "Name", at("2025-11-10")), "Unused time on Name after 10 Nov 2025"),
        (pricing.describe_unused(2, "Name", at("2025-11-10")), "Unused time on 2 × Name after 10 Nov 2025"),
        (pricing.describe_remaining(1, "Name", at("2025-11-10")), "Remaining time on Name after 10 Nov 2025"),
    ],
)
def test_2_13_descriptions(text, expected):
    assert text == expected


# 2.13, 3.10, 3.14: amount_due = max(0, total + starting_balance); the rest stays on the balance
@pytest.mark.parametrize(
    ("total", "before", "due", "after", "kind"),
    [
        (2000, 0, 2000, 0, "applied_to_invoice"),
        (2000, -500, 1500, 0, "applied_to_invoice"),  # all of the credit is used
        (2000, -2000, 0, 0, "applied_to_invoice"),
        (2000, -2500, 0, -500, "applied_to_invoice"),  # what is not needed stays
        (2000, 700, 2700, 0, "applied_to_invoice"),  # a debt is collected along
        (-1500, 0, 0, -1500, "applied_to_invoice"),  # 3.10: a negative total is credit
        (-1500, -100, 0, -1600, "applied_to_invoice"),
        (-1500, 2000, 500, 0, "applied_to_invoice"),
        (0, -300, 0, -300, "applied_to_invoice"),
        (49, 0, 0, 49, "invoice_too_small"),  # 3.5: under 0.50, so it waits for the next invoice
        (50, 0, 50, 0, "applied_to_invoice"),
        (60, -20, 0, 40, "invoice_too_small"),
        (2000, 49, 2049, 0, "applied_to_invoice"),
    ],
)
def test_3_14_the_balance_on_an_invoice(total, before, due, after, kind):
    assert balance.applied(total, before, least=50) == (due, after, kind)


# 3.5: months are counted from the anchor and clamped; 29 February
@pytest.mark.parametrize(
    ("anchor", "interval", "ends"),
    [
        ("2026-01-31 10:00:07", "month", ["2026-02-28 10:00:07", "2026-03-31 10:00:07", "2026-04-30 10:00:07"]),
        ("2028-01-31 10:00:07", "month", ["2028-02-29 10:00:07", "2028-03-31 10:00:07"]),
        ("2024-02-29 00:00:00", "year", ["2025-02-28 00:00:00", "2026-02-28 00:00:00"]),
        ("2026-03-29 01:30:00", "week", ["2026-04-05 01:30:00"]),
        ("2026-03-28 01:30:00", "day", ["2026-03-29 01:30:00"]),
    ],
)
def test_3_5_boundaries(anchor, interval, ends):
    assert [periods.boundary(at(anchor), interval, 1, n) for n in range(1, len(ends) + 1)] == [at(end) for end in ends]


# 3.6: the suggested schedule, and 8 tries in two weeks
@pytest.mark.parametrize(
    ("text", "days"), [("3d,5d,7d", [3, 8, 15]), ("smart", [1.75, 3.5, 5.25, 7, 8.75, 10.5, 12.25, 14])]
)
def test_3_6_retries_lie_so_many_days_after_the_first_failure(text, days):
    policy, now, told = dunning.parse(text), 0, []
    for attempt in range(1, len(days) + 1):
        now = dunning.next_attempt(policy, attempt, now)
        told.append(now / DAY)
    assert told == days
    assert dunning.next_attempt(policy, len(days) + 1, now) is None


# 3.10: whole items, rounded one by one
@pytest.mark.parametrize(
    ("old", "new", "left", "credit", "debit"),
    [
        (1000, 500, Fraction(2, 3), -667, 333),  # together −334
        (2500, 25000, Fraction(1), -2500, 25000),  # monthly to annual at the very beginning
    ],
)
def test_3_10_prorations(old, new, left, credit, debit):
    end = 30 * DAY
    changed = end - int(end * left)
    assert (proration.prorate(-old, 0, end, changed), proration.prorate(new, 0, end, changed)) == (credit, debit)


def test_3_10_an_amount_off_is_split_with_the_remainder_on_the_last():
    off = discounts.Off("di_1", amount=500)
    assert discounts.taken([discounts.Line(1000), discounts.Line(2000)], [off]) == [[("di_1", 166)], [("di_1", 334)]]


# 3.12, 3.13, 3.14: item-level discounts, those of the invoice in order, taxes, balance
OWN = discounts.Off("own", Fraction(5))
TENTH, FIVER = discounts.Off("tenth", Fraction(10)), discounts.Off("fiver", amount=500)
VAT, INCLUDED = taxes.Rate("vat", Fraction(20), False), taxes.Rate("included", Fraction(20), True)


@pytest.mark.parametrize(
    ("amounts", "own", "offs", "rate", "subtotal", "off", "tax", "total"),
    [
        # The recorded one: 5 % of 10.00 off the item are in the subtotal.
        ([1000], OWN, [], None, 950, 0, 0, 950),
        # 9.50, a tenth off is 8.55, 20 % of that are 1.71.
        ([1000], OWN, [TENTH], VAT, 950, 95, 171, 1026),
        # 30.00 − 3.00 − 5.00 = 22.00, with 4.40 on top.
        ([1000, 2000], None, [TENTH, FIVER], VAT, 3000, 800, 440, 2640),
        # The other way around: 30.00 − 5.00 = 25.00, of which a tenth is 2.50; 22.50 and 4.50.
        ([1000, 2000], None, [FIVER, TENTH], VAT, 3000, 750, 450, 2700),
        # 12.00 − 1.20 = 10.80 with 1.80 inside: the total stays.
        ([1200], None, [TENTH], INCLUDED, 1200, 120, 180, 1080),
        # No more off than there is, and no tax on nothing.
        ([300], None, [FIVER], VAT, 300, 300, 0, 0),
    ],
)
def test_3_12_the_order_of_an_invoice(amounts, own, offs, rate, subtotal, off, tax, total):
    found = discounts.taken([discounts.Line(each, own=(own,) if own else ()) for each in amounts], offs)
    own_off = sum(share for line in found for id, share in line if id == "own")
    whole_off = sum(share for line in found for id, share in line if id != "own")
    net = [each - sum(share for _, share in line) for each, line in zip(amounts, found, strict=True)]
    levied = taxes.levied([taxes.Line(each, (rate,) if rate else ()) for each in net])
    told = sum(levy.amount for levies in levied for levy in levies)
    added = sum(levy.amount for levies in levied for levy in levies if not levy.rate.inclusive)
    assert (sum(amounts) - own_off, whole_off, told, sum(net) + added) == (subtotal, off, tax, total)


# 3.13: exclusive round(taxable × pct/100), inclusive round(amount − amount/(1 + pct/100))
@pytest.mark.parametrize(
    ("amount", "percentage", "exclusive", "inclusive"),
    [
        (1000, "20", 200, 167),  # 166.67
        (2000, "19", 380, 319),  # 319.33
        (999, "7.7", 77, 71),  # 76.92; 71.42
        (1, "50", 1, 0),  # 0.5; 0.33
        (10, "25", 3, 2),  # 2.5; 2
    ],
)
def test_3_13_one_rate(amount, percentage, exclusive, inclusive):
    for inside, expected in ((False, exclusive), (True, inclusive)):
        [[levy]] = taxes.levied([taxes.Line(amount, (taxes.Rate("one", Fraction(percentage), inside),))])
        assert levy.amount == expected


# 4.8: two intervals of the shortest subscription; two years where there is none
@pytest.mark.parametrize(
    ("recurring", "furthest"),
    [
        ([], "2028-01-31"),
        ([("month", 1)], "2026-03-31"),
        ([("year", 1), ("month", 3)], "2026-07-31"),
        ([("week", 2), ("month", 1)], "2026-02-28"),
        ([("day", 1)], "2026-02-02"),
    ],
)
def test_4_8_how_far_a_clock_goes_in_one_step(recurring, furthest):
    assert clock_limits.furthest(at("2026-01-31"), recurring) == at(furthest)
    assert (clock_limits.CUSTOMERS, clock_limits.SUBSCRIPTIONS) == (3, 3)
