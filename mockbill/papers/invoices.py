"""A finalized invoice on paper: where its ``invoice_pdf`` leads, its receipt, and what its page says."""

from dataclasses import replace

from mockbill.billing import invoices
from mockbill.papers import words
from mockbill.papers.paper import Note, Paper, Sum
from mockbill.rules.money import format_amount
from mockbill.rules.periods import day_text
from mockbill.world import Doc, Work

_STAMPS = {"draft": "DRAFT", "paid": "PAID", "uncollectible": "UNCOLLECTIBLE", "void": "VOID"}


def pdf(w: Work, invoice: Doc) -> bytes:
    """The document, as the invoice stands now."""
    from mockbill.papers import sheet  # the page, which says the same, needs no PDF

    return sheet.pdf(paper(w, invoice))


def receipt(w: Work, invoice: Doc) -> bytes:
    """What a paid invoice was paid by, and for what."""
    from mockbill.papers import sheet  # as above

    said = paper(w, invoice)
    paid_by = _paid_by(w, invoice)
    facts = [*said.facts, ("Paid by", paid_by)] if paid_by else said.facts
    return sheet.pdf(replace(said, title="Receipt", facts=facts))


def _paid_by(w: Work, invoice: Doc) -> str | None:
    """``Visa •••• 4242``."""
    intent = invoices.intent_of(w, invoice) or {}
    method = w.get("payment_method", intent.get("payment_method"))
    if method is None:
        return None
    held = method.get(method["type"]) or {}
    name = str(held.get("brand") or method["type"]).replace("_", " ").title()
    return f"{name} •••• {held['last4']}" if held.get("last4") else name


def paper(w: Work, invoice: Doc) -> Paper:
    """What stands on it."""
    name = invoice["account_name"] or words.seller(w)
    buyer = words.buyer(
        invoice["customer_name"],
        invoice["customer_email"],
        invoice["customer_address"],
        invoice["customer_tax_ids"] or (),
    )
    figure = _figure(invoice)
    return Paper(
        title="Invoice",
        stamp=_STAMPS.get(invoice["status"]),
        seller=name,
        facts=_facts(invoice),
        parties=[words.seller_party(w, name), buyer, *words.shipping(invoice["customer_shipping"])],
        figure=figure,
        due=format_amount(invoice["amount_remaining"], invoice["currency"]),
        lead=[Note(None, invoice["description"])] if invoice["description"] else [],
        rows=[
            words.line_row(w, line, line["currency"], (line["pricing"] or {}).get("unit_amount_decimal"))
            for line in invoice["lines"]["data"]
        ],
        sums=sums(w, invoice),
        notes=[Note(None, invoice["footer"])] if invoice["footer"] else [],
        running=" · ".join(filter(None, (invoice["number"], figure))),
        size=words.page_size(w, invoice["rendering"]),
        colour=words.colour(w),
    )


def sums(w: Work, invoice: Doc) -> list[Sum]:
    """From the subtotal to what is left to pay."""
    currency = invoice["currency"]

    def row(label: str, amount: int, strong: bool = False) -> Sum:
        return Sum(label, format_amount(amount, currency), strong)

    found = [row("Subtotal", invoice["subtotal"])]
    found += words.discount_sums(w, invoice["total_discount_amounts"] or (), currency)
    credited = [each for each in invoice["total_pretax_credit_amounts"] or () if each["type"] != "discount"]
    found += [row("Credit grant", -each["amount"]) for each in credited]
    if invoice["shipping_cost"]:
        found.append(row("Shipping", invoice["shipping_cost"]["amount_subtotal"]))
    if taxes := invoice["total_taxes"]:
        if invoice["total_excluding_tax"] is not None:
            found.append(row("Total excluding tax", invoice["total_excluding_tax"]))
        found += words.tax_sums(w, taxes, currency)
    found.append(row("Total", invoice["total"], True))
    if applied := invoice["total"] - invoice["pre_payment_credit_notes_amount"] - invoice["amount_due"]:
        found.append(row("Applied balance", -applied))
    if invoice["pre_payment_credit_notes_amount"]:
        found.append(row("Credited before payment", -invoice["pre_payment_credit_notes_amount"]))
    if invoice["amount_paid"]:
        found.append(row("Amount paid", -invoice["amount_paid"]))
    found.append(row("Amount due", 0 if invoice["status"] == "void" else invoice["amount_remaining"], True))
    if invoice["post_payment_credit_notes_amount"]:
        found.append(row("Credited after payment", invoice["post_payment_credit_notes_amount"]))
    return found


def _facts(invoice: Doc) -> list[tuple[str, str]]:
    moments = invoice["status_transitions"]
    told = [
        ("Invoice number", invoice["number"]),
        ("Date of issue", _day(invoice["effective_at"] or moments["finalized_at"])),
        ("Date due", _day(invoice["due_date"])),
        ("Date paid", _day(moments["paid_at"])),
        ("Voided on", _day(moments["voided_at"])),
    ]
    return [*((label, value) for label, value in told if value), *words.custom_facts(invoice["custom_fields"])]


def _day(at: int | None) -> str | None:
    return None if at is None else day_text(at)


def _figure(invoice: Doc) -> str:
    currency, moments = invoice["currency"], invoice["status_transitions"]
    if invoice["status"] == "paid":
        return f"{format_amount(invoice['amount_paid'], currency)} paid on {day_text(moments['paid_at'])}"
    if invoice["status"] == "void":
        return f"{format_amount(invoice['total'], currency)} void"
    due = invoice["due_date"]
    return f"{format_amount(invoice['amount_remaining'], currency)} due{f' {day_text(due)}' if due else ''}"
