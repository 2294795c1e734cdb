"""What tests of discounts share: coupons in a word, and months from the first of March."""

from typing import Any

import stripe
from api.life import Life

from mockbill.rules import periods

MARCH = 1_772_359_200  # 2026-03-01T10:00:00Z
OLD = {"stripe_version": "2024-06-20"}


def coupon(life: Life, **terms: Any) -> str:
    made = life.client.v1.coupons.create({"duration": "forever", **({"percent_off": 25} | terms)})
    life.events()
    return made.id


def amount_coupon(life: Life, amount: int, **terms: Any) -> str:
    made = life.client.v1.coupons.create({"amount_off": amount, "currency": "usd", "duration": "forever", **terms})
    life.events()
    return made.id


def invoices(life: Life, subscription: str) -> list[stripe.Invoice]:
    return life.client.v1.invoices.list({"subscription": subscription, "limit": 100}).data[::-1]


def months(count: int) -> int:
    return periods.add(MARCH, "month", count)
