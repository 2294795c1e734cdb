"""Which automatic payout each balance transaction was paid out in; kept from an account's first schedule on.

``begin`` looks at all transactions once; from there each is noted as it comes, and nothing is ever scanned.
"""

from collections.abc import Mapping
from typing import Any

from mockbill.world import Doc, Work

PLAN = "payout_plan"
"""Kept once by an account that asked for a schedule: see ``balance_settings``."""
_KIND = "settlement"


def plan(w: Work) -> Mapping[str, Any] | None:
    """What an account has asked for; None where it never asked for anything."""
    return w.private(PLAN, w.world.account_id) if w.tables[f"_{PLAN}"].rows else None


def note(w: Work, transaction: Doc) -> None:
    """A new transaction waits to be paid out, where that happens by a schedule."""
    kept = plan(w)
    if kept is not None and kept["settles"]:
        _wait(w, transaction)


def begin(w: Work) -> None:
    """All transactions so far wait."""
    for transaction in w.find("balance_transaction"):
        _wait(w, transaction)


def waiting(w: Work, currency: str) -> list[Doc]:
    """The transactions whose funds are available and have not been paid out by a schedule, oldest first."""
    kept = (w.get("balance_transaction", each["id"]) for each in w.find(f"_{_KIND}", payout=None, currency=currency))
    return [each for each in kept if each and (each["status"] == "available" or each["available_on"] <= w.now)]


def settle(w: Work, transactions: list[Doc], payout: Doc) -> None:
    """They were paid out in this payout, whose own transaction is among what it is listed with."""
    for id in (*(each["id"] for each in transactions), payout["balance_transaction"]):
        w.keep(_KIND, id, payout=payout["id"])


def of(w: Work, payout: str) -> list[Doc]:
    """What was paid out in a payout, newest first; nothing for one that was made by hand."""
    found = [w.get("balance_transaction", each["id"]) for each in w.find(f"_{_KIND}", payout=payout)]
    return [each for each in reversed(found) if each]


def _wait(w: Work, transaction: Doc) -> None:
    w.keep(_KIND, transaction["id"], payout=None, currency=transaction["currency"])
