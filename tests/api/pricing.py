"""Prices of every kind, for the tests of prices, tiers and currencies."""

from typing import Any

import pytest
import stripe
from api.life import Life

TIERS: list[dict[str, Any]] = [
    {"up_to": 5, "unit_amount": 700},
    {"up_to": 10, "unit_amount": 650, "flat_amount": 100},
    {"up_to": "inf", "unit_amount": 600},
]
TIERED = {"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": TIERS, "recurring": {"interval": "month"}}
PRO = {"currency": "usd", "product_data": {"name": "Pro"}}
NEXT_MONTH = 1_772_272_800  # 2026-02-28T10:00:00Z


def make(life: Life, **params: Any) -> stripe.Price:
    price = life.client.v1.prices.create({**PRO, **params})  # type: ignore[typeddict-item]
    life.events()
    return price


def refused(life: Life, **params: Any) -> tuple[str | None, str | None]:
    """The parameter and the message of a refused price; nothing has happened."""
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.client.v1.prices.create({**PRO, **params})  # type: ignore[typeddict-item]
    assert (refusal.value.http_status, life.events()) == (400, [])
    return refusal.value.param, refusal.value.user_message


def lines_of(invoice: Any) -> list[tuple[str, int, int, str]]:
    """Description, quantity, amount and unit amount of each line."""
    return [
        (line.description, line.quantity, line.amount, str(line.pricing.unit_amount_decimal))
        for line in invoice.lines.data
    ]
