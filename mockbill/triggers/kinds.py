"""Of what kind the object of each event is."""

import re
from collections.abc import Iterator
from functools import cache

from mockbill import surface

_OTHERS = {
    "account.external_account": "bank_account",
    "application_fee.refund": "fee_refund",
    "billing.alert.triggered": "billing.alert_triggered",
    "customer.source": "card",
    "source.mandate_notification": "source_mandate_notification",
    "v2.commerce.product_catalog.imports": "v2.commerce.product_catalog_import",
}


@cache
def kind_of(type: str) -> str | None:
    """``issuing.card`` of ``issuing_card.created``; None for a thin event that points to nothing."""
    if surface.thin_events().get(type) == "nothing" and type.removeprefix("v1.") not in surface.events():
        return None
    name = re.sub(r"\[[^]]*\]", "", type.removeprefix("v1."))
    head = name.rpartition(".")[0]
    found = _OTHERS.get(name) or _OTHERS.get(head)
    return found or next(kind for kind in _spellings(head) if kind in surface.kinds())


def _spellings(head: str) -> Iterator[str]:
    """``charge.dispute`` is about a dispute, ``issuing_card`` about an issuing.card."""
    yield head
    yield head.replace("_", ".", 1)
    yield head.rpartition(".")[2]
    yield head.replace(".", "_")
