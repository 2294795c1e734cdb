"""An advance reads, finds and writes as much for each subscription however many there are: counted, not timed."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from mockbill.app import create_app
from mockbill.billing import customers, prices, subscriptions
from mockbill.settings import Settings
from mockbill.world.table import LiveTable

MONTH_AND_HOUR = 31 * 86_400 + 3_600


def looked_at(count: int, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What the tables are asked for, and the documents they go through, while ``count`` subscriptions renew."""
    app = create_app(Settings(clock="2026-01-01T00:00:00Z", seed=1))
    world = app.worlds.of("ada")
    with world.work() as w:
        offer = {"currency": "usd", "unit_amount": 1000, "recurring": {"interval": "month"}}
        price = prices.create(w, {**offer, "product_data": {"name": "Pro"}})["id"]
    for _ in range(count):
        world.clock.set(world.clock.now + 1)
        with world.work() as w:
            card = {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
            customer = customers.create(w, {"email": "ada@example.com", **card})
            subscriptions.create(w, {"customer": customer["id"], "items": [{"price": price}]})
    seen: Counter[str] = Counter()
    with monkeypatch.context() as watched:
        for name in ("fetch", "put", "matching", "select", "index", "_plan"):
            watched.setattr(LiveTable, name, counting(name, getattr(LiveTable, name), seen))
        told = world.advance(world.clock.now + MONTH_AND_HOUR)
    app.close()
    assert told.events.count("invoice.paid") == count
    return seen


def counting(name: str, call: Callable[..., Any], seen: Counter[str]) -> Callable[..., Any]:
    def counted(table: LiveTable, *args: Any, **named: Any) -> Any:
        seen[f"{name} {table.name}"] += 1
        answer = call(table, *args, **named)
        if name == "_plan":
            seen[f"walked through {table.name}"] += len(answer[0])
        return answer

    return counted


def test_a_renewal_asks_as_much_among_many_as_among_few(monkeypatch: pytest.MonkeyPatch) -> None:
    twenty, forty, eighty = (looked_at(count, monkeypatch) for count in (20, 40, 80))
    assert twenty["fetch customer"] >= 20, "the count counts"
    assert {name: eighty[name] - forty[name] for name in eighty} == {
        name: 2 * (forty[name] - twenty[name]) for name in eighty
    }
