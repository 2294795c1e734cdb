"""Micro-deposits: an American account whose numbers were typed is verified by what arrives on it.

Stripe's test values: the amounts 32 and 45 or the code SM11AA verify; 10 and 11 or SM33CC are one try too many; 40 and
41 or SM44DD come too late (stripe-behaviour.md 4.6).  Anything else is wrong; amounts may
be tried three times, codes ten.

After one try too many, or too late, the intent has failed and wants another payment method (Stripe's guide says so of
the tries).
"""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.billing import card_errors, intent_parameters
from mockbill.billing.bank_debits import accounts
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Problem, Work

_TRIES = {"amounts": 3, "descriptor_code": 10}  # Stripe's page on verifying customers
_RIGHT, _TOO_OFTEN, _TOO_LATE = (("SM11AA", [32, 45]), ("SM33CC", [10, 11]), ("SM44DD", [40, 41]))


def next_action(w: Work, intent: Doc, method: Doc) -> Doc:
    """Where the customer says what has arrived, a day from now."""
    return {
        "type": "verify_with_microdeposits",
        "verify_with_microdeposits": {
            "arrival_date": w.now + DAY,
            "hosted_verification_url": f"{w.site_url}/microdeposits/{intent['id']}",
            "microdeposit_type": "descriptor_code",
        },
    }


def awaits(intent: Doc) -> bool:
    """Whether an intent waits for this."""
    return bool(
        intent["status"] == "requires_action"
        and (intent["next_action"] or {}).get("type") == "verify_with_microdeposits"
    )


Fail = Callable[[Work, Doc, Doc, Doc], object]
"""What becomes of an intent whose payment method cannot be verified any more, with the last error."""


def check(w: Work, kind: str, intent: Doc, params: Mapping[str, Any], fail: Fail) -> Doc:
    """The account of ``verify_microdeposits``, verified; Problem 400 for what is not what was sent.

    A wrong answer counts, so that the Problem keeps what was done.
    """
    if not awaits(intent):
        raise intent_parameters.unexpected(
            kind,
            intent,
            f"You cannot verify micro-deposits of this {intent_parameters.NAMES[kind]} because it has a status of "
            f"{intent['status']}.",
        )
    code, amounts = params.get("descriptor_code"), params.get("amounts")
    if not code and not amounts:
        raise Problem(
            "One of the following params should be provided for this request: amounts or descriptor_code.",
            code="parameter_missing",
        )
    method = w.need("payment_method", intent["payment_method"], "payment_method")
    if accounts.account_of(w, method).micro_deposits == "fail":
        raise _problem("failed", "The micro-deposits could not be sent to this account.")
    if _is(code, amounts, _TOO_LATE):
        raise _over(w, intent, method, fail, "verification_timeout", "The bank account was not verified in time.")
    tries = (w.private(kind, intent["id"]) or {}).get("tries", 0) + 1
    if _is(code, amounts, _TOO_OFTEN) or tries > _TRIES["descriptor_code" if code else "amounts"]:
        message = "You have exceeded the number of allowed attempts."
        raise _over(w, intent, method, fail, "verification_attempts_exceeded", message)
    if not _is(code, amounts, _RIGHT):
        w.keep(kind, intent["id"], tries=tries)
        wrong = "verification_descriptor_code_mismatch" if code else "verification_amounts_mismatch"
        problem = _problem(wrong, "What you provided does not match what was sent to the bank account.")
        problem.keeps = True
        raise problem
    accounts.verify(w, method)
    return method


def _is(code: str | None, amounts: Any, value: tuple[str, list[int]]) -> bool:
    return code == value[0] if code else sorted(amounts) == value[1]


def _over(w: Work, intent: Doc, method: Doc, fail: Fail, code: str, message: str) -> Problem:
    """The intent has failed, which stays so."""
    problem = _problem(code, message)
    problem.keeps = True
    fail(w, intent, method, card_errors.told(str(problem.code), message, method))
    w.keep(intent["object"], intent["id"], tries=0)
    return problem


def _problem(code: str, message: str) -> Problem:
    return Problem(message, code=f"payment_method_microdeposit_{code}")
