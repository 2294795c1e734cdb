"""Payments that name a tax calculation: it is recorded when they succeed, and reversed with their refunds."""

from typing import Any

import pytest
import stripe
from api.wire import Wire

GERMAN: Any = {"address": {"country": "DE"}, "address_source": "billing"}


BACK: Any = {"return_url": "https://shop.example/back"}


def calculated(client: stripe.StripeClient, currency: str = "eur") -> str:
    """1000, and 190 of tax on top."""
    made = client.v1.tax.calculations.create(
        {"currency": currency, "customer_details": GERMAN, "line_items": [{"amount": 1000, "reference": "L1"}]}
    )
    assert made.id
    return made.id


def hooked(calculation: str) -> Any:
    return {"inputs": {"tax": {"calculation": calculation}}}


def paid(client: stripe.StripeClient, calculation: str, **params: Any) -> stripe.PaymentIntent:
    return client.v1.payment_intents.create(
        {
            "amount": 1190,
            "currency": "eur",
            "payment_method": "pm_card_visa",
            **({} if params.get("confirm") is False else BACK),
            "confirm": True,
            "hooks": hooked(calculation),
            **params,
        }
    )


def attempts(client: stripe.StripeClient, intent: stripe.PaymentIntent) -> list[Any]:
    found = client.v1.tax.associations.find({"payment_intent": intent.id})
    return [attempt.to_dict() for attempt in found.tax_transaction_attempts or []]


def test_a_payment_that_succeeds_records_its_calculation(client: stripe.StripeClient) -> None:
    calculation = calculated(client)
    waiting = paid(client, calculation, confirm=False)
    found = client.v1.tax.associations.find({"payment_intent": waiting.id})
    assert (found.object, found.calculation, found.payment_intent, found.tax_transaction_attempts) == (
        "tax.association", calculation, waiting.id, None,
    )  # fmt: skip
    client.v1.payment_intents.confirm(waiting.id, BACK)
    [attempt] = attempts(client, waiting)
    transaction = client.v1.tax.transactions.retrieve(attempt["committed"]["transaction"], {"expand": ["line_items"]})
    assert attempt == {"committed": {"transaction": transaction.id}, "source": waiting.id, "status": "committed"}
    assert (transaction.type, transaction.reference) == ("transaction", waiting.id)
    assert transaction.line_items is not None
    assert transaction.line_items.data[0].amount_tax == 190


def test_refunds_take_their_part_back(client: stripe.StripeClient) -> None:
    intent = paid(client, calculated(client))
    for amount, taken in ((238, (-200, -38)), (952, (-800, -152))):
        refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": amount})
        attempt = attempts(client, intent)[-1]
        assert (attempt["source"], attempt["status"]) == (refund.id, "committed")
        [line] = client.v1.tax.transactions.line_items.list(attempt["committed"]["transaction"]).data
        assert (line.amount, line.amount_tax) == taken
    assert len(attempts(client, intent)) == 3


def test_a_refund_of_what_was_reversed_by_hand_is_told_as_an_error(client: stripe.StripeClient) -> None:
    intent = paid(client, calculated(client))
    sale = attempts(client, intent)[0]["committed"]["transaction"]
    client.v1.tax.transactions.create_reversal({"mode": "full", "original_transaction": sale, "reference": "by hand"})
    client.v1.refunds.create({"payment_intent": intent.id})
    assert attempts(client, intent)[1]["errored"] == {"reason": "original_transaction_voided"}


def test_a_calculation_is_recorded_for_one_payment_in_its_currency(client: stripe.StripeClient) -> None:
    calculation = calculated(client)
    paid(client, calculation)
    second = paid(client, calculation)
    assert second.status == "succeeded"
    assert attempts(client, second)[0]["errored"] == {"reason": "another_payment_associated_with_calculation"}
    other = paid(client, calculated(client, "usd"))
    assert attempts(client, other)[0]["errored"] == {"reason": "currency_mismatch"}


def test_a_calculation_may_expire_before_the_payment(client: stripe.StripeClient, wire: Wire) -> None:
    intent = paid(client, calculated(client), confirm=False)
    assert wire.post("/_mockbill/clock/advance", '{"by": "91 days"}').status_code == 200
    client.v1.payment_intents.confirm(intent.id, BACK)
    assert attempts(client, intent)[0]["errored"] == {"reason": "calculation_expired"}


def test_a_payment_that_fails_records_nothing(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as declined:
        paid(client, calculated(client), payment_method="pm_card_chargeDeclined")
    assert declined.value.error is not None
    assert declined.value.error.payment_intent is not None
    assert attempts(client, declined.value.error.payment_intent) == []


def test_without_a_calculation_there_is_no_association(client: stripe.StripeClient) -> None:
    plain = client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    for id, status in ((plain.id, 404), ("pi_x", 400)):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.tax.associations.find({"payment_intent": id})
        assert (refused.value.http_status, refused.value.code) == (status, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError, match="No such tax calculation") as refused:
        paid(client, "taxcalc_x")
    assert refused.value.param == "hooks[inputs][tax][calculation]"
    assert len(client.v1.payment_intents.list().data) == 1
