"""Prices through the official SDK: packages, decimals, keys, archives, and what is refused."""

from typing import Any

import pytest
import stripe
from api.life import Life
from api.pricing import NEXT_MONTH, PRO, make, refused


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


# packages and decimals


def test_packages_are_billed_whole(life: Life) -> None:
    packages = {"transform_quantity": {"divide_by": 10, "round": "up"}}
    price = make(life, unit_amount=500, recurring={"interval": "month"}, **packages)
    subscription = life.subscribe(life.customer(), price, items=[{"price": price.id, "quantity": 25}])
    invoice: Any = subscription.latest_invoice
    assert (invoice.total, invoice.lines.data[0].quantity) == (1500, 25)


def test_twelve_decimals_are_kept_and_the_line_is_rounded_once(life: Life) -> None:
    price = make(life, unit_amount_decimal="0.123456789012", recurring={"interval": "month"})
    assert (price.unit_amount, str(price.unit_amount_decimal)) == (None, "0.123456789012")
    subscription = life.subscribe(life.customer(), price, items=[{"price": price.id, "quantity": 1000}])
    invoice: Any = subscription.latest_invoice
    assert invoice.total == 123  # 123.456789012
    life.events()
    message = "Invalid decimal: 0.1234567890123"  # thirteen decimals
    assert refused(life, unit_amount_decimal="0.1234567890123")[1] == message


# keys, archives, what never changes


def test_a_lookup_key_is_taken_over_in_this_order(life: Life) -> None:
    monthly = {"recurring": {"interval": "month"}, "unit_amount": 500, "lookup_key": "pro"}
    first = make(life, **monthly)
    product = {"product_data": None, "product": first.product, "transfer_lookup_key": True}
    sent = {name: value for name, value in {**PRO, **monthly, **product}.items() if value}
    second = life.client.v1.prices.create(sent)  # type: ignore[arg-type]
    moved, planned, created = life.new_events()
    assert [event.type for event in (moved, planned, created)] == ["price.updated", "plan.created", "price.created"]
    assert moved.data.object.id == first.id
    assert moved.data.previous_attributes.to_dict() == {"lookup_key": "pro"}
    assert [price.id for price in life.client.v1.prices.list({"lookup_keys": ["pro", "x"]}).data] == [second.id]
    life.client.v1.prices.update(first.id, {"lookup_key": "pro", "transfer_lookup_key": True})
    assert [(event.type, event.data.object.id) for event in life.new_events()] == [
        ("price.updated", second.id),
        ("price.updated", first.id),
    ]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.client.v1.prices.list({"lookup_keys": [str(n) for n in range(11)]})
    assert refusal.value.param == "lookup_keys"


def test_an_archived_price_gives_its_key_free_and_cannot_come_back_with_it(life: Life) -> None:
    first = make(life, unit_amount=5, lookup_key="pro")
    life.client.v1.prices.update(first.id, {"active": False})
    make(life, unit_amount=6, lookup_key="pro")
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        life.client.v1.prices.update(first.id, {"active": True})


def test_an_archived_price_is_for_nobody_new_but_those_who_have_it_go_on(life: Life) -> None:
    price = life.price()
    customer = life.customer()
    subscription = life.subscribe(customer, price)
    life.events()
    life.client.v1.prices.update(price.id, {"active": False})
    told = life.new_events()
    assert [(event.type, event.data.previous_attributes.to_dict()) for event in told] == [
        ("plan.updated", {"active": True}),
        ("price.updated", {"active": True}),
    ]
    with pytest.raises(stripe.InvalidRequestError, match="only accepts active prices"):
        life.subscribe(customer, price)
    life.advance_to(NEXT_MONTH + 3700)
    renewed: Any = life.subscription(subscription.id).latest_invoice
    assert (renewed.billing_reason, renewed.status) == ("subscription_cycle", "paid")
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: unit_amount"):
        life.client.raw_request("post", f"/v1/prices/{price.id}", unit_amount=1)


def test_the_default_price_of_a_product_is_not_archived(life: Life) -> None:
    product = life.client.v1.products.create(
        {"name": "Pro", "default_price_data": {"currency": "usd", "unit_amount": 1}}
    )
    with pytest.raises(stripe.InvalidRequestError, match="default price of its product"):
        life.client.v1.prices.update(str(product.default_price), {"active": False})


def test_a_tax_behavior_is_chosen_once(life: Life) -> None:
    price = make(life, unit_amount=5)
    assert life.client.v1.prices.update(price.id, {"tax_behavior": "inclusive"}).tax_behavior == "inclusive"
    assert life.client.v1.prices.update(price.id, {"tax_behavior": "inclusive"}).tax_behavior == "inclusive"
    for other in ("exclusive", "unspecified"):
        with pytest.raises(stripe.InvalidRequestError, match="cannot change tax_behavior"):
            life.client.v1.prices.update(price.id, {"tax_behavior": other})  # type: ignore[typeddict-item]


@pytest.mark.parametrize(("interval", "most"), [("day", 1095), ("week", 156), ("month", 36), ("year", 3)])
def test_three_years_are_the_longest_interval(life: Life, interval: str, most: int) -> None:
    made = make(life, unit_amount=1, recurring={"interval": interval, "interval_count": most})
    assert made.recurring
    assert made.recurring.interval_count == most
    for count in (0, most + 1):
        param, _ = refused(life, unit_amount=1, recurring={"interval": interval, "interval_count": count})
        assert param == "recurring[interval_count]"


def test_an_inline_price_is_archived_at_once(life: Life) -> None:
    product = life.client.v1.products.create({"name": "Pro"})
    data = {"currency": "usd", "product": product.id, "unit_amount": 900, "recurring": {"interval": "month"}}
    customer = life.customer()
    subscription = life.client.v1.subscriptions.create({"customer": customer.id, "items": [{"price_data": data}]})  # type: ignore[typeddict-item]
    assert subscription["items"].data[0].price.active is False


def test_an_inline_price_is_refused_where_it_stands(life: Life) -> None:
    product = life.client.v1.products.create({"name": "Pro"})
    data = {"currency": "usd", "product": product.id, "unit_amount": -1, "recurring": {"interval": "month"}}
    sent: Any = {"customer": life.customer().id, "items": [{"price_data": data}]}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.client.v1.subscriptions.create(sent)
    assert refusal.value.param == "items[0][price_data][unit_amount]"
    data |= {"unit_amount": 1, "recurring": {"interval": "year", "interval_count": 4}}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.client.v1.subscriptions.create(sent)
    assert refusal.value.param == "items[0][price_data][recurring][interval_count]"


def test_a_default_price_may_have_other_currencies_or_leave_the_amount_open(life: Life) -> None:
    monthly = {
        "currency": "usd",
        "unit_amount_decimal": "999.5",
        "recurring": {"interval": "month", "interval_count": 6},
        "tax_behavior": "exclusive",
        "metadata": {"kind": "base"},
        "currency_options": {"eur": {"unit_amount": 900, "tax_behavior": "inclusive"}},
    }
    product = life.client.v1.products.create({"name": "Pro", "default_price_data": monthly})  # type: ignore[typeddict-item]
    price = life.client.v1.prices.retrieve(str(product.default_price), {"expand": ["currency_options"]})
    assert (price.unit_amount, str(price.unit_amount_decimal), price.tax_behavior) == (None, "999.5", "exclusive")
    assert price.metadata.to_dict() == {"kind": "base"}
    eur = price.to_dict()["currency_options"]["eur"]
    assert (eur["unit_amount"], eur["tax_behavior"]) == (900, "inclusive")
    open_amount = {"currency": "usd", "custom_unit_amount": {"enabled": True, "minimum": 100}}
    gift = life.client.v1.products.create({"name": "Gift", "default_price_data": open_amount})  # type: ignore[typeddict-item]
    price = life.client.v1.prices.retrieve(str(gift.default_price))
    assert price.custom_unit_amount
    assert price.custom_unit_amount.minimum == 100


def test_a_product_made_inline_has_the_id_that_was_asked_for(life: Life) -> None:
    asked = {"currency": "usd", "unit_amount": 1, "product_data": {"name": "Gold", "id": "gold"}}
    assert life.client.v1.prices.create(asked).product == "gold"  # type: ignore[arg-type]
    with pytest.raises(stripe.InvalidRequestError, match="Product already exists"):
        life.client.v1.prices.create(asked)  # type: ignore[arg-type]
