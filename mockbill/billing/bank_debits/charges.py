"""The charge of a debit: pending until the bank has paid, or has not (stripe-behaviour.md 3.1).

Its balance transaction is made when it succeeds.  (At Stripe some kinds have theirs from the beginning, and another
one where they fail.)
"""

from typing import Any

from mockbill.billing import charges, defaults
from mockbill.billing.bank_debits import accounts
from mockbill.rules import bank_debits, declines
from mockbill.rules.bank_debits import Failure
from mockbill.rules.declines import Decline
from mockbill.world import Doc, Work
from mockbill.world.ids import as_payment

_SHOWN = {
    "sepa_debit": ("bank_code", "branch_code", "country", "fingerprint", "last4"),
    "us_bank_account": (
        "account_holder_type", "account_type", "bank_name", "fingerprint", "last4", "routing_number",
    ),
    "bacs_debit": ("fingerprint", "last4", "sort_code"),
    "au_becs_debit": ("bsb_number", "fingerprint", "last4"),
}  # fmt: skip


def pending(w: Work, intent: Doc, method: Doc, mandate: str) -> Doc:
    """A debit that was sent to the bank: ``charge.pending``."""
    return sent(w, charges.of_intent(w, intent), method, mandate)


def sent(w: Work, values: dict[str, Any], method: Doc, mandate: str) -> Doc:
    """The same of a charge with these fields, which may have no intent."""
    charge = _built(w, values, method, mandate, captured=True, amount_captured=values["amount"], status="pending")
    w.put("charge", charge)
    w.emit("charge.pending", charge)
    return charge


def blocked(w: Work, intent: Doc, method: Doc, mandate: str, failure: Failure) -> Doc:
    """A debit that Radar did not let out: ``charge.failed``."""
    values = charges.of_intent(w, intent)
    charge = _built(w, values, method, mandate, status="failed", receipt_url=None, **_failure(failure))
    w.put("charge", charge)
    w.emit("charge.failed", charge)
    return charge


def succeed(w: Work, charge: Doc, method: Doc) -> Doc:
    """The bank has paid: ``charge.succeeded``, with its balance transaction."""
    paid = w.change(charge, paid=True, status="succeeded")
    fee = bank_debits.fee(accounts.scheme_of(method), charge["amount"])
    paid = w.change(paid, **charges.funded(w, paid, charge["amount"], fee=fee, type="payment"))
    w.emit("charge.succeeded", paid)
    return paid


def fail(w: Work, charge: Doc, failure: Failure) -> Doc:
    """The bank has not paid: ``charge.failed``."""
    failed = w.change(
        charge, amount_captured=0, captured=False, paid=False, receipt_url=None, status="failed", **_failure(failure)
    )
    w.emit("charge.failed", failed)
    return failed


def _failure(failure: Failure) -> dict[str, Any]:
    decline = Decline(failure.code, failure.code, failure.message, blocked=failure.blocked)
    return {
        "failure_code": failure.code,
        "failure_message": failure.message,
        "outcome": _outcome(decline),
    }


def _outcome(decline: Decline | None) -> Doc:
    risk = "highest" if decline is not None and decline.blocked else "not_assessed"
    told = declines.outcome(decline, risk, 0)
    return {name: value for name, value in told.items() if name != "risk_score"}


def _built(w: Work, values: dict[str, Any], method: Doc, mandate: str, **facts: Any) -> Doc:
    type = method["type"]
    shown = {name: method[type][name] for name in _SHOWN[type]}
    dated = {"expected_debit_date": bank_debits.expected_date(accounts.scheme_of(method), w.now), "mandate": mandate}
    own = {"payment_reference": None} if type == "us_bank_account" else {}
    id = as_payment(values["id"])
    return w.build_on(
        defaults.blank("charge"),
        {
            "billing_details": method["billing_details"],
            "calculated_statement_descriptor": None,
            "outcome": _outcome(None),
            "payment_method": method["id"],
            "payment_method_details": {type: dict(sorted({**shown, **dated, **own}.items())), "type": type},
            "receipt_url": f"{w.site_url}/receipts/{id}",
            **values,
            "id": id,
            **facts,
        },
    )
