"""Invoices as documents: drafted, finalized, paid, voided, marked uncollectible.

What an invoice's payment does to subscriptions and customers is ``collection``'s.
"""

from collections.abc import Sequence
from typing import Any

from mockbill.billing import (
    automatic_tax,
    customer_balance,
    customer_facts,
    defaults,
    invoice_amounts,
    invoice_templates,
    tax_ids,
)
from mockbill.billing.connect import beside
from mockbill.billing.credits import application
from mockbill.rules import balance, money
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Problem, Work

DRAFT_HOUR = 3600  # seconds that an automatic draft stays open for changes (Stripe's one hour)
_OPEN = ("open", "uncollectible")


def draft(w: Work, customer: Doc, lines: Sequence[Doc], currency: str, /, **fields: Any) -> Doc:
    """A stored draft with these lines; no event, for the moment to tell of it differs."""
    return w.put("invoice", build(w, customer, lines, currency, **fields))


def build(w: Work, customer: Doc, lines: Sequence[Doc], currency: str, /, **fields: Any) -> Doc:
    """The same, not stored: for previews."""
    id = w.id("invoice")
    head = {
        **beside.made_by(w),
        "id": id,
        "account_name": w.world.name,
        "currency": currency,
        "customer": customer["id"],
        **_customer_details(w, customer),
        "rendering": invoice_templates.of_customer(customer),
        "starting_balance": customer_facts.balance_in(customer, currency),
        "test_clock": customer["test_clock"],
        **fields,
    }
    head |= invoice_amounts.of(w, head, lines)
    return w.build_on(defaults.blank("invoice"), head)


def with_lines(w: Work, invoice: Doc, lines: Sequence[Doc]) -> Doc:
    """A draft with other lines."""
    return w.change(invoice, **invoice_amounts.of(w, invoice, lines))


def reckoned(w: Work, invoice: Doc, **fields: Any) -> Doc:
    """A draft with other fields that its amounts depend on: discounts, tax rates, the customer's exemption."""
    lines = invoice["lines"]["data"]
    return w.change(invoice, **{**fields, **invoice_amounts.of(w, {**invoice, **fields}, lines)})


def _customer_details(w: Work, customer: Doc) -> dict[str, Any]:
    """What an invoice says of its customer; on a draft as it was when that was made, final when it is finalized."""
    return {
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"],
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": tax_ids.as_told(tax_ids.of_customer(w, customer["id"])),
    }


def finalize(w: Work, invoice: Doc, *, charged: bool = False) -> Doc:
    """Number it and open it; the customer's balance is applied and its details are frozen.  No event.

    The details of the customer are those of now, and its taxes are reckoned by them: who has become exempt since the
    draft was made pays none.

    ``charged`` says that its whole total was paid before there was an invoice, as at a checkout: the balance stays.
    """
    invoice = _with_credits(w, up_to_date(w, invoice))
    customer = w.need("customer", invoice["customer"], "customer")
    link = f"{w.site_url}/i/{w.world.account_id}/test_{w.text(40)}"
    number, customer = _numbered(w, invoice, customer)
    owed = customer_facts.balance_in(customer, invoice["currency"])
    amounts = _amounts_with(invoice, owed)
    if charged:
        amounts |= {"amount_due": invoice["total"], "amount_remaining": invoice["total"]}
        amounts["ending_balance"] = owed
    else:
        amounts |= _balance_applied(w, invoice, owed, customer)
    return w.change(
        invoice,
        status="open",
        number=number,
        due_date=_due_date(w, invoice),
        effective_at=invoice["effective_at"] or w.now,
        automatically_finalizes_at=None,
        last_finalization_error=None,
        hosted_invoice_url=link,
        invoice_pdf=f"{link}/pdf",
        status_transitions={**invoice["status_transitions"], "finalized_at": w.now},
        webhooks_delivered_at=invoice["webhooks_delivered_at"] or invoice["created"],
        **invoice_templates.settled(w, invoice),
        **amounts,
    )


def _with_credits(w: Work, invoice: Doc) -> Doc:
    """A draft that is being finalized takes of its customer's credit grants."""
    if not application.exists(w):
        return invoice
    return w.change(invoice, **invoice_amounts.of(w, invoice, invoice["lines"]["data"], application.taken))


def up_to_date(w: Work, invoice: Doc) -> Doc:
    """A draft with its customer's details of now and the taxes that follow; Problem where it cannot be finalized so."""
    if invoice["status"] != "draft":
        raise Problem("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
    details = _customer_details(w, w.need("customer", invoice["customer"], "customer"))
    if not details.items() <= invoice.items():
        invoice = reckoned(w, invoice, **details)
    automatic_tax.check_complete(invoice)
    return invoice


def _numbered(w: Work, invoice: Doc, customer: Doc) -> tuple[str, Doc]:
    """The number of an invoice that is finalized: the one it was given, else the next of its customer or account.

    The sequence is bookkeeping: Stripe sends no ``customer.updated`` for it.
    """
    if invoice["number"]:
        return invoice["number"], customer
    if w.settings.invoice_numbering == "account":
        kept = w.private("numbering", "account") or {"prefix": w.text(8).upper(), "next": 1}
        w.keep("numbering", "account", prefix=kept["prefix"], next=kept["next"] + 1)
        return f"{kept['prefix']}-{kept['next']:04d}", customer
    sequence = customer["next_invoice_sequence"]
    customer = w.change(customer, next_invoice_sequence=sequence + 1)
    return f"{customer['invoice_prefix']}-{sequence:04d}", customer


def mark_paid(w: Work, invoice: Doc, /, **fields: Any) -> Doc:
    """Paid in full now.  No event."""
    return w.change(
        invoice,
        status="paid",
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        attempted=True,
        auto_advance=False,
        next_payment_attempt=None,
        status_transitions={**invoice["status_transitions"], "paid_at": w.now},
        **fields,
    )


def mark_void(w: Work, invoice: Doc) -> Doc:
    """Void now; the customer's balance gets back what the invoice took of it."""
    if invoice["status"] not in _OPEN:
        raise Problem(f"This invoice can't be voided: only open and uncollectible ones can, not {invoice['status']}.")
    if invoice["amount_paid"]:  # the wording is not established
        raise Problem("This invoice can't be voided: it has been paid in part.")
    return _ended(w, invoice, "void", "voided_at")


def mark_uncollectible(w: Work, invoice: Doc, reason: str | None = None) -> Doc:
    """Written off; it can still be paid or voided.  The customer's balance gets back what the invoice took of it.

    ``reason`` is Stripe's, as ``status_details.uncollectible.reason`` names it: ``max_payment_attempts``.
    """
    if invoice["status"] != "open":
        raise Problem(f"This invoice can't be marked uncollectible: only open ones can, not {invoice['status']}.")
    written_off = _ended(w, invoice, "uncollectible", "marked_uncollectible_at")
    return w.change(written_off, status_details={"uncollectible": {"reason": reason}}) if reason else written_off


def hold(w: Work, invoice: Doc) -> Doc:
    """No longer finalized, charged or retried by itself.  No event."""
    if not invoice["auto_advance"]:
        return invoice
    return w.change(invoice, auto_advance=False, next_payment_attempt=None, automatically_finalizes_at=None)


def subscription_of(invoice: Doc) -> str | None:
    """The id of the subscription that an invoice bills."""
    parent: Doc | None = invoice["parent"]
    details: Doc | None = parent.get("subscription_details") if parent else None
    return details.get("subscription") if details else None


def payment_of(w: Work, invoice: Doc) -> Doc | None:
    """The invoice payment that is to pay, or has paid, this invoice."""
    payments = [each for each in w.find("invoice_payment", invoice=invoice["id"]) if each["is_default"]]
    return payments[-1] if payments else None


def intent_of(w: Work, invoice: Doc) -> Doc | None:
    """The payment intent of the invoice, once it is finalized and something is due."""
    payment = payment_of(w, invoice)
    return w.get("payment_intent", payment["payment"].get("payment_intent")) if payment else None


def _due_date(w: Work, invoice: Doc) -> int | None:
    """A date that was named stays; the days that a subscription grants count from the finalization."""
    if invoice["collection_method"] == "send_invoice" and invoice["billing_reason"] != "manual":
        days = (w.get("subscription", subscription_of(invoice)) or {}).get("days_until_due")
        if days is not None:
            return w.now + int(days) * DAY
    due: int | None = invoice["due_date"]
    return due


def _ended(w: Work, invoice: Doc, status: str, transition: str) -> Doc:
    taken = (invoice["ending_balance"] or 0) - invoice["starting_balance"]
    if taken and invoice["status"] == "open":  # an uncollectible one has given it back
        customer = w.need("customer", invoice["customer"], "customer")
        kind = "unapplied_from_invoice"
        customer_balance.move(w, customer, -taken, invoice["currency"], kind, invoice=invoice["id"])
    return w.change(
        invoice,
        status=status,
        auto_advance=False,
        next_payment_attempt=None,
        status_transitions={**invoice["status_transitions"], transition: w.now},
    )


def _amounts_with(invoice: Doc, owed: int) -> dict[str, Any]:
    due = balance.due(invoice["total"], owed)
    return {"starting_balance": owed, "amount_due": due, "amount_remaining": due}


def _balance_applied(w: Work, invoice: Doc, before: int, customer: Doc) -> dict[str, Any]:
    """Credit pays first, debt is collected along; what is under the smallest charge waits for the next invoice."""
    currency = invoice["currency"]
    due, left, kind = balance.applied(invoice["total"], before, money.minimum_charge(currency))
    if left != before:
        customer_balance.move(w, customer, left - before, currency, kind, invoice=invoice["id"])
    return {"amount_due": due, "amount_remaining": due, "ending_balance": left}
