"""Types of sources: how each is authenticated, whether it can be used again, what it pays in, and when it is over.

From Stripe's guides on Sources.  What its test mode sends to a source that waits for a transfer, and what a payment by
these methods costs, is memory.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

LIFETIME = 6 * 3600
"""Seconds in which a source has to be authenticated and charged before it is canceled."""
SOON = 1  # seconds until what is sent to a receiver arrives
_SENT = 1000  # what arrives where the owner's e-mail says nothing of it
_AMOUNT = re.compile(r"amount_([0-9]{1,8})@")

Flow = Literal["none", "redirect", "receiver"]


@dataclass(frozen=True, slots=True)
class Type:
    """One type of source.  ``usage`` is the default; ``currencies`` is empty for all of them.

    ``pays_later``: a charge is pending for a while.  ``method`` is the type of the payment method that it is as well,
    which intents and invoices can use; the others can only be charged.
    """

    name: str
    flow: Flow
    usage: str = "single_use"
    usages: tuple[str, ...] = ("single_use",)
    currencies: tuple[str, ...] = ()
    pays_later: bool = False
    method: str | None = None

    @property
    def lifetime(self) -> int | None:
        """Seconds until it is canceled where it is to be used once; transfers are waited for."""
        return None if self.flow == "receiver" else LIFETIME


_BOTH = ("reusable", "single_use")
_EURO = ("eur",)
TYPES: Mapping[str, Type] = {
    type.name: type
    for type in (
        Type("card", "none", "reusable", _BOTH, method="card"),
        Type("three_d_secure", "redirect", method="card"),
        Type("sepa_debit", "none", "reusable", _BOTH, _EURO, pays_later=True, method="sepa_debit"),
        Type("alipay", "redirect", "single_use", _BOTH),
        Type("bancontact", "redirect", currencies=_EURO),
        Type("eps", "redirect", currencies=_EURO),
        Type("giropay", "redirect", currencies=_EURO),
        Type("ideal", "redirect", currencies=_EURO),
        Type("p24", "redirect", currencies=("eur", "pln")),
        Type("sofort", "redirect", currencies=_EURO, pays_later=True),
        Type("wechat", "none"),
        Type("multibanco", "receiver", currencies=_EURO),
        Type("ach_credit_transfer", "receiver", "reusable", ("reusable",), ("usd",)),
        Type("sepa_credit_transfer", "receiver", "reusable", ("reusable",), _EURO),
    )
}
UNSIMULATED = ("ach_debit", "acss_debit", "au_becs_debit", "card_present", "klarna")


def sent(email: str | None) -> int | None:
    """What test mode sends to a receiver whose owner has this address, in the smallest unit; None for nothing ever.

    ``amount_1234@...`` sends 12.34, ``...fill_never...@...`` nothing.
    """
    if email and "fill_never" in email:
        return None
    found = _AMOUNT.match(email or "")
    return int(found[1]) if found else _SENT


def fee(amount: int) -> int:
    """What a payment by redirect or transfer costs: 1.4 % and 30 (memory)."""
    return (amount * 14 + 500) // 1000 + 30
