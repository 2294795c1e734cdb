"""The page of an invoice: what is owed and why, paying it by card, and what became of it."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mockbill.billing import collection, hosted_invoices
from mockbill.billing import invoices as billed
from mockbill.pages import card_form
from mockbill.pages.blueprint import blueprint, site_url
from mockbill.pages.card_form import Refusal, Refused, Typed
from mockbill.pages.linked import document, world_of_account
from mockbill.pages.three_d_secure import challenge, passed
from mockbill.world import Doc, Problem, Work, World

_STATES = {
    "paid": ("done", "Invoice paid", "Thank you. Nothing more is due."),
    "processing": ("over", "Payment is on its way", "The bank has been asked and has not answered yet."),
    "void": ("over", "This invoice is void", "It does not have to be paid, and cannot be."),
}
_BADGES = {
    "open": ("Due", "bad"),
    "paid": ("Paid", "good"),
    "uncollectible": ("Uncollectible", "bad"),
    "void": ("Void", "calm"),
}


@blueprint.get("/i/<account_id>/<token>")
def invoice_page(account_id: str, token: str) -> ResponseReturnValue:
    """The invoice and, if it can be paid, the card form; after a failed challenge (``?failed=1``) with the reason."""
    with _world(account_id).work() as w:
        invoice = _invoice(w, account_id, token)
        intent = billed.intent_of(w, invoice) if "failed" in request.args else None
        error = intent and intent["last_payment_error"]
        return _page(w, invoice, token, Typed(), card_form.refusal_of_error(error) if error else None)


@blueprint.post("/i/<account_id>/<token>")
def pay_invoice(account_id: str, token: str) -> ResponseReturnValue:
    """Pay with what was typed, or with a test card: 303 to the page or the challenge, or the form again (402, 422)."""
    world, sent = _world(account_id), card_form.typed(request.form)
    try:
        with world.work(site_url=site_url()) as w:
            invoice = _invoice(w, account_id, token)
            if not _is_payable(w, invoice):
                return _back(account_id, token)  # a second click must not pay again
            if number := request.form.get("test_card"):
                sent = card_form.with_test_card(w, sent, number)
            card_form.check(sent, email_needed=False)
            email = invoice["customer_email"] or sent.email
            invoice = hosted_invoices.pay(w, invoice, card_form.method_of(w, sent, email))
            error = (billed.intent_of(w, invoice) or {}).get("last_payment_error")
            waits = hosted_invoices.waiting(w, invoice) is not None
    except Refused as refused:
        return _again(world, account_id, token, sent, refused.refusal)
    except Problem as problem:
        return _again(world, account_id, token, sent, card_form.refusal_of(problem))
    world.hub.settle(world)
    if waits:
        return redirect(_url("invoice_challenge", account_id, token), 303)
    if error and invoice["status"] != "paid":
        return _again(world, account_id, token, sent, card_form.refusal_of_error(error))
    return _back(account_id, token)


@blueprint.get("/i/<account_id>/<token>/authenticate")
def invoice_challenge(account_id: str, token: str) -> ResponseReturnValue:
    """The 3-D Secure challenge of the payment that waits for one."""
    with _world(account_id).work() as w:
        invoice = _invoice(w, account_id, token)
        intent = hosted_invoices.waiting(w, invoice)
        return challenge(w, intent, _merchant(w, invoice)) if intent else _back(account_id, token)


@blueprint.post("/i/<account_id>/<token>/authenticate")
def answer_invoice_challenge(account_id: str, token: str) -> ResponseReturnValue:
    """Complete or fail it."""
    succeeded = passed(request.form)
    if succeeded is None:
        return invoice_challenge(account_id, token)
    world = _world(account_id)
    with world.work(site_url=site_url()) as w:
        invoice = _invoice(w, account_id, token)
        intent = hosted_invoices.waiting(w, invoice)
        if intent is not None:
            hosted_invoices.authenticate(w, intent, succeeded)
        failed = w.need("invoice", invoice["id"])["status"] in hosted_invoices.PAYABLE
    world.hub.settle(world)
    return _back(account_id, token, failed=failed)


def _world(account_id: str) -> World:
    return world_of_account(account_id, "invoice")


def _invoice(w: Work, account_id: str, token: str) -> Doc:
    invoice = document(w, "invoice", "hosted_invoice_url", f"/i/{account_id}/{token}")
    w.use_clock_of(invoice["customer"])
    return invoice


def _merchant(w: Work, invoice: Doc) -> str:
    return str(invoice["account_name"] or w.world.name)


def _is_payable(w: Work, invoice: Doc) -> bool:
    return invoice["status"] in hosted_invoices.PAYABLE and not collection.is_processing(w, invoice)


def _back(account_id: str, token: str, *, failed: bool = False) -> ResponseReturnValue:
    query = "?failed=1" if failed else ""
    return redirect(_url("invoice_page", account_id, token) + query, 303)


def _url(page: str, account_id: str, token: str) -> str:
    return url_for(f"pages.{page}", account_id=account_id, token=token)


def _again(world: World, account_id: str, token: str, sent: Typed, refusal: Refusal) -> ResponseReturnValue:
    with world.work() as w:
        return _page(w, _invoice(w, account_id, token), token, sent.keepable, refusal)


def _page(w: Work, invoice: Doc, token: str, values: Typed, refusal: Refusal | None) -> ResponseReturnValue:
    from mockbill.papers import invoices as papers

    where = (w.world.account_id, token)
    paper = papers.paper(w, invoice)
    payable = _is_payable(w, invoice)
    page = render_template(
        "invoice.html",
        action=_url("invoice_page", *where),
        badge=_BADGES[invoice["status"]],
        button=f"Pay {paper.due}",
        challenge=_url("invoice_challenge", *where) if hosted_invoices.waiting(w, invoice) else None,
        invoice=invoice,
        paper=paper,
        payable=payable,
        pdf=_url("invoice_pdf", *where),
        receipt=_url("invoice_receipt", *where) if invoice["status"] == "paid" else None,
        refusal=refusal,
        state=None if payable else _STATES.get(invoice["status"], _STATES["processing"]),
        test_cards=card_form.TEST_CARDS,
        values=values,
    )
    return page, refusal.status if refusal else 200
