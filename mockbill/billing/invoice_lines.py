"""The lines of a draft, changed through the invoice: added, updated, removed (stripe-behaviour.md 2.13).

A line that is added is an invoice item on this invoice, with its ``invoiceitem.created``; however many there are, the
invoice tells once that it was updated.  Which of these calls Stripe tells as events of the items was not established.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mockbill.billing import amounts, discounts, fields, hand_taxes, invoice_items, invoices, lines, prices, taxing
from mockbill.rules import money
from mockbill.world import Doc, Problem, Work
from mockbill.world.problems import missing

MOST = 250  # lines in one call, and on one invoice
_PLAIN = ("description", "discountable", "period")


def add(w: Work, invoice: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/invoices/{invoice}/add_lines``: invoice items that wait, or new ones."""
    entries = _entries(params)
    if len(invoice["lines"]["data"]) + len(entries) > MOST:
        raise Problem(f"An invoice can have up to {MOST} line items.", param="lines")

    def run() -> None:
        for position, entry in enumerate(entries):
            where = f"lines[{position}]"
            if named := entry.get("invoice_item"):
                item = w.need("invoiceitem", named, f"{where}[invoice_item]")
                _take(w, w.need("invoice", invoice["id"]), item)
            else:
                item = invoice_items.create(w, {**_as_item(invoice, entry), "invoice": invoice["id"]})
            [line] = [
                each
                for each in w.need("invoice", invoice["id"])["lines"]["data"]
                if invoice_items.item_of(each) == item["id"]
            ]
            _tax_by_hand(w, invoice["id"], line["id"], entry, where)

    return _changed(w, invoice, params, run)


def update_several(w: Work, invoice: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/invoices/{invoice}/update_lines``."""

    def run() -> None:
        for position, entry in enumerate(_entries(params)):
            _update(w, w.need("invoice", invoice["id"]), entry["id"], entry, f"lines[{position}][id]")

    return _changed(w, invoice, params, run)


def update(w: Work, invoice: Doc, id: str, params: dict[str, Any]) -> Doc:
    """``POST /v1/invoices/{invoice}/lines/{line_item}``: answers the line."""
    changed = _changed(w, invoice, {}, lambda: _update(w, invoice, id, params, "line_item_id"))
    return _line(changed, id, "line_item_id")


def remove(w: Work, invoice: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/invoices/{invoice}/remove_lines``: deleted, or (``unassign``) left to wait for another invoice."""

    def run() -> None:
        for position, entry in enumerate(_entries(params)):
            _remove(w, w.need("invoice", invoice["id"]), entry, f"lines[{position}]")

    return _changed(w, invoice, params, run)


def _entries(params: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    entries: Sequence[dict[str, Any]] = params["lines"]
    if len(entries) > MOST:
        raise Problem(f"You can change up to {MOST} line items at once; {len(entries)} were sent.", param="lines")
    return entries


def _changed(w: Work, invoice: Doc, params: Mapping[str, Any], run: Callable[[], None]) -> Doc:
    """The invoice after a change of its lines, told once."""
    invoice_items.check_draft(invoice)
    mark = len(w.events)
    run()
    changed = w.need("invoice", invoice["id"])
    if metadata := params.get("invoice_metadata"):
        changed = w.change(changed, metadata=fields.merge(changed["metadata"], metadata))
    told = w.take_events(mark)
    w.events += [event for event in told if event["type"] != "invoice.updated"]
    if changed != invoice:
        w.emit("invoice.updated", changed, invoice)
    return changed


def _as_item(invoice: Doc, entry: Mapping[str, Any]) -> dict[str, Any]:
    """What a line is asked to be, as an invoice item is asked to be it."""
    item = {name: value for name, value in entry.items() if name not in ("id", "invoice_item", "tax_amounts")}
    if "amount" in item:
        item["currency"] = invoice["currency"]
    return item


def _take(w: Work, invoice: Doc, item: Doc) -> None:
    """An invoice item that waits, or is on another draft, comes over."""
    invoice_items.check_fits(invoice, item, "lines")
    invoice_items.check_taxed(invoice, item["tax_rates"])
    if item["invoice"] is not None:
        raise Problem(f"The invoice item {item['id']} is on an invoice already.", param="lines")
    invoices.with_lines(
        w, invoice, [*invoice["lines"]["data"], lines.of_invoice_item(w, w.change(item, invoice=invoice["id"]))]
    )


def _line(invoice: Doc, id: str, where: str) -> Doc:
    for line in invoice["lines"]["data"]:
        if line["id"] == id:
            found: Doc = line
            return found
    raise missing("line_item", id, where)


def _update(w: Work, invoice: Doc, id: str, entry: Mapping[str, Any], where: str) -> None:
    line = _line(invoice, id, where)
    item = w.get("invoiceitem", invoice_items.item_of(line))
    if item is not None:
        invoice_items.update(w, item, _as_item(invoice, entry))
    else:
        _update_period(w, invoice, line, entry)
    _tax_by_hand(w, invoice["id"], id, entry, where.removesuffix("[id]"))


def _tax_by_hand(w: Work, invoice: str, id: str, entry: Mapping[str, Any], where: str) -> None:
    """``tax_amounts`` of a line, which ``where`` names in the parameters."""
    if "tax_amounts" not in entry:
        return
    param = f"{where}[tax_amounts]" if where.startswith("lines[") else "tax_amounts"
    if entry["tax_amounts"] and entry.get("tax_rates"):
        raise Problem("You may only specify one of these parameters: tax_amounts, tax_rates.", param=param)
    now = w.need("invoice", invoice)
    hand_taxes.put(w, now, id, entry["tax_amounts"], param)
    invoices.with_lines(w, now, now["lines"]["data"])


def _update_period(w: Work, invoice: Doc, line: Doc, entry: Mapping[str, Any]) -> None:
    """Change a line that is no invoice item: that of a subscription's period."""
    id = line["id"]
    invoice_items.check_period(entry.get("period"))
    if "tax_rates" in entry:
        invoice_items.check_taxed(invoice, entry["tax_rates"])
        taxing.override(w, id, taxing.rates_named(w, entry["tax_rates"], "tax_rates"))
    changed = {**line, **_edited(w, line, entry)}
    if "discounts" in entry:
        changed["discounts"] = discounts.on_line(w, invoice, line, entry["discounts"])
    its_lines = [changed if each["id"] == id else each for each in invoice["lines"]["data"]]
    invoices.with_lines(w, invoice, its_lines)


def _edited(w: Work, line: Doc, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a subscription's line that an update changes; a price without an amount costs what it costs."""
    changes = {name: entry[name] for name in _PLAIN if name in entry}
    if "metadata" in entry:
        changes["metadata"] = fields.merge(line["metadata"], entry["metadata"])
    asked = {"quantity", "quantity_decimal"} & entry.keys()
    if not (asked or {"amount", "price_data", "pricing"} & entry.keys()):
        return changes
    quantity = invoice_items.units(entry if asked else {"quantity_decimal": line["quantity_decimal"]})
    changes |= {"quantity": int(quantity), "quantity_decimal": money.decimal_string(quantity)}
    if "amount" in entry:
        amount = entry["amount"]
        changes["pricing"] = {**line["pricing"], "unit_amount_decimal": None}
    else:
        price = prices.in_currency(w, _price(w, line, entry), line["currency"])
        each = line["pricing"]["unit_amount_decimal"]
        if price["billing_scheme"] == "tiered" and each is not None and not {"price_data", "pricing"} & entry.keys():
            amount = money.round_half_up(money.parse_decimal(each) * quantity)  # the line is that of one tier
        else:
            amount = prices.cost(w, price, quantity, line["currency"]).amount
            changes["pricing"] = lines.pricing_of(price, price["unit_amount_decimal"])
    amounts.check_amount(amount, line["currency"], "amount", most=amounts.MOST_ON_AN_INVOICE)
    return {**changes, "amount": amount, "subtotal": amount}


def _price(w: Work, line: Doc, entry: Mapping[str, Any]) -> Doc:
    if data := entry.get("price_data"):
        return prices.new(w, data, "price_data")
    if named := (entry.get("pricing") or {}).get("price"):
        return prices.usable(w, named, "pricing[price]")
    return prices.known(w, line["pricing"]["price_details"]["price"])


def _remove(w: Work, invoice: Doc, entry: Mapping[str, Any], where: str) -> None:
    line = _line(invoice, entry["id"], f"{where}[id]")
    item = w.get("invoiceitem", invoice_items.item_of(line))
    if entry["behavior"] == "delete" and item is not None:
        invoice_items.delete(w, item)
        return
    if item is not None:
        w.change(item, invoice=None)
    elif entry["behavior"] == "unassign":
        raise Problem(
            "Only lines that are invoice items can be unassigned; delete this one instead.",
            param=f"{where}[behavior]",
        )
    invoices.with_lines(w, invoice, [each for each in invoice["lines"]["data"] if each["id"] != line["id"]])
