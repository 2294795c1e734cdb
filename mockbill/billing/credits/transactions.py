"""Credit balance transactions: every movement of a grant's balance, and what is left of it.

Beside a grant is kept (``credit_grant``) what is ``left`` of it in minor units, whether it was ``granted``, which is
when it takes effect, and whether it is ``over``.
"""

from typing import Any

from mockbill.world import Doc, Work

KIND = "billing.credit_balance_transaction"
GRANT = "billing.credit_grant"
_NOTHING: Doc = {"left": 0, "granted": False, "over": True}


def left(w: Work, grant: Doc) -> int:
    """What a grant still has."""
    return int(kept(w, grant)["left"])


def kept(w: Work, grant: Doc) -> Doc:
    """What is kept beside a grant."""
    return w.private("credit_grant", grant["id"]) or _NOTHING


def granted(w: Work, grant: Doc) -> None:
    """``credits_granted``, once: the whole amount of a grant that takes effect."""
    if kept(w, grant)["granted"]:
        return
    w.keep("credit_grant", grant["id"], granted=True)
    value = grant["amount"]["monetary"]["value"]
    details = {"credits_application_invoice_voided": None, "type": "credits_granted"}
    _add(w, grant, "credit", value, details, effective_at=grant["effective_at"])


def given_back(w: Work, grant: Doc, value: int, invoice: str, line: str) -> None:
    """``credits_application_invoice_voided``: what an invoice that is void had taken."""
    w.keep("credit_grant", grant["id"], left=left(w, grant) + value)
    where = {"invoice": invoice, "invoice_line_item": line}
    details = {"credits_application_invoice_voided": where, "type": "credits_application_invoice_voided"}
    _add(w, grant, "credit", value, details)


def taken(w: Work, grant: Doc, value: int, invoice: str, line: str) -> Doc:
    """``credits_applied``: what a line of an invoice takes of a grant."""
    granted(w, grant)
    w.keep("credit_grant", grant["id"], left=left(w, grant) - value)
    where = {"invoice": invoice, "invoice_line_item": line}
    return _add(w, grant, "debit", value, {"credits_applied": where, "type": "credits_applied"})


def lost(w: Work, grant: Doc, type: str) -> None:
    """``credits_expired`` or ``credits_voided``: all that is left of a grant, if it ever took effect."""
    value, was_granted = left(w, grant), kept(w, grant)["granted"]
    w.keep("credit_grant", grant["id"], left=0, over=True)
    if value and was_granted:
        _add(w, grant, "debit", value, {"credits_applied": None, "type": type})


def _add(w: Work, grant: Doc, side: str, value: int, details: Doc, **fields: Any) -> Doc:
    amount = {**grant["amount"], "monetary": {**grant["amount"]["monetary"], "value": value}}
    added = w.add(
        KIND,
        **{
            "credit": None,
            "debit": None,
            "credit_grant": grant["id"],
            "effective_at": w.now,
            "test_clock": grant["test_clock"],
            "type": side,
            **fields,
            side: {"amount": amount, **details},
        },
    )
    w.emit(f"{KIND}.created", added)
    return added
