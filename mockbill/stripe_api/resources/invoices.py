"""Invoices and invoice items."""

from collections.abc import Callable, Mapping
from typing import Any

from mockbill.billing import invoice_items, invoice_previews, invoice_verbs, invoices
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, includes, resource
from mockbill.world import Doc, Work


def _due(w: Work, params: Mapping[str, Any]) -> Callable[[Doc], bool] | None:
    asked = params.get("due_date")
    return None if asked is None else lambda invoice: lists.in_range(invoice["due_date"], asked)


def _pending(w: Work, params: Mapping[str, Any]) -> Callable[[Doc], bool] | None:
    """Without the parameter all; true: those that wait for an invoice; false: the others."""
    asked = params.get("pending")
    return None if asked is None else lambda item: (item["invoice"] is None) == asked


resource(
    "invoice",
    "/v1/invoices/{invoice}",
    create=invoice_verbs.create,
    update=invoice_verbs.update,
    delete=invoice_verbs.delete,
    actions={
        "finalize": invoice_verbs.finalize,
        "mark_uncollectible": invoice_verbs.mark_uncollectible,
        "pay": invoice_verbs.pay,
        "send": invoice_verbs.send,
        "void": invoice_verbs.void,
    },
    filters={
        "collection_method": "collection_method",
        "customer": "customer",
        "customer_account": "customer_account",
        "status": "status",
        "subscription": "parent.subscription_details.subscription",
    },
    keep=_due,
    on_clocks=True,
)

resource(
    "invoiceitem",
    "/v1/invoiceitems/{invoiceitem}",
    create=invoice_items.create,
    update=invoice_items.update,
    delete=invoice_items.delete,
    filters={"customer": "customer", "customer_account": "customer_account", "invoice": "invoice"},
    keep=_pending,
    on_clocks=True,
)


@handles("GET /v1/invoices/{invoice}/lines")
def _lines(call: Call) -> Doc:
    invoice = call.work.need("invoice", call.id)
    return lists.page_of(invoice["lines"]["data"], call.params, call.path, "line_item")


@handles("POST /v1/invoices/create_preview")
def _preview(call: Call) -> Doc:
    return invoice_previews.create(call.work, call.params)


@includes("invoice", "payments")
def _payments(w: Work, invoice: Doc) -> Doc:
    payments = w.find("invoice_payment", invoice=invoice["id"])
    return lists.envelope(payments, f"/v1/invoice_payments?invoice={invoice['id']}")


@includes("invoice", "confirmation_secret")
def _secret(w: Work, invoice: Doc) -> Doc | None:
    intent = invoices.intent_of(w, invoice)
    return {"client_secret": intent["client_secret"], "type": "payment_intent"} if intent else None
