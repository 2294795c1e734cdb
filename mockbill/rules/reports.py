"""Financial reports, of which there is one: the balance summary (``balance.summary.1``), as a table of texts.

What its rows and columns are is from Stripe's page on the report type.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from mockbill.rules import money

BALANCE_SUMMARY = "balance.summary.1"
COLUMNS = ("category", "description", "net_amount", "currency")
_PAYOUTS = ("payout", "payout_reversal")


def balance_summary(
    transactions: Iterable[Mapping[str, Any]], currency: str, start: int, end: int
) -> list[dict[str, str]]:
    """The rows for a currency, by column: ``start`` belongs to the interval, ``end`` (seconds) does not.

    ``transactions`` are balance transactions in it, from the first one on.
    """
    before = activity = payouts = 0
    for each in transactions:
        if each["created"] < start:
            before += each["net"]
        elif each["created"] < end and each["reporting_category"] in _PAYOUTS:
            payouts += each["net"]
        elif each["created"] < end:
            activity += each["net"]
    rows = (
        ("starting_balance", f"Starting balance ({_day(start)})", before),
        ("activity", "Activity", activity),
        ("payouts", "Total payouts", payouts),
        ("ending_balance", f"Ending balance ({_day(end - 1)})", before + activity + payouts),
    )
    return [
        {"category": category, "description": text, "net_amount": _major(amount, currency), "currency": currency}
        for category, text, amount in rows
    ]


def as_csv(rows: Iterable[Mapping[str, str]], columns: Sequence[str]) -> bytes:
    """The rows with these columns, under their names."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row[name] for name in columns] for row in rows)
    return text.getvalue().encode()


def _day(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


def _major(amount: int, currency: str) -> str:
    """1234 cents as ``12.34``; yen have no minor units."""
    places = money.exponent(currency)
    whole = money.decimal_string(abs(Fraction(amount, 10**places)))
    if places:
        units, _, rest = whole.partition(".")
        whole = f"{units}.{rest:0<{places}}"
    return f"-{whole}" if amount < 0 else whole
