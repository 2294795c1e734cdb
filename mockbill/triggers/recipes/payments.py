"""Payment intents and the charges that they make; setup intents; disputes and refunds."""

from typing import Any

from mockbill.billing.bank_debits import mandates
from mockbill.triggers.cause import Cause
from mockbill.triggers.recipes.plain import NOTED
from mockbill.triggers.registry import fresh
from mockbill.world import Doc

_INTENTS, _SETUPS = "POST /v1/payment_intents", "POST /v1/setup_intents"
_REFUNDS = "POST /v1/refunds"
_FUND = "POST /v1/test_helpers/customers/{customer}/fund_cash_balance"
_OFF_PAGE = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
_ACCEPTED = {"customer_acceptance": {"type": "offline"}}
PAYS, FAILS = "AT611904300234573201", "AT861904300235473202"
"""Test accounts of SEPA debits: one that pays, one that does not."""


def by_card(c: Cause, card: str = "pm_card_visa", **params: Any) -> Doc:
    """A payment intent of 20.00, confirmed with a card; the customer's, where one was asked for."""
    intent: Doc = c.post("/v1/payment_intents", **_confirmed(c, card), **params)
    return intent


def _confirmed(c: Cause, card: str, amount: int = 2000) -> dict[str, Any]:
    return {**_sum(c, amount), "payment_method": card, "confirm": True}


def _sum(c: Cause, amount: int = 2000) -> dict[str, Any]:
    return {"amount": amount, "currency": "usd", **_OFF_PAGE, **c.named_customer()}


@fresh("payment_intent.created", sets=_INTENTS)
def created(c: Cause) -> None:
    c.post("/v1/payment_intents", **_sum(c))


@fresh("payment_intent.succeeded", "charge.succeeded", "charge.updated", sets=_INTENTS)
def succeeded(c: Cause) -> None:
    by_card(c)


@fresh("payment_intent.payment_failed", "charge.failed", sets=_INTENTS)
def failed(c: Cause) -> None:
    c.declined("/v1/payment_intents", **_confirmed(c, "pm_card_visa_chargeDeclined"))


@fresh("payment_intent.requires_action", sets=_INTENTS)
def requires_action(c: Cause) -> None:
    by_card(c, "pm_card_authenticationRequired")


@fresh("payment_intent.canceled", sets="POST /v1/payment_intents/{intent}/cancel")
def canceled(c: Cause) -> None:
    intent: Doc = c.post("/v1/payment_intents", **_sum(c))
    c.post(f"/v1/payment_intents/{intent['id']}/cancel", cancellation_reason="requested_by_customer")


@fresh("payment_intent.amount_capturable_updated", sets=_INTENTS)
def authorized(c: Cause) -> None:
    by_card(c, capture_method="manual")


@fresh("charge.captured", sets="POST /v1/payment_intents/{intent}/capture")
def captured(c: Cause) -> None:
    intent = by_card(c, capture_method="manual")
    c.post(f"/v1/payment_intents/{intent['id']}/capture")


@fresh("charge.expired", sets=_INTENTS)
def expired(c: Cause) -> None:
    """A week goes by over an authorization, which is canceled then: it comes now."""
    c.fall_due("payment_intent", by_card(c, capture_method="manual")["id"])


# bank debits and transfers


def debit(c: Cause, iban: str = PAYS, **params: Any) -> Doc:
    """A SEPA debit of 10.00 that is under way."""
    owner = {"name": "Jenny Rosen", "email": "jenny.rosen@example.com"}
    method: Doc = c.post("/v1/payment_methods", type="sepa_debit", sepa_debit={"iban": iban}, billing_details=owner)
    intent: Doc = c.post(
        "/v1/payment_intents",
        amount=1000,
        currency="eur",
        customer=c.customer(None),
        payment_method=method["id"],
        confirm=True,
        mandate_data=_ACCEPTED,
        **_OFF_PAGE,
        **params,
    )
    return intent


@fresh("payment_intent.processing", "charge.pending", sets=_INTENTS)
def processing(c: Cause) -> None:
    debit(c)


@fresh("mandate.updated", sets=_INTENTS)
def mandate_updated(c: Cause) -> None:
    """A customer takes back the mandate of a debit that was paid, at the bank."""
    intent = debit(c, setup_future_usage="off_session")
    c.fall_due("payment_intent", intent["id"])
    latest = c.get(f"/v1/payment_intents/{intent['id']}")["latest_charge"]
    charge: Doc = c.get(f"/v1/charges/{latest}")
    with c.work() as w:
        mandates.end(w, w.need("mandate", charge["payment_method_details"]["sepa_debit"]["mandate"]))


@fresh("payment_intent.partially_funded", sets=_FUND)
def partially_funded(c: Cause) -> None:
    customer = c.customer(None)
    c.post(
        "/v1/payment_intents",
        amount=2000,
        currency="usd",
        customer=customer,
        payment_method_data={"type": "customer_balance"},
        payment_method_options={
            "customer_balance": {"funding_type": "bank_transfer", "bank_transfer": {"type": "us_bank_transfer"}}
        },
        confirm=True,
        **_OFF_PAGE,
    )
    c.post(f"/v1/test_helpers/customers/{customer}/fund_cash_balance", amount=500, currency="usd")


# refunds


@fresh("charge.refunded", "refund.created", sets=_REFUNDS)
def refunded(c: Cause) -> None:
    _refund(c)


@fresh("refund.updated", "charge.refund.updated", sets="POST /v1/refunds/{refund}")
def refund_updated(c: Cause) -> None:
    c.post(f"/v1/refunds/{_refund(c)['id']}", NOTED)


@fresh("refund.failed")
def refund_failed(c: Cause) -> None:
    """The card's bank sends it back, a little later."""
    c.fall_due("refund", _refund(c, "pm_card_refundFail")["id"])


def _refund(c: Cause, card: str = "pm_card_visa") -> Doc:
    refund: Doc = c.post("/v1/refunds", payment_intent=by_card(c, card)["id"])
    return refund


# disputes


@fresh("charge.dispute.created", "charge.dispute.funds_withdrawn", sets=_INTENTS)
def disputed(c: Cause) -> None:
    by_card(c, "pm_card_createDispute")


@fresh("charge.dispute.updated", sets="POST /v1/disputes/{dispute}")
def dispute_updated(c: Cause) -> None:
    c.post(f"/v1/disputes/{_dispute(c)}", NOTED)


@fresh("charge.dispute.closed")
def dispute_closed(c: Cause) -> None:
    c.post(f"/v1/disputes/{_dispute(c)}/close")


@fresh("charge.dispute.funds_reinstated")
def dispute_won(c: Cause) -> None:
    """The evidence wins: Stripe's test value says so."""
    c.post(f"/v1/disputes/{_dispute(c)}", evidence={"uncategorized_text": "winning_evidence"}, submit=True)


def _dispute(c: Cause) -> str:
    intent = by_card(c, "pm_card_createDispute")
    found: Doc = c.get("/v1/disputes", payment_intent=intent["id"])
    return str(found["data"][0]["id"])


@fresh("radar.early_fraud_warning.created", sets=_INTENTS)
def fraud_warned(c: Cause) -> None:
    by_card(c, "pm_card_createIssuerFraudRecord")


@fresh("radar.early_fraud_warning.updated", sets=_REFUNDS)
def fraud_settled(c: Cause) -> None:
    """Refunded, it needs no action any more."""
    c.post("/v1/refunds", payment_intent=by_card(c, "pm_card_createIssuerFraudRecord")["id"])


# setup intents


@fresh("setup_intent.created", sets=_SETUPS)
def setup_created(c: Cause) -> None:
    c.post("/v1/setup_intents", **_OFF_PAGE, **c.named_customer())


@fresh("setup_intent.succeeded", sets=_SETUPS)
def setup_succeeded(c: Cause) -> None:
    _set_up(c, "pm_card_visa")


@fresh("setup_intent.requires_action", sets=_SETUPS)
def setup_requires_action(c: Cause) -> None:
    _set_up(c, "pm_card_authenticationRequired")


@fresh("setup_intent.setup_failed", sets=_SETUPS)
def setup_failed(c: Cause) -> None:
    c.declined("/v1/setup_intents", payment_method="pm_card_chargeDeclined", confirm=True, **_OFF_PAGE)


@fresh("setup_intent.canceled", sets="POST /v1/setup_intents/{intent}/cancel")
def setup_canceled(c: Cause) -> None:
    intent: Doc = c.post("/v1/setup_intents", **_OFF_PAGE, **c.named_customer())
    c.post(f"/v1/setup_intents/{intent['id']}/cancel")


def _set_up(c: Cause, card: str) -> None:
    c.post("/v1/setup_intents", payment_method=card, confirm=True, **_OFF_PAGE, **c.named_customer())
