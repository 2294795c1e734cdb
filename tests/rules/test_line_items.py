"""Lines of payments add up, or do not: worked by hand."""

from typing import Any

import pytest

from mockbill.rules import line_items

LINES = [{"unit_cost": 2000, "quantity": 1}, {"unit_cost": 1000, "quantity": 2}]  # 40.00


@pytest.mark.parametrize(
    ("amount", "details", "lines", "code"),
    [
        (4000, {}, LINES, None),
        (3999, {}, LINES, line_items.MISMATCH),
        # 40.00 - 2.00 + 4.00 + 4.00
        (4600, {"discount_amount": 200, "tax": {"total_tax_amount": 400}, "shipping": {"amount": 400}}, LINES, None),
        # 20.00 - 1.00 + 0.50
        (1950, {}, [{**LINES[0], "discount_amount": 100, "tax": {"total_tax_amount": 50}}], None),
        (1000, {"tax": {"total_tax_amount": 400}, "shipping": {"amount": 600}}, [], None),
        (1000, {"tax": {"total_tax_amount": 400}, "shipping": {"amount": 601}}, [], line_items.TOO_MUCH),
    ],
)
def test_what_adds_up(amount: int, details: Any, lines: Any, code: str | None) -> None:
    assert line_items.wrong(amount, details, lines) == code
