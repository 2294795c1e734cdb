"""Revisions: a draft that is a copy of a finalized invoice, and takes its place when it is finalized itself.

``POST /v1/invoices`` with ``from_invoice{action: revision}``.  Not established, and so decided here: a revision is
numbered like any other invoice, and the original is voided just before the revision opens, so that what it took of
the customer's balance is there for the revision.
"""

from typing import Any

from mockbill.billing import invoices, taxing, unmodelled
from mockbill.billing.connect import terms
from mockbill.world import Doc, Problem, Work

_COPIED = (
    "account_tax_ids", "automatic_tax", "collection_method", "custom_fields", "default_payment_method",
    "default_source", "default_tax_rates", "description", "discounts", "due_date", "footer", "issuer", "metadata",
    "on_behalf_of", "parent", "payment_settings", "period_end", "period_start", "rendering", "shipping_cost",
    "shipping_details", "statement_descriptor",
)  # fmt: skip
_REVISABLE = ("open", "uncollectible")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """The draft, with the lines of the original as they are."""
    unmodelled.refuse(params, sorted(params.keys() - {"from_invoice"}), "revisions; update the draft instead")
    original = w.need("invoice", params["from_invoice"]["invoice"], "from_invoice[invoice]")
    customer = w.need("customer", original["customer"])
    w.use_clock_of(customer)
    _check(original)
    copied = {name: original[name] for name in _COPIED}
    revision = {"action": "revision", "invoice": original["id"]}
    draft = invoices.draft(
        w, customer, [], original["currency"], billing_reason="manual", from_invoice=revision, **copied
    )
    draft = invoices.with_lines(w, draft, [_line(w, line, draft) for line in original["lines"]["data"]])
    terms.note_again(w, original, draft)
    w.emit("invoice.created", draft)
    return draft


def superseded(w: Work, revision: Doc) -> Doc:
    """The invoice in whose place this revision is about to come, knowing of it."""
    original = w.need("invoice", revision["from_invoice"]["invoice"])
    _check(original)
    return w.change(original, latest_revision=revision["id"])


def _check(original: Doc) -> None:
    if original["status"] not in _REVISABLE or original["amount_paid"]:
        raise Problem(
            f"The invoice {original['id']} can't be revised: only those that are open or uncollectible, and not "
            f"paid in part, can, not {original['status']}.",
            param="from_invoice[invoice]",
        )


def _line(w: Work, line: Doc, draft: Doc) -> Doc:
    """A copy of a line, over a copy of its invoice item, so that both can be changed on the draft."""
    new = w.id("line_item")
    if kept := w.private("line_rates", line["id"]):
        w.keep("line_rates", new, rates=kept["rates"])
    if kept := w.private(taxing.BY_HAND, line["id"]):
        w.keep(taxing.BY_HAND, new, levies=kept["levies"])
    parent = line["parent"] or {}
    details = parent.get(parent.get("type", "")) or {}
    item = w.get("invoiceitem", details.get("invoice_item"))
    if item is None:
        return {**line, "id": new}
    copy = w.put("invoiceitem", {**item, "id": w.id("invoiceitem"), "invoice": draft["id"]})
    return {**line, "id": new, "parent": {**parent, parent["type"]: {**details, "invoice_item": copy["id"]}}}
