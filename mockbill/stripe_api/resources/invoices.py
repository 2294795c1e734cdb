"""Invoices and invoice items."""

from mockbill.billing import invoice_items, invoice_verbs, invoices
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, includes, resource
from mockbill.world import Doc, Work

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
        "status": "status",
        "subscription": "parent.subscription_details.subscription",
    },
    on_clocks=True,
)

resource(
    "invoiceitem",
    "/v1/invoiceitems/{invoiceitem}",
    create=invoice_items.create,
    update=invoice_items.update,
    delete=invoice_items.delete,
    filters={"customer": "customer", "invoice": "invoice"},
    keep=lambda w, params: (lambda doc: doc["invoice"] is None) if params.get("pending") else None,
    on_clocks=True,
)


@handles("GET /v1/invoices/{invoice}/lines")
def _lines(call: Call) -> Doc:
    invoice = call.work.need("invoice", call.id)
    return lists.page_of(invoice["lines"]["data"], call.params, call.path, "line_item")


@includes("invoice", "payments")
def _payments(w: Work, invoice: Doc) -> Doc:
    payments = w.find("invoice_payment", invoice=invoice["id"])
    return lists.envelope(payments, f"/v1/invoice_payments?invoice={invoice['id']}")


@includes("invoice", "confirmation_secret")
def _secret(w: Work, invoice: Doc) -> Doc | None:
    intent = invoices.intent_of(w, invoice)
    return {"client_secret": intent["client_secret"], "type": "payment_intent"} if intent else None
