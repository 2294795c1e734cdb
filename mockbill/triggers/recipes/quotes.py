"""Quotes: drafted, finalized, accepted, canceled."""

from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import fresh
from mockbill.world import Doc

_CREATE = "POST /v1/quotes"


def draft(c: Cause) -> str:
    """A draft over ten of a monthly price."""
    quote: Doc = c.post("/v1/quotes", customer=c.customer(), line_items=[{"price": c.price(), "quantity": 10}])
    return str(quote["id"])


def finalized(c: Cause) -> str:
    """The same, open for acceptance."""
    id = draft(c)
    c.post(f"/v1/quotes/{id}/finalize")
    return id


@fresh("quote.created", sets=_CREATE)
def created(c: Cause) -> None:
    draft(c)


@fresh("quote.finalized", sets=_CREATE)
def opened(c: Cause) -> None:
    finalized(c)


@fresh("quote.accepted", sets=_CREATE)
def accepted(c: Cause) -> None:
    c.post(f"/v1/quotes/{finalized(c)}/accept")


@fresh("quote.canceled", sets=_CREATE)
def canceled(c: Cause) -> None:
    c.post(f"/v1/quotes/{draft(c)}/cancel")
