"""``POST /v1/charges``: a charge without a payment intent, of a token, a card or a customer's default source."""

from typing import Any

from mockbill.billing import amounts, card_errors, charges, fields, legacy_cards, payment_methods, sources, unmodelled
from mockbill.billing.connect import naming
from mockbill.rules import cards
from mockbill.rules.cards import Declined
from mockbill.world import Doc, Problem, Work

_OURS = ("amount", "currency", "customer", "source", "transfer_data")
_LATER = ("application_fee", "destination")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """Charge at once, or with ``capture=false`` only authorize; Problem 402 for a card that is declined."""
    for name in ("amount", "currency"):
        if name not in params:
            raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
    unmodelled.refuse(params, _LATER, "charges")
    currency = amounts.currency(params["currency"])
    amounts.check_charge(params["amount"], currency)
    naming.check(w, params, params["amount"], "charges")
    customer = params.get("customer")
    owner = w.need("customer", customer, "customer") if customer else None
    w.use_clock_of(owner)
    method = _method(w, params, owner)
    values = {
        **fields.fields_of("charge", params, {}, but=_OURS),
        "id": w.id("charge"),
        **charges.going_on(params.get("transfer_data")),
        "amount": params["amount"],
        "currency": currency,
        "customer": customer,
    }
    facts = payment_methods.card_facts(w, method["id"])
    card = cards.by_number(facts["number"])
    # Nobody is asked to authenticate a charge, so that it passes or not as if the holder were away.
    outcome = cards.authorize(
        card, off_session=True, authenticated=False, set_up=facts["set_up"], cvc_given=facts["cvc"]
    )
    method = payment_methods.used(w, method)
    if legacy_cards.is_legacy(method["id"]):
        values["source"] = sources.shown(w, method)
    if isinstance(outcome, Declined):
        charge = charges.declined(w, values, method, outcome.decline)
        w.emit("charge.failed", charge)
        raise card_errors.refused(outcome.decline, charge=charge["id"])
    captures = params.get("capture", True)
    charge = charges.authorized(w, values, method, captured=captures, settled=True)
    if method["customer"] is None:
        payment_methods.spend(w, method)
    w.emit("charge.succeeded", charge)
    return charge


def update(w: Work, charge: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/charges/{charge}``: description, metadata, receipt e-mail, shipping, fraud report."""
    changed = w.change(charge, **fields.fields_of("charge", params, charge))
    if changed != charge:
        w.emit("charge.updated", changed, charge)
    return changed


def capture(w: Work, charge: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/charges/{charge}/capture``: of a charge without a payment intent."""
    unmodelled.refuse(params, _LATER, "captures of charges")
    if charge["payment_intent"]:
        raise Problem(
            f"The charge {charge['id']} belongs to the PaymentIntent {charge['payment_intent']}: capture that instead."
        )
    if charge["captured"]:
        raise Problem(f"Charge {charge['id']} has already been captured.", code="charge_already_captured")
    amount = params["amount"] if "amount" in params else charge["amount"]
    if not charge["paid"] or charge["refunded"] or not 0 < amount <= charge["amount"]:
        raise Problem(f"Charge {charge['id']} cannot be captured for {amount}.", param="amount")
    naming.check(w, params, None, "captures of charges", known=charge)
    sent = fields.fields_of("charge", params, charge, but=("amount",))
    return charges.captured(w, charge, amount, **sent)


def _method(w: Work, params: dict[str, Any], owner: Doc | None) -> Doc:
    source = params.get("source")
    if owner is None and not source:
        raise Problem("Must provide source or customer.", code="parameter_missing")
    if not source:
        source = owner["default_source"] if owner else None
        if not source:
            raise Problem(
                "Cannot charge a customer that has no active card", code="missing", type="card_error", status=402
            )
    method = payment_methods.instantiate(w, source, "source")
    if method["type"] != "card":
        raise Problem(
            f"A payment method of type {method['type']} cannot be charged directly: use a PaymentIntent.",
            param="source",
        )
    if owner is None or method["customer"] != owner["id"]:
        if method["customer"] is not None:
            raise Problem(f"The source {source} belongs to another customer.", param="source")
        payment_methods.check_unspent(w, method)
    return method
