"""Billing in arrears: what metered items put on invoices, by what was used in a period that has ended (section 3.15).

A metered item comes here in the period that is billed.  One that has ended is billed by its usage; of one that has only
begun classic billing shows a line over nothing, flexible billing none.  While an invoice is a draft, its usage follows
the events that still come in.
"""

from collections.abc import Sequence
from typing import Any

from mockbill.billing import defaults, invoices, lines, prices, subscription_items
from mockbill.billing.usage import ledger
from mockbill.rules import pricing, usage
from mockbill.world import Doc, Work


def ended(w: Work, subscription: Doc) -> list[Doc]:
    """The metered items of a subscription whose usage until now is to be billed, in a period that ends now."""
    if subscription["status"] not in ("active", "past_due", "unpaid"):
        return []
    return [
        {**item, "current_period_end": w.now}
        for item in subscription["items"]["data"]
        if prices.is_metered(item["price"]) and item["current_period_start"] < w.now
    ]


def billed(w: Work, subscription: Doc, items: Sequence[Doc]) -> list[Doc]:
    """Those items that put anything on an invoice: in flexible billing no metered one whose period has only begun.

    Nor one that has come as the period ends, with the phase of a schedule.
    """
    begins = not subscription_items.is_flexible(subscription)  # classic billing shows those over nothing
    return [item for item in items if not prices.is_metered(item["price"]) or _is_used(w, subscription, item, begins)]


def _is_used(w: Work, subscription: Doc, item: Doc, begins: bool) -> bool:
    end = item["current_period_end"]
    return begins if end > w.now else since(w, subscription, item) < end


def lines_of(w: Work, subscription: Doc, item: Doc, *, trial: bool = False) -> list[Doc]:
    """The lines of a metered item in this period, which may have only begun."""
    start, end = item["current_period_start"], item["current_period_end"]
    if end > w.now:
        if subscription_items.is_flexible(subscription):
            return []
        if trial:
            return lines.of_item(w, subscription, item, start, end, trial=True, used=0)
        return [lines.of_nothing_used(w, subscription, item, start, end)]
    start = max(start, min(since(w, subscription, item), end))
    return lines.of_item(w, subscription, item, start, end, used=used(w, subscription, item, start, end))


def used(w: Work, subscription: Doc, item: Doc, start: int, end: int) -> pricing.Units:
    """How much an item is billed for from ``start`` to before ``end``."""
    meter = w.need("billing.meter", item["price"]["recurring"]["meter"])
    return usage.billable(ledger.total(w, meter, subscription["customer"], start, end))


def since(w: Work, subscription: Doc, item: Doc) -> int:
    """From when on an item is billed: what was used before it was there, or at a price before this one, is not."""
    kept = w.private("metered", item["id"])
    if kept is not None and kept["price"] == item["price"]["id"]:
        return int(kept["since"])
    return int(item["created"]) if item["created"] > subscription["created"] else 0


def begin(w: Work, item: Doc) -> None:
    """An item is metered at its present price from now on."""
    w.keep("metered", item["id"], price=item["price"]["id"], since=w.now)


def note(w: Work, subscription: Doc, invoice: Doc, items: Sequence[Doc]) -> None:
    """Remember which usage a draft bills, so that it follows the events that still come in."""
    parts = [item for item in items if prices.is_metered(item["price"]) and item["current_period_end"] <= w.now]
    if parts:
        told = {"customer": invoice["customer"], "subscription": subscription["id"], "open": True}
        w.keep("billed_usage", invoice["id"], items=parts, **told)


def follow(w: Work, meter: Doc, customer: str, at: int) -> None:
    """The usage of a second has changed: drafts that bill it are reckoned anew, ``invoice.updated``.

    Whether Stripe tells of that is not established; its description of the event is that the amount changed.
    """
    for kept in w.find("_billed_usage", customer=customer, open=True):
        invoice = w.get("invoice", kept["id"])
        if invoice is None or invoice["status"] != "draft":
            w.keep("billed_usage", kept["id"], open=False)
            continue
        parts = [item for item in kept["items"] if _bills(item, meter, at)]
        if parts and (subscription := w.get("subscription", kept["subscription"])) is not None:
            _reckon(w, subscription, invoice, parts)


def _bills(item: Doc, meter: Doc, at: int) -> bool:
    within = item["current_period_start"] <= at < item["current_period_end"]
    return within and bool(item["price"]["recurring"]["meter"] == meter["id"])


def _reckon(w: Work, subscription: Doc, invoice: Doc, parts: Sequence[Doc]) -> None:
    drawn = invoice["lines"]["data"]
    for item in parts:
        drawn = _replaced(drawn, item, lines_of(w, subscription, item))
    changed = invoices.with_lines(w, invoice, drawn)
    if changed != invoice:
        w.emit("invoice.updated", changed, invoice)


def _replaced(drawn: Sequence[Doc], item: Doc, fresh: Sequence[Doc]) -> list[Doc]:
    """The lines of an invoice with those of an item's usage drawn anew; they keep their ids and their place."""
    old = [line for line in drawn if _is_usage(line, item)]
    if not old:
        return [*drawn]
    ids = [line["id"] for line in old]
    renamed = [{**line, "id": id} for line, id in zip(fresh, ids, strict=False)] + [*fresh[len(ids) :]]
    place = drawn.index(old[0])
    return [*drawn[:place], *renamed, *(line for line in drawn[place:] if not _is_usage(line, item))]


def _is_usage(line: Doc, item: Doc) -> bool:
    details: Any = (line["parent"] or {}).get("subscription_item_details") or {}
    return bool(
        details.get("subscription_item") == item["id"]
        and details["invoice_item"] is None
        and line["period"]["end"] == item["current_period_end"]
        and line["pricing"]["price_details"]["price"] == item["price"]["id"]
    )


def waiting(w: Work, subscription: Doc, item: Doc) -> list[Doc]:
    """The invoice item over what was used of a metered item until now, when it leaves: ``invoiceitem.created``.

    Only in flexible billing; classic billing lets that go (Stripe documents both).
    """
    start, end = max(item["current_period_start"], since(w, subscription, item)), w.now
    if not subscription_items.is_flexible(subscription) or start >= end:
        return []
    price = prices.in_currency(w, item["price"], subscription["currency"])
    product = w.get("product", price["product"]) or {}
    quantity = used(w, subscription, item, start, end)
    cost = prices.cost(w, price, quantity, price["currency"])
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
        net_amount=cost.amount,
        parent={
            "subscription_details": {"subscription": subscription["id"], "subscription_item": item["id"]},
            "type": "subscription_details",
        },
        period={"end": end, "start": start},
        pricing=lines.pricing_of(price, price["unit_amount_decimal"]),
        proration=False,
        quantity=quantity if type(quantity) is int else 0,
        tax_rates=item["tax_rates"],
        test_clock=subscription["test_clock"],
    )
    w.emit("invoiceitem.created", made)
    return [made]
