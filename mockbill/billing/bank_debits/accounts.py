"""Bank accounts as payment methods: made of their numbers or of a test id, and what they show of themselves.

The number is kept privately under ``bank_account``, with whether the account is ``verified`` (by micro-deposits, which
only accounts in the United States need) and ``spent`` (see ``payment_methods.check_unspent``).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from mockbill.billing import billing_details, fields, unmodelled
from mockbill.rules import bank_debits, ibans
from mockbill.rules.bank_debits import SCHEMES, Account, Scheme
from mockbill.world import Doc, Problem, Work

_REQUIRED = {
    "sepa_debit": ("name", "email"),
    "us_bank_account": ("name",),
    "bacs_debit": ("name", "email", "address"),
    "au_becs_debit": ("name", "email"),
}
_TESTER = {
    "name": "Jenny Rosen",
    "email": "jenny.rosen@example.com",
    "address": {"line1": "1 Main Street", "city": "London", "postal_code": "EC1A 1AA", "country": "GB"},
}


def of_params(w: Work, params: Mapping[str, Any], inside: str) -> Doc:
    """The bank account that ``payment_methods.of_params`` was told of; Problem for one that cannot be right."""
    type = params["type"]
    given = params.get(type) or {}
    billing = params.get("billing_details") or {}
    for name in _REQUIRED[type]:
        if not billing.get(name):
            raise _missing(_inside(inside, "billing_details", name))
    number, shown = _READERS[type](given, lambda name: _inside(inside, type, name))
    _check_usable(type, number, _inside(inside, type))
    return _made(
        w,
        type,
        number,
        shown,
        verified=type != "us_bank_account",
        allow_redisplay=params.get("allow_redisplay", "unspecified"),
        billing_details=billing_details.of(billing),
        metadata=fields.merge({}, params.get("metadata") or {}),
    )


def of_source(w: Work, id: str, given: Mapping[str, Any], billing: Doc) -> Doc:
    """The account of a SEPA source, under its id; Problem for an IBAN that cannot be right."""
    number, shown = _iban(given, lambda name: f"sepa_debit[{name}]")
    _check_usable("sepa_debit", number, "sepa_debit")
    return _made(w, "sepa_debit", number, shown, verified=True, id=id, billing_details=billing)


def of_customer(w: Work, bank: Doc, given: Mapping[str, Any]) -> Doc:
    """The account behind a bank account of the older API, under its id and of its customer; it is not verified."""
    number, shown = _us(given, lambda name: f"bank_account[{name}]")
    type, holder = "us_bank_account", {"name": bank["account_holder_name"]}
    method = _made(w, type, number, shown, verified=False, id=bank["id"], billing_details=billing_details.of(holder))
    return w.change(method, customer=bank["customer"])


def of_test_id(w: Work, id: str) -> Doc | None:
    """A new payment method for an id such as ``pm_success_de``; None for what is no such id.  It is verified."""
    found = bank_debits.by_payment_method_id(id)
    if found is None:
        return None
    type, account = found
    given: dict[str, Any] = {**_GIVEN[type], _NUMBER.get(type, "account_number"): account.number}
    number, shown = _READERS[type](given, str)
    return _made(w, type, number, shown, verified=True, billing_details=billing_details.of(_TESTER))


def _check_usable(type: str, number: str, param: str) -> None:
    if not SCHEMES[type].account(number).usable:
        raise Problem(
            "The bank account provided can not be used. Please use a different bank account.",
            code="bank_account_unusable",
            param=param,
        )


def is_bank_account(method: Doc) -> bool:
    """Whether a payment method is a bank account that can be debited."""
    return method["type"] in SCHEMES


def scheme_of(method: Doc) -> Scheme:
    """How accounts of this kind are debited."""
    return SCHEMES[method["type"]]


def account_of(w: Work, method: Doc) -> Account:
    """The test account that decides what becomes of a debit."""
    return scheme_of(method).account(_kept(w, method)["number"])


def is_verified(w: Work, method: Doc) -> bool:
    """Whether its holder has shown that it is hers."""
    return bool(_kept(w, method)["verified"])


def verify(w: Work, method: Doc) -> None:
    """She has."""
    w.keep("bank_account", method["id"], verified=True)


def _kept(w: Work, method: Doc) -> Doc:
    kept = w.private("bank_account", method["id"])
    assert kept is not None  # every bank account is made by ``_made`` or copied with what is kept
    return kept


def _made(w: Work, type: str, number: str, shown: Doc, *, verified: bool, **fields: Any) -> Doc:
    shown = {**shown, "fingerprint": w.world.ids.digest(number, 16), "last4": number[-4:]}
    method = w.build(
        "payment_method",
        **{"metadata": {}, "shared_payment_granted_token": None, **fields},
        **{"type": type, type: dict(sorted(shown.items()))},
    )
    w.put("payment_method", method)
    w.keep("bank_account", method["id"], number=number, verified=verified, spent=False)
    return method


# how each kind is read: the number that decides, and what is shown of it

Param = Callable[[str], str]


def _iban(given: Mapping[str, Any], param: Param) -> tuple[str, Doc]:
    try:
        iban = ibans.read(_needed(given, "iban", param))
    except ValueError:
        raise Problem(
            "The IBAN you provided is invalid.", code="invalid_bank_account_iban", param=param("iban")
        ) from None
    shown = {"bank_code": iban.bank_code, "branch_code": iban.branch_code, "country": iban.country}
    return iban.number, {**shown, "generated_from": {"charge": None, "setup_attempt": None}}


def _us(given: Mapping[str, Any], param: Param) -> tuple[str, Doc]:
    if given.get("financial_connections_account"):
        raise unmodelled.unsupported(
            "mockbill does not simulate Financial Connections yet; send account_number and routing_number.",
            param("financial_connections_account"),
        )
    routing = _digits(given, "routing_number", 9, 9, param)
    if (
        sum(int(digit) * weight for digit, weight in zip(routing, (3, 7, 1) * 3, strict=True)) % 10
        and routing != "110000000"
    ):
        raise Problem("The routing number is invalid.", code="routing_number_invalid", param=param("routing_number"))
    number = _digits(given, "account_number", 4, 17, param)
    return number, {
        "account_holder_type": given.get("account_holder_type") or "individual",
        "account_type": given.get("account_type") or "checking",
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": None,
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": routing,
        "status_details": {},
    }


def _bacs(given: Mapping[str, Any], param: Param) -> tuple[str, Doc]:
    sort_code = _digits(given, "sort_code", 6, 6, param)
    return _digits(given, "account_number", 8, 8, param), {"sort_code": sort_code}


def _becs(given: Mapping[str, Any], param: Param) -> tuple[str, Doc]:
    bsb = _digits(given, "bsb_number", 6, 6, param)
    return _digits(given, "account_number", 4, 9, param), {"bsb_number": bsb}


_READERS: Mapping[str, Callable[[Mapping[str, Any], Param], tuple[str, Doc]]] = {
    "sepa_debit": _iban,
    "us_bank_account": _us,
    "bacs_debit": _bacs,
    "au_becs_debit": _becs,
}
_NUMBER = {"sepa_debit": "iban"}
_GIVEN: Mapping[str, Mapping[str, str]] = {
    "sepa_debit": {},
    "us_bank_account": {"routing_number": "110000000"},
    "bacs_debit": {"sort_code": "108800"},
    "au_becs_debit": {"bsb_number": "000000"},
}


def _digits(given: Mapping[str, Any], name: str, least: int, most: int, param: Param) -> str:
    text = re.sub(r"[\s-]", "", _needed(given, name, param))
    if not (text.isascii() and text.isdigit() and least <= len(text) <= most):
        raise Problem(
            f"The {name.replace('_', ' ')} is invalid.",
            code="routing_number_invalid" if name == "routing_number" else "account_number_invalid",
            param=param(name),
        )
    return text


def _needed(given: Mapping[str, Any], name: str, param: Param) -> str:
    if not given.get(name):
        raise _missing(param(name))
    return str(given[name])


def _missing(param: str) -> Problem:
    return Problem(f"Missing required param: {param}.", code="parameter_missing", param=param)


def _inside(outer: str, *names: str) -> str:
    first, *rest = (outer, *names) if outer else names
    return first + "".join(f"[{name}]" for name in rest)
