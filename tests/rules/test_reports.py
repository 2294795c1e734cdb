"""The balance's summary: what there was, came, went to the bank, and is left."""

from typing import Any

import pytest

from mockbill.rules import reports

MARCH, APRIL = 1_772_323_200, 1_775_001_600  # 2026-03-01 and 2026-04-01, midnight UTC


def moved(net: int, created: int, category: str = "charge") -> dict[str, Any]:
    return {"net": net, "created": created, "reporting_category": category}


MOVES = [
    moved(1000, MARCH - 1),
    moved(2000, MARCH),
    moved(-500, MARCH + 5, "payout"),
    moved(-300, MARCH + 6, "refund"),
    moved(500, APRIL - 1, "payout_reversal"),
    moved(7000, APRIL),
]


def test_an_interval_begins_with_its_start_and_ends_before_its_end() -> None:
    rows = reports.balance_summary(MOVES, "usd", MARCH, APRIL)
    # 2000 - 300 of activity; payouts of 500 that came back; 10.00 + 17.00
    assert [tuple(row.values()) for row in rows] == [
        ("starting_balance", "Starting balance (2026-03-01)", "10.00", "usd"),
        ("activity", "Activity", "17.00", "usd"),
        ("payouts", "Total payouts", "0.00", "usd"),
        ("ending_balance", "Ending balance (2026-03-31)", "27.00", "usd"),
    ]


@pytest.mark.parametrize(
    ("currency", "net", "shown"),
    [("usd", -1234, "-12.34"), ("usd", 5, "0.05"), ("usd", 10, "0.10"), ("jpy", 1234, "1234"), ("jpy", -5, "-5")],
)
def test_amounts_are_in_major_units(currency: str, net: int, shown: str) -> None:
    rows = reports.balance_summary([moved(net, MARCH)], currency, MARCH, APRIL)
    assert [row["net_amount"] for row in rows][1::2] == [shown, shown]


def test_a_table_has_the_columns_that_are_asked_for() -> None:
    rows = reports.balance_summary(MOVES, "usd", MARCH, APRIL)[:2]
    assert reports.as_csv(rows, ("net_amount", "category")).decode() == (
        '"net_amount","category"\n"10.00","starting_balance"\n"17.00","activity"\n'
    )
