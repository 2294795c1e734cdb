"""``adjustable_quantity`` of checkout and payment links: its shape, its bounds, and that no page asks for it yet."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

Make = Callable[[Any], Any]
WHERE = "line_items[0][adjustable_quantity]"


@pytest.fixture
def mug(client: stripe.StripeClient) -> str:
    return client.v1.prices.create({"currency": "usd", "unit_amount": 1200, "product_data": {"name": "Mug"}}).id


@pytest.fixture(params=["checkout", "link"])
def make(request: pytest.FixtureRequest, client: stripe.StripeClient, mug: str) -> Make:
    """A session or a link, with its line item shown, by the ``adjustable_quantity`` of that."""

    def made(adjustable: Any) -> Any:
        items: Any = [{"price": mug, "quantity": 2, "adjustable_quantity": adjustable}]
        sent: Any = {"line_items": items, "expand": ["line_items"]}
        if request.param == "link":
            return client.v1.payment_links.create(sent)
        return client.v1.checkout.sessions.create({**sent, "mode": "payment", "success_url": "http://shop.example"})

    return made


def test_what_was_not_said_is_null(make: Make) -> None:
    [item] = make({"enabled": False}).line_items.data
    assert item.adjustable_quantity.to_dict() == {"enabled": False, "maximum": None, "minimum": None}
    [item] = make({"enabled": False, "minimum": 0, "maximum": 999_999}).line_items.data
    assert item.adjustable_quantity.to_dict() == {"enabled": False, "maximum": 999_999, "minimum": 0}


@pytest.mark.parametrize(
    ("adjustable", "status", "param"),
    [
        ({"enabled": True}, 501, "enabled"),
        ({"enabled": True, "minimum": -1}, 400, "minimum"),
        ({"enabled": False, "maximum": 0}, 400, "maximum"),
        ({"enabled": True, "maximum": 1_000_000}, 400, "maximum"),
        ({"enabled": True, "minimum": 5, "maximum": 4}, 400, "minimum"),
    ],
)
def test_what_cannot_be_or_is_not_there_yet_is_refused(
    make: Make, client: stripe.StripeClient, adjustable: Any, status: int, param: str
) -> None:
    with pytest.raises(stripe.StripeError) as refusal:
        make(adjustable)
    told = refusal.value
    assert (told.http_status, told.error and told.error.param) == (status, f"{WHERE}[{param}]")
    assert client.v1.checkout.sessions.list().data == client.v1.payment_links.list().data == []


def test_the_items_of_a_link_are_changed_by_the_same_rules(client: stripe.StripeClient, mug: str) -> None:
    links = client.v1.payment_links
    link = links.create({"line_items": [{"price": mug, "quantity": 1}], "expand": ["line_items"]})
    assert link.line_items is not None
    [item] = link.line_items.data
    assert item.adjustable_quantity is None

    def change(adjustable: Any) -> Any:
        items: Any = [{"id": item.id, "adjustable_quantity": adjustable}]
        return links.update(link.id, {"line_items": items, "expand": ["line_items"]})

    [changed] = change({"enabled": False, "maximum": 7}).line_items.data
    assert changed.adjustable_quantity.to_dict() == {"enabled": False, "maximum": 7, "minimum": None}
    with pytest.raises(stripe.StripeError) as refusal:
        change({"enabled": True})
    assert (refusal.value.http_status, refusal.value.error and refusal.value.error.param) == (501, f"{WHERE}[enabled]")
    assert links.line_items.list(link.id).data == [changed]
