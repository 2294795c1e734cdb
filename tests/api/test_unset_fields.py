"""Parameters whose fields look different in the answer, or cannot be null: unset, completed, left out."""

from typing import Any

import pytest
import stripe
from api.payments import event, pay


def updated(client: stripe.StripeClient, path: str, **params: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.raw_request("post", path, **params).data
    return answer


@pytest.mark.parametrize("name", ["business_name", "individual_name"])
def test_a_name_that_is_never_null_goes_away(client: stripe.StripeClient, name: str) -> None:
    assert name not in updated(client, "/v1/customers", **{name: ""})
    customer = updated(client, "/v1/customers", **{name: "Ada"})
    assert customer[name] == "Ada"
    assert name not in updated(client, f"/v1/customers/{customer['id']}", **{name: ""})
    assert name not in client.v1.customers.retrieve(customer["id"])
    assert event(client, "customer.updated").data.previous_attributes.to_dict() == {name: "Ada"}


def test_a_nullable_field_becomes_null(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"address": {"city": "Umeå", "line1": "Storgatan 1"}})
    changed = updated(client, f"/v1/customers/{customer.id}", address={"line1": "Storgatan 2"})
    assert (changed["address"]["city"], changed["address"]["line1"]) == ("Umeå", "Storgatan 2")
    assert updated(client, f"/v1/customers/{customer.id}", address="")["address"] is None


def test_the_details_of_a_payment_come_and_go(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", "payment_details": {"order_reference": "A1"}}
    )
    assert intent.payment_details.to_dict() == {"customer_reference": None, "order_reference": "A1"}
    assert "payment_details" not in updated(client, f"/v1/payment_intents/{intent.id}", payment_details="")


def test_what_a_payment_is_made_of(client: stripe.StripeClient) -> None:
    details = {"discount_amount": 100, "tax": {"total_tax_amount": 80}}
    intent = updated(client, "/v1/payment_intents", amount=1000, currency="usd", amount_details=details)
    shown = intent["amount_details"]
    assert (shown["discount_amount"], shown["tax"]) == (100, {"total_tax_amount": 80})
    assert "line_items" not in shown, "a list of its own, which is shown when it is expanded"


def test_options_of_a_payment_method_show_what_answers_have(client: stripe.StripeClient) -> None:
    card = {"request_three_d_secure": "any", "moto": False}
    options = pay(client, payment_method_options={"card": card}).payment_method_options.card
    assert options.to_dict() == {
        "installments": None,
        "mandate_options": None,
        "network": None,
        "request_three_d_secure": "any",
    }


def test_what_is_not_simulated_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.APIError) as refusal:
        updated(client, "/v1/payment_intents", amount=1000, currency="usd", customer_account="acct_1")
    assert (refusal.value.http_status, refusal.value.error.code) == (501, "mockbill_unsupported")


def test_a_legacy_card_expires_when_it_can(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"source": "tok_visa"})
    card = f"/v1/customers/{customer.id}/sources/{customer.default_source}"
    assert updated(client, card, exp_month="3", exp_year="2041")["exp_month"] == 3
    for expiry, code in (
        ({"exp_month": "13"}, "invalid_expiry_month"),
        ({"exp_month": "x"}, "invalid_expiry_month"),
        ({"exp_year": "2001"}, "invalid_expiry_year"),
    ):
        with pytest.raises(stripe.CardError) as refusal:
            updated(client, card, **expiry)
        assert refusal.value.code == code


def test_a_deleted_customer_is_no_price(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create()
    client.v1.customers.delete(customer.id)
    assert client.v1.customers.retrieve(customer.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError, match=f"No such price: '{customer.id}'") as refusal:
        client.v1.prices.retrieve(customer.id)
    assert refusal.value.http_status == 404


def test_a_line_for_nothing_counts_nothing(client: stripe.StripeClient) -> None:
    card = "pm_card_visa"
    customer = client.v1.customers.create(
        {"payment_method": card, "invoice_settings": {"default_payment_method": card}}
    )
    price = client.v1.prices.create(
        {
            "currency": "usd",
            "unit_amount": 1000,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Seat"},
        }
    )
    subscription = client.v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": price.id, "quantity": 0}],
            "expand": ["latest_invoice"],
        }
    )
    [line] = subscription.latest_invoice.lines.data
    assert (line.quantity, str(line.quantity_decimal), line.amount) == (0, "0", 0)
