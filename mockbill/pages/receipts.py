"""The receipt of a charge: where its ``receipt_url`` leads."""

from flask import render_template
from flask.typing import ResponseReturnValue

from mockbill.pages.blueprint import blueprint, world_of
from mockbill.rules.money import format_amount
from mockbill.rules.periods import day_text
from mockbill.world import Doc, Work
from mockbill.world.problems import missing


@blueprint.get("/receipts/<id>")
def receipt_page(id: str) -> ResponseReturnValue:
    """What was paid, when and by what, and how much of it came back; 404 for a charge that has no receipt."""
    with world_of("charge", id).work() as w:
        charge = w.need("charge", id)
        if not charge["receipt_url"]:
            raise missing("charge", id, "id")
        currency, refunded = charge["currency"], charge["amount_refunded"]
        return render_template(
            "receipt.html",
            amount=format_amount(charge["amount_captured"], currency),
            charge=charge,
            day=day_text(charge["created"]),
            invoice=_invoice(w, charge),
            kept=format_amount(charge["amount_captured"] - refunded, currency),
            merchant=w.world.name,
            method=_method(charge),
            refunded=format_amount(-refunded, currency) if refunded else None,
        )


def _invoice(w: Work, charge: Doc) -> Doc | None:
    """The invoice that was paid."""
    paid = w.find("invoice_payment", {"payment.payment_intent": charge["payment_intent"]})
    return w.get("invoice", paid[-1]["invoice"]) if charge["payment_intent"] and paid else None


def _method(charge: Doc) -> str | None:
    """``Visa •••• 4242``."""
    details = charge["payment_method_details"] or {}
    type = details.get("type")
    if not type:
        return None
    held = details.get(type) or {}
    name = str(held.get("brand") or type).replace("_", " ").title()
    return f"{name} •••• {held['last4']}" if held.get("last4") else name
