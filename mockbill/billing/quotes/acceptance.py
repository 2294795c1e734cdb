"""What an accepted quote becomes: a subscription with its first invoice, a schedule of one, or an invoice of its own.

Invoices are made as drafts, and stay so: for an hour where a subscription is begun, until they are finalized by hand
where only something sold once was quoted (that Stripe leaves this to the seller is not established).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mockbill.billing import (
    automatic_tax,
    customer_facts,
    discounting,
    discounts,
    first_invoice,
    invoice_items,
    invoices,
    lines,
    prices,
    subscription_timeline,
    subscriptions,
)
from mockbill.billing.collection_methods import SENT
from mockbill.billing.connect import terms as connected
from mockbill.billing.quotes import items, later, offers
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Work


@dataclass(frozen=True, slots=True)
class Made:
    """What a quote has become.  ``holders`` are the ids of what its line items became, in their order."""

    subscription: Doc | None
    invoice: Doc | None
    holders: list[str]
    schedule: Doc | None = None


def make(w: Work, quote: Doc, customer: Doc, sold: Sequence[Doc], *, lasting: bool = False) -> Made:
    """Make what the ``sold`` line items of a quote become, with all its events but the quote's own.

    ``lasting`` takes along only the discounts that are for ever: for what a quote says of its renewals.
    """
    customer_facts.check_currency(customer, quote["currency"])
    customer = customer_facts.note(w, customer["id"], currency=quote["currency"])
    if any(item["price"]["recurring"] for item in sold):
        return _subscription(w, quote, customer, sold, lasting=lasting)
    return _invoice(w, quote, customer, sold)


def _subscription(w: Work, quote: Doc, customer: Doc, sold: Sequence[Doc], *, lasting: bool) -> Made:
    if (quote["subscription_data"]["effective_date"] or 0) > w.now:  # a date that has passed is ignored
        return Made(None, None, [], later.schedule(w, quote, customer, sold))
    data = quote["subscription_data"]
    recurring = [item for item in sold if item["price"]["recurring"]]
    picked = [_picked(w, item, lasting=lasting) for item in recurring]
    trial = {"trial_period_days": data["trial_period_days"]} if data["trial_period_days"] else {}
    subscriptions.check_number(w, customer)
    timeline = subscription_timeline.of(w, trial, picked, flexible=subscriptions.is_flexible(data))
    subscription = subscriptions.build(
        w,
        customer,
        picked,
        timeline,
        {**_of_subscription(quote), "discounts": offers.entries(w, quote["discounts"], lasting=lasting)},
        automatic_tax=automatic_tax.asked(quote),
        currency=quote["currency"],
        default_tax_rates=_rates(w, quote),
    )
    once = [item for item in sold if not item["price"]["recurring"]]
    waiting = [_waiting(w, quote, customer, item, subscription, lasting=lasting) for item in once]
    subscription = first_invoice.bill(w, subscription, timeline, quote=quote["id"])
    ids = iter([each["id"] for each in subscription["items"]["data"]]), iter([each["id"] for each in waiting])
    holders = [next(ids[0] if item["price"]["recurring"] else ids[1]) for item in sold]
    return Made(subscription, w.get("invoice", subscription["latest_invoice"]), holders)


def _of_subscription(quote: Doc) -> dict[str, Any]:
    """The parameters of a subscription that its quote settles."""
    data, settings = quote["subscription_data"], quote["invoice_settings"]
    printed = {name: settings[name] for name in ("custom_fields", "description", "footer") if settings[name]}
    days = {"days_until_due": settings["days_until_due"]} if quote["collection_method"] == SENT else {}
    told = {"description": data["description"]} if data["description"] else {}
    return {
        "billing_mode": data["billing_mode"],
        "collection_method": quote["collection_method"],
        "metadata": data["metadata"],
        **connected.of_subscription(quote),
        **days,
        **told,
        **({"invoice_settings": printed} if printed else {}),
    }


def _picked(w: Work, item: Doc, *, lasting: bool) -> Doc:
    """What a subscription item is made of."""
    pick = {
        "price": prices.known(w, item["price"]["id"]),
        "quantity": item["quantity"],
        "metadata": {},
        "tax_rates": items.rates_of(w, item),
    }
    own = offers.entries(w, items.offered_on(w, item), lasting=lasting)
    return {**pick, "discounts": own} if own else pick


def _waiting(
    w: Work, quote: Doc, customer: Doc, item: Doc, subscription: Doc | None = None, *, lasting: bool = False
) -> Doc:
    """The invoice item of something that is sold once."""
    return invoice_items.agreed(
        w,
        customer,
        prices.known(w, item["price"]["id"]),
        item["quantity"],
        quote["currency"],
        offered=offers.entries(w, items.offered_on(w, item), lasting=lasting),
        subscription=subscription,
        tax_rates=items.rates_of(w, item),
    )


def _invoice(w: Work, quote: Doc, customer: Doc, sold: Sequence[Doc]) -> Made:
    waiting = [_waiting(w, quote, customer, item) for item in sold]
    settings, sent = quote["invoice_settings"], quote["collection_method"] == SENT
    named = offers.entries(w, quote["discounts"])
    draft = invoices.draft(
        w,
        customer,
        [lines.of_invoice_item(w, each) for each in waiting],
        quote["currency"],
        automatic_tax={**automatic_tax.asked(quote), "provider": None, "status": None},
        billing_reason="quote_accept",
        collection_method=quote["collection_method"],
        custom_fields=settings["custom_fields"],
        default_tax_rates=_rates(w, quote),
        description=settings["description"],
        discounts=[] if named else discounting.of_customer(w, customer),
        due_date=w.now + settings["days_until_due"] * DAY if sent else None,
        footer=settings["footer"],
        on_behalf_of=quote["on_behalf_of"],
        parent={"quote_details": {"quote": quote["id"]}, "subscription_details": None, "type": "quote_details"},
        period_start=w.now,
        period_end=w.now,
    )
    connected.note(w, draft, connected.of_one_payment(quote))
    for each in waiting:
        w.change(each, invoice=draft["id"])
    if named:
        draft = invoices.reckoned(w, draft, discounts=discounts.on_invoice(w, draft, named))
    w.emit("invoice.created", draft)
    return Made(None, draft, [each["id"] for each in waiting])


def _rates(w: Work, quote: Doc) -> list[Doc]:
    return [w.need("tax_rate", id) for id in quote["default_tax_rates"]]
