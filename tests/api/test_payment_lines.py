"""Line items of payments: what an amount is made of has to add up."""

from typing import Any

import pytest
import stripe

# 2 x 20.00, less 2.00, with 4.00 of tax and 4.00 for shipping: the example of Stripe's guide
LINES = [
    {"product_code": "SKU001", "product_name": "Product 001", "unit_cost": 2000, "quantity": 1},
    {"product_code": "SKU002", "product_name": "Product 002", "unit_cost": 2000, "quantity": 1},
]
DETAILS: Any = {"discount_amount": 200, "tax": {"total_tax_amount": 400}, "shipping": {"amount": 400}}
WHOLE: Any = {**DETAILS, "line_items": LINES}


def made(client: stripe.StripeClient, amount: int = 4600, **details: Any) -> stripe.PaymentIntent:
    return client.v1.payment_intents.create({"amount": amount, "currency": "usd", "amount_details": details})  # type: ignore[typeddict-item]


def names(client: stripe.StripeClient, intent: stripe.PaymentIntent) -> list[str]:
    return [line.product_name for line in client.v1.payment_intents.amount_details_line_items.list(intent.id).data]


def test_lines_that_add_up_are_kept_and_listed(client: stripe.StripeClient) -> None:
    intent = made(client, **WHOLE)
    assert intent.amount_details is not None
    assert intent.amount_details.to_dict() == {
        **DETAILS,
        "shipping": intent.amount_details.shipping.to_dict(),
        "tip": {},
    }
    [first, _] = client.v1.payment_intents.amount_details_line_items.list(intent.id).data
    assert (first.product_code, first.unit_cost, first.quantity, first.tax) == ("SKU001", 2000, 1, None)
    page = client.v1.payment_intents.amount_details_line_items.list(intent.id, {"limit": 1})
    assert ([line.id for line in page.data], page.has_more) == ([first.id], True)


def test_lines_that_do_not_add_up_are_refused_or_told_of(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        made(client, 4700, **WHOLE)
    assert (refused.value.code, refused.value.param) == ("amount_details_amount_mismatch", "amount_details")
    intent = made(client, 4700, **WHOLE, enforce_arithmetic_validation=False)
    assert intent.amount_details is not None
    assert intent.amount_details.error is not None
    assert intent.amount_details.error.code == "amount_details_amount_mismatch"
    right = client.v1.payment_intents.update(intent.id, {"amount": 4600, "amount_details": {"discount_amount": 200}})
    assert right.amount_details is not None
    assert "error" not in right.amount_details.to_dict()
    assert names(client, right) == ["Product 001", "Product 002"], "lines that are not sent again stay"


def test_discounts_and_taxes_are_told_once(client: stripe.StripeClient) -> None:
    by_line = [{**LINES[0], "discount_amount": 100, "tax": {"total_tax_amount": 50}}]
    assert names(client, made(client, 1950, line_items=by_line)) == ["Product 001"]  # 20.00 - 1.00 + 0.50
    with pytest.raises(stripe.InvalidRequestError) as refused:
        made(client, 1850, line_items=by_line, discount_amount=100)
    assert refused.value.code == "parameters_exclusive"


def test_lines_come_anew_with_a_capture(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create(
        {
            "amount": 4600,
            "currency": "usd",
            "amount_details": WHOLE,
            "capture_method": "manual",
            "confirm": True,
            "payment_method": "pm_card_visa",
            "return_url": "https://shop.example/back",
        }
    )
    half: Any = {"discount_amount": "", "tax": "", "shipping": "", "line_items": LINES[:1]}
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1900, "amount_details": half})
    client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 2000, "amount_details": half})
    assert names(client, intent) == ["Product 001"]


@pytest.mark.parametrize(
    ("line", "param"),
    [
        ({"quantity": 0}, "amount_details[line_items][0][quantity]"),
        ({"unit_cost": -1}, "amount_details[line_items][0][unit_cost]"),
        ({"discount_amount": 0}, "amount_details[line_items][0][discount_amount]"),
        ({"product_code": "thirteenchars"}, "amount_details[line_items][0][product_code]"),
    ],
)
def test_lines_have_bounds(client: stripe.StripeClient, line: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        made(client, 2000, line_items=[{**LINES[0], **line}])
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("details", "param"),
    [
        ({"discount_amount": -1}, "amount_details[discount_amount]"),
        ({"discount_amount": 0}, "amount_details[discount_amount]"),
        ({"tax": {"total_tax_amount": -1}}, "amount_details[tax][total_tax_amount]"),
        ({"shipping": {"amount": -1}}, "amount_details[shipping][amount]"),
    ],
)
def test_what_is_told_of_all_lines_has_bounds(client: stripe.StripeClient, details: Any, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        made(client, **details)
    assert refused.value.param == param


def test_lines_are_shown_in_the_intent_where_they_are_expanded(client: stripe.StripeClient) -> None:
    intent = made(client, **WHOLE)
    shown = client.v1.payment_intents.retrieve(intent.id, {"expand": ["amount_details.line_items"]}).amount_details
    assert shown is not None
    assert shown.line_items is not None
    assert [line.product_name for line in shown.line_items.data] == ["Product 001", "Product 002"]
    assert shown.discount_amount == 200
