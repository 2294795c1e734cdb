"""A customer's cash balance: money that she sent by bank transfer, by currency, and each movement of it.

Kept privately under ``cash_balance`` by the customer's id: ``available`` (amounts by currency) and ``mode``.  A test
helper takes the place of the bank: ``POST /v1/test_helpers/customers/{customer}/fund_cash_balance``.
"""

from typing import Any

from mockbill.billing import amounts
from mockbill.rules import bank_transfers
from mockbill.world import Doc, Problem, Work

KIND = "customer_cash_balance_transaction"


def of(w: Work, customer_id: str) -> Doc:
    """``GET /v1/customers/{customer}/cash_balance``."""
    kept = w.private("cash_balance", customer_id) or {}
    mode = kept.get("mode")
    return {
        "object": "cash_balance",
        "available": kept.get("available") or {},
        "customer": customer_id,
        "customer_account": None,
        "livemode": False,
        "settings": {"reconciliation_mode": mode or "automatic", "using_merchant_default": mode is None},
    }


def shown(w: Work, customer: Doc) -> Doc | None:
    """``customer.cash_balance``, when it is expanded: null for one who never had any."""
    return of(w, customer["id"]) if w.private("cash_balance", customer["id"]) else None


def update(w: Work, customer: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/customers/{customer}/cash_balance``: automatic or manual reconciliation, or the account's default."""
    asked = (params.get("settings") or {}).get("reconciliation_mode")
    if asked:
        w.keep("cash_balance", customer["id"], mode=None if asked == "merchant_default" else asked)
    return of(w, customer["id"])


def available(w: Work, customer_id: str, currency: str) -> int:
    """What can be paid with, in the smallest unit."""
    kept = w.private("cash_balance", customer_id) or {}
    return int((kept.get("available") or {}).get(currency, 0))


def is_automatic(w: Work, customer_id: str) -> bool:
    """Whether money that comes in pays what waits for it."""
    return (w.private("cash_balance", customer_id) or {}).get("mode") in (None, "automatic")


def move(w: Work, customer_id: str, amount: int, currency: str, type: str, **details: Any) -> Doc:
    """One movement: ``customer_cash_balance_transaction.created``.  ``details`` is the hash of its type, if any."""
    kept = w.private("cash_balance", customer_id) or {}
    now = {**(kept.get("available") or {})}
    now[currency] = now.get(currency, 0) + amount
    w.keep("cash_balance", customer_id, available={name: left for name, left in sorted(now.items()) if left})
    transaction = w.add(
        KIND,
        currency=currency,
        customer=customer_id,
        ending_balance=now[currency],
        net_amount=amount,
        type=type,
        **({type: details} if details else {}),
    )
    w.emit(f"{KIND}.created", transaction)
    return transaction


def funded(w: Work, intent: Doc) -> int:
    """What an intent that waits for a transfer has been given so far, in the smallest unit."""
    return int((w.private("payment_intent", intent["id"]) or {}).get("funded", 0))


def give_back(w: Work, intent: Doc, keeps: int = 0) -> None:
    """An intent returns what it was given, but for what it ``keeps``: ``unapplied_from_payment``."""
    if (excess := funded(w, intent) - keeps) > 0:
        w.keep("payment_intent", intent["id"], funded=keeps)
        move(w, intent["customer"], excess, intent["currency"], "unapplied_from_payment", payment_intent=intent["id"])


def fund(w: Work, customer: Doc, params: dict[str, Any]) -> Doc:
    """Money comes in by bank transfer; what becomes of it is ``reconciliation``'s.  Answers the movement."""
    currency = amounts.currency(params["currency"])
    type = bank_transfers.TYPES.get(currency)
    if type is None:
        raise Problem(
            f"Bank transfers are not available in {currency}. They are in {', '.join(bank_transfers.TYPES)}.",
            param="currency",
        )
    amounts.check_amount(params["amount"], currency, "amount")
    amounts.check_positive(params["amount"])
    return move(
        w,
        customer["id"],
        params["amount"],
        currency,
        "funded",
        bank_transfer={"reference": params.get("reference"), type: _SENDERS[type], "type": type},
    )


_SENDERS: dict[str, Doc] = {
    "eu_bank_transfer": {"bic": "BIC12345", "iban_last4": "7089", "sender_name": "Test Sender"},
    "gb_bank_transfer": {"account_number_last4": "7089", "sender_name": "Test Sender", "sort_code": "108800"},
    "jp_bank_transfer": {"sender_bank": "Test Bank", "sender_branch": "Test Branch", "sender_name": "Test Sender"},
    "mx_bank_transfer": {"sender_name": "Test Sender"},
    "us_bank_transfer": {"network": "ach", "sender_name": "Test Sender"},
}
