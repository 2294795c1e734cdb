"""Authorizations that grow, are captured in parts, or for more than was authorized."""

from typing import Any

import pytest
import stripe
from api.chains import Chain
from api.life import DAY, Life
from api.payments import pay


def held(client: stripe.StripeClient, *features: str, **params: Any) -> stripe.PaymentIntent:
    """An intent of $10.00 that waits for its capture."""
    asked: Any = {f"request_{feature}": "if_available" for feature in features}
    return pay(client, capture_method="manual", payment_method_options={"card": asked}, **params)


def card(client: stripe.StripeClient, intent: stripe.PaymentIntent) -> Any:
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert charge.payment_method_details is not None
    return charge.payment_method_details.card


def test_the_charge_says_what_can_be_done(client: stripe.StripeClient) -> None:
    plain = card(client, held(client))
    assert [plain.incremental_authorization.status, plain.multicapture.status] == ["unavailable"] * 2
    able = card(client, held(client, "incremental_authorization", "multicapture", "overcapture"))
    assert [able.incremental_authorization.status, able.multicapture.status] == ["available"] * 2
    assert (able.overcapture.status, able.overcapture.maximum_amount_capturable) == ("available", 1200)


def test_an_authorization_grows(client: stripe.StripeClient) -> None:
    intent = held(client, "incremental_authorization")
    chain = Chain(Life.begin(client))
    grown = client.v1.payment_intents.increment_authorization(
        intent.id, {"amount": 1500, "description": "Two more nights", "metadata": {"nights": "2"}}
    )
    assert (grown.amount, grown.amount_capturable, grown.description) == (1500, 1500, "Two more nights")
    assert [row[:2] for row in chain.told()] == [
        ("charge.updated", "1500"),
        ("payment_intent.amount_capturable_updated", "requires_capture 1500"),
    ]
    assert card(client, grown).amount_authorized == 1500
    assert client.v1.payment_intents.capture(intent.id).amount_received == 1500


@pytest.mark.parametrize(("amount", "param"), [(1000, "amount"), (900, "amount")])
def test_it_does_not_shrink(client: stripe.StripeClient, amount: int, param: str) -> None:
    intent = held(client, "incremental_authorization")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.increment_authorization(intent.id, {"amount": amount})
    assert refused.value.param == param


def test_it_does_not_grow_unasked_nor_when_it_is_captured(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="not eligible"):
        client.v1.payment_intents.increment_authorization(held(client).id, {"amount": 2000})
    captured = pay(client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.increment_authorization(captured.id, {"amount": 2000})
    assert refused.value.code == "payment_intent_unexpected_state"


def test_it_grows_ten_times(client: stripe.StripeClient) -> None:
    intent = held(client, "incremental_authorization")
    for more in range(1, 11):
        client.v1.payment_intents.increment_authorization(intent.id, {"amount": 1000 + more})
    with pytest.raises(stripe.InvalidRequestError, match="10 times"):
        client.v1.payment_intents.increment_authorization(intent.id, {"amount": 2000})


def test_parts_are_captured_one_after_the_other(client: stripe.StripeClient) -> None:
    intent = held(client, "multicapture")
    chain = Chain(Life.begin(client))
    part = client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 300, "final_capture": False})
    assert (part.status, part.amount_capturable, part.amount_received) == ("requires_capture", 700, 300)
    assert [row[:2] for row in chain.told()] == [
        ("charge.updated", "1000"),
        ("payment_intent.amount_capturable_updated", "requires_capture 1000"),
    ]
    whole = client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 500, "expand": ["latest_charge"]})
    assert isinstance(whole.latest_charge, stripe.Charge)
    assert (whole.status, whole.amount_received) == ("succeeded", 800)
    assert (whole.latest_charge.amount_captured, whole.latest_charge.amount_refunded) == (800, 200)
    assert [row[0] for row in chain.told()] == ["charge.captured", "payment_intent.succeeded"]
    earned = [each.amount for each in client.v1.balance_transactions.list().data]
    assert earned == [500, 300]


def test_several_captures_have_to_be_asked_for(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.capture(held(client).id, {"amount_to_capture": 300, "final_capture": False})
    assert refused.value.param == "final_capture"


def test_canceling_after_a_first_capture_keeps_what_was_captured(client: stripe.StripeClient) -> None:
    intent = held(client, "multicapture")
    client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 300, "final_capture": False})
    ended = client.v1.payment_intents.cancel(intent.id)
    assert (ended.status, ended.amount_received, ended.amount_capturable) == ("succeeded", 300, 0)


def test_it_is_refunded_when_nothing_more_is_captured(client: stripe.StripeClient) -> None:
    intent = held(client, "multicapture")
    client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 300, "final_capture": False})
    with pytest.raises(stripe.InvalidRequestError, match="captured in part"):
        client.v1.refunds.create({"charge": str(intent.latest_charge)})
    assert client.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded == 0
    client.v1.payment_intents.cancel(intent.id)
    refund = client.v1.refunds.create({"charge": str(intent.latest_charge)})
    assert (refund.amount, refund.balance_transaction is not None) == (300, True)


def test_more_than_was_authorized_is_captured(client: stripe.StripeClient) -> None:
    intent = held(client, "overcapture")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1201})
    assert refused.value.code == "amount_too_large"
    assert client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1200}).amount_received == 1200
    assert client.v1.refunds.create({"payment_intent": intent.id}).amount == 1200


def test_an_extended_authorization_holds_thirty_days(client: stripe.StripeClient) -> None:
    life = Life.begin(client)
    customer = life.customer()
    method = client.v1.payment_methods.list({"customer": customer.id}).data[0].id
    intent = held(client, "extended_authorization", customer=customer.id, card=method)
    life.advance(29 * DAY)
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_capture"
    life.advance(DAY)
    assert client.v1.payment_intents.retrieve(intent.id).status == "canceled"


def test_options_of_the_card_come_before_those_of_the_intent(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create()
    options: Any = {"card": {"capture_method": "manual", "setup_future_usage": "off_session"}}
    intent = pay(client, customer=customer.id, payment_method_options=options)
    assert intent.status == "requires_capture"
    assert client.v1.payment_methods.retrieve(str(intent.payment_method)).customer == customer.id


def test_what_an_amount_is_made_of_is_shown(client: stripe.StripeClient) -> None:
    details: Any = {"shipping": {"amount": 200}, "tax": {"total_tax_amount": 100}}
    intent = pay(client, amount_details=details)
    assert intent.amount_details is not None
    assert intent.amount_details.shipping is not None
    assert intent.amount_details.shipping.amount == 200
    lines: Any = {"line_items": [{"product_name": "Mug", "quantity": 2, "unit_cost": 500}]}
    [line] = client.v1.payment_intents.amount_details_line_items.list(pay(client, amount_details=lines).id).data
    assert (line.product_name, line.quantity, line.unit_cost) == ("Mug", 2, 500)
