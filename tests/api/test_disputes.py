"""Disputes of charges: by test card, with evidence, won, lost, and what they move."""

from io import BytesIO
from typing import Any

import pytest
import stripe
from api.chains import Chain, Row
from api.debits import IN_A_WHILE, debit, sepa
from api.life import DAY, START, Life
from api.payments import pay

DUE = 1_770_681_599  # 2026-02-09T23:59:59Z: the ninth day after START, to its end


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def charged(life: Life, card: str, **params: Any) -> stripe.PaymentIntent:
    """A payment of $10.00 on the test clock."""
    return pay(life.client, card, customer=life.customer(None).id, **params)


def disputed(life: Life, card: str = "pm_card_createDispute") -> stripe.Dispute:
    """The dispute of such a payment; nothing of it is left to be told."""
    intent = charged(life, card)
    life.events()
    return dispute_of(life, intent)


def dispute_of(life: Life, intent: stripe.PaymentIntent) -> stripe.Dispute:
    [dispute] = life.client.v1.disputes.list({"payment_intent": intent.id}).data
    return dispute


def answer(life: Life, dispute: stripe.Dispute, text: str, **params: Any) -> stripe.Dispute:
    return life.client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": text}, **params})


def balance(life: Life) -> int:
    """What is available and what will be."""
    told = life.client.v1.balance.retrieve()
    return told.available[0].amount + told.pending[0].amount


def refused(life: Life, charge: str) -> str:
    with pytest.raises(stripe.InvalidRequestError, match="has been charged back") as refusal:
        life.client.v1.refunds.create({"charge": charge})
    return str(refusal.value.code)


OPENED: list[Row] = [
    ("payment_intent.created", "requires_confirmation 1000"),
    ("charge.succeeded", "1000"),
    ("payment_intent.succeeded", "succeeded 1000"),
    ("charge.updated", "1000", {"balance_transaction": None}),
]


def submitted(status: str, text: bool = True, **before: Any) -> dict[str, Any]:
    """What ``charge.dispute.updated`` says was before the first evidence."""
    return {
        "evidence": {"uncategorized_text": None},
        "evidence_details": {"has_evidence": False, "submission_count": 0, "submission_method": "not_submitted"},
        "status": status,
        **before,
    }


def test_a_charge_is_disputed_as_soon_as_it_is_made(life: Life) -> None:
    chain = Chain(life)
    intent = charged(life, "pm_card_createDispute")
    assert chain.told() == [
        *OPENED,
        ("charge.dispute.created", "needs_response 1000"),
        ("charge.dispute.funds_withdrawn", "needs_response 1000"),
        ("charge.updated", "1000", {"dispute": None, "disputed": False}),
    ]
    dispute = dispute_of(life, intent)
    assert (dispute.reason, dispute.status, dispute.amount) == ("fraudulent", "needs_response", 1000)
    assert (dispute.charge, dispute.is_charge_refundable) == (intent.latest_charge, False)
    card = dispute.payment_method_details.card
    assert (card.brand, card.case_type, card.network_reason_code) == ("visa", "chargeback", "10.4")
    details = dispute.evidence_details
    assert (details.due_by, details.has_evidence, details.past_due) == (DUE, False, False)
    assert (details.submission_count, details.submission_method) == (0, "not_submitted")
    [withdrawn] = dispute.balance_transactions
    assert (withdrawn.amount, withdrawn.fee, withdrawn.net) == (-1000, 1500, -2500)
    assert (withdrawn.type, withdrawn.reporting_category, withdrawn.source) == ("adjustment", "dispute", dispute.id)
    charge = life.client.v1.charges.retrieve(intent.latest_charge)
    assert charge.disputed is True
    assert balance(life) == 1000 - 59 - 1000 - 1500


@pytest.mark.parametrize(
    ("card", "reason", "case_type"),
    [
        ("pm_card_createDisputeProductNotReceived", "product_not_received", "chargeback"),
        ("pm_card_createComplianceDispute", "noncompliant", "compliance"),
        ("pm_card_createCe3EligibleDispute", "fraudulent", "chargeback"),
    ],
)
def test_each_card_has_its_reason(life: Life, card: str, reason: str, case_type: str) -> None:
    dispute = disputed(life, card)
    assert (dispute.reason, dispute.payment_method_details.card.case_type) == (reason, case_type)


def test_a_dispute_won(life: Life) -> None:
    chain = Chain(life)
    intent = charged(life, "pm_card_createDispute")
    chain.told()
    won = answer(life, dispute_of(life, intent), "winning_evidence")
    assert (won.status, won.is_charge_refundable) == ("won", True)
    assert (won.evidence_details.submission_count, won.evidence_details.submission_method) == (1, "manual")
    assert chain.told() == [
        ("charge.dispute.updated", "under_review 1000", submitted("needs_response")),
        ("charge.dispute.closed", "won 1000"),
        ("charge.dispute.funds_reinstated", "won 1000"),
    ]
    assert [(each.amount, each.fee) for each in won.balance_transactions] == [(-1000, 1500), (1000, 0)]
    assert won.balance_transactions[1].reporting_category == "dispute_reversal"
    assert balance(life) == 1000 - 59 - 1500, "the fee is not returned"
    assert life.client.v1.refunds.create({"payment_intent": intent.id}).amount == 1000


def test_a_dispute_lost(life: Life) -> None:
    chain = Chain(life)
    intent = charged(life, "pm_card_createDispute")
    chain.told()
    lost = answer(life, dispute_of(life, intent), "losing_evidence")
    assert (lost.status, lost.is_charge_refundable, len(lost.balance_transactions)) == ("lost", False, 1)
    assert chain.told() == [
        ("charge.dispute.updated", "under_review 1000", submitted("needs_response")),
        ("charge.dispute.closed", "lost 1000"),
    ]
    assert refused(life, str(intent.latest_charge)) == "charge_disputed"


def test_a_dispute_accepted(life: Life) -> None:
    dispute = disputed(life)
    chain = Chain(life)
    assert life.client.v1.disputes.close(dispute.id).status == "lost"
    assert chain.told() == [("charge.dispute.closed", "lost 1000")]
    with pytest.raises(stripe.InvalidRequestError, match="status of lost"):
        life.client.v1.disputes.close(dispute.id)
    with pytest.raises(stripe.InvalidRequestError, match="no longer be given"):
        answer(life, dispute, "winning_evidence")


def test_a_dispute_that_nobody_answers_is_lost(life: Life) -> None:
    dispute = disputed(life)
    answer(life, dispute, "I am still looking for it", submit=False)
    life.events()
    chain = Chain(life)
    assert chain.after(DUE) == []
    assert chain.after(DUE + 1) == [("charge.dispute.closed", "lost 1000")]


def test_evidence_is_gathered_and_then_submitted(life: Life) -> None:
    chain = Chain(life)
    intent = charged(life, "pm_card_createDispute")
    chain.told()
    update = life.client.v1.disputes.update
    dispute = dispute_of(life, intent)
    update(dispute.id, {"evidence": {"product_description": "A mug"}, "submit": False})
    update(dispute.id, {"metadata": {"agent": "Eve"}})
    sent = update(dispute.id, {"submit": True})
    assert (sent.status, sent.evidence.product_description) == ("under_review", "A mug")
    assert chain.told() == [
        (
            "charge.dispute.updated",
            "needs_response 1000",
            {"evidence": {"product_description": None}, "evidence_details": {"has_evidence": False}},
        ),
        ("charge.dispute.updated", "needs_response 1000", {"metadata": {"agent": None}}),
        (
            "charge.dispute.updated",
            "under_review 1000",
            {
                "evidence_details": {"submission_count": 0, "submission_method": "not_submitted"},
                "status": "needs_response",
            },
        ),
    ]
    assert chain.after(START + 200 * DAY) == [], "a bank takes its time"
    assert refused(life, str(intent.latest_charge)) == "charge_disputed"


EVIDENCE = """
    access_activity_log billing_address cancellation_policy_disclosure cancellation_rebuttal product_description
    refund_policy_disclosure refund_refusal_explanation shipping_address
"""


def test_how_much_evidence_there_may_be(life: Life) -> None:
    dispute = disputed(life)
    texts = EVIDENCE.split()
    long = dict.fromkeys(texts[:7], "x" * 20_000)
    update = life.client.v1.disputes.update
    taken = update(dispute.id, {"evidence": long, "submit": False}).evidence  # type: ignore[typeddict-item]
    assert taken.to_dict().items() >= long.items()
    life.events()
    with pytest.raises(stripe.InvalidRequestError, match="at most 20000"):
        update(dispute.id, {"evidence": {"uncategorized_text": "x" * 20_001}, "submit": False})
    with pytest.raises(stripe.InvalidRequestError, match="at most 150000") as refusal:
        update(dispute.id, {"evidence": {texts[7]: "x" * 10_001}, "submit": False})  # type: ignore[misc]
    assert (refusal.value.param, life.events()) == ("evidence", [])
    emptied: Any = {"evidence": dict.fromkeys(texts[:7], ""), "submit": False}
    assert update(dispute.id, emptied).evidence_details.has_evidence is False


def test_a_compliance_dispute_is_answered_with_its_fee_acknowledged(life: Life) -> None:
    dispute = disputed(life, "pm_card_createComplianceDispute")
    assert dispute.enhanced_eligibility_types == ["visa_compliance"]
    with pytest.raises(stripe.InvalidRequestError, match="acknowledge its fee"):
        answer(life, dispute, "winning_evidence")
    evidence: Any = {
        "uncategorized_text": "winning_evidence",
        "enhanced_evidence": {"visa_compliance": {"fee_acknowledged": True}},
    }
    won = life.client.v1.disputes.update(dispute.id, {"evidence": evidence})
    assert won.status == "won"
    assert won.evidence_details.enhanced_eligibility.visa_compliance.status == "fee_acknowledged"


INQUIRED = {"dispute": None, "disputed": False}


def test_an_inquiry_withdraws_nothing_and_leaves_the_charge_refundable(life: Life) -> None:
    chain = Chain(life)
    intent = charged(life, "pm_card_createDisputeInquiry")
    assert chain.told() == [
        *OPENED,
        ("charge.dispute.created", "warning_needs_response 1000"),
        ("charge.updated", "1000", INQUIRED),
    ]
    dispute = dispute_of(life, intent)
    assert (dispute.balance_transactions, dispute.is_charge_refundable) == ([], True)
    life.client.v1.refunds.create({"payment_intent": intent.id, "amount": 400})
    assert dispute_of(life, intent).status == "warning_needs_response"
    chain.told()
    life.client.v1.refunds.create({"payment_intent": intent.id})
    assert chain.told() == [
        ("refund.created", "succeeded 600"),
        ("charge.refunded", "1000", {"amount_refunded": 400, "refunded": False}),
        ("charge.dispute.closed", "warning_closed 1000"),
    ]


def test_an_inquiry_is_answered_and_closed(life: Life) -> None:
    chain = Chain(life)
    intent = charged(life, "pm_card_createDisputeInquiry")
    chain.told()
    answered = answer(life, dispute_of(life, intent), "She signed for it.")
    assert answered.status == "warning_under_review"
    assert chain.told() == [
        ("charge.dispute.updated", "warning_under_review 1000", submitted("warning_needs_response"))
    ]
    assert chain.after(START + 120 * DAY - 1) == []
    assert chain.after(START + 120 * DAY) == [("charge.dispute.closed", "warning_closed 1000")]
    assert life.client.v1.refunds.create({"payment_intent": intent.id}).amount == 1000


@pytest.mark.parametrize("text", ["winning_evidence", "losing_evidence"])
def test_an_inquiry_is_closed_either_way(life: Life, text: str) -> None:
    assert answer(life, disputed(life, "pm_card_createDisputeInquiry"), text).status == "warning_closed"
    assert life.events() == ["charge.dispute.updated", "charge.dispute.closed"]
    assert life.client.v1.balance_transactions.list({"type": "adjustment"}).data == []


def test_an_inquiry_accepted(life: Life) -> None:
    dispute = disputed(life, "pm_card_createDisputeInquiry")
    assert life.client.v1.disputes.close(dispute.id).status == "warning_closed"
    assert life.events() == ["charge.dispute.closed"]


def test_an_inquiry_becomes_a_chargeback_of_what_is_left(life: Life) -> None:
    chain = Chain(life)
    intent = charged(life, "pm_card_createDisputeInquiry")
    life.client.v1.refunds.create({"payment_intent": intent.id, "amount": 300})
    chain.told()
    escalated = answer(life, dispute_of(life, intent), "escalate_inquiry_evidence")
    assert (escalated.status, escalated.amount, escalated.is_charge_refundable) == ("needs_response", 700, False)
    assert escalated.payment_method_details.card.case_type == "chargeback"
    assert [(each.amount, each.fee) for each in escalated.balance_transactions] == [(-700, 1500)]
    assert chain.told() == [
        ("charge.dispute.updated", "warning_under_review 1000", submitted("warning_needs_response")),
        (
            "charge.dispute.updated",
            "needs_response 700",
            {
                "amount": 1000,
                "balance_transactions": [],
                "is_charge_refundable": True,
                "payment_method_details": {"card": {"case_type": "inquiry"}},
                "status": "warning_under_review",
            },
        ),
        ("charge.dispute.funds_withdrawn", "needs_response 700"),
    ]
    assert answer(life, escalated, "winning_evidence").status == "won"


def test_several_disputes_are_about_parts_of_the_charge(life: Life) -> None:
    chain = Chain(life)
    intent = charged(life, "pm_card_createMultipleDisputes")
    assert chain.told() == [
        *OPENED,
        ("charge.dispute.created", "needs_response 500"),
        ("charge.dispute.funds_withdrawn", "needs_response 500"),
        ("charge.updated", "1000", {"dispute": None, "disputed": False}),
        ("charge.dispute.created", "needs_response 500"),
        ("charge.dispute.funds_withdrawn", "needs_response 500"),
        ("charge.updated", "1000", {"dispute": "dp#1"}),
    ]
    first, second = life.client.v1.disputes.list({"charge": str(intent.latest_charge)}).data
    answer(life, first, "winning_evidence")
    assert refused(life, str(intent.latest_charge)) == "charge_disputed", "the other one is not decided"
    life.client.v1.disputes.close(second.id)
    assert life.client.v1.refunds.create({"charge": str(intent.latest_charge)}).amount == 500


def test_what_is_only_authorized_is_disputed_when_it_is_captured(life: Life) -> None:
    intent = charged(life, "pm_card_createDispute", capture_method="manual")
    life.events()
    assert life.client.v1.disputes.list().data == []
    life.client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 600})
    assert life.events() == [
        "charge.captured",
        "payment_intent.succeeded",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.updated",
    ]
    assert dispute_of(life, intent).amount == 600


def test_the_invoice_of_a_disputed_charge_is_paid_first(life: Life) -> None:
    subscription = life.subscribe(life.customer("pm_card_createDispute"), life.price())
    assert life.events()[-6:] == [
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.updated",
    ]
    assert life.subscription(subscription.id).status == "active"


def test_a_charge_of_the_older_api_is_disputed_as_well(client: stripe.StripeClient) -> None:
    charge = client.v1.charges.create({"amount": 2000, "currency": "eur", "source": "tok_createDispute"})
    [dispute] = client.v1.disputes.list({"charge": charge.id}).data
    assert (dispute.amount, dispute.currency, dispute.payment_intent) == (2000, "eur", None)


def test_an_early_fraud_warning_is_settled_by_a_refund(life: Life) -> None:
    chain = Chain(life)
    intent = charged(life, "pm_card_createIssuerFraudRecord")
    assert chain.told() == [*OPENED, ("radar.early_fraud_warning.created", "True")]
    [warning] = life.client.v1.radar.early_fraud_warnings.list({"charge": str(intent.latest_charge)}).data
    assert (warning.actionable, warning.payment_intent) == (True, intent.id)
    life.client.v1.refunds.create({"payment_intent": intent.id})
    assert chain.told() == [
        ("refund.created", "succeeded 1000"),
        ("charge.refunded", "1000", {"amount_refunded": 0, "refunded": False}),
        ("radar.early_fraud_warning.updated", "False", {"actionable": True}),
    ]
    assert life.client.v1.radar.early_fraud_warnings.retrieve(warning.id).actionable is False


def test_a_debit_that_is_disputed_is_lost_at_once(life: Life) -> None:
    intent = debit(life, sepa(life.client, "AT591904300235473203").id)
    chain = Chain(life)
    life.events()
    assert chain.after(START + IN_A_WHILE)[-5:] == [
        ("payment_intent.succeeded", "succeeded 1000"),
        ("charge.dispute.created", "needs_response 1000"),
        ("charge.dispute.funds_withdrawn", "needs_response 1000"),
        ("charge.updated", "1000", {"dispute": None, "disputed": False}),
        ("charge.dispute.closed", "lost 1000"),
    ]
    dispute = dispute_of(life, intent)
    assert (dispute.status, dispute.evidence_details.due_by) == ("lost", 0)


def test_documents_are_files_that_were_uploaded(life: Life) -> None:
    dispute = disputed(life)
    update = life.client.v1.disputes.update
    with pytest.raises(stripe.InvalidRequestError, match="No such file") as refusal:
        update(dispute.id, {"evidence": {"receipt": "file_none"}, "submit": False})
    assert (refusal.value.param, life.events()) == ("evidence[receipt]", [])
    receipt = BytesIO(b"%PDF-1.4 paid")
    receipt.name = "receipt.pdf"
    file = life.client.v1.files.create({"purpose": "dispute_evidence", "file": receipt})
    shown = update(dispute.id, {"evidence": {"receipt": file.id}, "submit": False, "expand": ["evidence.receipt"]})
    assert (shown.evidence.receipt.id, shown.evidence_details.has_evidence) == (file.id, True)
