"""The PDF of a quote: ``GET /v1/quotes/{quote}/pdf``."""

from mockbill.billing import prices
from mockbill.billing.quotes import items
from mockbill.papers import sheet, words
from mockbill.papers.paper import Note, Paper, Row, Sum
from mockbill.rules.money import format_amount
from mockbill.rules.periods import day_text
from mockbill.world import Doc, Work

_STAMPS = {"accepted": "ACCEPTED", "canceled": "CANCELED", "draft": "DRAFT"}


def pdf(w: Work, quote: Doc) -> bytes:
    """The document, as the quote stands now."""
    return sheet.pdf(paper(w, quote))


def paper(w: Work, quote: Doc) -> Paper:
    """What stands on it: header, description, items, what they come to now and at each renewal, footer."""
    name = words.seller(w)
    customer = w.get("customer", quote["customer"]) or {}
    buyer = words.buyer(customer.get("name"), customer.get("email"), customer.get("address"))
    total = format_amount(quote["amount_total"] or 0, quote["currency"] or "usd")
    opened = quote["status_transitions"]["finalized_at"]
    facts = [("Quote number", quote["number"]), ("Date of issue", day_text(opened) if opened else None)]
    facts += [("Expires on", day_text(quote["expires_at"]))]
    figure = f"{total} until {day_text(quote['expires_at'])}" if quote["status"] == "open" else total
    return Paper(
        title="Quote",
        stamp=_STAMPS.get(quote["status"]),
        seller=name,
        facts=[(label, value) for label, value in facts if value],
        parties=[words.seller_party(w, name), buyer],
        figure=figure,
        lead=[Note(None, text) for text in (quote["header"], quote["description"]) if text],
        rows=[_row(w, item) for item in items.of_quote(w, quote)],
        sums=_sums(w, quote),
        notes=[Note(None, quote["footer"])] if quote["footer"] else [],
        running=" · ".join(filter(None, (quote["number"], total))),
        size=words.page_size(w),
        colour=words.colour(w),
    )


def _row(w: Work, item: Doc) -> Row:
    currency = item["currency"]
    price = prices.in_currency(w, item["price"], currency)
    unit = words.unit_text(price["unit_amount_decimal"], currency) or "in tiers"
    recurring = price["recurring"]
    metered = bool(recurring and recurring["usage_type"] == "metered")
    rates = [levy["rate"] for levy in (w.private("item_taxes", item["id"]) or {"levies": []})["levies"]]
    return Row(
        description=item["description"] or "Item",
        detail=_pace(recurring, metered) if recurring else None,
        quantity="" if item["quantity"] is None else str(item["quantity"]),
        unit=unit,
        amount="by use" if metered else format_amount(item["amount_subtotal"], currency),
        tax=words.row_taxes(w, [{"tax_rate_details": {"tax_rate": rate}} for rate in rates]),
    )


def _pace(recurring: Doc, metered: bool) -> str:
    count, interval = recurring["interval_count"], recurring["interval"]
    pace = f"every {interval}" if count == 1 else f"every {count} {interval}s"
    return f"{pace}, by use" if metered else pace


def _sums(w: Work, quote: Doc) -> list[Sum]:
    """What is due on acceptance; what a trial or a renewal makes of it stands beside."""
    currency = quote["currency"] or "usd"
    parts = ((w.private("quote", quote["id"]) or {}).get("breakdowns") or {}).get("whole") or {}

    def row(label: str, amount: int, strong: bool = False) -> Sum:
        return Sum(label, format_amount(amount, currency), strong)

    found = [row("Subtotal", quote["amount_subtotal"] or 0)]
    found += words.discount_sums(w, parts.get("discounts") or (), currency)
    for each in parts.get("taxes") or ():
        rate = w.get("tax_rate", each["rate"]) or {}
        included = " incl." if rate.get("inclusive") else ""
        on = format_amount(each["taxable_amount"], currency)
        found.append(row(f"{words.rate_name(rate)}{included} on {on}", each["amount"]))
    found.append(row("Total", quote["amount_total"] or 0, True))
    upfront, recurring = quote["computed"]["upfront"], quote["computed"]["recurring"]
    if upfront["amount_total"] != quote["amount_total"]:
        found.append(row("Due on acceptance", upfront["amount_total"]))
    if recurring:
        found.append(row(f"Then {_pace(recurring, False)}", recurring["amount_total"]))
    return found
