"""The PDF of a credit note: where its ``pdf`` leads."""

from mockbill.papers import sheet, words
from mockbill.papers.paper import Note, Paper, Sum
from mockbill.rules.money import format_amount
from mockbill.rules.periods import day_text
from mockbill.world import Doc, Work

_REASONS = {
    "duplicate": "Duplicate",
    "fraudulent": "Fraudulent",
    "order_change": "Order change",
    "product_unsatisfactory": "Product unsatisfactory",
}


def pdf(w: Work, note: Doc) -> bytes:
    """The document, as the credit note stands now."""
    return sheet.pdf(paper(w, note))


def paper(w: Work, note: Doc) -> Paper:
    """What stands on it; who buys and sells its invoice knows."""
    invoice = w.need("invoice", note["invoice"], "invoice")
    name = invoice["account_name"] or words.seller(w)
    buyer = words.buyer(
        invoice["customer_name"],
        invoice["customer_email"],
        invoice["customer_address"],
        invoice["customer_tax_ids"] or (),
    )
    day = day_text(note["effective_at"] or note["created"])
    figure = f"{format_amount(note['total'], note['currency'])} credited on {day}"
    facts = [("Credit note number", note["number"]), ("Invoice number", invoice["number"]), ("Date of issue", day)]
    if note["reason"]:
        facts.append(("Reason", _REASONS.get(note["reason"], note["reason"])))
    return Paper(
        title="Credit note",
        stamp="VOID" if note["status"] == "void" else None,
        seller=name,
        facts=facts,
        parties=[words.seller_party(w, name), buyer],
        figure=figure,
        rows=[words.line_row(w, line, note["currency"], line["unit_amount_decimal"]) for line in note["lines"]["data"]],
        sums=_sums(w, note),
        lead=[Note(None, note["memo"])] if note["memo"] else [],
        running=f"{note['number']} · {figure}",
        size=words.page_size(w, invoice["rendering"]),
        colour=words.colour(w),
    )


def _sums(w: Work, note: Doc) -> list[Sum]:
    """From the subtotal to how it is given back."""
    currency = note["currency"]

    def row(label: str, amount: int, strong: bool = False) -> Sum:
        return Sum(label, format_amount(amount, currency), strong)

    found = [row("Subtotal", note["subtotal"]), *words.discount_sums(w, note["discount_amounts"] or (), currency)]
    if note["shipping_cost"]:
        found.append(row("Shipping", note["shipping_cost"]["amount_subtotal"]))
    if taxes := note["total_taxes"]:
        if note["total_excluding_tax"] is not None:
            found.append(row("Total excluding tax", note["total_excluding_tax"]))
        found += words.tax_sums(w, taxes, currency)
    found.append(row("Total", note["total"], True))
    if note["pre_payment_amount"]:
        found.append(row("Taken off the amount due", note["pre_payment_amount"]))
    if refunded := sum(each["amount_refunded"] for each in note["refunds"]):
        found.append(row("Refunded", refunded))
    elsewhere = note["out_of_band_amount"] or 0
    if credited := note["post_payment_amount"] - refunded - elsewhere:
        found.append(row("Credited to the balance", credited))
    if elsewhere:
        found.append(row("Given back elsewhere", elsewhere))
    return found
