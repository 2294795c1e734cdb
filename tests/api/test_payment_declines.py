"""Cards that say no: what the SDK raises, what the charge and the intent keep, and what is told of it."""

import pytest
import stripe
from api.payments import chain, pay, since

DECLINES = {
    "pm_card_chargeDeclined": ("card_declined", "generic_decline", None, "01"),
    "pm_card_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds", None, "51"),
    "pm_card_visa_chargeDeclinedLostCard": ("card_declined", "lost_card", None, "41"),
    "pm_card_visa_chargeDeclinedStolenCard": ("card_declined", "stolen_card", None, "43"),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", "expired_card", "exp_month", "54"),
    "pm_card_chargeDeclinedIncorrectCvc": ("incorrect_cvc", "incorrect_cvc", "cvc", "N7"),
    "pm_card_chargeDeclinedProcessingError": ("processing_error", "processing_error", None, "06"),
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded": ("card_declined", "card_velocity_exceeded", None, "61"),
    "pm_card_chargeCustomerFail": ("card_declined", "generic_decline", None, "01"),
}


@pytest.mark.parametrize("card", DECLINES)
def test_a_declined_card_is_a_card_error(client: stripe.StripeClient, card: str) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        pay(client, card)
    error = refusal.value.json_body["error"]
    names = ("code", "decline_code", "param", "network_decline_code")
    assert tuple(error.get(name) for name in names) == DECLINES[card]
    assert (refusal.value.http_status, error["type"]) == (402, "card_error")
    assert error["doc_url"].endswith(error["code"].replace("_", "-"))


def test_the_failed_charge_stays(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        pay(client, "pm_card_chargeDeclinedInsufficientFunds")
    error = refusal.value.error
    charge = client.v1.charges.retrieve(error.charge)
    assert (charge.status, charge.paid, charge.captured) == ("failed", False, False)
    assert (charge.failure_code, charge.failure_message) == ("card_declined", "Your card has insufficient funds.")
    assert (charge.outcome.type, charge.outcome.reason) == ("issuer_declined", "insufficient_funds")
    assert (charge.balance_transaction, charge.receipt_url) == (None, None)
    assert chain(client) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


def test_the_intent_says_why_and_waits_for_another_card(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        pay(client, "pm_card_chargeDeclined")
    error = refusal.value.error
    intent = client.v1.payment_intents.retrieve(error.payment_intent.id)
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error.charge == intent.latest_charge == error.charge
    assert intent.last_payment_error.payment_method.id == error.payment_method.id
    assert error.payment_intent.last_payment_error.code == "card_declined"


def test_another_card_saves_the_payment(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        pay(client, "pm_card_chargeDeclined")
    seen = chain(client)
    intent = client.v1.payment_intents.confirm(
        refusal.value.error.payment_intent.id, {"payment_method": "pm_card_visa"}
    )
    assert (intent.status, intent.last_payment_error) == ("succeeded", None)
    assert since(client, seen) == ["charge.succeeded", "payment_intent.succeeded", "charge.updated"]
    assert len(client.v1.charges.list({"payment_intent": intent.id}).data) == 2


def test_radar_blocks_the_highest_risk(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        pay(client, "pm_card_radarBlock")
    assert (refusal.value.code, refusal.value.error.decline_code) == ("card_declined", "fraudulent")
    outcome = client.v1.charges.retrieve(refusal.value.error.charge).outcome
    assert (outcome.type, outcome.network_status) == ("blocked", "not_sent_to_network")
    assert (outcome.risk_level, outcome.reason) == ("highest", "highest_risk_level")
    assert outcome.risk_score >= 75


def test_an_elevated_risk_and_failed_checks_pass(client: stripe.StripeClient) -> None:
    risky = client.v1.charges.retrieve(pay(client, "pm_card_riskLevelElevated").latest_charge)
    assert (risky.paid, risky.outcome.risk_level) == (True, "elevated")
    unchecked = client.v1.charges.retrieve(pay(client, "pm_card_cvcCheckFail").latest_charge)
    assert (unchecked.paid, unchecked.payment_method_details.card.checks.cvc_check) == (True, "fail")


def test_a_card_that_declines_cannot_be_saved(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create()
    seen = chain(client)
    with pytest.raises(stripe.CardError) as refusal:
        client.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": customer.id})
    assert (refusal.value.code, refusal.value.param) == ("card_declined", "")
    with pytest.raises(stripe.CardError):
        client.v1.customers.create({"payment_method": "pm_card_chargeDeclined"})
    assert since(client, seen) == []


def test_the_card_for_failing_renewals_can_be_saved_and_declines_then(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"payment_method": "pm_card_chargeCustomerFail"})
    card = client.v1.customers.payment_methods.list(customer.id).data[0]
    with pytest.raises(stripe.CardError) as refusal:
        pay(client, card.id, customer=customer.id, off_session=True)
    assert refusal.value.error.payment_method.customer == customer.id


@pytest.mark.parametrize(
    ("details", "code", "param"),
    [
        ({"number": "4242424242424241"}, "incorrect_number", "number"),
        ({"number": "12"}, "invalid_number", "number"),
        ({"exp_month": 13}, "invalid_expiry_month", "exp_month"),
        ({"exp_year": 1995}, "invalid_expiry_year", "exp_year"),
        ({"cvc": "99"}, "invalid_cvc", "cvc"),
    ],
)
def test_wrong_card_details_are_refused_when_they_are_handed_over(
    client: stripe.StripeClient, details: dict[str, object], code: str, param: str
) -> None:
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123", **details}
    with pytest.raises(stripe.CardError) as refusal:
        client.v1.payment_methods.create({"type": "card", "card": card})
    assert (refusal.value.code, refusal.value.param) == (code, param)
    assert "decline_code" not in refusal.value.json_body["error"]


def test_a_declined_payment_is_replayed_under_its_idempotency_key(client: stripe.StripeClient) -> None:
    wanted = {
        "amount": 1000,
        "currency": "usd",
        "payment_method": "pm_card_chargeDeclined",
        "confirm": True,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    }
    charges = set()
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refusal:
            client.v1.payment_intents.create(wanted, {"idempotency_key": "once"})
        charges.add(refusal.value.error.charge)
    assert len(charges) == 1
    assert len(client.v1.payment_intents.list().data) == 1
