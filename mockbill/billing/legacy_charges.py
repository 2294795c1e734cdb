"""``POST /v1/charges``: a charge without a payment intent, of a token, a card or a customer's default source."""

from typing import Any

from mockbill.billing import amounts, card_errors, charges, declining, fields, legacy_cards, payment_methods, tokens
from mockbill.billing.connect import naming
from mockbill.billing.sources import banks, charging, of_customers, states
from mockbill.rules import cards
from mockbill.rules.cards import Declined
from mockbill.world import Doc, Problem, Work

_OURS = ("amount", "currency", "customer", "source", "transfer_data")
_PAYING = ("card", "sepa_debit", "three_d_secure")  # sources that are payment methods too


def create(w: Work, params: dict[str, Any]) -> Doc:
    """Charge at once, or with ``capture=false`` only authorize; Problem 402 for a card that is declined."""
    for name in ("amount", "currency"):
        if name not in params:
            raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
    params = _by_newer_names(params)
    currency = amounts.currency(params["currency"])
    amounts.check_charge(params["amount"], currency)
    naming.check(w, params, params["amount"], "charges")
    customer = params.get("customer")
    owner = w.need("customer", customer, "customer") if customer else None
    w.use_clock_of(owner)
    named = tokens.of_source(w, _named(params, owner))
    source = w.need(states.KIND, named, "source") if states.is_source(named) else None
    if source is not None:
        charging.check(w, source, params["amount"], currency, owner)
    values = {
        **fields.fields_of("charge", params, {}, but=_OURS),
        "id": w.id("charge"),
        **charges.going_on(params.get("transfer_data")),
        "amount": params["amount"],
        "currency": currency,
        "customer": customer,
    }
    if banks.is_bank(named):
        bank = banks.owned(w, customer or "", named, "source")
        banks.check_chargeable(bank)
        _check_captures(params, bank["object"])
        return charging.debit(w, values, bank, w.need("payment_method", named))
    method = None if source is not None and source["type"] not in _PAYING else _method(w, named, owner)
    if source is not None and (method is None or method["type"] != "card"):
        _check_captures(params, source["type"])
        return charging.charge(w, values, source) if method is None else charging.debit(w, values, source, method)
    assert method is not None
    return _by_card(w, values, method, params)


def _check_captures(params: dict[str, Any], type: str) -> None:
    if params.get("capture") is False:
        raise Problem(f"Sources of type {type} are captured when they are charged.", param="capture")


def _by_card(w: Work, values: dict[str, Any], method: Doc, params: dict[str, Any]) -> Doc:
    facts = payment_methods.card_facts(w, method["id"])
    card = cards.by_number(facts["number"])
    # Nobody is asked to authenticate a charge, so that it passes or not as if the holder were away.
    decline = declining.by_fault(w, values["id"], values["customer"])
    outcome = (
        Declined(decline)
        if decline
        else cards.authorize(
            card,
            off_session=True,
            authenticated=facts.get("authenticated", False),
            set_up=facts["set_up"],
            cvc_given=facts["cvc"],
        )
    )
    method = payment_methods.used(w, method)
    if states.is_source(method["id"]) or legacy_cards.is_legacy(method["id"]):
        values["source"] = of_customers.shown(w, method)
    if isinstance(outcome, Declined):
        charge = charges.declined(w, values, method, outcome.decline)
        w.emit("charge.failed", charge)
        raise card_errors.refused(outcome.decline, charge=charge["id"])
    captures = params.get("capture", True)
    if method["customer"] is None:
        payment_methods.spend(w, method)
        if states.is_source(method["id"]):
            values["source"] = of_customers.shown(w, method)
    charge = charges.authorized(w, values, method, captured=captures, settled=True)
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
    params = _by_newer_names(params)
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


def _by_newer_names(params: dict[str, Any]) -> dict[str, Any]:
    """``application_fee`` and ``destination`` are older names of ``application_fee_amount`` and ``transfer_data``."""
    named = dict(params)
    for older, newer in (("application_fee", "application_fee_amount"), ("destination", "transfer_data")):
        if (value := named.pop(older, None)) is None:
            continue
        if newer in named:
            raise Problem(
                f"You may only specify one of these parameters: {older}, {newer}.",
                code="parameters_exclusive",
                param=older,
            )
        if older == "destination":
            value = {"destination" if name == "account" else name: each for name, each in value.items()}
        named[newer] = value
    return named


def _named(params: dict[str, Any], owner: Doc | None) -> Any:
    """What pays: an id, card details, or the customer's default source."""
    source = params.get("source")
    if owner is None and not source:
        raise Problem("Must provide source or customer.", code="parameter_missing")
    if not source:
        source = owner["default_source"] if owner else None
        if not source:
            raise Problem(
                "Cannot charge a customer that has no active card", code="missing", type="card_error", status=402
            )
    return source


def _method(w: Work, source: str, owner: Doc | None) -> Doc:
    method = payment_methods.instantiate(w, source, "source")
    if method["type"] != "card" and not states.is_source(source):
        raise Problem(
            f"A payment method of type {method['type']} cannot be charged directly: use a PaymentIntent.",
            param="source",
        )
    if owner is None or method["customer"] != owner["id"]:
        if method["customer"] is not None:
            raise Problem(f"The source {source} belongs to another customer.", param="source")
        payment_methods.check_unspent(w, method)
    return method
