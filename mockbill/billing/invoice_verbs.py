"""What the API does with an invoice by hand: create, update, finalize, pay, send, void, write off, delete."""

from typing import Any

from mockbill.billing import (
    automatic_tax,
    collection,
    customer_facts,
    discounting,
    discounts,
    fields,
    invoices,
    lines,
    payment_attempts,
    payment_methods,
    subscription_status,
    tax_ids,
    taxing,
    unmodelled,
)
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Problem, Work

_LATER = (
    "application_fee_amount", "from_invoice",
    "number", "on_behalf_of", "shipping_cost", "transfer_data",
)  # fmt: skip
_OURS = (
    "customer", "currency", "subscription", "auto_advance", "due_date", "automatically_finalizes_at",
    "account_tax_ids", "automatic_tax", "default_tax_rates", "discounts",
)  # fmt: skip
_AFTER_DRAFT = ("auto_advance", "default_payment_method", "description", "metadata", "payment_settings")


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/invoices``: a draft; ``pending_invoice_items_behavior=include`` puts what waits on it."""
    unmodelled.refuse(params, (*_LATER, "subscription"), "invoices")
    if not params.get("customer"):
        raise Problem("Missing required param: customer.", code="parameter_missing", param="customer")
    customer = w.need("customer", params["customer"], "customer")
    w.use_clock_of(customer)
    due = _due_date(w, params)
    currency = (params.get("currency") or customer["currency"] or "usd").lower()
    customer_facts.check_currency(customer, currency)
    waiting = _waiting(w, params, customer, currency)
    advances = params.get("auto_advance", False)
    draft = invoices.draft(
        w,
        customer,
        [lines.of_invoice_item(w, item) for item in waiting],
        currency,
        **{
            **fields.fields_of("invoice", params, {}, but=_OURS),
            **taxing.fields_named(w, params, "default_tax_rates"),
            **automatic_tax.of_invoice(params),
            "account_tax_ids": tax_ids.own_named(w, params.get("account_tax_ids"), "account_tax_ids"),
            "auto_advance": advances,
            "automatically_finalizes_at": _finalizes_at(w, params),
            "billing_reason": "manual",
            "default_payment_method": collection.named_method(w, params, customer["id"]),
            "discounts": [] if "discounts" in params else discounting.of_customer(w, customer),
            "due_date": due,
            "next_payment_attempt": w.now + invoices.DRAFT_HOUR if advances and due is None else None,
            "period_start": w.now,
            "period_end": w.now,
        },
    )
    for item in waiting:
        w.change(item, invoice=draft["id"])
    if params.get("discounts"):
        draft = invoices.reckoned(w, draft, discounts=discounts.on_invoice(w, draft, params["discounts"]))
    w.emit("invoice.created", draft)
    return draft


def update(w: Work, invoice: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/invoices/{invoice}``: nearly all of a draft, little of an open one."""
    unmodelled.refuse(params, _LATER, "invoices")
    if invoice["status"] != "draft" and not params.keys() <= set(_AFTER_DRAFT):
        raise Problem(
            "Finalized invoices can't be updated in this way: only "
            f"{', '.join(_AFTER_DRAFT)} can change once an invoice is {invoice['status']}.",
            code="invoice_not_editable",
        )
    changes = fields.fields_of("invoice", params, invoice, but=_OURS)
    reckoned: dict[str, Any] = {
        **taxing.fields_named(w, params, "default_tax_rates", invoice["default_tax_rates"]),
        **automatic_tax.of_invoice(params, invoice),
    }
    if "account_tax_ids" in params:
        changes["account_tax_ids"] = tax_ids.own_named(w, params["account_tax_ids"], "account_tax_ids")
    if "default_payment_method" in params:
        changes["default_payment_method"] = collection.named_method(w, params, invoice["customer"])
    if "auto_advance" in params:
        changes["auto_advance"] = params["auto_advance"]
        if invoice["status"] == "draft":
            changes["automatically_finalizes_at"] = _finalizes_at(w, params)
    if params.get("due_date"):
        changes["due_date"] = params["due_date"]
    if "discounts" in params:
        reckoned["discounts"] = discounts.on_invoice(w, invoice, params["discounts"])
    changed = w.change(invoice, **changes)
    if reckoned:
        changed = invoices.reckoned(w, changed, **reckoned)
    if changed != invoice:
        w.emit("invoice.updated", changed, invoice)
    return changed


def finalize(w: Work, invoice: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../finalize``: opened, or paid where nothing is due."""
    if "auto_advance" in params:
        invoice = w.change(invoice, auto_advance=params["auto_advance"])
    return _finalized(w, invoice)


def pay(w: Work, invoice: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../pay``: a draft is finalized first; a declined card answers 402 and the attempt stays recorded."""
    unmodelled.refuse(params, ("forgive", "mandate", "source"), "paying invoices")
    if invoice["status"] == "draft":
        invoice = _finalized(w, invoice)
        if invoice["status"] == "paid":
            return invoice
    if invoice["status"] == "paid":
        raise Problem("Invoice is already paid")
    if invoice["status"] == "void":
        raise Problem("This invoice is void: it can no longer be paid.")
    if params.get("paid_out_of_band"):
        return _paid_out_of_band(w, invoice)
    method = params.get("payment_method")
    if method:
        method = payment_methods.owned(w, method, invoice["customer"], "payment_method")
    if not (method or collection.method_for(w, invoice)):
        raise collection.no_method_problem()
    paid = collection.attempt(w, invoice, method=method, off_session=params.get("off_session", True), automatic=False)
    if paid["status"] != "paid":
        raise _refusal(w, paid)
    return paid


def send(w: Work, invoice: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../send``: finalized if it is a draft; ``invoice.sent``."""
    if invoice["status"] == "draft":
        invoice = _finalized(w, invoice)
    elif invoice["status"] not in ("open", "uncollectible", "paid"):
        raise Problem(f"You can only send open invoices; this one is {invoice['status']}.")
    w.emit("invoice.sent", invoice)
    return invoice


def void(w: Work, invoice: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../void``; voiding the first invoice of an incomplete subscription ends that."""
    voided = collection.void(w, invoice)
    collection.note_delinquency(w, voided["customer"])
    subscription = w.get("subscription", invoices.subscription_of(voided))
    if subscription is not None and subscription["latest_invoice"] == voided["id"]:
        _walk_back(w, subscription)
    return voided


def _walk_back(w: Work, subscription: Doc) -> None:
    """Its latest invoice is void: the status is what the one before it makes of it (stripe-behaviour.md 3.4)."""
    if subscription["status"] == "incomplete":
        subscription_status.expire(w, subscription)
    elif subscription["status"] in ("past_due", "unpaid"):
        all_of_it = w.find("invoice", {"parent.subscription_details.subscription": subscription["id"]})
        before = next((invoice for invoice in reversed(all_of_it) if invoice["status"] != "void"), None)
        status = "active"
        if before is not None and before["status"] == "uncollectible":
            status = "unpaid"
        elif before is not None and before["status"] == "open" and collection.is_late(w, before):
            status = "past_due"
        subscription_status.change(w, subscription, status=status)


def mark_uncollectible(w: Work, invoice: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../mark_uncollectible``."""
    written_off = invoices.mark_uncollectible(w, invoice)
    w.emit("invoice.marked_uncollectible", written_off)
    collection.tell(w, written_off, "uncollectible")
    collection.note_delinquency(w, written_off["customer"])
    return written_off


def delete(w: Work, invoice: Doc) -> Doc:
    """``DELETE``: only drafts that no subscription made; its items wait again."""
    if invoice["status"] != "draft" or invoices.subscription_of(invoice):
        raise Problem(
            "You can only delete draft invoices. To void an open invoice, use the void endpoint; to correct a paid "
            "one, issue a credit note.",
            code="invoice_not_editable",
        )
    for item in w.find("invoiceitem", invoice=invoice["id"]):
        w.change(item, invoice=None)
    answer = w.remove(invoice)
    w.emit("invoice.deleted", invoice)
    return answer


def _finalized(w: Work, invoice: Doc) -> Doc:
    """The opened invoice; a refusal is noted on the draft, and that note stays."""
    try:
        return collection.finalize(w, invoice)
    except automatic_tax.Unlocated as refusal:
        collection.finalization_failed(w, invoice, refusal)
        refusal.keeps = True
        raise


def _paid_out_of_band(w: Work, invoice: Doc) -> Doc:
    """Paid by other means: only ``invoice.paid``, and the intent is canceled."""
    paid = invoices.mark_paid(w, invoice, amount_paid_off_stripe=invoice["amount_due"])
    w.emit("invoice.updated", paid, invoice)
    w.emit("invoice.paid", paid)
    collection.drop_payment(w, paid, "void_invoice")
    collection.tell_paid(w, paid)
    return paid


def _refusal(w: Work, invoice: Doc) -> Problem:
    intent = invoices.intent_of(w, invoice)
    if intent is None or intent["status"] == "requires_action":
        return Problem(
            "This payment required an authentication action to complete, but `error_on_requires_action` was set. "
            "When you're ready, you can upgrade your integration to handle actions at "
            "https://stripe.com/docs/payments/payment-intents/upgrade-to-handle-actions.",
            code="invoice_payment_intent_requires_action",
            type="card_error",
            status=402,
            keeps=True,
            payment_intent=intent,
        )
    return payment_attempts.decline_problem(intent)


def _due_date(w: Work, params: dict[str, Any]) -> int | None:
    days, date = params.get("days_until_due"), params.get("due_date")
    if params.get("collection_method") != "send_invoice":
        if days is not None or date is not None:
            raise Problem(
                "You can only set a due date on invoices with `collection_method=send_invoice`.",
                param="days_until_due" if days is not None else "due_date",
            )
        return None
    if (days is None) == (date is None):
        raise Problem(
            "Invoices with `collection_method=send_invoice` need either `days_until_due` or `due_date`.",
            code="parameter_missing" if days is None else None,
            param="days_until_due",
        )
    if date is not None and date <= w.now:
        raise Problem("Invalid timestamp: must be in the future", param="due_date")
    return int(date) if date is not None else w.now + int(days or 0) * DAY


def _waiting(w: Work, params: dict[str, Any], customer: Doc, currency: str) -> list[Doc]:
    if params.get("pending_invoice_items_behavior", "exclude") != "include":
        return []
    waiting = w.find("invoiceitem", customer=customer["id"], invoice=None, currency=currency)
    return [item for item in waiting if not item["parent"]]


def _finalizes_at(w: Work, params: dict[str, Any]) -> int | None:
    if not params.get("auto_advance"):
        return None
    return int(params.get("automatically_finalizes_at") or w.now + invoices.DRAFT_HOUR)
