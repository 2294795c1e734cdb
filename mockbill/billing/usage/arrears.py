"""Billing in arrears: what metered items put on invoices, by what was used in a period that has ended (section 3.15).

A metered item comes here in the period that is billed.  One that has ended is billed by its usage; of one that has only
begun classic billing shows a line over nothing, flexible billing none.  While an invoice is a draft, its usage follows
the events that still come in.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from mockbill.billing import defaults, discounting, invoices, lines, prices, subscription_items
from mockbill.billing.usage import records, spans
from mockbill.rules import money, pricing
from mockbill.world import Doc, Work

_BILLED = ("active", "past_due", "unpaid")


def metered(subscription: Doc) -> list[Doc]:
    """The metered items of a subscription that is billed for them."""
    if subscription["status"] not in _BILLED:
        return []
    return [item for item in subscription["items"]["data"] if prices.is_metered(item["price"])]


def ended(w: Work, subscription: Doc) -> list[Doc]:
    """The metered items of a subscription that time has ended, in the period that ends now."""
    return [{**item, "current_period_end": w.now} for item in metered(subscription)]


def billed(w: Work, subscription: Doc, items: Sequence[Doc]) -> list[Doc]:
    """Those items that put anything on an invoice: in flexible billing no metered one whose period has only begun.

    Nor one that has come as the period ends, with the phase of a schedule.
    """
    begins = not subscription_items.is_flexible(subscription)  # classic billing shows those over nothing
    return [item for item in items if not prices.is_metered(item["price"]) or _is_used(w, subscription, item, begins)]


def _is_used(w: Work, subscription: Doc, item: Doc, begins: bool) -> bool:
    end = item["current_period_end"]
    return begins if end > w.now else spans.of(w, subscription, item).start < end


def lines_of(
    w: Work, subscription: Doc, item: Doc, *, trial: bool = False, span: spans.Span | None = None
) -> list[Doc]:
    """The lines of a metered item in this period, which may have only begun; ``span`` as in ``spans.used``."""
    start, end = item["current_period_start"], item["current_period_end"]
    if end > w.now:
        if subscription_items.is_flexible(subscription):
            return []
        if trial:
            return lines.of_item(w, subscription, item, start, end, trial=True, used=0)
        return [lines.of_nothing_used(w, subscription, item, start, end)]
    return _lines(w, subscription, item, spans.used(w, subscription, item, end, span), end)


def lines_until_now(w: Work, subscription: Doc, items: Sequence[Doc]) -> list[Doc]:
    """The lines over what these metered items have used until now, in this second too: a request ends their period."""
    return [
        line
        for item in items
        for line in _lines(w, subscription, item, spans.used(w, subscription, item, w.now + 1), w.now)
    ]


def lines_of_span(w: Work, subscription: Doc, item: Doc) -> list[Doc]:
    """The lines over all that a metered item has used in its current period."""
    return _lines(w, subscription, item, spans.used(w, subscription, item, item["current_period_end"]), w.now)


def _lines(w: Work, subscription: Doc, item: Doc, used: spans.Used, end: int) -> list[Doc]:
    start = min(used.start, end)
    made = lines.of_item(w, subscription, item, start, end, used=used.quantity, beyond=used.beyond)
    records.note_billed(w, item, made[0]["id"], used.quantity)
    return made


def note(w: Work, subscription: Doc, invoice: Doc, items: Sequence[Doc]) -> None:
    """Remember which usage a draft bills, so that it follows the events that still come in.

    From when on that is, is remembered too: what changes the item in the meantime is no matter of this draft.
    """
    parts = [item for item in items if prices.is_metered(item["price"]) and item["current_period_end"] <= w.now]
    if parts:
        told = {"customer": invoice["customer"], "subscription": subscription["id"], "open": True}
        since = {item["id"]: spans.told(spans.of(w, subscription, item)) for item in parts}
        w.keep("billed_usage", invoice["id"], items=parts, spans=since, **told)


def follow(w: Work, meter: Doc, customer: str, at: int) -> None:
    """The usage of a second has changed: drafts that bill it are reckoned anew, ``invoice.updated``.

    Whether Stripe tells of that is not established; its description of the event is that the amount changed.
    """
    _follow(w, customer, at, lambda item: bool(item["price"]["recurring"]["meter"] == meter["id"]))


def follow_records(w: Work, customer: str, item_id: str, at: int) -> None:
    """The same where that is told by the records of an item."""
    _follow(w, customer, at, lambda item: bool(item["id"] == item_id))


def _follow(w: Work, customer: str, at: int, measured: Callable[[Doc], bool]) -> None:
    for kept in w.find("_billed_usage", customer=customer, open=True):
        invoice = w.get("invoice", kept["id"])
        if invoice is None or invoice["status"] != "draft":
            w.keep("billed_usage", kept["id"], open=False)
            continue
        parts = [
            item
            for item in kept["items"]
            if item["current_period_start"] <= at < item["current_period_end"] and measured(item)
        ]
        if parts and (subscription := w.get("subscription", kept["subscription"])) is not None:
            _reckon(w, subscription, invoice, parts, kept["spans"])


def _reckon(w: Work, subscription: Doc, invoice: Doc, parts: Sequence[Doc], since: Doc) -> None:
    drawn = invoice["lines"]["data"]
    for item in parts:
        drawn = _replaced(w, drawn, item, lines_of(w, subscription, item, span=spans.read(since[item["id"]])))
    changed = invoices.with_lines(w, invoice, drawn)
    if changed != invoice:
        w.emit("invoice.updated", changed, invoice)


def _replaced(w: Work, drawn: Sequence[Doc], item: Doc, fresh: Sequence[Doc]) -> list[Doc]:
    """The lines of an invoice with those of an item's usage drawn anew; they keep their ids and their place."""
    old = [line for line in drawn if _is_usage(line, item)]
    if not old:
        return [*drawn]
    ids = [line["id"] for line in old]
    records.note_billed(w, item, ids[0], records.billed(w, fresh[0]["id"]) or 0)
    renamed = [{**line, "id": id} for line, id in zip(fresh, ids, strict=False)] + [*fresh[len(ids) :]]
    place = drawn.index(old[0])
    return [*drawn[:place], *renamed, *(line for line in drawn[place:] if not _is_usage(line, item))]


def _is_usage(line: Doc, item: Doc) -> bool:
    same = is_of(line, item) and line["pricing"]["price_details"]["price"] == item["price"]["id"]
    return bool(same and line["period"]["end"] == item["current_period_end"])


def is_of(line: Doc, item: Doc) -> bool:
    """Whether a line bills a period of an item."""
    details: Any = (line["parent"] or {}).get("subscription_item_details") or {}
    return bool(details.get("subscription_item") == item["id"] and details["invoice_item"] is None)


def waiting(w: Work, subscription: Doc, item: Doc) -> list[Doc]:
    """The invoice item over what was used of a metered item until now, when it leaves: ``invoiceitem.created``.

    Only in flexible billing; classic billing lets that go (Stripe documents both), unless the period is over and only
    its renewal is still to come, as where the next phase of a schedule begins.  It takes the discounts of the item
    along, as the line would have had them, and those of the invoice come on top.
    """
    end = item["current_period_end"]
    if end > w.now and not subscription_items.is_flexible(subscription):
        return []
    used = spans.used(w, subscription, item, min(w.now + 1, end))
    quantity = used.quantity
    price = prices.in_currency(w, item["price"], subscription["currency"])
    product = w.get("product", price["product"]) or {}
    cost = prices.cost(w, price, quantity, price["currency"], beyond=used.beyond)
    if not quantity and not cost.amount:
        return []
    told = pricing.describe_usage(
        quantity, product.get("name") or price["product"], price, unit_label=product.get("unit_label")
    )
    made = defaults.add(
        w,
        "invoiceitem",
        amount=cost.amount,
        currency=price["currency"],
        customer=subscription["customer"],
        date=w.now,
        description=told,
        discounts=discounting.running(w, item["discounts"]),
        parent={
            "subscription_details": {"subscription": subscription["id"], "subscription_item": item["id"]},
            "type": "subscription_details",
        },
        period={"end": w.now, "start": used.start},
        pricing=lines.pricing_of(price, price["unit_amount_decimal"]),
        proration=False,
        quantity=int(quantity),
        quantity_decimal=money.decimal_string(Fraction(quantity)),
        tax_rates=item["tax_rates"],
        test_clock=subscription["test_clock"],
    )
    w.emit("invoiceitem.created", made)
    return [made]
