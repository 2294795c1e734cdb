"""Charging sources: those that are payment methods as well by card or debit, the others by what they were given.

A charge of a source that its customer does not own consumes it.  Transfers are charged as long as their money lasts.
"""

from typing import Any

from mockbill import surface
from mockbill.billing import charges, defaults, payment_methods
from mockbill.billing.bank_debits import accounts, mandates
from mockbill.billing.bank_debits import charges as debits
from mockbill.billing.sources import banks, states
from mockbill.rules import bank_debits, declines, sources
from mockbill.world import Doc, Problem, Work, World
from mockbill.world.ids import as_payment
from mockbill.world.work import merged


def check(w: Work, source: Doc, amount: int, currency: str, owner: Doc | None) -> None:
    """Problem for a source that cannot pay this much in this currency, for this customer or for nobody."""
    id, belongs = source["id"], source.get("customer")
    if belongs is not None and (owner is None or belongs != owner["id"]):
        raise Problem(
            f"The source {id} belongs to the customer {belongs}: name her in `customer`."
            if owner is None
            else f"Customer {owner['id']} does not have a linked source with ID {id}.",
            param="source",
            code=None if owner is None else "missing",
        )
    states.check_chargeable(w, id)
    if source["currency"] not in (None, currency):
        raise Problem(
            f"The source {id} pays in {source['currency']}, and cannot be charged in {currency}.", param="currency"
        )
    has = _worth(source)
    if has is not None and amount > has:
        raise Problem(
            f"The source {id} can be charged for no more than {has}.", code="amount_too_large", param="amount"
        )


def charge(w: Work, values: dict[str, Any], source: Doc) -> Doc:
    """A charge of a source that is neither card nor debit: succeeded, or pending for those that pay later."""
    shown = _used(w, source, values["amount"])
    type = sources.TYPES[source["type"]]
    id = as_payment(values["id"])
    made = w.build_on(
        defaults.blank("charge"),
        {
            "billing_details": _billing(source),
            "calculated_statement_descriptor": None,
            "outcome": _outcome(),
            "payment_method": source["id"],
            "payment_method_details": {"type": source["type"], source["type"]: _details(source)},
            "receipt_url": f"{w.site_url}/receipts/{id}",
            **values,
            "id": id,
            "amount_captured": values["amount"],
            "captured": True,
            "source": shown,
            "status": "pending",
        },
    )
    w.put("charge", made)
    if type.pays_later:
        w.keep("charge", id, settles=w.now + bank_debits.AT_ONCE)
        w.emit("charge.pending", made)
        return made
    return _earned(w, made)


def debit(w: Work, values: dict[str, Any], source: Doc, method: Doc) -> Doc:
    """A charge of a bank account, or of a source that is one: pending until the bank answers.  ``charge.pending``."""
    mandate = mandates.standing(w, method)
    if mandate is None:
        raise Problem(f"The mandate of the source {source['id']} is no longer active.", param="source")
    scheme = accounts.scheme_of(method)
    if values["currency"] != scheme.currency:
        raise Problem(f"The source {source['id']} pays in {scheme.currency} alone.", param="currency")
    shown = source if source["object"] == banks.KIND else _used(w, source, values["amount"])
    made = debits.sent(w, {**values, "source": shown}, method, mandate["id"])
    account, live = accounts.account_of(w, method), w.settings.bank_debits == "live"
    w.keep("charge", made["id"], settles=bank_debits.settles_at(accounts.scheme_of(method), account, w.now, live=live))
    return made


def due(world: World, charge: Doc) -> tuple[int, str] | None:
    """When the bank answers for a charge that no intent waits for."""
    if charge["status"] != "pending":
        return None
    at = (world.fetch("_charge", charge["id"]) or {}).get("settles")
    return (at, "charge.settle") if at is not None else None


def settle(w: Work, charge: Doc) -> None:
    """The bank has answered: ``charge.succeeded`` or ``charge.failed``."""
    w.keep("charge", charge["id"], settles=None)
    method = w.get("payment_method", charge["payment_method"])
    if method is None:
        _earned(w, charge)
        return
    failure = accounts.account_of(w, method).failure
    if failure is None:
        debits.succeed(w, charge, method)
        return
    debits.fail(w, charge, failure)
    mandates.fall(w, charge["payment_method_details"][method["type"]]["mandate"], failure)


def _earned(w: Work, charge: Doc) -> Doc:
    paid = merged(charge, {"paid": True, "status": "succeeded"})
    funds = charges.funded(w, paid, paid["amount"], fee=sources.fee(paid["amount"]), type="payment")
    paid = w.put("charge", merged(paid, funds))
    w.emit("charge.succeeded", paid)
    return paid


def _worth(source: Doc) -> int | None:
    """What a source can be charged for; None for anything."""
    if source["flow"] == "receiver":
        return int(source["receiver"]["amount_received"] - source["receiver"]["amount_charged"])
    return source["amount"] if source["usage"] == "single_use" else None


def _used(w: Work, source: Doc, amount: int) -> Doc:
    """The source after it was charged, as its charge shows it."""
    if source["flow"] == "receiver":
        receiver = {**source["receiver"], "amount_charged": source["receiver"]["amount_charged"] + amount}
        source = w.change(source, receiver=receiver)
        if source.get("customer") and receiver["amount_charged"] == receiver["amount_received"]:
            source = w.change(source, status="pending")  # until the next transfer arrives
    if not source.get("customer"):
        method = w.get("payment_method", source["id"])
        if method is not None:
            payment_methods.spend(w, method)
        else:
            states.consumed(w, source["id"])
    return w.need(states.KIND, source["id"])


def _billing(source: Doc) -> Doc:
    owner = source["owner"]
    address = owner["address"] or dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {"address": address, **{name: owner[name] for name in ("email", "name", "phone")}, "tax_id": None}


def _details(source: Doc) -> Doc:
    """What a charge shows of it; banks are told only where Stripe has a name for them."""
    path = ("payment_method_details", source["type"])
    shown = surface.blank_at("charge", *path)
    own = {**source[source["type"]], "verified_name": source["owner"]["verified_name"]}
    for name in shown:
        field = surface.field_type("charge", *path, name)
        if own.get(name) is not None and field is not None and surface.fits(field, own[name]):
            shown[name] = own[name]
    return shown


def _outcome() -> Doc:
    told = declines.outcome(None, "not_assessed", 0)
    return {name: value for name, value in told.items() if name != "risk_score"}
