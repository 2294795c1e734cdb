"""Cards and accounts as scripts name them: read, made into payment methods, and what was wrong with them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields

from mockbill.billing import payment_methods
from mockbill.world import Problem, Work

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,}")


class Card(fields.Field[str]):
    """A card's number, spaces or not, as text or as a number; an IBAN; or an id such as ``pm_card_visa``."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> str:
        text = "" if isinstance(value, bool) else str(value).replace(" ", "")
        if not (text.isdigit() or text.startswith(("pm_", "tok_")) or _IBAN.fullmatch(text)):
            raise ValidationError(
                "must be a card number such as 4242424242424242, an IBAN or an id such as pm_card_visa"
            )
        return text


def method_of(work: Work, card: str, email: str | None, name: str | None) -> str:
    """The id of a payment method of what was typed; a card is good for two more years of the work's time."""
    if _IBAN.fullmatch(card):
        owner = {"email": email, "name": name or email}
        account = {"type": "sepa_debit", "sepa_debit": {"iban": card}, "billing_details": owner}
        return str(payment_methods.create(work, account)["id"])
    if not card.isdigit():
        return str(payment_methods.instantiate(work, card, "card")["id"])
    year = datetime.fromtimestamp(work.now, UTC).year + 2
    details = {"email": email, "name": name}
    return str(payment_methods.of_details(work, card, 12, year, "123", details)["id"])


def told(problem: Problem) -> dict[str, Any]:
    """``{"code", "message", "decline_code"?}`` of a card that was refused."""
    code = problem.extra.get("decline_code")
    return {"code": problem.code, "message": problem.message, **({} if code is None else {"decline_code": code})}
