"""The bounds of amounts, quantities and currencies: what Stripe would refuse never comes into the books."""

from typing import Any

import pytest
import stripe

from mockbill.app import Application

CHARGE = {"currency": "usd", "source": "tok_visa"}
PRICE = {"currency": "usd", "product_data": {"name": "Pro"}}
PAGE = {"success_url": "https://shop.example/thanks"}


def refused(client: stripe.StripeClient, path: str, **params: Any) -> tuple[str | None, str | None]:
    """The code and the parameter of a refusal with status 400."""
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.raw_request("post", path, **params)
    assert refusal.value.http_status == 400
    return refusal.value.code, refusal.value.param


@pytest.fixture
def customer(client: stripe.StripeClient) -> str:
    return client.v1.customers.create({"payment_method": "pm_card_visa"}).id


@pytest.fixture
def subscriber(client: stripe.StripeClient) -> str:
    card = "pm_card_visa"
    params = {"payment_method": card, "invoice_settings": {"default_payment_method": card}}
    return client.v1.customers.create(params).id  # type: ignore[arg-type]


def dearest(client: stripe.StripeClient, **more: Any) -> str:
    """A price of eight digits, the most there is."""
    return client.v1.prices.create({**PRICE, "unit_amount": 99_999_999, **more}).id  # type: ignore[typeddict-item]


@pytest.mark.parametrize("path", ["/v1/charges", "/v1/payment_intents"])
@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (-5, "parameter_invalid_integer"),
        (0, "parameter_invalid_integer"),
        (49, "amount_too_small"),
        (100_000_000, "amount_too_large"),
        (2**62, "amount_too_large"),
    ],
)
def test_a_payment_has_its_bounds(client: stripe.StripeClient, path: str, amount: int, code: str) -> None:
    paid = CHARGE if path == "/v1/charges" else {"currency": "usd"}
    assert refused(client, path, amount=amount, **paid) == (code, "amount")
    assert client.v1.events.list().data == []


def test_a_charge_with_three_decimals_ends_in_0(client: stripe.StripeClient) -> None:
    for currency, wrong, right in (("kwd", 5125, 5120), ("isk", 550, 500)):
        for path, paid in (("/v1/charges", {"source": "tok_visa"}), ("/v1/payment_intents", {})):
            assert refused(client, path, amount=wrong, currency=currency, **paid) == (None, "amount")
            assert client.raw_request("post", path, amount=right, currency=currency, **paid).data["amount"] == right


def test_a_price_has_eight_digits_at_the_most(client: stripe.StripeClient) -> None:
    assert dearest(client)
    assert refused(client, "/v1/prices", **PRICE, unit_amount=100_000_000) == ("amount_too_large", "unit_amount")
    decimal = refused(client, "/v1/prices", **PRICE, unit_amount_decimal="99999999.01")
    assert decimal == ("amount_too_large", "unit_amount_decimal")


def test_packages_hold_something(client: stripe.StripeClient) -> None:
    packages = {"divide_by": 0, "round": "up"}
    code, param = refused(client, "/v1/prices", **PRICE, unit_amount=100, transform_quantity=packages)
    assert (code, param) == ("parameter_invalid_integer", "transform_quantity[divide_by]")


def test_an_invoice_item_has_twelve_digits_owed_or_credited(client: stripe.StripeClient, customer: str) -> None:
    usd = {"customer": customer, "currency": "usd"}
    assert client.v1.invoice_items.create({**usd, "amount": 999_999_999_999}).amount == 999_999_999_999  # type: ignore[typeddict-item]
    for amount in (10**12, -(10**12), 2**62):
        assert refused(client, "/v1/invoiceitems", **usd, amount=amount) == ("amount_too_large", "amount")
    product = refused(client, "/v1/invoiceitems", **usd, unit_amount_decimal="99999999", quantity=999_999)
    assert product == ("amount_too_large", "amount")
    of_price = {"customer": customer, "pricing": {"price": dearest(client)}}
    assert refused(client, "/v1/invoiceitems", **of_price, quantity=999_999) == ("amount_too_large", "amount")
    assert refused(client, "/v1/invoiceitems", **of_price, quantity=-1) == ("parameter_invalid_integer", "quantity")


def test_a_subscription_item_has_its_bounds(client: stripe.StripeClient, subscriber: str) -> None:
    price = dearest(client, recurring={"interval": "month"})
    for quantity, refusal in (
        (1_000_000, ("parameter_invalid_integer", "items[0][quantity]")),
        (999_999, ("amount_too_large", "items[0]")),
    ):
        sent = {"customer": subscriber, "items": [{"price": price, "quantity": quantity}]}
        assert refused(client, "/v1/subscriptions", **sent) == refusal


def test_a_session_asks_for_no_more_than_one_payment_can_be(client: stripe.StripeClient) -> None:
    page = {**PAGE, "mode": "payment"}
    items = [{"price": dearest(client), "quantity": 1}]
    assert client.v1.checkout.sessions.create({**page, "line_items": items}).amount_total == 99_999_999  # type: ignore[typeddict-item]
    assert refused(client, "/v1/checkout/sessions", **page, line_items=items * 2) == ("amount_too_large", "line_items")
    items[0]["quantity"] = 1_000_000
    code, param = refused(client, "/v1/checkout/sessions", **page, line_items=items)
    assert (code, param) == ("parameter_invalid_integer", "line_items[0][quantity]")


def test_a_customers_balance_has_twelve_digits(client: stripe.StripeClient, customer: str) -> None:
    assert refused(client, "/v1/customers", balance=-(10**12)) == ("amount_too_large", "balance")
    moves = f"/v1/customers/{customer}/balance_transactions"
    assert refused(client, moves, amount=10**12, currency="usd") == ("amount_too_large", "amount")


def test_only_currencies_that_there_are(client: stripe.StripeClient, customer: str) -> None:
    for path, params in {
        "/v1/charges": {"amount": 1000, "source": "tok_visa"},
        "/v1/payment_intents": {"amount": 1000},
        "/v1/prices": {"unit_amount": 1000, "product_data": {"name": "Pro"}},
        "/v1/invoiceitems": {"customer": customer, "amount": 1000},
        f"/v1/customers/{customer}/balance_transactions": {"amount": 1000},
        "/v1/checkout/sessions": {**PAGE, "mode": "setup"},
    }.items():
        assert refused(client, path, **params, currency="zzz") == (None, "currency"), path
        assert client.raw_request("post", path, **params, currency="EUR").data["currency"] == "eur"


def test_even_a_number_that_json_cannot_hold_is_answered_in_stripes_words(
    client: stripe.StripeClient, application: Application, account: str
) -> None:
    with application.worlds.of(account).work() as w:
        w.add("customer", id="cus_rich", balance=2**70)
    with pytest.raises(stripe.APIError) as refusal:
        client.v1.customers.retrieve("cus_rich")
    assert (refusal.value.http_status, refusal.value.error.type) == (500, "api_error")


def test_what_is_too_much_for_one_payment_is_not_charged(client: stripe.StripeClient, subscriber: str) -> None:
    price = dearest(client, recurring={"interval": "month"})
    sent: Any = {"customer": subscriber, "items": [{"price": price, "quantity": 2}]}
    assert refused(client, "/v1/subscriptions", **sent) == ("amount_too_large", "items")
    free = client.v1.subscriptions.create({**sent, "items": [{"price": price}]})
    life = client.v1.invoices.create({"customer": subscriber, "currency": "usd"})
    client.v1.invoice_items.create(
        {"customer": subscriber, "invoice": life.id, "amount": 100_000_000, "currency": "usd"}
    )
    assert refused(client, f"/v1/invoices/{life.id}/pay") == ("amount_too_large", "amount")
    assert (free.status, client.v1.invoices.retrieve(life.id).status) == ("active", "draft")
