"""SEPA debits: an IBAN, a mandate, a payment that is processing until the bank has answered."""

import pytest
import stripe
from api.chains import Chain
from api.debits import (
    ACCEPTED,
    BACK,
    FAILS,
    FAILS_LATER,
    IN_A_WHILE,
    IN_NO_TIME,
    OWNER,
    PAYS,
    PAYS_LATER,
    debit,
    save,
    sepa,
)
from api.life import START, Life


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def test_an_iban_shows_its_bank_and_its_last_digits(client: stripe.StripeClient) -> None:
    method = sepa(client, "DE89 3704 0044 0532 0130 00")
    shown = method.sepa_debit
    assert shown is not None
    assert (shown.country, shown.bank_code, shown.branch_code, shown.last4) == ("DE", "37040044", "", "3000")
    assert method.billing_details.name == OWNER["name"]
    assert sepa(client, "DE89370400440532013000").sepa_debit.fingerprint == shown.fingerprint


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ({"sepa_debit": {"iban": "AT611904300234573202"}}, "invalid_bank_account_iban", "sepa_debit[iban]"),
        ({"sepa_debit": {"iban": "nonsense"}}, "invalid_bank_account_iban", "sepa_debit[iban]"),
        ({"sepa_debit": {"iban": "AT511904300000066666"}}, "bank_account_unusable", "sepa_debit"),
        ({"billing_details": {"name": "Ada"}}, "parameter_missing", "billing_details[email]"),
    ],
)
def test_what_is_no_account_is_refused(
    client: stripe.StripeClient, given: dict[str, object], code: str, param: str
) -> None:
    wanted = {"type": "sepa_debit", "sepa_debit": {"iban": PAYS}, "billing_details": OWNER, **given}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_methods.create(wanted)  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.param) == (code, param)


def test_a_debit_is_processing_until_the_bank_has_paid(life: Life) -> None:
    chain = Chain(life)
    intent = debit(life, sepa(life.client, PAYS_LATER).id, setup_future_usage="off_session")
    assert (intent.status, intent.amount_received) == ("processing", 0)
    assert chain.told() == [
        ("payment_intent.created", "requires_confirmation 1000"),
        ("charge.pending", "1000"),
        ("payment_method.attached", "sepa_debit"),
        ("payment_intent.processing", "processing 1000"),
    ]
    assert chain.after(START + IN_A_WHILE - 1) == []
    assert chain.after(START + IN_A_WHILE) == [
        ("charge.succeeded", "1000"),
        ("payment_intent.succeeded", "succeeded 1000"),
    ]


def test_a_debit_that_fails_says_why(life: Life) -> None:
    chain = Chain(life)
    intent = debit(life, sepa(life.client, FAILS_LATER).id)
    charge = life.client.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.status, charge.paid, charge.captured) == ("pending", False, True)
    chain.told()
    assert chain.after(START + IN_A_WHILE) == [
        ("charge.failed", "1000"),
        ("payment_intent.payment_failed", "requires_payment_method 1000"),
    ]
    intent = life.client.v1.payment_intents.retrieve(intent.id)
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.code == "payment_intent_payment_attempt_failed"
    assert intent.last_payment_error.payment_method_type == "sepa_debit"
    charge = life.client.v1.charges.retrieve(charge.id)
    assert (charge.status, charge.failure_code) == ("failed", "generic_could_not_process")
    assert charge.balance_transaction is None


def test_a_charge_shows_the_account_and_the_mandate(life: Life) -> None:
    intent = debit(life, sepa(life.client).id)
    life.advance(IN_NO_TIME)
    charge = life.client.v1.charges.retrieve(str(intent.latest_charge), {"expand": ["balance_transaction"]})
    assert charge.id.startswith("py_")
    assert charge.payment_method_details is not None
    shown = charge.payment_method_details.sepa_debit
    assert shown is not None
    assert (shown.last4, shown.country, shown.expected_debit_date) == ("3201", "AT", "2026-02-03")  # from a Saturday on
    mandate = life.client.v1.mandates.retrieve(str(shown.mandate))
    assert (mandate.status, mandate.type, mandate.payment_method) == ("active", "single_use", intent.payment_method)
    assert mandate.single_use.to_dict() == {"amount": 1000, "currency": "eur"}
    transaction = charge.balance_transaction
    assert isinstance(transaction, stripe.BalanceTransaction)
    assert (transaction.type, transaction.fee, transaction.net) == ("payment", 38, 962)  # 0.8 % and 30 cents


@pytest.mark.parametrize(
    ("iban", "code"), [(FAILS, "generic_could_not_process"), ("pm_insufficientFunds_de", "insufficient_funds")]
)
def test_the_account_decides(life: Life, iban: str, code: str) -> None:
    method = iban if iban.startswith("pm_") else sepa(life.client, iban).id
    intent = debit(life, method)
    assert life.advance(IN_NO_TIME)[-2:] == ["charge.failed", "payment_intent.payment_failed"]
    assert life.client.v1.charges.retrieve(str(intent.latest_charge)).failure_code == code


def test_a_debit_is_disputed_as_soon_as_it_has_succeeded(life: Life) -> None:
    chain = Chain(life)
    intent = debit(life, "pm_disputed_de")
    chain.told()
    assert [row[0] for row in chain.after(START + IN_NO_TIME)] == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.updated",
        "charge.dispute.closed",
    ]
    dispute = life.client.v1.disputes.list({"payment_intent": intent.id}).data[0]
    assert (dispute.amount, dispute.reason, dispute.status) == (1000, "fraudulent", "lost"), "nobody can contest it"


def test_nobody_is_debited_without_a_mandate(life: Life) -> None:
    method = sepa(life.client).id
    with pytest.raises(stripe.InvalidRequestError, match="requires a mandate, but no existing mandate was found"):
        debit(life, method, mandate_data=None)
    with pytest.raises(stripe.InvalidRequestError, match="`mandate_data` is required") as refused:
        debit(life, method, mandate_data=None, setup_future_usage="off_session")
    assert refused.value.param == "mandate_data"
    assert life.client.v1.payment_intents.list().data == []


def test_a_shop_chooses_how_its_references_begin(life: Life) -> None:
    def referring(prefix: str) -> stripe.PaymentIntent:
        options = {"sepa_debit": {"mandate_options": {"reference_prefix": prefix}}}
        return debit(life, sepa(life.client).id, payment_method_options=options)

    charge = life.client.v1.charges.retrieve(str(referring("ACME-").latest_charge))
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.sepa_debit is not None
    mandate = life.client.v1.mandates.retrieve(str(charge.payment_method_details.sepa_debit.mandate))
    assert mandate.payment_method_details.sepa_debit is not None
    reference = mandate.payment_method_details.sepa_debit.reference
    assert (reference[:5], len(reference)) == ("ACME-", 18)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        referring("STRIPE")
    assert refused.value.code == "invalid_mandate_reference_prefix_format"


def test_an_account_pays_in_euro_alone(life: Life) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="support the following currencies: eur") as refused:
        debit(life, sepa(life.client).id, currency="usd")
    assert refused.value.param == "currency"


def test_a_debit_cannot_be_captured_later(life: Life) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        debit(life, sepa(life.client).id, capture_method="manual")
    assert refused.value.param == "capture_method"


def test_a_saved_account_pays_when_nobody_is_there(life: Life) -> None:
    chain = Chain(life)
    customer = life.client.v1.customers.create({"test_clock": life.clock.id})
    chain.told()
    saved = save(life.client, customer.id, sepa(life.client, PAYS_LATER).id)
    assert saved.status == "succeeded"
    mandate = life.client.v1.mandates.retrieve(str(saved.mandate))
    assert (mandate.type, mandate.status, mandate.customer_acceptance.type) == ("multi_use", "active", "offline")
    assert chain.told() == [
        ("setup_intent.created", "requires_confirmation"),
        ("setup_intent.succeeded", "succeeded"),
        ("payment_method.attached", "sepa_debit"),
    ]
    intent = life.client.v1.payment_intents.create(
        {
            "amount": 1000,
            "currency": "eur",
            "customer": customer.id,
            "payment_method": str(saved.payment_method),
            "off_session": True,
            "confirm": True,
            "return_url": BACK,
        }
    )
    assert intent.status == "processing"
    charge = life.client.v1.charges.retrieve(str(intent.latest_charge))
    assert charge.payment_method_details.sepa_debit.mandate == mandate.id


def test_an_account_that_was_used_by_nobody_is_spent(life: Life) -> None:
    method = sepa(life.client).id
    debit(life, method, customer=None)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        debit(life, method)


def test_an_intent_takes_the_types_that_are_allowed(client: stripe.StripeClient) -> None:
    def created(**params: object) -> stripe.PaymentIntent:
        return client.v1.payment_intents.create({"amount": 1000, "currency": "eur", **params})  # type: ignore[typeddict-item]

    assert created().payment_method_types == ["card", "link"]
    allowed = created(allowed_payment_method_types=["card", "sepa_debit", "us_bank_account"])
    assert allowed.payment_method_types == ["card", "sepa_debit"]  # dollars are not asked for
    assert created(payment_method=sepa(client).id).payment_method_types == ["card", "link", "sepa_debit"]
    with pytest.raises(stripe.InvalidRequestError, match="not allowed for this PaymentIntent"):
        client.v1.payment_intents.confirm(
            created(excluded_payment_method_types=["sepa_debit"]).id,
            {"payment_method": sepa(client).id, "mandate_data": ACCEPTED, "return_url": BACK},  # type: ignore[typeddict-item]
        )


def test_a_payment_that_is_processing_can_be_canceled(life: Life) -> None:
    chain = Chain(life)
    intent = debit(life, sepa(life.client, PAYS_LATER).id)
    chain.told()
    canceled = life.client.v1.payment_intents.cancel(intent.id)
    assert canceled.status == "canceled"
    assert chain.told() == [("charge.failed", "1000"), ("payment_intent.canceled", "canceled 1000")]
    assert chain.after(START + IN_A_WHILE) == []


def test_a_refund_to_a_bank_account_takes_its_time(life: Life) -> None:
    intent = debit(life, sepa(life.client).id)
    life.advance(IN_NO_TIME)
    refund = life.client.v1.refunds.create({"payment_intent": intent.id})
    assert (refund.status, refund.id[:4]) == ("pending", "pyr_")
    assert refund.destination_details is not None
    assert refund.destination_details.type == "sepa_debit"
