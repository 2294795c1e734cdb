"""Trial offers: a price for the first periods, and the one that comes after them."""

from typing import Any

import pytest
import stripe
from api.life import DAY, Life
from api.usage import refused


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def offer(life: Life, price: str, after: str, iterations: int = 2, **params: Any) -> Any:
    return life.client.v1.product_catalog.trial_offers.create(
        {
            "price": price,
            "duration": {"type": "relative", "relative": {"iterations": iterations}},
            "end_behavior": {"transition": {"price": after}},
            **params,
        }
    )


def test_an_offer_is_made_listed_and_put_aside(life: Life) -> None:
    first, then = life.price(500).id, life.price(2000).id
    made = offer(life, first, then, nickname="Two cheap months")
    assert made.to_dict() == {
        "id": made.id,
        "object": "product_catalog.trial_offer",
        "active": True,
        "duration": {"relative": {"iterations": 2}, "type": "relative"},
        "end_behavior": {"transition": {"price": then}, "type": "transition"},
        "livemode": False,
        "nickname": "Two cheap months",
        "price": first,
    }
    offers = life.client.v1.product_catalog.trial_offers
    other = offer(life, then, then, active=False)
    assert [each.id for each in offers.list().data] == [other.id, made.id]
    assert [each.id for each in offers.list({"active": True}).data] == [made.id]
    assert [each.id for each in offers.list({"prices": [then]}).data] == [other.id]
    assert [each.id for each in offers.list({"created": {"gt": 0}}).data] == [other.id, made.id]
    assert offers.list({"created": {"lt": DAY}}).data == []
    assert offers.update(made.id, {"active": False}).active is False
    assert offers.retrieve(made.id).active is False
    assert life.events() == []


def test_what_no_offer_can_be(life: Life) -> None:
    client, price = life.client, life.price().id
    once = client.v1.prices.create({"currency": "usd", "unit_amount": 100, "product_data": {"name": "Mug"}}).id
    euros = client.v1.prices.create(
        {"currency": "eur", "unit_amount": 100, "recurring": {"interval": "month"}, "product_data": {"name": "Pro"}}
    ).id
    after = "end_behavior[transition][price]"
    refused(lambda: offer(life, "price_none", price), "No such price", param="price")
    refused(lambda: offer(life, price, "price_none"), "No such price", param=after)
    refused(lambda: offer(life, once, price), "is not recurring", param="price")
    refused(lambda: offer(life, price, once), "is not recurring", param=after)
    refused(lambda: offer(life, price, euros), "the same currency", param=after)
    refused(lambda: offer(life, price, price, 0), "greater than or equal to 1", param="duration[relative][iterations]")
    refused(lambda: offer(life, price, price, duration={"type": "relative"}), "Missing required", param="duration")
