"""What the API does with an invoice by hand: create, update, finalize, pay, send, void, write off, delete."""

from typing import Any

from mockbill.billing import (
    amounts,
    automatic_tax,
    collection,
    customer_facts,
    default_methods,
    discounting,
    discounts,
    fields,
    invoice_parameters,
    invoice_revisions,
    invoice_shipping,
    invoices,
    lines,
    payment_attempts,
    payment_methods,
    subscription_invoices,
    subscription_status,
    tax_ids,
    taxing,
    unmodelled,
)
from mockbill.billing.bank_debits import mandates
from mockbill.billing.connect import terms
from mockbill.world import Doc, Problem, Work

_OURS = (
    *invoice_parameters.OURS, "customer", "currency", "subscription",
    "account_tax_ids", "automatic_tax", "default_tax_rates", "discounts", "shipping_cost",
)  # fmt: skip
_AFTER_DRAFT = (
    "auto_advance",
    "default_payment_method",
    "default_source",
    "description",
    "metadata",
    "payment_settings",
)


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/invoices``: a draft; ``pending_invoice_items_behavior=include`` puts what waits on it."""
    if params.get("from_invoice"):
        return invoice_revisions.create(w, params)
    terms.check(w, params)
    subscription, customer = _billed(w, params)
    w.use_clock_of(customer)
    currency = amounts.currency(params.get("currency") or customer["currency"] or "usd")
    customer_facts.check_currency(customer, currency)
    waiting = _waiting(w, params, customer, subscription, currency)
    draft = invoices.draft(
        w,
        customer,
        [lines.of_invoice_item(w, item) for item in waiting],
        currency,
        **{
            **fields.fields_of("invoice", params, {}, but=_OURS),
            **taxing.fields_named(w, params, "default_tax_rates"),
            **automatic_tax.of_invoice(params),
            **invoice_shipping.fields_of(w, params, currency),
            "account_tax_ids": tax_ids.own_named(w, params.get("account_tax_ids"), "account_tax_ids"),
            **invoice_parameters.fields_of(w, params, customer["id"]),
            "billing_reason": "manual",
            "discounts": [] if "discounts" in params else discounting.of_customer(w, customer),
            "on_behalf_of": params.get("on_behalf_of") or (subscription or {}).get("on_behalf_of"),
            "parent": subscription_invoices.parent_of(subscription) if subscription else None,
            "period_start": w.now,
            "period_end": w.now,
        },
    )
    for item in waiting:
        w.change(item, invoice=draft["id"])
    terms.note(w, draft, params)
    if params.get("discounts"):
        draft = invoices.reckoned(w, draft, discounts=discounts.on_invoice(w, draft, params["discounts"]))
    w.emit("invoice.created", draft)
    return draft


def update(w: Work, invoice: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/invoices/{invoice}``: nearly all of a draft, little of an open one."""
    if invoice["status"] != "draft" and not params.keys() <= set(_AFTER_DRAFT):
        raise Problem(
            "Finalized invoices can't be updated in this way: only "
            f"{', '.join(_AFTER_DRAFT)} can change once an invoice is {invoice['status']}.",
            code="invoice_not_editable",
        )
    terms.check(w, params, terms.of_draft(w, invoice))
    changes = fields.fields_of("invoice", params, invoice, but=_OURS)
    reckoned: dict[str, Any] = {
        **taxing.fields_named(w, params, "default_tax_rates", invoice["default_tax_rates"]),
        **automatic_tax.of_invoice(params, invoice),
        **invoice_shipping.fields_of(w, params, invoice["currency"]),
    }
    if "account_tax_ids" in params:
        changes["account_tax_ids"] = tax_ids.own_named(w, params["account_tax_ids"], "account_tax_ids")
    changes.update(invoice_parameters.fields_of(w, params, invoice["customer"], invoice))
    if "discounts" in params:
        reckoned["discounts"] = discounts.on_invoice(w, invoice, params["discounts"])
    terms.note(w, invoice, params)
    changed = w.change(invoice, **changes)
    if reckoned:
        changed = invoices.reckoned(w, changed, **reckoned)
    if changed != invoice:
        w.emit("invoice.updated", changed, invoice)
    return changed


def finalize(w: Work, invoice: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../finalize``: opened, or paid where nothing is due."""
    if "auto_advance" in params and invoice["status"] == "draft":
        invoice = w.change(invoice, **invoice_parameters.fields_of(w, params, invoice["customer"], invoice))
    return _finalized(w, invoice)


def pay(w: Work, invoice: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../pay``: a draft is finalized first; a declined card answers 402 and the attempt stays recorded.

    Paid by debit it stays open until the bank has answered.  ``forgive`` lets a source that holds too little pay what
    it holds, which is no matter for cards and bank accounts; for cash balances it is not modelled.
    """
    if invoice["status"] == "draft":
        invoice = _finalized(w, invoice)
        if invoice["status"] == "paid":
            return invoice
    if invoice["status"] == "paid":
        raise Problem("Invoice is already paid")
    if invoice["status"] == "void":
        raise Problem("This invoice is void: it can no longer be paid.")
    if collection.is_processing(w, invoice):
        raise Problem("This invoice cannot be paid now: a payment of it is processing.")
    ways = [name for name in ("paid_out_of_band", "payment_method", "source") if params.get(name)]
    if len(ways) > 1:
        raise Problem(f"You may only specify one of these parameters: {', '.join(ways)}.", code="parameters_exclusive")
    if params.get("paid_out_of_band"):
        return _paid_out_of_band(w, invoice)
    method = None
    for name in ("payment_method", "source"):
        if params.get(name):
            method = payment_methods.owned(w, params[name], invoice["customer"], name)
    payer = method or default_methods.method_for(w, invoice)
    if payer is None:
        raise collection.no_method_problem()
    if params.get("forgive") and w.need("payment_method", payer)["type"] == "customer_balance":
        unmodelled.refuse(params, ["forgive"], "invoices that a cash balance pays")
    if params.get("mandate"):
        _debit_under(w, invoice, payer, params["mandate"])
    paid = collection.attempt(w, invoice, method=method, off_session=params.get("off_session", True), automatic=False)
    if paid["status"] != "paid" and not collection.is_processing(w, paid):
        raise _refusal(w, paid)
    return paid


def _debit_under(w: Work, invoice: Doc, payer: str, named: str) -> None:
    """``mandate``: the one under which what pays is debited, which must be its own."""
    mandate = mandates.named_one(w, "payment_intent", w.need("payment_method", payer), named)
    intent = invoices.intent_of(w, invoice) or collection.open_payment(w, invoice)
    w.keep("payment_intent", intent["id"], mandate=mandate["id"])


def send(w: Work, invoice: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../send``: finalized if it is a draft; ``invoice.sent``."""
    if invoice["status"] == "draft":
        invoice = _finalized(w, invoice)
    elif invoice["status"] != "open":
        raise Problem(f"You can only send open invoices; this one is {invoice['status']}.")
    w.emit("invoice.sent", invoice)
    return invoice


def void(w: Work, invoice: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../void``; voiding the first invoice of an incomplete subscription ends that."""
    subscription = w.get("subscription", invoices.subscription_of(invoice))
    was_latest = subscription is not None and subscription_status.is_latest(w, subscription, invoice)
    voided = collection.void(w, invoice)
    collection.forgive_void(w, voided)
    if subscription is not None and was_latest:
        subscription = w.need("subscription", subscription["id"])
        if subscription["status"] == "incomplete":
            subscription_status.expire(w, subscription)
        else:
            collection.walk_back(w, subscription)
    elif subscription is not None and collection.was_the_last_late_one(w, voided, subscription["id"]):
        subscription_status.forgiven(w, subscription)
    return voided


def mark_uncollectible(w: Work, invoice: Doc, params: dict[str, Any]) -> Doc:
    """``POST .../mark_uncollectible``: a subscription that was past due for it is active again."""
    written_off = invoices.mark_uncollectible(w, invoice, "user_forgiven")
    w.emit("invoice.marked_uncollectible", written_off)
    subscription = w.get("subscription", invoices.subscription_of(invoice))
    if subscription is not None and _settles(w, subscription, written_off):
        subscription_status.forgiven(w, subscription)
    collection.tell(w, written_off, "uncollectible")
    collection.note_delinquency(w, written_off, False)
    return written_off


def _settles(w: Work, subscription: Doc, invoice: Doc) -> bool:
    """Whether nothing that its status goes by is left unpaid, now that this invoice no longer is to be paid."""
    if subscription_status.is_latest(w, subscription, invoice):
        return True
    return collection.was_the_last_late_one(w, invoice, subscription["id"])


def delete(w: Work, invoice: Doc) -> Doc:
    """``DELETE``: only drafts that no subscription made; its items wait again, but for those that were made on it.

    They are gone as well; that Stripe tells of each (``invoiceitem.deleted``) is not established.
    """
    if invoice["status"] != "draft" or invoices.subscription_of(invoice):
        raise Problem(
            "You can only delete draft invoices. To void an open invoice, use the void endpoint; to correct a paid "
            "one, issue a credit note.",
            code="invoice_not_editable",
        )
    for item in w.find("invoiceitem", invoice=invoice["id"]):
        if (w.private("invoiceitem", item["id"]) or {}).get("made_on") == invoice["id"]:
            w.remove(item)
            w.emit("invoiceitem.deleted", item)
        else:
            w.change(item, invoice=None)
    answer = w.remove(invoice)
    w.emit("invoice.deleted", invoice)
    return answer


def _finalized(w: Work, invoice: Doc) -> Doc:
    """The opened invoice; a refusal is noted on the draft, and that note stays.

    One that could not be finalized by itself is charged an hour after it was finalized by hand.
    """
    if invoice["last_finalization_error"] and invoice["auto_advance"] and not invoice["due_date"]:
        invoice = w.change(invoice, next_payment_attempt=w.now + invoices.DRAFT_HOUR)
    try:
        return collection.finalize(w, invoice)
    except automatic_tax.Unlocated as refusal:
        collection.finalization_failed(w, invoice, refusal)
        refusal.keeps = True
        raise


def _paid_out_of_band(w: Work, invoice: Doc) -> Doc:
    """Paid by other means: only ``invoice.paid``, and the intent is canceled."""
    paid = invoices.mark_paid(w, invoice, amount_paid_off_stripe=invoice["amount_remaining"])
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


def _billed(w: Work, params: dict[str, Any]) -> tuple[Doc | None, Doc]:
    """The subscription whose items are to be invoiced, if one is named, and the customer."""
    subscription = None
    if named := params.get("subscription"):
        subscription = w.need("subscription", named, "subscription")
    named = params.get("customer") or (subscription or {}).get("customer")
    if not named:
        raise Problem("Missing required param: customer.", code="parameter_missing", param="customer")
    customer = w.need("customer", named, "customer")
    if subscription is not None and subscription["customer"] != customer["id"]:
        raise Problem(f"The subscription {subscription['id']} belongs to another customer.", param="subscription")
    return subscription, customer


def _waiting(w: Work, params: dict[str, Any], customer: Doc, subscription: Doc | None, currency: str) -> list[Doc]:
    """The items that go on the draft: those of nobody, where that is asked for, or those of the subscription."""
    behavior = params.get("pending_invoice_items_behavior") or ("include" if subscription else "exclude")
    if behavior != "include":
        return []
    waiting = w.find("invoiceitem", customer=customer["id"], invoice=None, currency=currency)
    if subscription is None:
        return [item for item in waiting if not item["parent"]]
    own = [item for item in waiting if subscription_invoices.subscription_of(item) == subscription["id"]]
    if not own:
        raise Problem("Nothing to invoice for subscription", code="invoice_no_subscription_line_items")
    return own
