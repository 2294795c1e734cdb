"""Purchases with issued cards, in test mode: captures without authorization, and authorizations.

No money moves: the Issuing balance is not modelled, and transactions have no ``balance_transaction``.  What a receiver
answers to ``issuing_authorization.request`` is not heard: what a card may pay is approved, as where an account's
setting approves after the time-out.
"""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import amounts
from mockbill.billing.fields import fitted
from mockbill.world import Doc, Work

_CARD, _AUTHORIZATION, _TRANSACTION = "issuing.card", "issuing.authorization", "issuing.transaction"
_CATEGORY = "ac_refrigeration_repair"  # where none is told, as with Stripe's own test purchases


def force_capture(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/test_helpers/issuing/transactions/create_force_capture``: a purchase, with an inactive card as well.

    ``issuing_transaction.created``, and where there is a receipt
    ``issuing_transaction.purchase_details_receipt_updated``.
    """
    amounts.check_positive(params["amount"])
    card = w.need(_CARD, params["card"], "card")
    currency = amounts.currency(params.get("currency") or card["currency"], "currency")
    details = params.get("purchase_details") or {}
    told = {"purchase_details": _details(details)} if details else {}
    transaction = w.add(
        _TRANSACTION,
        **_purchase(card, -params["amount"], currency, params.get("merchant_data") or {}),
        card=card["id"],
        type="capture",
        **told,
    )
    w.emit("issuing_transaction.created", transaction)
    if details.get("receipt"):
        w.emit("issuing_transaction.purchase_details_receipt_updated", transaction)
    return transaction


def authorize(w: Work, card: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/issuing/cards/{card}/test/authorizations``, which only the CLI still calls.

    ``issuing_authorization.request`` while it is asked for, which an inactive card is not, then
    ``issuing_authorization.created`` with the decision.
    """
    amount = params["held_amount"]
    amounts.check_positive(amount, "held_amount")
    currency = amounts.currency(params.get("held_currency") or card["currency"], "held_currency")
    active = card["status"] == "active"
    purchase = _purchase(card, amount, currency, {})
    held = {name: purchase[name] for name in ("amount", "currency", "merchant_amount", "merchant_currency")}
    asked = {**held, "amount_details": None, "network_risk_score": None}
    authorization = w.add(
        _AUTHORIZATION,
        **{**purchase, "amount": 0, "merchant_amount": 0},
        approved=False,
        authorization_method=params.get("authorization_method", "online"),
        card=card,
        pending_request={**asked, "is_amount_controllable": False} if active else None,
        status="pending" if active else "closed",
    )
    if active:
        w.emit("issuing_authorization.request", authorization)
    decided = {
        **asked,
        "approved": active,
        "authorization_code": None,
        "created": w.now,
        "reason": "webhook_timeout" if active else "card_inactive",
        "reason_message": None,
        "requested_at": w.now,
    }
    taken = held if active else {}
    authorization = w.change(authorization, approved=active, pending_request=None, request_history=[decided], **taken)
    w.emit("issuing_authorization.created", authorization)
    return authorization


def _purchase(card: Doc, amount: int, currency: str, merchant: Mapping[str, Any]) -> dict[str, Any]:
    """What authorizations and transactions say alike; ``amount`` is below zero where the cardholder has paid it."""
    cardholder = card["cardholder"]
    return {
        "amount": amount,
        "cardholder": cardholder["id"] if isinstance(cardholder, dict) else cardholder,
        "currency": currency,
        "merchant_amount": amount,
        "merchant_currency": currency,
        "merchant_data": fitted(_TRANSACTION, ("merchant_data",), {"category": _CATEGORY, **merchant}),
    }


def _details(sent: Mapping[str, Any]) -> Doc:
    """Purchase details as a transaction shows them; quantities of a receipt come as texts."""
    receipt = [
        {**line, "quantity": float(line["quantity"])} if line.get("quantity") else line
        for line in sent.get("receipt") or []
    ]
    shown: Doc = fitted(_TRANSACTION, ("purchase_details",), {**sent, "receipt": receipt or None})
    return shown
