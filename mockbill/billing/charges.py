"""Charges: what a payment with a card leaves behind, be it captured, only authorized, or declined."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from mockbill.billing import balance, defaults, payment_methods
from mockbill.billing.connect import beside, fees, transfers
from mockbill.rules import authorizations, declines
from mockbill.rules.cards import Card
from mockbill.rules.declines import Decline
from mockbill.world import Doc, Work
from mockbill.world.work import merged

_OF_INTENT = (
    "amount", "application_fee_amount", "currency", "customer", "description", "metadata", "on_behalf_of",
    "receipt_email", "shipping", "statement_descriptor", "statement_descriptor_suffix", "transfer_data",
    "transfer_group",
)  # fmt: skip
_DISABLED, _UNAVAILABLE, _NO_TOKEN = (
    {"status": "disabled"},
    {"status": "unavailable"},
    {"used": False},
)  # of all charges
_CODE = 6  # digits of an authorization code
_RISK = {"normal": (0, 65), "elevated": (65, 10), "highest": (75, 25)}  # the lowest score, and how many there are


EARNED: list[Callable[[Work, str, Card], None]] = []
"""Called with the id of a charge that has been captured, and its card, in the same unit of work."""


def of_intent(w: Work, intent: Doc) -> dict[str, Any]:
    """What a charge takes over from its payment intent."""
    return {
        **{name: intent[name] for name in _OF_INTENT if name in intent},
        **going_on(intent.get("transfer_data")),
        "transfer_group": group_of(intent),
        "id": w.id("charge", like=intent["id"]),
        "payment_intent": intent["id"],
    }


def group_of(intent: Doc) -> str | None:
    """The ``transfer_group`` of a payment: one is made up where its funds go on (recorded)."""
    group: str | None = intent["transfer_group"]
    return group or f"group_{intent['id']}" if intent.get("transfer_data") else group


def going_on(sent: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a charge shows of the account that its funds go on to, by the ``transfer_data`` of its payment."""
    if not sent:
        return {"transfer_data": None}
    data = {"amount": sent.get("amount"), "destination": sent["destination"]}
    return {"destination": sent["destination"], "transfer_data": data}


def authorized(
    w: Work,
    fields: dict[str, Any],
    method: Doc,
    *,
    captured: bool,
    settled: bool,
    three_d_secure: Doc | None = None,
    asked: Mapping[str, Any] | None = None,
) -> Doc:
    """A charge that the issuer approved.  ``settled`` gives it its balance transaction now, not later.

    ``asked`` are the options for cards of a payment that is not captured yet.
    """
    card = payment_methods.card_of(w, method)
    charge = _built(
        w,
        fields,
        method,
        card,
        None,
        captured=captured,
        amount_captured=fields["amount"] if captured else 0,
        paid=True,
        status="succeeded",
        payment_method_details=_details(
            w, fields, method, captured=captured, three_d_secure=three_d_secure, asked=asked
        ),
    )
    if captured and settled:
        charge = merged(charge, _earned(w, charge, card, charge["amount_captured"]))
    return w.put("charge", charge)


def declined(w: Work, fields: dict[str, Any], method: Doc, decline: Decline) -> Doc:
    """A charge that the issuer, or Radar, refused."""
    card = payment_methods.card_of(w, method)
    charge = _built(
        w,
        fields,
        method,
        card,
        decline,
        failure_code=decline.code,
        failure_message=decline.message,
        status="failed",
        payment_method_details=_details(w, fields, method, captured=True, approved=False),
        receipt_url=None,
    )
    return w.put("charge", charge)


def settle(w: Work, charge: Doc) -> Doc:
    """Give a captured charge its balance transaction.  No event."""
    card = payment_methods.card_of(w, w.need("payment_method", charge["payment_method"]))
    return w.change(charge, **_earned(w, charge, card, charge["amount_captured"]))


def _earned(w: Work, charge: Doc, card: Card, amount: int) -> Doc:
    """What a charge shows of its funds: the balance transaction, and the transfer that takes them further."""
    for listener in EARNED:
        listener(w, charge["id"], card)
    return funded(w, charge, amount, at_once=card.bypass_pending)


def funded(w: Work, charge: Doc, amount: int, **how: Any) -> Doc:
    """The fields of a charge whose funds have come (``how`` is that of ``balance.earn``).

    With ``transfer_data`` they go on from here; what the platform of a connected account takes of them stays behind.
    """
    fee = fees.of_direct(w, charge)
    transaction = balance.earn(w, charge, amount, **how, platform_fee=fee.detail if fee else None)
    shown = {"balance_transaction": transaction["id"]}
    if fee is not None:
        fees.collect_direct(w, fee, charge, transaction["available_on"])
        return {**shown, "application_fee": fee.id}
    return shown if not charge["transfer_data"] else {**shown, **transfers.of_charge(w, {**charge, **shown})}


def _closed(w: Work, charge: Doc, card: Card) -> Doc:
    """What a charge shows of its funds that came in parts before, and now are all: they go on, or the fee is taken."""
    for listener in EARNED:
        listener(w, charge["id"], card)
    if fee := fees.of_direct(w, charge):
        transaction = balance.fee_kept_back(w, charge, fee.detail)
        fees.collect_direct(w, fee, charge, transaction["available_on"])
        return {"application_fee": fee.id}
    return transfers.of_charge(w, charge) if charge["transfer_data"] else {}


def captured(w: Work, charge: Doc, amount: int, **fields: Any) -> Doc:
    """An authorized charge captured, wholly or for the last time in part; what is not captured is released.

    ``charge.captured``.  A charge of which more is captured than was authorized grows.
    """
    total = charge["amount_captured"] + amount
    taken = w.change(
        charge,
        amount=max(charge["amount"], total),
        amount_captured=total,
        amount_refunded=max(0, charge["amount"] - total),
        captured=True,
        **fields,
    )
    card = payment_methods.card_of(w, w.need("payment_method", charge["payment_method"]))
    taken = w.change(taken, **_earned(w, taken, card, amount))
    w.emit("charge.captured", taken)
    return taken


def statement(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What the holder's statement shows, where these fields of an intent say it."""
    suffix, own = fields.get("statement_descriptor_suffix"), fields.get("statement_descriptor")
    told = {name: fields[name] for name in ("statement_descriptor", "statement_descriptor_suffix") if name in fields}
    return {"calculated_statement_descriptor": f"MOCKBILL* {suffix}" if suffix else own or "MOCKBILL", **told}


def captured_in_part(w: Work, charge: Doc, amount: int) -> Doc:
    """A part of an authorized charge captured, with more to come: ``charge.updated``.

    What is to go on to another account, and the platform's fee, wait for the last part (not established).
    """
    card = payment_methods.card_of(w, w.need("payment_method", charge["payment_method"]))
    earned = balance.earn(w, charge, amount, at_once=card.bypass_pending)
    taken = w.change(charge, amount_captured=charge["amount_captured"] + amount, balance_transaction=earned["id"])
    w.emit("charge.updated", taken, charge)
    return taken


def closed(w: Work, charge: Doc) -> Doc:
    """No more of a charge is captured than has been in parts: ``charge.captured``."""
    card = payment_methods.card_of(w, w.need("payment_method", charge["payment_method"]))
    taken = w.change(charge, amount_refunded=charge["amount"] - charge["amount_captured"], captured=True)
    if shown := _closed(w, taken, card):
        taken = w.change(taken, **shown)
    w.emit("charge.captured", taken)
    return taken


def grown(w: Work, charge: Doc, amount: int) -> Doc:
    """An authorized charge that holds more than before.  No event."""
    details = charge["payment_method_details"]
    over = details["card"]["overcapture"]
    most = authorizations.most_capturable(amount) if over["status"] == "available" else amount
    card = {
        **details["card"],
        "amount_authorized": amount,
        "overcapture": {**over, "maximum_amount_capturable": most},
    }
    return w.change(charge, amount=amount, payment_method_details={**details, "card": card})


def held_until(charge: Doc) -> int:
    """When an authorization that was not captured is released."""
    until: int = charge["payment_method_details"]["card"]["capture_before"]
    return until


def _built(w: Work, fields: dict[str, Any], method: Doc, card: Card, decline: Decline | None, /, **facts: Any) -> Doc:
    """A charge that is not stored yet."""
    id = fields["id"]
    low, span = _RISK[card.risk]
    score = low + int(_digits(w, f"{id}/risk", 4)) % span
    return w.build_on(
        defaults.blank("charge"),
        {
            **beside.made_by(w),
            "billing_details": method["billing_details"],
            **statement(fields),
            "outcome": declines.outcome(decline, card.risk, score),
            "payment_method": method["id"],
            "receipt_url": f"{w.site_url}/receipts/{id}",
            **fields,
            **facts,
        },
    )


def _details(
    w: Work,
    fields: dict[str, Any],
    method: Doc,
    *,
    captured: bool,
    approved: bool = True,
    three_d_secure: Doc | None = None,
    asked: Mapping[str, Any] | None = None,
) -> Doc:
    """``charge.payment_method_details`` in wire order (recorded)."""
    card, id, amount = method["card"], fields["id"], fields["amount"]
    network = card["networks"]["preferred"] or card["networks"]["available"][0]
    held = {} if captured else {"capture_before": w.now + authorizations.hold(asked or {})}
    drawn = _digits(w, f"{id}/card", _CODE + 15)
    details = {
        "amount_authorized": amount if approved else None,
        "authorization_code": drawn[:_CODE] if approved else None,
        "brand": card["brand"],
        **held,
        "checks": card["checks"],
        "country": card["country"],
        "electronic_commerce_indicator": three_d_secure and three_d_secure["electronic_commerce_indicator"],
        "exp_month": card["exp_month"],
        "exp_year": card["exp_year"],
        "extended_authorization": _DISABLED,
        "fingerprint": card["fingerprint"],
        "funding": card["funding"],
        "incremental_authorization": _UNAVAILABLE,
        "installments": None,
        "last4": card["last4"],
        "mandate": None,
        "multicapture": _UNAVAILABLE,
        "network": network,
        "network_token": _NO_TOKEN,
        "network_transaction_id": _network_id(w, id, network, drawn[_CODE:]),
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": card["regulated_status"],
        "three_d_secure": three_d_secure,
        "transaction_link_id": f"test123-tlid456__{id[3:8]}" if network == "mastercard" else None,
        "wallet": None,
    }
    if asked:
        details.update(authorizations.features(asked, amount))
    return {"card": details, "type": "card"}


def _network_id(w: Work, id: str, network: str, digits: str) -> str:
    """Visa's and the others' are digits; Mastercard's end in the day of settlement."""
    if network != "mastercard":
        return digits
    day = datetime.fromtimestamp(w.now, UTC)
    return f"MCC{w.world.ids.digest(id, 6).upper()}{day:%m%d}"


def _digits(w: Work, text: str, length: int) -> str:
    return w.world.ids.digits(text, length)
