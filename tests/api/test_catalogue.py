"""Customers, products, prices and test clocks through the official SDK."""

from typing import Any

import pytest
import stripe
from api.life import START, Life


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def test_a_product_comes_with_its_default_price(life: Life) -> None:
    product = life.client.v1.products.create(
        {
            "name": "Pro",
            "default_price_data": {"currency": "eur", "unit_amount": 900, "recurring": {"interval": "year"}},
        }
    )
    assert life.events() == ["product.created", "plan.created", "price.created", "product.updated"]
    price = life.client.v1.prices.retrieve(product.default_price)
    assert (price.product, price.currency, price.recurring.interval, price.type) == (
        product.id,
        "eur",
        "year",
        "recurring",
    )


def test_a_product_with_prices_cannot_be_deleted_but_archived(life: Life) -> None:
    price = life.price()
    with pytest.raises(stripe.InvalidRequestError, match="user-created prices"):
        life.client.v1.products.delete(price.product)
    life.client.v1.products.update(price.product, {"active": False})
    assert life.events() == ["product.updated"]
    with pytest.raises(stripe.InvalidRequestError, match="its product is not active"):
        life.subscribe(life.customer(), price)


def test_a_fraction_of_a_cent_has_only_a_decimal(life: Life) -> None:
    price = life.client.v1.prices.create(
        {"currency": "usd", "unit_amount_decimal": "0.5", "product_data": {"name": "Click"}}
    )
    assert (price.unit_amount, str(price.unit_amount_decimal), price.type) == (None, "0.5", "one_time")


def test_a_lookup_key_moves_only_when_asked(life: Life) -> None:
    def make(**params: Any) -> stripe.Price:
        return life.client.v1.prices.create(
            {"currency": "usd", "unit_amount": 1, "product_data": {"name": "P"}, "lookup_key": "pro", **params}
        )

    first = make()
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        make()
    second = make(transfer_lookup_key=True)
    assert [price.id for price in life.client.v1.prices.list({"lookup_keys": ["pro"]}).data] == [second.id]
    assert life.client.v1.prices.retrieve(first.id).lookup_key is None


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"currency": "xxx", "unit_amount": 1, "product_data": {"name": "P"}}, "currency"),
        ({"currency": "usd", "product_data": {"name": "P"}}, "unit_amount"),
        ({"currency": "usd", "unit_amount": -1, "product_data": {"name": "P"}}, "unit_amount"),
        ({"currency": "usd", "unit_amount": 1}, "product"),
        ({"currency": "usd", "unit_amount": 1, "product": "prod_none"}, "product"),
        (
            {
                "currency": "usd",
                "unit_amount": 1,
                "product_data": {"name": "P"},
                "recurring": {"interval": "month", "interval_count": 37},
            },
            "recurring[interval_count]",
        ),
    ],
)
def test_a_price_that_cannot_be_is_refused_by_name(life: Life, params: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.client.v1.prices.create(params)
    assert refused.value.param == param
    assert life.events() == []


def test_a_customer_is_updated_and_told_what_had_been(life: Life) -> None:
    customer = life.client.v1.customers.create({"name": "Ada", "metadata": {"plan": "a", "seat": "1"}})
    life.events()
    life.client.v1.customers.update(customer.id, {"name": "Grace", "metadata": {"seat": "", "team": "7"}})
    [event] = life.new_events()
    assert event.data.object.metadata.to_dict() == {"plan": "a", "team": "7"}
    assert event.data.previous_attributes.to_dict() == {"metadata": {"seat": "1", "team": None}, "name": "Ada"}
    life.client.v1.customers.update(customer.id, {"metadata": {"plan": "a"}})
    assert life.events() == [], "what changes nothing tells nothing"


def test_a_bad_address_is_refused(life: Life) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.client.v1.customers.create({"email": "nobody"})
    assert (refused.value.code, refused.value.param) == ("email_invalid", "email")


def test_a_clock_answers_at_once_and_is_ready_when_all_is_done(life: Life) -> None:
    clock = life.client.v1.test_helpers.test_clocks.advance(life.clock.id, {"frozen_time": START + 5})
    assert (clock.status, clock.status_details.advancing.target_frozen_time) == ("advancing", START + 5)
    for _ in range(2_000):
        clock = life.client.v1.test_helpers.test_clocks.retrieve(clock.id)
        if clock.status == "ready":
            break
    assert clock.frozen_time == START + 5
    assert life.events() == ["test_helpers.test_clock.advancing", "test_helpers.test_clock.ready"]
    with pytest.raises(stripe.InvalidRequestError, match="must be after"):
        life.client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": START})


def test_what_is_on_a_clock_is_hidden_and_goes_with_it(life: Life) -> None:
    customer = life.customer()
    life.subscribe(customer, life.price())
    assert life.client.v1.customers.list().data == []
    assert [c.id for c in life.client.v1.customers.list({"test_clock": life.clock.id}).data] == [customer.id]
    assert life.client.v1.subscriptions.list().data == []
    assert len(life.client.v1.subscriptions.list({"customer": customer.id}).data) == 1
    life.events()
    assert life.client.v1.test_helpers.test_clocks.delete(life.clock.id).deleted
    told = life.events()
    assert told[0] == "customer.subscription.deleted"
    assert told[-2:] == ["customer.deleted", "test_helpers.test_clock.deleted"]
    assert life.client.v1.test_helpers.test_clocks.list().data == []
