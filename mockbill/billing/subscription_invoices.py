"""What a subscription's invoices hold: the lines of a period, the invoice items that wait, and whose they are."""

from collections.abc import Sequence
from typing import Any

from mockbill.billing import (
    billed,
    collection_methods,
    discounting,
    invoices,
    lines,
    prices,
    subscription_items,
    taxing,
)
from mockbill.billing.connect import terms
from mockbill.billing.usage import arrears
from mockbill.world import Doc, Work

_PRINTED = ("custom_fields", "description", "footer")


def draft(
    w: Work,
    subscription: Doc,
    items: Sequence[Doc],
    /,
    *,
    trial: bool = False,
    prorated: bool = False,
    one_time: Sequence[Doc] = (),
    used: Sequence[Doc] = (),
    charged: bool = False,
    **fields: Any,
) -> Doc:
    """A stored draft for these items and the periods they are in; waiting invoice items come along.  No event.

    ``prorated`` says that the periods may be shorter than whole ones, and are charged accordingly.
    ``one_time`` are checkout items that are sold once, with the first period.  What was ``charged`` already, at a
    checkout, takes nothing along that its page had not shown.  ``used`` are lines over usage until now.
    """
    waiting = [] if charged else pending(w, subscription)
    drawn = _lines(w, subscription, waiting, items, trial=trial, prorated=prorated)
    sold = [lines.of_checkout_item(w, subscription, item) for item in one_time]
    drafted = w.put("invoice", _built(w, subscription, [*used, *drawn, *sold], fields))
    arrears.note(w, subscription, drafted, items)
    return _holding(w, drafted, waiting)


def build(w: Work, subscription: Doc, items: Sequence[Doc], /, *, prorated: bool = False, **fields: Any) -> Doc:
    """The same draft where no invoice item waits, not stored: for a preview."""
    return _built(w, subscription, _lines(w, subscription, (), items, prorated=prorated), fields)


def draft_of_items(w: Work, subscription: Doc, items: Sequence[Doc], used: Sequence[Doc] = (), **fields: Any) -> Doc:
    """A stored draft over these invoice items alone, and these lines over what was ``used``.  No event."""
    drawn = [lines.of_invoice_item(w, item) for item in items]
    return _holding(w, w.put("invoice", _built(w, subscription, [*drawn, *used], fields)), items)


def _built(w: Work, subscription: Doc, drawn: Sequence[Doc], fields: dict[str, Any]) -> Doc:
    """A draft of a subscription over these lines, with what an invoice takes over from its subscription."""
    customer = w.need("customer", subscription["customer"], "customer")
    told = {
        "auto_advance": True,
        **fields,
        "discounts": discounting.of_subscription(w, subscription, customer),
        "parent": parent_of(subscription),
        **taxing.inherited(subscription),
        **terms.inherited(subscription),
        **collection_methods.inherited(w, subscription),
        **_how_paid(subscription),
        **_printed(subscription["invoice_settings"]),
    }
    return invoices.build(w, customer, drawn, subscription["currency"], **told)


def _how_paid(subscription: Doc) -> dict[str, Any]:
    """The payment methods that a subscription takes, and their options, where it says so."""
    asked = subscription["payment_settings"]
    if not (asked["payment_method_types"] or asked["payment_method_options"]):
        return {}
    told = {name: asked[name] for name in ("payment_method_options", "payment_method_types")}
    return {"payment_settings": {"default_mandate": None, **told}}


def _printed(settings: Doc) -> dict[str, Any]:
    """What is to stand on each invoice of a subscription; ``{}`` for most."""
    return {name: settings[name] for name in _PRINTED if settings.get(name)}


def _holding(w: Work, drafted: Doc, items: Sequence[Doc]) -> Doc:
    """The draft with these items on it; a credit for another of them names its line, now that there is one."""
    for item in items:
        w.change(item, invoice=drafted["id"])
    lines_told = billed.naming_each_other(drafted, items)
    return w.change(drafted, lines=lines_told) if lines_told else drafted


def pending(w: Work, subscription: Doc) -> list[Doc]:
    """The customer's invoice items that wait for this subscription's next invoice: its own, and those of nobody."""
    waiting = w.find("invoiceitem", customer=subscription["customer"], invoice=None)
    return [
        item
        for item in waiting
        if item["currency"] == subscription["currency"] and subscription_of(item) in (None, subscription["id"])
    ]


def parent_of(subscription: Doc) -> Doc:
    """The ``parent`` of a subscription's invoices: metadata is a snapshot."""
    return {
        "quote_details": None,
        "subscription_details": {"metadata": subscription["metadata"], "subscription": subscription["id"]},
        "type": "subscription_details",
    }


def _lines(
    w: Work,
    subscription: Doc,
    waiting: Sequence[Doc],
    items: Sequence[Doc],
    *,
    trial: bool = False,
    prorated: bool = False,
) -> list[Doc]:
    made = [lines.of_invoice_item(w, item) for item in waiting]
    for item in items:
        if prices.is_metered(item["price"]):
            made += arrears.lines_of(w, subscription, item, trial=trial)
            continue
        share = subscription_items.share(subscription, item) if prorated else 1
        if isinstance(share, int) or share == 1:
            start, end = item["current_period_start"], item["current_period_end"]
            made += lines.of_item(w, subscription, item, start, end, trial=trial)
        else:
            made += lines.of_part(w, subscription, item, share)
    return made


def is_of(item: Doc, subscription: Doc) -> bool:
    """Whether an invoice item belongs to this subscription."""
    return bool(subscription_of(item) == subscription["id"])


def subscription_of(item: Doc) -> Any:
    """The id of the subscription that an invoice item belongs to, or None."""
    return ((item["parent"] or {}).get("subscription_details") or {}).get("subscription")
