"""Invoices that exist: each goes on from the state that it is in."""

from mockbill.billing import collection, sent_invoices
from mockbill.triggers.cause import Cause
from mockbill.triggers.registry import on
from mockbill.world import Doc

KIND = "invoice"
_PAYABLE = ("draft", "open", "uncollectible")


@on(KIND, "invoice.updated", sets="POST /v1/invoices/{invoice}")
def update(c: Cause, invoice: Doc) -> None:
    c.post(_path(invoice), metadata=c.another(invoice))


@on(KIND, "invoice.finalized", "payment_intent.created", sets="POST /v1/invoices/{invoice}/finalize")
def finalize(c: Cause, invoice: Doc) -> None:
    _check(c, invoice, "draft")
    c.post(f"{_path(invoice)}/finalize", auto_advance=False)


@on(
    KIND,
    *("invoice.paid", "invoice.payment_succeeded", "invoice_payment.paid"),
    *("charge.succeeded", "payment_intent.succeeded"),
    sets="POST /v1/invoices/{invoice}/pay",
)
def pay(c: Cause, invoice: Doc) -> None:
    """By the customer's default card, or by a good one where she has none."""
    _check_payable(c, invoice)
    c.post(f"{_path(invoice)}/pay", payment_method=c.good_card(invoice["customer"]))


@on(KIND, "invoice.payment_failed", "charge.failed", "payment_intent.payment_failed")
def fail(c: Cause, invoice: Doc) -> None:
    """An attempt is declined, whatever the card."""
    refuse(c, invoice, "card_declined")


@on(KIND, "invoice.payment_action_required", "payment_intent.requires_action")
def require_action(c: Cause, invoice: Doc) -> None:
    """The bank wants its customer to authenticate."""
    refuse(c, invoice, "authentication_required")


def refuse(c: Cause, invoice: Doc, code: str) -> None:
    """Try to pay an invoice while payments of its customer are declined with this code."""
    _check_payable(c, invoice)
    card = c.good_card(invoice["customer"])
    with c.refusing(invoice["customer"], code):
        c.declined(f"{_path(invoice)}/pay", payment_method=card)


@on(KIND, "invoice.voided")
def void(c: Cause, invoice: Doc) -> None:
    _check(c, invoice, "open", "uncollectible")
    c.post(f"{_path(invoice)}/void")


@on(KIND, "invoice.marked_uncollectible")
def mark_uncollectible(c: Cause, invoice: Doc) -> None:
    _check(c, invoice, "open")
    c.post(f"{_path(invoice)}/mark_uncollectible")


@on(KIND, "invoice.sent")
def send(c: Cause, invoice: Doc) -> None:
    _check(c, invoice, "draft", "open")
    if invoice["collection_method"] != "send_invoice":
        raise c.not_now(f"{invoice['id']} is charged automatically: only invoices with send_invoice are sent.")
    c.post(f"{_path(invoice)}/send")


@on(KIND, "invoice.deleted")
def delete(c: Cause, invoice: Doc) -> None:
    _check(c, invoice, "draft")
    c.delete(_path(invoice))


@on(KIND, "invoice.will_be_due")
def warn(c: Cause, invoice: Doc) -> None:
    """Word comes now that its due date is near, whenever that is."""
    _check_dated(c, invoice)
    with c.work_on(invoice) as w:
        w.emit("invoice.will_be_due", invoice)


@on(KIND, "invoice.overdue")
def remind(c: Cause, invoice: Doc) -> None:
    """Its due date counts as passed: its subscription is past due, its customer delinquent."""
    _check_dated(c, invoice)
    with c.work_on(invoice) as w:
        sent_invoices.fall_due(w, invoice)
        sent_invoices.remind(w, w.need(KIND, invoice["id"]))


@on(KIND, "invoice.overpaid")
def overpay(c: Cause, invoice: Doc) -> None:
    """A payment that was made elsewhere is attached, of more than is due."""
    _check(c, invoice, "open")
    made = c.post(
        "/v1/payment_intents",
        amount=invoice["amount_remaining"] + 100,
        currency=invoice["currency"],
        customer=invoice["customer"],
        payment_method=c.good_card(invoice["customer"]),
        automatic_payment_methods={"enabled": True, "allow_redirects": "never"},
        confirm=True,
    )
    c.post(f"{_path(invoice)}/attach_payment", payment_intent=made["id"])


@on(KIND, "credit_note.created", sets="POST /v1/credit_notes")
def credit(c: Cause, invoice: Doc) -> None:
    """All that is open of it, or was paid: as credit of its customer."""
    _check(c, invoice, "open", "paid")
    left = invoice["amount_remaining"] if invoice["status"] == "open" else invoice["amount_paid"]
    already = invoice["post_payment_credit_notes_amount"] if invoice["status"] == "paid" else 0
    if left - already <= 0:
        raise c.not_now(f"Nothing of {invoice['id']} is left to be credited.")
    given = {"credit_amount": left - already} if invoice["status"] == "paid" else {}
    c.post("/v1/credit_notes", invoice=invoice["id"], amount=left - already, **given)


@on("credit_note", "credit_note.voided")
def void_credit_note(c: Cause, note: Doc) -> None:
    c.post(f"/v1/credit_notes/{note['id']}/void")


@on(KIND, "invoiceitem.created", sets="POST /v1/invoiceitems")
def add_item(c: Cause, invoice: Doc) -> None:
    _check(c, invoice, "draft")
    c.post(
        "/v1/invoiceitems",
        customer=invoice["customer"],
        invoice=invoice["id"],
        amount=1000,
        currency=invoice["currency"],
    )


@on("invoiceitem", "invoiceitem.deleted")
def delete_item(c: Cause, item: Doc) -> None:
    c.delete(f"/v1/invoiceitems/{item['id']}")


def _check(c: Cause, invoice: Doc, *statuses: str) -> None:
    if invoice["status"] in statuses:
        return
    if invoice["status"] == "draft":
        hint = "trigger invoice.finalized first"
    else:
        hint = "name another, or a customer by --customer to have one made"
    raise c.not_now(
        f"{invoice['id']} is {invoice['status']}, and {c.type} takes one that is {' or '.join(statuses)}: {hint}."
    )


def _check_payable(c: Cause, invoice: Doc) -> None:
    """Before a card is attached for it."""
    _check(c, invoice, *_PAYABLE)
    with c.work() as w:
        processing = collection.is_processing(w, invoice)
        credit = w.need("customer", invoice["customer"])["balance"] if invoice["status"] == "draft" else 0
    if processing:
        raise c.not_now(f"A payment of {invoice['id']} is processing: name another invoice.")
    if c.wants_payment and invoice["amount_remaining"] + min(0, credit) <= 0:
        raise c.not_now(f"Nothing of {invoice['id']} has to be paid, so {c.type} cannot come of it.")


def _check_dated(c: Cause, invoice: Doc) -> None:
    _check(c, invoice, "open")
    if invoice["due_date"] is None:
        raise c.not_now(f"{invoice['id']} has no due date: only invoices with send_invoice have one.")


def _path(invoice: Doc) -> str:
    return f"/v1/invoices/{invoice['id']}"
