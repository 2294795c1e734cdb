"""What becomes of a source with time: authenticated on its page, sent money to, or canceled after six hours."""

from typing import Any

from mockbill.billing import payment_methods
from mockbill.billing.sources import states
from mockbill.rules import sources
from mockbill.world import Doc, Problem, Work, World

KIND = states.KIND
_OWNER = "Jenny Rosen"  # whom the banks of test mode know
_FILLED = {"bank_name": "TEST BANK", "bic": "TESTDEFFXXX", "iban_last4": "3000", "data_string": None}


def answer(w: Work, source: Doc, authorized: bool) -> Doc:
    """The owner has authorized the payment on its page, or declined: chargeable or failed."""
    if not awaits(source):
        raise Problem(f"This source has a status of {source['status']}; there is nothing to authenticate.")
    redirect = source.get("redirect")
    if not authorized:
        told = {"redirect": {**redirect, "failure_reason": "declined", "status": "failed"}} if redirect else {}
        return states.failed(w, source, **told)
    told = {"redirect": {**redirect, "status": "succeeded"}} if redirect else {}
    type = source["type"]
    if type == "three_d_secure":
        w.keep("card", source["id"], authenticated=True)
        return states.chargeable(w, source, **told, three_d_secure={**source[type], "authenticated": True})
    own: dict[str, Any] = {
        name: _FILLED.get(name, value) if value is None else value for name, value in source[type].items()
    }
    owner = {**source["owner"], "verified_name": source["owner"]["name"] or _OWNER}
    return states.chargeable(w, source, **told, owner=owner, **{type: own})


def awaits(source: Doc) -> bool:
    """Whether a source waits for what its owner does on a page."""
    return bool(source["status"] == "pending" and source["flow"] != "receiver")


def due(world: World, source: Doc) -> tuple[int, str] | None:
    """When a transfer arrives, or when a source that nobody has used is over."""
    if source["status"] not in ("pending", "chargeable"):
        return None
    if source["flow"] == "receiver":
        at = (world.fetch("_source", source["id"]) or {}).get("arrives")
        return (at, "source.receive") if at is not None else None
    if source["usage"] == "reusable" and source["status"] == "chargeable":
        return None
    return source["created"] + sources.LIFETIME, "source.cancel"


def cancel(w: Work, source: Doc) -> None:
    """Its six hours are over: ``source.canceled``."""
    states.canceled(w, source)
    method = w.get("payment_method", source["id"])
    if method is not None:
        payment_methods.spend(w, method)


def receive(w: Work, source: Doc) -> None:
    """A transfer arrives: ``source.transaction.created``, ``source.chargeable``."""
    w.keep(KIND, source["id"], arrives=None)
    amount = source["amount"] or sources.sent(source["owner"]["email"])
    if amount is None or (source["amount"] and sources.sent(source["owner"]["email"]) is None):
        return
    type = source["type"]
    id = f"srctxn_{w.id(KIND).partition('_')[2]}"
    transaction = w.add(
        "source_transaction",
        id=id,
        amount=amount,
        currency=source["currency"],
        source=source["id"],
        status="succeeded",
        type=type,
        **({type: _details(w, type, id, source)} if type != "multibanco" else {}),
    )
    w.emit("source.transaction.created", transaction)
    receiver = {**source["receiver"], "amount_received": source["receiver"]["amount_received"] + amount}
    owner = {**source["owner"], "verified_name": _OWNER} if type == "sepa_credit_transfer" else source["owner"]
    states.chargeable(w, source, owner=owner, receiver=receiver)


def _details(w: Work, type: str, id: str, source: Doc) -> Doc:
    if type == "ach_credit_transfer":
        fingerprint = w.world.ids.digest(id, 16)
        return {"customer_data": "", "fingerprint": fingerprint, "last4": "6789", "routing_number": "110000000"}
    return {"reference": source["id"], "sender_iban": "DE89370400440532013000", "sender_name": _OWNER}
