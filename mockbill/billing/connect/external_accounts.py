"""External accounts: the bank accounts and debit cards that an account's payouts go to, one for each currency first.

Those of a connected account are kept with the platform, and in the account itself, whose payouts name them.  Those of
one's own account, which Stripe leaves to the Dashboard, are told by the same calls.
"""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import amounts, fields, legacy_cards, payment_methods, tokens, unmodelled
from mockbill.billing.connect import beside, standing
from mockbill.billing.funds import bank_accounts
from mockbill.rules import cards
from mockbill.rules.payouts import CARD_TOKENS
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import check_known

KEPT = "external_account"
"""Beside each: its ``number``, and ``order``, the place in which it came."""
_EVENT = "account.external_account"
_ADDRESS = tuple(f"address_{part}" for part in ("city", "country", "line1", "line2", "state", "zip"))
_EVERY = ("default_for_currency", "documents", "metadata")
_TAKEN = {
    "bank_account": (*_EVERY, "account_holder_name", "account_holder_type", "account_type"),
    "card": (*_EVERY, *_ADDRESS, "exp_month", "exp_year", "name"),
}
"""What an update takes."""
_IN = "external_account"


def create(w: Work, account: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/accounts/{account}/external_accounts``: by token or details; the first of a currency is its default.

    ``account.external_account.created``, then what follows for the account.
    """
    given = params[_IN]
    made = add(
        w,
        account,
        given,
        default=params.get("default_for_currency", False),
        metadata=params.get("metadata") or {},
    )
    standing.bring_up_to_date(w, account)
    return made


def add(
    w: Work,
    account: Doc,
    given: Any,
    *,
    default: bool = False,
    metadata: Mapping[str, str] | None = None,
    replaces: bool = False,
) -> Doc:
    """A new one, told of; the caller brings the account up to date.

    One that ``replaces`` becomes the default of its currency, and the old default is deleted.
    """
    told = dict(given) if isinstance(given, Mapping) else {}
    default = default or replaces or bool(told.get("default_for_currency"))
    made, number = _made(w, given, account)
    made = {**made, "account": account["id"]}
    others = [each for each in standing.same_currency(w, made) if each["default_for_currency"]]
    made = {
        **made,
        "available_payout_methods": ["standard", "instant"] if made["object"] == "card" else ["standard"],
        "default_for_currency": default or not others,
        "metadata": fields.merge(fields.merge({}, told.get("metadata") or {}), metadata or {}),
    }
    _store(w, made, number=number, order=w.world.ids.counter)
    if made["default_for_currency"] and not replaces:
        _demote(w, others)
    standing.tell(w, account["id"], f"{_EVENT}.created", made)
    for old in others if replaces else ():
        _forget(w, old)
    return made


def update(w: Work, account: Doc, external: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../external_accounts/{id}``: holder, address, expiry, metadata, and which is the default."""
    unmodelled.refuse(params, ("documents",), "external accounts")
    check_known(params, _TAKEN[external["object"]])
    sent = fields.fields_of(external["object"], params, external, but=("default_for_currency", "exp_month", "exp_year"))
    if params.get("default_for_currency") is False and external["default_for_currency"]:
        raise Problem(
            "You cannot unset the default external account of a currency; make another one the default instead.",
            param="default_for_currency",
        )
    if external["object"] == "card":
        sent |= {name: tokens.whole(params[name]) for name in ("exp_month", "exp_year") if name in params}
        if not 1 <= sent.get("exp_month", 1) <= 12:
            raise Problem("Your card's expiration month is invalid.", code="invalid_expiry_month", param="exp_month")
        if sent.get("exp_year", 1) < 1:
            raise Problem("Your card's expiration year is invalid.", code="invalid_expiry_year", param="exp_year")
    changed = {**external, **sent}
    if external.get("status") == "errored":  # a payout to it has failed
        changed["status"] = "new"
    if params.get("default_for_currency"):
        same = [
            each for each in standing.external_accounts(w, account["id"]) if each["currency"] == changed["currency"]
        ]
        _demote(w, [each for each in same if each["default_for_currency"] and each["id"] != changed["id"]])
        changed["default_for_currency"] = True
    if changed != external:
        _store(w, changed)
        standing.tell(w, account["id"], f"{_EVENT}.updated", changed, external)
        standing.bring_up_to_date(w, account)
    return changed


def delete(w: Work, account: Doc, external: Doc) -> Doc:
    """``DELETE .../external_accounts/{id}``; not the one that payouts in the account's currency go to."""
    if external["default_for_currency"] and external["currency"] == account["default_currency"]:
        raise Problem(
            "You cannot delete the default external account for your default currency. Please make another external "
            "account the default using the `default_for_currency` param, and then delete this one."
        )
    answer = _forget(w, external)
    standing.bring_up_to_date(w, account)
    return {**answer, **({"currency": external["currency"]} if external["object"] == "card" else {})}


def of(w: Work, account: Doc, id: str) -> Doc:
    """The one in a path; 404 where it is none of this account's."""
    found = w.get("bank_account", id) or w.get("card", id)
    if found is None or found["account"] != account["id"]:
        raise Problem(f"No such external account: '{id}'", code="resource_missing", param="id", status=404)
    return standing.as_there(w, found)


def _made(w: Work, given: Any, account: Doc) -> tuple[Doc, str]:
    """The bank account or card, and its number."""
    currency = account["default_currency"]
    token = given if isinstance(given, str) else given.get("token")
    if token and not token.startswith("tok_"):
        details, id = bank_accounts.of_token(w, token, _IN)
        return bank_accounts.built(w, details, _IN, currency, id), bank_accounts.number_of(details)
    if token is None and given["object"] == "bank_account":
        return bank_accounts.built(w, given, _IN, currency), bank_accounts.number_of(given)
    if token in CARD_TOKENS:
        given = {"number": CARD_TOKENS[token], "exp_month": 12, "exp_year": 2040}
        token = None
    if token:
        card, number = payment_methods.card_of_token(w, token, _IN)
    else:
        typed = payment_methods.checked(
            w, given["number"], given["exp_month"], given["exp_year"], given.get("cvc"), tokens.billing_of(given)
        )
        card, number = payment_methods.built(w, typed, id=w.id("card")), typed.number
    if cards.by_number(number).funding != "debit" and number not in CARD_TOKENS.values():
        raise Problem(
            "The card provided as an external account is not supported for payouts. Provide a non-prepaid debit card "
            "instead.",
            code="invalid_card_type",
            param=_IN,
        )
    told = given.get("currency") if isinstance(given, Mapping) else None
    shown = {name: value for name, value in legacy_cards.card_object(card, number).items() if name != "allow_redisplay"}
    known = w.build("card", **shown)
    return {**known, "currency": amounts.currency(told or currency, f"{_IN}[currency]"), "funding": "debit"}, number


def _store(w: Work, external: Doc, **kept: Any) -> None:
    """Here and, for a connected account, there."""
    w.put(external["object"], external)
    if kept:
        w.keep(KEPT, external["id"], **kept)
    if external["account"] != w.world.account_id:

        def copy(there: Work) -> None:
            there.put(external["object"], external)
            if kept:
                there.keep(KEPT, external["id"], **kept)

        beside.afterwards(w, external["account"], copy)


def _forget(w: Work, external: Doc) -> Doc:
    """Gone here and there; ``account.external_account.deleted``."""
    answer = w.remove(external)
    if external["account"] != w.world.account_id:
        beside.afterwards(w, external["account"], lambda there: there.remove(external))
    standing.tell(w, external["account"], f"{_EVENT}.deleted", external)
    return answer


def _demote(w: Work, defaults: list[Doc]) -> None:
    for each in defaults:
        demoted = {**each, "default_for_currency": False}
        _store(w, demoted)
        standing.tell(w, each["account"], f"{_EVENT}.updated", demoted, each)
