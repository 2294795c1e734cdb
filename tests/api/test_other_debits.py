"""Debits in the United States, Great Britain and Australia: each with its own account, mandate and verification."""

from typing import Any
from urllib.parse import urlencode

import pytest
import stripe
from api.debits import ACCEPTED, ADDRESS, BACK, IN_NO_TIME, OWNER, american, debit, save
from api.life import DAY, Life
from api.wire import Wire

CURRENCY = {"us_bank_account": "usd", "bacs_debit": "gbp", "au_becs_debit": "aud"}


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (
            {
                "type": "us_bank_account",
                "us_bank_account": {"account_number": "000123456789", "routing_number": "110000000"},
                "billing_details": OWNER,
            },
            {
                "account_holder_type": "individual",
                "account_type": "checking",
                "bank_name": "STRIPE TEST BANK",
                "last4": "6789",
                "routing_number": "110000000",
            },
        ),
        (
            {
                "type": "bacs_debit",
                "bacs_debit": {"account_number": "00012345", "sort_code": "10-88-00"},
                "billing_details": {**OWNER, "address": ADDRESS},
            },
            {"last4": "2345", "sort_code": "108800"},
        ),
        (
            {
                "type": "au_becs_debit",
                "au_becs_debit": {"account_number": "000123456", "bsb_number": "000000"},
                "billing_details": OWNER,
            },
            {"bsb_number": "000000", "last4": "3456"},
        ),
    ],
)
def test_an_account_shows_what_it_is(client: stripe.StripeClient, given: Any, shown: dict[str, str]) -> None:
    method = client.v1.payment_methods.create(given).to_dict()
    told = method[given["type"]]
    assert {name: told[name] for name in shown} == shown
    assert len(told["fingerprint"]) == 16


@pytest.mark.parametrize(
    ("type", "given", "param"),
    [
        ("us_bank_account", {"account_number": "000123456789", "routing_number": "123"}, "routing_number"),
        ("us_bank_account", {"account_number": "12", "routing_number": "110000000"}, "account_number"),
        ("us_bank_account", {"routing_number": "110000000"}, "account_number"),
        ("bacs_debit", {"account_number": "1234567", "sort_code": "108800"}, "account_number"),
        ("bacs_debit", {"account_number": "00044444", "sort_code": "108800"}, None),
        ("au_becs_debit", {"account_number": "000123456", "bsb_number": "0000"}, "bsb_number"),
    ],
)
def test_what_is_no_account_is_refused(
    client: stripe.StripeClient, type: str, given: dict[str, str], param: str | None
) -> None:
    wanted: Any = {"type": type, type: given, "billing_details": {**OWNER, "address": ADDRESS}}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_methods.create(wanted)
    assert refused.value.param == (f"{type}[{param}]" if param else type)


@pytest.mark.parametrize(
    ("id", "code"),
    [
        ("pm_usBankAccount_accountClosed", "account_closed"),
        ("pm_usBankAccount_debitNotAuthorized", "debit_not_authorized"),
        ("pm_usBankAccount_weeklyLimitExceeded", "payment_intent_payment_attempt_failed"),
        ("pm_bacsDebit_insufficientFunds", "insufficient_funds"),
        ("pm_bacsDebit_exceedsTransactionLimit", "charge_exceeds_transaction_limit"),
        ("pm_auBecsDebit_noAccount", "no_account"),
        ("pm_auBecsDebit_referToCustomer", "refer_to_customer"),
    ],
)
def test_a_test_id_decides(life: Life, id: str, code: str) -> None:
    currency = {"us": "usd", "ba": "gbp", "au": "aud"}[id[3:5]]
    intent = debit(life, id, currency)
    assert intent.status == "processing"
    life.advance(IN_NO_TIME)
    intent = life.client.v1.payment_intents.retrieve(intent.id)
    assert intent.last_payment_error is not None
    assert (intent.status, intent.last_payment_error.code) == ("requires_payment_method", code)


@pytest.mark.parametrize("id", ["pm_usBankAccount_success", "pm_bacsDebit_success", "pm_auBecsDebit_success"])
def test_a_test_id_pays(life: Life, id: str) -> None:
    method = life.client.v1.payment_methods.retrieve(id)
    intent = debit(life, method.id, CURRENCY[method.type])
    assert life.advance(IN_NO_TIME)[-2:] == ["charge.succeeded", "payment_intent.succeeded"]
    charge = life.client.v1.charges.retrieve(str(intent.latest_charge)).to_dict()
    assert charge["payment_method_details"][method.type]["mandate"].startswith("mandate_")


def test_radar_blocks_an_account(life: Life) -> None:
    with pytest.raises(stripe.StripeError, match="too risky") as refused:
        debit(life, "pm_usBankAccount_riskLevelHighest", "usd")
    assert refused.value.http_status == 402
    charge = life.client.v1.charges.list().data[0]
    assert charge.outcome is not None
    assert (charge.status, charge.outcome.type, charge.outcome.reason) == ("failed", "blocked", "highest_risk_level")


def test_one_account_stays_processing(life: Life) -> None:
    intent = debit(life, "pm_usBankAccount_processing", "usd")
    life.advance(30 * DAY)
    assert life.client.v1.payment_intents.retrieve(intent.id).status == "processing"


def test_a_refused_mandate_is_inactive_at_once(life: Life) -> None:
    customer = life.customer(card=None)
    saved = save(life.client, customer.id, "pm_bacsDebit_mandateRefused")
    mandate = life.client.v1.mandates.retrieve(str(saved.mandate))
    assert mandate.payment_method_details.bacs_debit is not None
    assert (mandate.status, mandate.payment_method_details.bacs_debit.network_status) == ("inactive", "refused")
    assert "mandate.updated" in life.events()


class TestMicroDeposits:
    """An American account whose numbers were typed is verified by what arrives on it."""

    def test_a_payment_begins_when_the_account_is_verified(self, life: Life) -> None:
        intent = debit(life, american(life.client).id, "usd")
        assert intent.next_action is not None
        action = intent.next_action.verify_with_microdeposits
        assert action is not None
        assert (intent.status, action.microdeposit_type) == ("requires_action", "descriptor_code")
        life.events()
        verified = life.client.v1.payment_intents.verify_microdeposits(intent.id, {"descriptor_code": "SM11AA"})
        assert verified.status == "processing"
        assert life.events() == ["charge.pending", "payment_intent.processing"]
        assert life.advance(IN_NO_TIME) == ["charge.succeeded", "payment_intent.succeeded"]

    def test_an_account_is_saved_when_it_is_verified(self, life: Life) -> None:
        customer = life.customer(card=None)
        intent = save(life.client, customer.id, american(life.client).id)
        assert (intent.status, intent.mandate) == ("requires_action", None)
        saved = life.client.v1.setup_intents.verify_microdeposits(intent.id, {"amounts": [32, 45]})
        assert saved.status == "succeeded"
        assert life.client.v1.mandates.retrieve(str(saved.mandate)).type == "multi_use"
        assert life.events() == [
            "setup_intent.created",
            "setup_intent.requires_action",
            "setup_intent.succeeded",
            "payment_method.attached",
        ]

    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            ({"descriptor_code": "SM99XX"}, "verification_descriptor_code_mismatch"),
            ({"amounts": [1, 2]}, "verification_amounts_mismatch"),
        ],
    )
    def test_what_did_not_arrive_is_refused(self, life: Life, answer: Any, code: str) -> None:
        intent = debit(life, american(life.client).id, "usd")
        with pytest.raises(stripe.InvalidRequestError) as refused:
            life.client.v1.payment_intents.verify_microdeposits(intent.id, answer)
        assert refused.value.code == f"payment_method_microdeposit_{code}"
        assert life.client.v1.payment_intents.retrieve(intent.id).status == "requires_action"

    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            ({"amounts": [10, 11]}, "verification_attempts_exceeded"),
            ({"descriptor_code": "SM33CC"}, "verification_attempts_exceeded"),
            ({"amounts": [40, 41]}, "verification_timeout"),
            ({"descriptor_code": "SM44DD"}, "verification_timeout"),
        ],
    )
    def test_an_account_that_cannot_be_verified_any_more_is_let_go(self, life: Life, answer: Any, code: str) -> None:
        paying = debit(life, american(life.client).id, "usd")
        saving = save(life.client, life.customer(card=None).id, american(life.client).id)
        for intents, intent, error, event in (
            (life.client.v1.payment_intents, paying, "last_payment_error", "payment_intent.payment_failed"),
            (life.client.v1.setup_intents, saving, "last_setup_error", "setup_intent.setup_failed"),
        ):
            life.events()
            with pytest.raises(stripe.InvalidRequestError) as refused:
                intents.verify_microdeposits(intent.id, answer)
            assert refused.value.code == f"payment_method_microdeposit_{code}"
            failed: Any = intents.retrieve(intent.id)
            assert (failed.status, failed.payment_method) == ("requires_payment_method", None)
            assert failed[error].code == f"payment_method_microdeposit_{code}"
            assert life.events() == [event]
            with pytest.raises(stripe.InvalidRequestError) as over:
                intents.verify_microdeposits(intent.id, {"descriptor_code": "SM11AA"})
            assert str(over.value.code).endswith("_unexpected_state")

    def test_nobody_guesses_for_ever(self, life: Life) -> None:
        intent = debit(life, american(life.client).id, "usd")
        codes = []
        for _ in range(4):
            with pytest.raises(stripe.InvalidRequestError) as refused:
                life.client.v1.payment_intents.verify_microdeposits(intent.id, {"amounts": [1, 2]})
            codes.append(refused.value.code)
        assert codes[2:] == [
            "payment_method_microdeposit_verification_amounts_mismatch",
            "payment_method_microdeposit_verification_attempts_exceeded",
        ]
        assert life.client.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"

    def test_one_account_cannot_be_reached(self, life: Life) -> None:
        intent = debit(life, american(life.client, "000666666661").id, "usd")
        with pytest.raises(stripe.InvalidRequestError) as refused:
            life.client.v1.payment_intents.verify_microdeposits(intent.id, {"descriptor_code": "SM11AA"})
        assert refused.value.code == "payment_method_microdeposit_failed"

    def test_the_browser_verifies_with_the_client_secret(self, life: Life, account: str) -> None:
        paying = debit(life, american(life.client).id, "usd")
        saving = save(life.client, life.customer(card=None).id, american(life.client).id)
        browser: Any = {"api_key": f"pk_test_{account}"}
        for intents, intent, status in (
            (life.client.v1.payment_intents, paying, "processing"),
            (life.client.v1.setup_intents, saving, "succeeded"),
        ):
            answer: Any = {"descriptor_code": "SM11AA", "client_secret": intent.client_secret}
            with pytest.raises(stripe.InvalidRequestError) as refused:
                intents.verify_microdeposits(intent.id, {"descriptor_code": "SM11AA"}, browser)
            assert refused.value.param == "client_secret"
            assert intents.verify_microdeposits(intent.id, answer, browser).status == status

    def test_it_is_no_matter_of_authentication(self, life: Life) -> None:
        intent = debit(life, american(life.client).id, "usd")
        with pytest.raises(stripe.InvalidRequestError) as refused:
            life.client.v1.setup_intents.verify_microdeposits(
                save(life.client, life.customer(card=None).id, "pm_usBankAccount_success").id,
                {"descriptor_code": "SM11AA"},
            )
        assert refused.value.code == "setup_intent_unexpected_state"
        assert intent.status == "requires_action"


def test_a_mandate_can_be_named(life: Life) -> None:
    customer = life.customer(card=None)
    saved = save(life.client, customer.id, "pm_bacsDebit_success")
    wanted: Any = {
        "amount": 1000,
        "currency": "gbp",
        "customer": customer.id,
        "payment_method": saved.payment_method,
        "confirm": True,
        "return_url": BACK,
    }
    assert life.client.v1.payment_intents.create({**wanted, "mandate": saved.mandate}).status == "processing"
    other = save(life.client, customer.id, "pm_bacsDebit_success", mandate_data=ACCEPTED)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.client.v1.payment_intents.create({**wanted, "mandate": other.mandate})
    assert refused.value.code == "payment_intent_mandate_invalid"


def test_a_charge_without_an_intent_takes_cards_alone(life: Life) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="use a PaymentIntent"):
        life.client.v1.charges.create({"amount": 1000, "currency": "gbp", "source": "pm_bacsDebit_success"})


def test_a_browser_pays_by_debit(life: Life, wire: Wire) -> None:
    intent = life.client.v1.payment_intents.create(
        {"amount": 1000, "currency": "eur", "allowed_payment_method_types": ["sepa_debit"]}
    )
    sent = {
        "client_secret": intent.client_secret,
        "payment_method_data[type]": "sepa_debit",
        "payment_method_data[sepa_debit][iban]": "DE89370400440532013000",
        "payment_method_data[billing_details][name]": "Ada",
        "payment_method_data[billing_details][email]": "ada@example.com",
        "mandate_data[customer_acceptance][type]": "online",
        "mandate_data[customer_acceptance][online][infer_from_client]": "true",
        "return_url": BACK,
    }
    key = f"Bearer pk_test_{wire.account}"
    answer = wire.post(f"/v1/payment_intents/{intent.id}/confirm", urlencode(sent), Authorization=key)
    assert (answer.status_code, answer.json()["status"]) == (200, "processing")
