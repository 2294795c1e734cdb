"""Meters and what they read, for the tests of metered billing."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe
from api.life import Life

NEXT_MONTH = 1_772_272_800  # 2026-02-28T10:00:00Z, a period after START


def meter(life: Life, formula: str = "sum", event_name: str = "api_calls", **params: Any) -> stripe.billing.Meter:
    made = life.client.v1.billing.meters.create(
        {
            "display_name": "API calls",
            "event_name": event_name,
            "default_aggregation": {"formula": formula},  # type: ignore[typeddict-item]
            **params,
        }
    )
    life.events()
    return made


def metered(life: Life, by: stripe.billing.Meter, **params: Any) -> stripe.Price:
    """A price of 4 cents a unit and month, unless ``params`` say otherwise."""
    worth = {} if params.keys() & {"unit_amount_decimal", "tiers"} else {"unit_amount": 4}
    price = life.client.v1.prices.create(
        {
            "currency": "usd",
            "product_data": {"name": "Calls"},
            "recurring": {"interval": "month", "usage_type": "metered", "meter": by.id},
            **worth,
            **params,
        }  # type: ignore[typeddict-item]
    )
    life.events()
    return price


def report(life: Life, customer: str, value: str | int, **params: Any) -> stripe.billing.MeterEvent:
    return life.client.v1.billing.meter_events.create(
        {
            "event_name": "api_calls",
            "payload": {"stripe_customer_id": customer, "value": str(value)},
            **params,
        }
    )


def shown(invoice: stripe.Invoice) -> list[tuple[str | None, int]]:
    """The lines of an invoice at a glance."""
    return [(line.description, line.amount) for line in invoice.lines.data]


def refused(call: Callable[[], Any], message: str, *, param: str | None = None, code: str | None = None) -> None:
    """Stripe's 400 for what a call asks; ``message`` is a part of what it says."""
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        call()
    assert (refusal.value.http_status, refusal.value.param) == (400, param)
    assert message in (refusal.value.user_message or "")
    assert code is None or refusal.value.code == code
