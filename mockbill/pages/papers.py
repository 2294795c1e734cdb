"""Where ``invoice_pdf`` and a credit note's ``pdf`` lead: the paper itself, named by its number."""

import re

from flask import Response
from flask.typing import ResponseReturnValue

from mockbill.pages.blueprint import blueprint
from mockbill.pages.linked import document, world_of_account
from mockbill.world.problems import missing


@blueprint.get("/i/<account_id>/<token>/pdf")
def invoice_pdf(account_id: str, token: str) -> ResponseReturnValue:
    """The PDF of a finalized invoice; a draft has no link."""
    from mockbill.papers import invoices  # only who asks for a paper needs what sets it

    with world_of_account(account_id, "invoice").work() as w:
        invoice = document(w, "invoice", "invoice_pdf", f"/i/{account_id}/{token}/pdf")
        return _paper(invoices.pdf(w, invoice), f"Invoice-{invoice['number']}")


@blueprint.get("/i/<account_id>/<token>/receipt")
def invoice_receipt(account_id: str, token: str) -> ResponseReturnValue:
    """The receipt of an invoice that is paid; 404 until it is."""
    from mockbill.papers import invoices  # as above

    with world_of_account(account_id, "invoice").work() as w:
        invoice = document(w, "invoice", "hosted_invoice_url", f"/i/{account_id}/{token}")
        if invoice["status"] != "paid":
            raise missing("invoice", token, "id")
        return _paper(invoices.receipt(w, invoice), f"Receipt-{invoice['number']}")


@blueprint.get("/credit_notes/<account_id>/<token>/pdf")
def credit_note_pdf(account_id: str, token: str) -> ResponseReturnValue:
    """The PDF of a credit note."""
    from mockbill.papers import credit_notes  # only who asks for a paper needs what sets it

    with world_of_account(account_id, "credit_note").work() as w:
        note = document(w, "credit_note", "pdf", f"/credit_notes/{account_id}/{token}/pdf")
        return _paper(credit_notes.pdf(w, note), f"Credit-note-{note['number']}")


def _paper(content: bytes, name: str) -> Response:
    response = Response(content, mimetype="application/pdf")
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:100]
    response.headers.set("Content-Disposition", "inline", filename=f"{plain}.pdf")
    return response
