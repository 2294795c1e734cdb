"""The verbs of credit notes: create, preview, update, void."""

from typing import Any

from mockbill.billing import attached_payments, collection, defaults, fields, invoices
from mockbill.billing.credit_notes import crediting, giving_back, shipping
from mockbill.rules import credit_notes, money
from mockbill.rules.credit_notes import Funds
from mockbill.world import Doc, Problem, Work

_CREDITABLE = ("open", "paid")
_CONTENTS = ("amount", "lines", "shipping_cost")
_WAYS = ("refund_amount", "credit_amount", "out_of_band_amount", "refunds")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/credit_notes``, by ``amount`` or by ``lines``.

    It first lowers what remains to be paid, and the invoice is paid when nothing does.  What was paid already is given
    back by refund, to the customer's balance, or outside of Stripe: the call says how much of each.  An ``amount``
    alone is spread over the lines, in proportion to what was paid for each (what Stripe makes of it is not
    established).  ``email_type`` has nothing to do here: no mail is sent.
    """
    invoice = w.need("invoice", params["invoice"], "invoice")
    w.use_clock_of(invoice)
    _check_state(w, invoice, params)
    lines, sums = _contents(w, invoice, params)
    ways = giving_back.asked(w, invoice, params)
    _check_total(w, invoice, sums["total"], ways)
    funds = credit_notes.funds(sums["total"], invoice["amount_remaining"])
    giving_back.check(invoice, ways, funds.after)
    return _issue(w, invoice, params, lines, sums, funds, ways)


def preview(w: Work, params: dict[str, Any]) -> Doc:
    """``GET /v1/credit_notes/preview``: what would be created; nothing is.

    Where it does not say how to give back what was paid, that is left open: previews tell how much it is.
    """
    with w.rehearsal():
        asked = dict(params)
        if not any(asked.get(name) for name in _WAYS):
            asked["out_of_band_amount"] = _given_back(w, asked)
        note = create(w, asked)
    if any(params.get(name) for name in _WAYS):
        return note
    return {**note, "out_of_band_amount": None}


def update(w: Work, note: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/credit_notes/{id}``: memo and metadata."""
    changed = w.change(note, **fields.fields_of("credit_note", params, note))
    if changed != note:
        w.emit("credit_note.updated", changed, note)
    return changed


def void(w: Work, note: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../void``: only while its invoice is still open, which it raises again."""
    if note["status"] == "void":
        raise Problem("This credit note is void already.")
    invoice = w.need("invoice", note["invoice"], "invoice")
    w.use_clock_of(invoice)
    if invoice["status"] != "open":
        raise Problem(f"Credit notes can only be voided while their invoice is open; this one is {invoice['status']}.")
    _check_payment(w, invoice)
    voided = w.change(note, status="void", voided_at=w.now)
    w.emit("credit_note.voided", voided)
    raised = _lowered(w, invoice, Funds(-note["pre_payment_amount"], 0))
    attached_payments.ask_for_the_rest(w, raised)
    w.emit("invoice.updated", raised, invoice)
    return voided


def _check_state(w: Work, invoice: Doc, params: dict[str, Any]) -> None:
    if invoice["status"] not in _CREDITABLE:
        raise Problem(
            f"Credit notes can only be issued for open and paid invoices; this one is {invoice['status']}.",
            param="invoice",
        )
    if not any(name in params for name in _CONTENTS):
        raise Problem(
            "One of the following params should be provided for this request: amount, lines or shipping_cost.",
            code="parameter_missing",
            param="amount",
        )
    _check_payment(w, invoice)


def _check_payment(w: Work, invoice: Doc) -> None:
    """A payment on its way asks for what remained when it set out (how Stripe sees to that is not established)."""
    intent = invoices.intent_of(w, invoice)
    if invoice["status"] == "open" and intent is not None and intent["status"] == "processing":
        raise Problem("The payment of this invoice is processing: wait for it to succeed or fail.", param="invoice")


def _contents(w: Work, invoice: Doc, params: dict[str, Any]) -> tuple[list[crediting.Credited], dict[str, Any]]:
    """The lines, and what they come to."""
    if "lines" not in params and not params.get("shipping_cost"):
        return _by_amount(w, invoice, params["amount"])
    lines = crediting.by_lines(w, invoice, params.get("lines") or [])
    sums = shipping.included(crediting.sums(w, lines), shipping.asked(w, invoice, params.get("shipping_cost")))
    if params.get("amount", sums["total"]) != sums["total"]:
        currency = invoice["currency"]
        raise Problem(
            f"The amount ({money.format_amount(params['amount'], currency)}) must equal the total of the lines "
            f"({money.format_amount(sums['total'], currency)}).",
            param="amount",
        )
    return lines, sums


def _by_amount(w: Work, invoice: Doc, amount: int) -> tuple[list[crediting.Credited], dict[str, Any]]:
    """An amount alone is one of the lines; what is beyond them is one of the shipping (not established)."""
    left = _check_amount(w, invoice, amount)
    rest = shipping.left(w, invoice)
    shipped = max(0, amount - left + rest["amount_total"]) if rest else 0
    lines = crediting.by_total(w, invoice, amount - shipped) if amount > shipped else []
    return lines, shipping.included(crediting.sums(w, lines), shipping.part(rest, shipped))


def _check_amount(w: Work, invoice: Doc, amount: int) -> int:
    """An amount alone must be one that there is before it can be spread; answers what there is."""
    left = invoice["total"] - sum(note["total"] for note in crediting.issued(w, invoice))
    if not 0 < amount <= left:
        raise _too_much(amount, left, invoice["currency"])
    return int(left)


def _check_total(w: Work, invoice: Doc, total: int, ways: giving_back.Ways) -> None:
    left = giving_back.limit(w, invoice, ways)
    if not 0 < total <= left:
        raise _too_much(total, left, invoice["currency"])


def _too_much(amount: int, left: int, currency: str) -> Problem:
    return Problem(
        f"The credit note's amount ({money.format_amount(amount, currency)}) must be above zero and not exceed what "
        f"can still be credited of the invoice ({money.format_amount(max(0, left), currency)}).",
        param="amount",
    )


def _given_back(w: Work, params: dict[str, Any]) -> int:
    """How much of what would be credited has been paid already."""
    invoice = w.need("invoice", params["invoice"], "invoice")
    if invoice["status"] not in _CREDITABLE or not (set(_CONTENTS) & params.keys()):
        return 0  # which is refused anyway
    _, sums = _contents(w, invoice, params)
    return credit_notes.funds(sums["total"], invoice["amount_remaining"]).after


def _issue(
    w: Work,
    invoice: Doc,
    params: dict[str, Any],
    lines: list[crediting.Credited],
    sums: dict[str, Any],
    funds: Funds,
    ways: giving_back.Ways,
) -> Doc:
    """The credit note and all that it brings about."""
    id = w.id("credit_note")
    made = giving_back.refund(w, invoice, ways)
    moved = giving_back.credit(w, invoice, ways, id)
    described = fields.fields_of(
        "credit_note", params, {}, but=("amount", "invoice", "lines", "refunds", "shipping_cost")
    )
    note = defaults.add(
        w,
        "credit_note",
        **{
            "effective_at": w.now,
            **described,
            **sums,
            "id": id,
            "currency": invoice["currency"],
            "customer": invoice["customer"],
            "customer_balance_transaction": moved,
            "invoice": invoice["id"],
            "lines": crediting.as_list(id, lines),
            "number": _number(w, invoice),
            "out_of_band_amount": ways.elsewhere or None,
            "pdf": f"{w.site_url}/credit_notes/{w.world.account_id}/test_{w.text(40)}/pdf",
            "post_payment_amount": funds.after,
            "pre_payment_amount": funds.before,
            "refunds": made,
            "type": credit_notes.kind(funds),
        },
    )
    w.emit("credit_note.created", note)
    _settle(w, invoice, funds)
    return note


def _settle(w: Work, invoice: Doc, funds: Funds) -> None:
    """What it means for the invoice: lowered, and paid where nothing remains."""
    lowered = _lowered(w, invoice, funds)
    if invoice["status"] == "open" and lowered["amount_remaining"] == 0:
        collection.drop_payment(w, lowered, "void_invoice")
        collection.announce_paid(w, lowered, before=invoice)
        return
    w.emit("invoice.updated", lowered, invoice)
    if funds.before:
        attached_payments.ask_for_the_rest(w, lowered)


def _lowered(w: Work, invoice: Doc, funds: Funds) -> Doc:
    return w.change(
        invoice,
        amount_due=invoice["amount_due"] - funds.before,
        amount_remaining=invoice["amount_remaining"] - funds.before,
        post_payment_credit_notes_amount=invoice["post_payment_credit_notes_amount"] + funds.after,
        pre_payment_credit_notes_amount=invoice["pre_payment_credit_notes_amount"] + funds.before,
    )


def _number(w: Work, invoice: Doc) -> str:
    return credit_notes.number(invoice["number"], 1 + len(w.find("credit_note", invoice=invoice["id"])))
