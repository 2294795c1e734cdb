"""Bank accounts as they are typed in or come in as tokens, before they belong to anyone."""

import re
from collections.abc import Mapping
from typing import Any

from mockbill.billing import amounts, unmodelled
from mockbill.rules.payouts import BANK_TOKENS, ROUTING_NUMBER
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing

_FIELDS = ("account_holder_name", "account_holder_type", "account_type")
_BANK = "STRIPE TEST BANK"


def built(w: Work, given: Mapping[str, Any], inside: str, currency: str = "usd", id: str | None = None) -> Doc:
    """The bank account of these details, not stored; ``currency`` where they name none, ``inside`` their parameter.

    Numbers are looked at in the United States only, and IBANs nowhere.
    """
    country = given["country"].upper()
    if not re.fullmatch(r"[A-Z]{2}", country):
        raise Problem(f"Country '{given['country']}' is unknown.", param=f"{inside}[country]")
    number = re.sub(r"[\s-]", "", given["account_number"])
    routing = given.get("routing_number") or None
    if country == "US":
        _check(number, routing, inside)
    elif not number:
        raise _wrong_number(inside)
    return w.build(
        "bank_account",
        **{name: given[name] for name in _FIELDS if given.get(name)},
        **({"id": id} if id else {}),
        bank_name=_BANK,
        country=country,
        currency=amounts.currency(given.get("currency") or currency, f"{inside}[currency]"),
        fingerprint=w.world.ids.digest(f"bank/{routing}/{number}", 16),
        last4=number[-4:],
        routing_number=routing,
        status="new",
    )


def number_of(given: Mapping[str, Any]) -> str:
    """The number as it is kept privately."""
    return re.sub(r"[\s-]", "", given["account_number"])


def tokenized(w: Work, given: Mapping[str, Any]) -> Doc:
    """``POST /v1/tokens`` with ``bank_account``: a ``btok_...``, to be used once."""
    if given.get("payment_method"):
        raise unmodelled.unsupported(
            "mockbill makes tokens of bank account details, not of payment methods.", "bank_account[payment_method]"
        )
    id = w.id("token").replace("tok_", "btok_", 1)
    token = w.add("token", id=id, bank_account=_shown(built(w, given, "bank_account")), type="bank_account")
    w.keep("token", token["id"], given=dict(given))
    return token


def test_token(w: Work, id: str) -> Doc:
    """One of Stripe's test tokens, read like one that was made."""
    details, _ = of_token(w, id, "id")
    return w.build("token", id=id, bank_account=_shown(built(w, details, "bank_account")), type="bank_account")


def of_token(w: Work, id: str, param: str) -> tuple[Mapping[str, Any], str | None]:
    """The details behind a token and, for one that was created, the bank account's id."""
    if (number := BANK_TOKENS.get(id)) is not None:
        return {"account_number": number, "country": "US", "routing_number": ROUTING_NUMBER}, None
    token = w.get("token", id)
    if token is None or token["type"] != "bank_account":
        raise missing("token", id, param)
    if token["used"]:
        raise Problem(f"You cannot use a Stripe token more than once: {id}.", code="token_already_used", param=param)
    w.change(token, used=True)
    return (w.private("token", id) or {})["given"], token["bank_account"]["id"]


def _shown(bank: Doc) -> Doc:
    """As a token shows it, which belongs to nobody."""
    return {name: value for name, value in bank.items() if name not in ("account", "customer", "metadata")}


def _check(number: str, routing: str | None, inside: str) -> None:
    if routing is None:
        raise Problem(
            f"Missing required param: {inside}[routing_number].",
            code="parameter_missing",
            param=f"{inside}[routing_number]",
        )
    if not re.fullmatch(r"[0-9]{9}", routing):
        raise Problem(
            "Routing number must have 9 digits", code="routing_number_invalid", param=f"{inside}[routing_number]"
        )
    if not re.fullmatch(r"[0-9]{4,17}", number):
        raise _wrong_number(inside)


def _wrong_number(inside: str) -> Problem:
    return Problem(
        "You must use a test bank account number in test mode. Try 000123456789 or see more options at "
        "https://stripe.com/docs/connect/testing#account-numbers.",
        code="account_number_invalid",
        param=f"{inside}[account_number]",
    )
