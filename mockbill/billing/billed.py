"""What a subscription item was billed for, and what of it was given back since: from invoices and waiting items."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockbill.rules.proration import Debit
from mockbill.world import Doc, Work

_OF = "parent.subscription_details.subscription"


def debits(w: Work, subscription: Doc, item_id: str) -> list[Debit]:
    """The charges for one item of a subscription that were not given back whole, oldest first.

    An invoice counts from its draft on, paid or not: Stripe credits what was billed.  What was voided never was.
    """
    items = w.find("invoiceitem", {_OF: subscription["id"]})
    invoices = [invoice for invoice in w.find("invoice", {_OF: subscription["id"]}) if invoice["status"] != "void"]
    standing = {None, *(invoice["id"] for invoice in invoices)}
    ours = [item for item in items if _item_of(item) == item_id and item["invoice"] in standing]
    back = _given_back(ours)
    found = [_of_line(line, invoice["id"], back) for invoice in invoices for line in _charged(invoice, item_id)]
    return found + [_of_item(item, back) for item in ours if item["invoice"] is None and not _is_credit(item)]


def _charged(invoice: Doc, item_id: str) -> Iterator[Doc]:
    for line in invoice["lines"]["data"]:
        details = (line["parent"] or {}).get("subscription_item_details") or {}
        if details.get("subscription_item") == item_id and not _is_credit({**line, **details}):
            yield line


def _is_credit(doc: Mapping[str, Any]) -> bool:
    return bool(doc["proration"] and doc["amount"] <= 0)


def _item_of(item: Doc) -> Any:
    return ((item["parent"] or {}).get("subscription_details") or {}).get("subscription_item")


def _given_back(items: list[Doc]) -> dict[str, int]:
    """From which moment on a debit was given back, by the id of its line or of its invoice item."""
    back: dict[str, int] = {}
    for item in items:
        for id in _credited(item):
            back[id] = min(item["period"]["start"], back.get(id, item["period"]["start"]))
    return back


def _credited(item: Doc) -> list[str]:
    credited = (item.get("proration_details") or {}).get("credited_items") or {}
    if credited.get("type") == "invoice_item":
        return [credited["invoice_item"]]
    return list((credited.get("invoice_line_item_details") or {}).get("invoice_line_items") or ())


def _of_line(line: Doc, invoice_id: str, back: Mapping[str, int]) -> Debit:
    start, end = line["period"]["start"], line["period"]["end"]
    waited = line["parent"]["subscription_item_details"]["invoice_item"]
    return Debit(
        id=line["id"],
        bill=invoice_id,
        price=line["pricing"]["price_details"]["price"],
        quantity=line["quantity"] or 0,
        amount=line["amount"],
        start=start,
        end=end,
        until=min(end, back.get(line["id"], end), back.get(waited, end)),
        discounts=tuple((each["discount"], each["amount"]) for each in line["discount_amounts"]),
    )


def _of_item(item: Doc, back: Mapping[str, int]) -> Debit:
    start, end = item["period"]["start"], item["period"]["end"]
    taken = (item.get("proration_details") or {}).get("discount_amounts") or ()
    return Debit(
        id=item["id"],
        bill=None,
        price=item["pricing"]["price_details"]["price"],
        quantity=item["quantity"],
        amount=item["amount"],
        start=start,
        end=end,
        until=min(end, back.get(item["id"], end)),
        discounts=tuple((each["discount"], each["amount"]) for each in taken),
    )


def naming_each_other(invoice: Doc, items: Sequence[Doc]) -> Doc | None:
    """The lines of an invoice where credits name those lines of it that they give back; None where none does."""
    own = {item["id"]: _credited(item)[0] for item in items if _credits_waiting(item)}
    if not own:
        return None
    by_item = {waited: line["id"] for line in invoice["lines"]["data"] if (waited := _waited(line))}
    named = [_naming(line, invoice["id"], by_item.get(own.get(_waited(line), ""))) for line in invoice["lines"]["data"]]
    return {**invoice["lines"], "data": named}


def _credits_waiting(item: Doc) -> bool:
    credited = (item.get("proration_details") or {}).get("credited_items") or {}
    return bool(credited.get("type") == "invoice_item")


def _waited(line: Doc) -> Any:
    """The invoice item that a line of a subscription item was."""
    return ((line["parent"] or {}).get("subscription_item_details") or {}).get("invoice_item")


def _naming(line: Doc, invoice_id: str, credited: str | None) -> Doc:
    if credited is None:
        return line
    details = line["parent"]["subscription_item_details"]
    told = {"credited_items": {"invoice": invoice_id, "invoice_line_items": [credited]}}
    return {**line, "parent": {**line["parent"], "subscription_item_details": {**details, "proration_details": told}}}
