"""Prices whose amount the customer chooses: asked for at a checkout, and refused everywhere else."""

from typing import Any

import pytest
import requests
import stripe
from pages.shop import Shop, Visitor

from mockbill.server import LocalServer

GIFT = {"enabled": True, "minimum": 500, "maximum": 10_000, "preset": 2500}


def gift(shop: Shop, currency: str = "usd", **custom: Any) -> str:
    asked = {**GIFT, **custom}
    custom = {name: value for name, value in asked.items() if value is not None}
    return shop.client.v1.prices.create(
        {"currency": currency, "product_data": {"name": "Gift"}, "custom_unit_amount": custom}  # type: ignore[typeddict-item]
    ).id


def refusal(call: Any) -> tuple[str | None, str | None]:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        call()
    return refused.value.param, refused.value.user_message


def test_a_price_can_leave_its_amount_to_the_customer(shop: Shop) -> None:
    price = shop.client.v1.prices.retrieve(gift(shop))
    assert (price.unit_amount, price.unit_amount_decimal, price.type) == (None, None, "one_time")
    assert price.custom_unit_amount
    assert price.custom_unit_amount.to_dict() == {"maximum": 10_000, "minimum": 500, "preset": 2500}


def test_the_page_asks_for_the_amount_and_the_card_pays_it(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout(gift(shop), mode="payment")
    assert session.amount_total == 2500
    page = visitor.get(session.url)
    assert "You choose the amount" in page.page.words
    assert "Amount in USD at least $5.00, no more than $100.00" in page.page.words
    assert 'name="amount" value="25"' in page.text
    for wrong, told in {
        "4.99": "Amount must be at least $5.00",
        "100.01": "Amount must be no more than $100.00",
        "lots": "Enter an amount such as 25.",
        "5.001": "Enter an amount such as 25.",
    }.items():
        answer = visitor.pay(session.url, amount=wrong)
        assert (answer.status, told in answer.page.words) == (422, True), wrong
    assert visitor.pay(session.url, amount="12.50").status == 303
    paid = shop.look(session)
    assert (paid.status, paid.amount_total, paid.payment_intent.amount_received) == ("complete", 1250, 1250)  # type: ignore[union-attr]
    [item] = shop.client.v1.checkout.sessions.line_items.list(session.id).data
    assert (item.amount_total, item.price and item.price.unit_amount) == (1250, None)


def test_after_a_declined_card_another_amount_can_be_chosen(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout(gift(shop), mode="payment")
    assert visitor.pay(session.url, card="4000000000000002", amount="10").status == 402
    assert 'name="amount" value="10"' in visitor.get(session.url).text
    assert visitor.pay(session.url, amount="20").status == 303
    assert shop.look(session).payment_intent.amount_received == 2000  # type: ignore[union-attr]


def test_without_a_preset_something_must_be_typed(shop: Shop, visitor: Visitor) -> None:
    session = shop.checkout(gift(shop, "jpy", preset=None, minimum=None, maximum=None), mode="payment")
    assert session.amount_total == 0
    answer = visitor.pay(session.url)
    assert (answer.status, "Enter an amount." in answer.page.words) == (422, True)
    assert visitor.pay(session.url, amount="1,200").status == 303
    assert shop.look(session).amount_total == 1200


def test_a_script_pays_what_it_says(shop: Shop, server: LocalServer) -> None:
    session = shop.checkout(gift(shop), mode="payment")
    pay = f"{server.url}/_mockbill/checkout/{session.id}/pay"
    assert requests.post(pay, json={"amount": 20_000}, timeout=10).status_code == 400
    assert requests.post(pay, json={"amount": 700}, timeout=10).json()["status"] == "complete"
    assert shop.look(session).amount_total == 700
    fixed = shop.checkout(shop.mug, mode="payment")
    answer = requests.post(f"{server.url}/_mockbill/checkout/{fixed.id}/pay", json={"amount": 700}, timeout=10)
    assert (answer.status_code, "fixed" in answer.text) == (400, True)


def test_it_is_the_only_thing_that_is_bought(shop: Shop) -> None:
    price = gift(shop)
    assert refusal(lambda: shop.checkout(price))[1] == (
        "Prices with a `custom_unit_amount` can only be used in `payment` mode."
    )
    assert refusal(lambda: shop.checkout(price, shop.mug, mode="payment"))[0] == "line_items"
    assert refusal(lambda: shop.checkout(price, mode="payment", quantity=2))[0] == "line_items[0][quantity]"


def test_nobody_is_asked_outside_of_a_checkout(shop: Shop) -> None:
    price = gift(shop)
    customer = shop.client.v1.customers.create().id
    item: Any = {"customer": customer, "pricing": {"price": price}}
    param, message = refusal(lambda: shop.client.v1.invoice_items.create(item))
    assert (param, "only supported in Checkout Sessions and Payment Links" in str(message)) == ("pricing[price]", True)
    draft = shop.client.v1.invoices.create({"customer": customer})
    line: Any = {"lines": [{"pricing": {"price": price}}]}
    _, message = refusal(lambda: shop.client.v1.invoices.add_lines(str(draft.id), line))
    assert "only supported in Checkout Sessions" in str(message)


def test_an_open_amount_cannot_be_discounted(shop: Shop) -> None:
    coupon = shop.client.v1.coupons.create({"percent_off": 10}).id
    with pytest.raises(stripe.StripeError):
        shop.checkout(gift(shop), mode="payment", discounts=[{"coupon": coupon}])


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"custom_unit_amount": {**GIFT, "minimum": 49}}, "custom_unit_amount[minimum]"),
        ({"custom_unit_amount": {**GIFT, "maximum": 400}}, "custom_unit_amount[maximum]"),
        ({"custom_unit_amount": {**GIFT, "preset": 400}}, "custom_unit_amount[preset]"),
        ({"custom_unit_amount": GIFT, "unit_amount": 5}, "unit_amount"),
        ({"custom_unit_amount": GIFT, "recurring": {"interval": "month"}}, "recurring"),
        ({"custom_unit_amount": GIFT, "transform_quantity": {"divide_by": 2, "round": "up"}}, "transform_quantity"),
        ({"custom_unit_amount": {"enabled": False}}, "unit_amount"),
    ],
)
def test_bounds_that_cannot_be_are_refused(shop: Shop, params: Any, param: str) -> None:
    price = {"currency": "usd", "product_data": {"name": "Gift"}, **params}
    assert refusal(lambda: shop.client.v1.prices.create(price))[0] == param
