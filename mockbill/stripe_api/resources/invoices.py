"""Invoices and invoice items."""

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from mockbill.billing import attached_payments, invoice_items, invoice_lines, invoice_previews, invoice_verbs, invoices
from mockbill.stripe_api import lists
from mockbill.stripe_api.registry import Call, handles, includes, resource
from mockbill.world import Doc, Work, World

_MOST_KEPT = 100
_long_previews: WeakKeyDictionary[World, dict[str, list[Doc]]] = WeakKeyDictionary()
"""The lines of the latest previews that have more than one page of them: memory of the server, no part of a world."""


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
        "add_lines": invoice_lines.add,
        "attach_payment": attached_payments.attach,
        "finalize": invoice_verbs.finalize,
        "mark_uncollectible": invoice_verbs.mark_uncollectible,
        "pay": invoice_verbs.pay,
        "remove_lines": invoice_lines.remove,
        "send": invoice_verbs.send,
        "update_lines": invoice_lines.update_several,
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
    lines = _long_previews.get(call.work.world, {}).get(call.id)
    if lines is None:
        lines = call.work.need("invoice", call.id)["lines"]["data"]
    return lists.page_of(lines, call.params, call.path, "line_item")


@handles("POST /v1/invoices/{invoice}/lines/{line_item_id}")
def _update_line(call: Call) -> Doc:
    invoice = call.work.need("invoice", call.ids["invoice"])
    call.work.use_clock_of(invoice)
    return invoice_lines.update(call.work, invoice, call.id, call.params)


@handles("POST /v1/invoices/create_preview", "GET /v1/invoices/upcoming")
def _preview(call: Call) -> Doc:
    shown = invoice_previews.create(call.work, call.params)
    if len(shown["lines"]["data"]) > lists.DEFAULT_LIMIT:
        kept = _long_previews.setdefault(call.work.world, {})
        kept[shown["id"]] = shown["lines"]["data"]
        while len(kept) > _MOST_KEPT:
            del kept[next(iter(kept))]
    return shown


@handles("GET /v1/invoices/upcoming/lines")
def _upcoming_lines(call: Call) -> Doc:
    asked = {name: value for name, value in call.params.items() if name not in (*lists.OF_A_PAGE, lists.COUNTED)}
    shown = invoice_previews.create(call.work, asked)
    return lists.page_of(shown["lines"]["data"], call.params, call.path, "line_item")


@includes("invoice", "payments")
def _payments(w: Work, invoice: Doc) -> Doc:
    payments = w.find("invoice_payment", invoice=invoice["id"])
    return lists.envelope(payments, f"/v1/invoice_payments?invoice={invoice['id']}")


@includes("invoice", "confirmation_secret")
def _secret(w: Work, invoice: Doc) -> Doc | None:
    intent = invoices.intent_of(w, invoice)
    return {"client_secret": intent["client_secret"], "type": "payment_intent"} if intent else None
