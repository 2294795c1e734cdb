"""Tokens: a card typed on a page, to be used once (stripe-behaviour.md 2.3)."""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import legacy_cards, payment_methods, unmodelled
from mockbill.billing.funds import bank_accounts
from mockbill.rules import cards
from mockbill.rules.payouts import BANK_TOKENS
from mockbill.world import Doc, Problem, Work

_OTHER = ("account", "cvc_update", "person", "pii")
_ADDRESS = {
    "city": "address_city",
    "country": "address_country",
    "line1": "address_line1",
    "line2": "address_line2",
    "postal_code": "address_zip",
    "state": "address_state",
}  # names in billing details, and in the parameters of a card


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/tokens`` of a card, or of a bank account; Problem 402 where a card's details are wrong."""
    unmodelled.refuse(params, _OTHER, "tokens")
    if (bank := params.get("bank_account")) is not None:
        return bank_accounts.tokenized(w, bank)
    given = params.get("card")
    if given is None:
        raise Problem("You must supply either a card, customer, bank account, or pii.")
    if isinstance(given, str):
        raise Problem(f"mockbill makes tokens of card details, not of the card {given} of a customer.", param="card")
    billing = billing_of(given)
    month, year = whole(given["exp_month"]), whole(given["exp_year"])
    details = payment_methods.checked(w, given["number"], month, year, given.get("cvc"), billing)
    token = w.add("token", card=_card(w, details), type="card")
    w.keep("token", token["id"], number=details.number, cvc=details.cvc, billing=billing)
    return token


def of_source(w: Work, source: str | Mapping[str, Any]) -> str:
    """The id that a ``source`` is, or a token of the details that were sent in its place, as older clients do."""
    if isinstance(source, str):
        return source
    details = {name: value for name, value in source.items() if name != "object"}
    kind = "bank_account" if "account_number" in details else "card"
    return str(create(w, {kind: details})["id"])


def retrieve(w: Work, id: str) -> Doc:
    """A token; the test ids (``tok_visa``) can be read like one that was made."""
    if id in BANK_TOKENS:
        return bank_accounts.test_token(w, id)
    if cards.by_token(id) is None:
        return w.need("token", id)
    method = payment_methods.instantiate(w, id, "token")
    shown = legacy_cards.card_object(method, payment_methods.card_facts(w, method["id"])["number"])
    return w.build("token", id=id, card=_unattached(shown), type="card")


def billing_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Billing details from the parameters of a legacy card: ``address_zip``, ``name``, ..."""
    billing: dict[str, Any] = {}
    address = {name: given[old] for name, old in _ADDRESS.items() if old in given}
    if address:
        billing["address"] = address
    if "name" in given:
        billing["name"] = given["name"]
    return billing


def whole(text: str) -> int:
    """The number that a form field holds; what is none is no month and no year either."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else -1


def _card(w: Work, details: payment_methods.Details) -> Doc:
    method = payment_methods.built(w, details, id=w.id("card"))
    return _unattached(legacy_cards.card_object(method, details.number))


def _unattached(card: Doc) -> Doc:
    """The card as a token shows it."""
    shown = {**card, "networks": {"preferred": None}}
    del shown["allow_redisplay"]
    return {name: shown[name] for name in sorted(shown, key=lambda name: (name != "id", name != "object", name))}
