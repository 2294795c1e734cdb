"""Refunds, and what they and charges do to the balance."""

from typing import Any

import pytest
import stripe
from api.chains import Chain
from api.life import HOUR, START, Life, advance
from api.payments import chain, event, pay, since

DAY = 86_400


def test_a_whole_refund(client: stripe.StripeClient) -> None:
    intent = pay(client)
    seen = chain(client)
    refund = client.v1.refunds.create({"payment_intent": intent.id, "reason": "requested_by_customer"})
    assert (refund.status, refund.amount, refund.charge) == ("succeeded", 1000, intent.latest_charge)
    assert (refund.reason, refund.destination_details.type) == ("requested_by_customer", "card")
    charge = client.v1.charges.retrieve(intent.latest_charge, {"expand": ["refunds"]})
    assert (charge.refunded, charge.amount_refunded) == (True, 1000)
    assert [each.id for each in charge.refunds.data] == [refund.id]
    assert since(client, seen) == ["refund.created", "charge.refunded"]
    before = event(client, "charge.refunded").data.previous_attributes
    assert before.to_dict() == {"amount_refunded": 0, "refunded": False}


def test_partial_refunds_add_up(client: stripe.StripeClient) -> None:
    charge = pay(client).latest_charge
    client.v1.refunds.create({"charge": charge, "amount": 300})
    assert client.v1.charges.retrieve(charge).refunded is False
    assert client.v1.refunds.create({"charge": charge}).amount == 700
    assert client.v1.charges.retrieve(charge).refunded is True
    assert [refund.amount for refund in client.v1.refunds.list({"charge": charge})] == [700, 300]


def test_no_more_than_is_left(client: stripe.StripeClient) -> None:
    charge = pay(client).latest_charge
    client.v1.refunds.create({"charge": charge, "amount": 600})
    with pytest.raises(stripe.InvalidRequestError, match=r"\$5.00\) is greater than .* \(\$4.00\)") as refusal:
        client.v1.refunds.create({"charge": charge, "amount": 500})
    assert refusal.value.param == "amount"
    client.v1.refunds.create({"charge": charge})
    with pytest.raises(stripe.InvalidRequestError, match="already been refunded") as refusal:
        client.v1.refunds.create({"charge": charge})
    assert refusal.value.code == "charge_already_refunded"


def test_only_what_was_paid(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        client.v1.refunds.create({})
    waiting = client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": waiting.id})


def test_of_an_authorization_releases_it_and_moves_no_money(client: stripe.StripeClient) -> None:
    intent = pay(client, capture_method="manual")
    seen = chain(client)
    refund = client.v1.refunds.create({"charge": intent.latest_charge, "reason": "requested_by_customer"})
    assert (refund.status, refund.amount, refund.balance_transaction) == ("succeeded", 1000, None)
    assert refund.destination_details.card.type == "reversal"
    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.captured, charge.amount_captured, charge.amount_refunded, charge.refunded) == (False, 0, 1000, True)
    intent = client.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.amount_capturable) == ("canceled", 0)
    assert since(client, seen) == ["refund.created", "charge.refunded", "payment_intent.canceled"]
    assert client.v1.balance_transactions.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        client.v1.payment_intents.capture(intent.id)


def test_of_an_authorization_without_an_intent(client: stripe.StripeClient) -> None:
    charge = client.v1.charges.create({"amount": 1000, "currency": "usd", "source": "tok_visa", "capture": False})
    with pytest.raises(stripe.InvalidRequestError, match="cannot be refunded in part") as refusal:
        client.v1.refunds.create({"charge": charge.id, "amount": 400})
    assert refusal.value.param == "amount"
    client.v1.refunds.create({"charge": charge.id})
    assert client.v1.balance_transactions.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="cannot be captured"):
        client.v1.charges.capture(charge.id)
    with pytest.raises(stripe.InvalidRequestError, match="already been refunded"):
        client.v1.refunds.create({"charge": charge.id})


def test_by_the_charges_own_path(client: stripe.StripeClient) -> None:
    charge = pay(client).latest_charge
    refund = client.raw_request("post", f"/v1/charges/{charge}/refunds", amount=400).data
    assert (refund["object"], refund["amount"]) == ("refund", 400)
    listed = client.raw_request("get", f"/v1/charges/{charge}/refunds").data
    assert [each["id"] for each in listed["data"]] == [refund["id"]]
    assert client.raw_request("get", f"/v1/charges/{charge}/refunds/{refund['id']}").data["amount"] == 400


def test_metadata_is_all_that_changes(client: stripe.StripeClient) -> None:
    refund = client.v1.refunds.create({"charge": pay(client).latest_charge})
    seen = chain(client)
    assert client.v1.refunds.update(refund.id, {"metadata": {"a": "b"}}).metadata.to_dict() == {"a": "b"}
    assert since(client, seen) == ["refund.updated", "charge.refund.updated"]
    with pytest.raises(stripe.InvalidRequestError, match="cannot be canceled"):
        client.v1.refunds.cancel(refund.id)


@pytest.mark.parametrize(
    ("card", "first", "last", "ending"),
    [
        ("pm_card_pendingRefund", "pending", "succeeded", ["refund.updated", "charge.refund.updated"]),
        (
            "pm_card_refundFail",
            "succeeded",
            "failed",
            ["refund.failed", "refund.updated", "charge.refund.updated", "charge.updated"],
        ),
    ],
)
def test_some_cards_take_their_time(
    client: stripe.StripeClient, card: str, first: str, last: str, ending: list[str]
) -> None:
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000})
    customer = client.v1.customers.create({"test_clock": clock.id})
    intent = pay(client, card, customer=customer.id)
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == first
    seen = chain(client)
    advance(client, clock.id, 1_800_000_000 + DAY)
    assert client.v1.refunds.retrieve(refund.id).status == last
    assert [type for type in since(client, seen) if not type.startswith("test_helpers.")] == ending
    assert client.v1.charges.retrieve(intent.latest_charge).refunded is (last == "succeeded")


def test_calling_it_fraud_is_a_report_on_the_charge(client: stripe.StripeClient) -> None:
    intent = pay(client)
    client.v1.refunds.create({"payment_intent": intent.id, "reason": "fraudulent"})
    charge = client.v1.charges.retrieve(str(intent.latest_charge))
    assert charge.fraud_details.user_report == "fraudulent"


@pytest.mark.parametrize(
    ("params", "param", "status"),
    [
        ({"instructions_email": "ada@example.com"}, "instructions_email", 400),
        ({"currency": "eur"}, "currency", 400),
        ({"refund_application_fee": True}, "refund_application_fee", 400),
        ({"reverse_transfer": True}, "reverse_transfer", 400),
    ],
)
def test_what_a_refund_to_a_card_cannot_be(
    client: stripe.StripeClient, params: dict[str, Any], param: str, status: int
) -> None:
    intent = pay(client)
    with pytest.raises(stripe.StripeError) as refusal:
        client.v1.refunds.create({"payment_intent": intent.id, **params})  # type: ignore[typeddict-item]
    assert refusal.value.error is not None
    assert (refusal.value.error.param, refusal.value.http_status) == (param, status)


def test_only_what_waits_for_its_customer_expires(client: stripe.StripeClient) -> None:
    refund = client.v1.refunds.create({"payment_intent": pay(client).id})
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expired because it has a status of succeeded"):
        client.v1.test_helpers.refunds.expire(refund.id)


def test_one_that_fails_puts_everything_back(client: stripe.StripeClient) -> None:
    life = Life.begin(client)
    intent = pay(client, "pm_card_refundFail", customer=life.customer(None).id)
    chain = Chain(life)
    life.events()
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert chain.told() == [
        ("refund.created", "succeeded 1000"),
        ("charge.refunded", "1000", {"amount_refunded": 0, "refunded": False}),
    ]
    told = chain.after(START + HOUR)
    failed = {"status": "succeeded", "failure_balance_transaction": None, "failure_reason": None}
    assert told == [
        ("refund.failed", "failed 1000"),
        ("refund.updated", "failed 1000", failed),
        ("charge.refund.updated", "failed 1000", failed),
        ("charge.updated", "1000", {"amount_refunded": 1000, "refunded": True}),
    ]
    last = client.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (last.failure_balance_transaction.amount, last.failure_balance_transaction.type) == (1000, "refund_failure")
    assert client.v1.refunds.create({"payment_intent": intent.id}).amount == 1000, "it can be tried again"


def test_one_that_is_pending_comes_through(client: stripe.StripeClient) -> None:
    life = Life.begin(client)
    intent = pay(client, "pm_card_pendingRefund", customer=life.customer(None).id)
    chain = Chain(life)
    life.events()
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert (refund.pending_reason, chain.told()[0]) == ("processing", ("refund.created", "pending 1000"))
    settled = {"pending_reason": "processing", "status": "pending"}
    assert chain.after(START + HOUR) == [
        ("refund.updated", "succeeded 1000", settled),
        ("charge.refund.updated", "succeeded 1000", settled),
    ]


# the balance


def test_a_charge_costs_a_fee_and_is_pending_for_a_week(client: stripe.StripeClient) -> None:
    charge = pay(client, expand=["latest_charge.balance_transaction"]).latest_charge
    transaction = charge.balance_transaction
    assert (transaction.amount, transaction.fee, transaction.net) == (1000, 59, 941)
    assert (transaction.status, transaction.reporting_category) == ("pending", "charge")
    assert transaction.available_on == charge.created - charge.created % DAY + 7 * DAY
    balance = client.v1.balance.retrieve()
    assert [(amount.amount, amount.currency) for amount in balance.pending] == [(941, "usd")]
    assert [amount.amount for amount in balance.available] == [0]


def test_a_refund_does_not_return_the_fee(client: stripe.StripeClient) -> None:
    refund = client.v1.refunds.create({"charge": pay(client).latest_charge, "expand": ["balance_transaction"]})
    assert (refund.balance_transaction.amount, refund.balance_transaction.fee) == (-1000, 0)
    assert client.v1.balance.retrieve().pending[0].amount == -59
    listed = client.v1.balance_transactions.list({"type": "refund"}).data
    assert [transaction.source for transaction in listed] == [refund.id]


def test_some_cards_pay_at_once(client: stripe.StripeClient) -> None:
    intent = pay(client, "pm_card_bypassPending", expand=["latest_charge"])
    transaction = client.v1.balance_transactions.retrieve(intent.latest_charge.balance_transaction)
    assert transaction.status == "available"
    assert client.v1.balance.retrieve().available[0].amount == 941


def test_a_held_payment_moves_nothing(client: stripe.StripeClient) -> None:
    intent = pay(client, capture_method="manual")
    client.v1.payment_intents.cancel(intent.id)
    assert client.v1.balance_transactions.list().data == []


def test_each_currency_has_its_own_balance(client: stripe.StripeClient) -> None:
    pay(client)
    pay(client, currency="eur")
    assert {amount.currency: amount.amount for amount in client.v1.balance.retrieve().pending} == {
        "eur": 941,
        "usd": 941,
    }
