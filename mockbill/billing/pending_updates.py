"""Updates of a subscription that wait for their invoice: ``payment_behavior=pending_if_incomplete``.

They are applied when the invoice is paid, and discarded when it is not in time, is voided, or another update comes
(stripe-behaviour.md 3.10).  What is to be applied is kept beside the subscription as ``pending_update``: the fields,
and the id of the invoice.
"""

from collections.abc import Callable
from typing import Any

from mockbill.billing import collection, invoices, subscription_items, waiting_discounts
from mockbill.billing.usage import spans
from mockbill.rules.periods import HOUR
from mockbill.world import Doc, Problem, Work

APPLIED: list[Callable[[Work, Doc, dict[str, Any]], object]] = []
"""Called with a subscription that has a schedule when what waited has happened, and with the fields that changed."""

LIFE = 23 * HOUR
SUPPORTED = {
    "add_invoice_items", "billing_cycle_anchor", "cancel_at_period_end", "discounts", "expand", "items", "metadata",
    "payment_behavior", "proration_behavior", "proration_date", "trial_end", "trial_from_plan",
}  # fmt: skip
_CONFLICTING = {"billing_cycle_anchor", "cancel_at_period_end", "discounts", "items", "trial_end"}
_ITEM = {"deleted", "discounts", "id", "plan", "price", "price_data", "quantity", "tax_rates"}


def check(subscription: Doc, params: dict[str, Any]) -> None:
    """Problem for what cannot wait for a payment; the wording is not established."""
    if params.get("payment_behavior") != "pending_if_incomplete":
        return
    others = sorted(params.keys() - SUPPORTED)
    inside = sorted({name for entry in params.get("items") or [] for name in entry} - _ITEM)
    if others or inside:
        name = others[0] if others else f"items[{inside[0]}]"
        raise Problem(
            f"When using payment_behavior=pending_if_incomplete, {name} cannot be updated: only "
            f"{', '.join(sorted(SUPPORTED - {'expand'}))} can.",
            param=others[0] if others else "items",
        )
    if subscription["collection_method"] != "charge_automatically":
        raise Problem(
            "payment_behavior=pending_if_incomplete is only supported for subscriptions with "
            "collection_method=charge_automatically.",
            param="payment_behavior",
        )


def make_way(w: Work, subscription: Doc, params: dict[str, Any]) -> Doc:
    """Another update that cannot go along with the one that waits takes its place."""
    if subscription["pending_update"] and _CONFLICTING & params.keys():
        return discard(w, subscription)
    return subscription


def settle(w: Work, subscription: Doc) -> Doc:
    """The subscription ends, and with it what waits."""
    return discard(w, subscription) if subscription["pending_update"] else subscription


def begin(w: Work, subscription: Doc, invoice: Doc) -> None:
    """This invoice decides: whether it is paid is no matter of the subscription's status.

    What had waited for an invoice before, and is now on this one, is remembered: it does not end with the update.
    """
    made = {event["data"]["object"]["id"] for event in w.events if event["type"] == "invoiceitem.created"}
    older = [item["id"] for item in w.find("invoiceitem", invoice=invoice["id"]) if item["id"] not in made]
    w.keep("pending_update", subscription["id"], invoice=invoice["id"], fields=None, older=older, usage=None)


def end(w: Work, subscription: Doc) -> None:
    """Nothing waits any more."""
    w.keep("pending_update", subscription["id"], invoice=None, fields=None, older=None, discounts=None, usage=None)


def wait(w: Work, subscription: Doc, fields: dict[str, Any], invoice: Doc) -> Doc:
    """The update waits for its invoice: ``customer.subscription.updated`` with a ``pending_update``."""
    now = w.need("subscription", subscription["id"])
    discounts = waiting_discounts.set_aside(w, now, fields)
    w.keep("pending_update", subscription["id"], invoice=invoice["id"], fields=fields, discounts=discounts)
    ends = [w.now + LIFE, subscription_items.period_of(subscription)[1]]
    if subscription["status"] == "trialing":
        ends.append(subscription["trial_end"])
    pending = {
        "billing_cycle_anchor": fields.get("billing_cycle_anchor"),
        "cancel_at_period_end": fields.get("cancel_at_period_end"),
        "discount": None,
        "discounts": fields.get("discounts"),
        "expires_at": min(ends),
        "metadata": fields.get("metadata"),
        "subscription_items": fields["items"]["data"] if "items" in fields else None,
        "trial_end": fields.get("trial_end"),
        "trial_from_plan": None,
    }
    waiting = w.change(subscription, latest_invoice=invoice["id"], pending_update=pending)
    w.emit("customer.subscription.updated", waiting, subscription)
    return waiting


def keep_usage(w: Work, subscription: Doc, noted: Doc) -> None:
    """From when on the waiting update counts the usage of these items; never, where it is discarded."""
    w.keep("pending_update", subscription["id"], usage=noted)


def on_invoice(w: Work, invoice: Doc, outcome: str) -> None:
    """The invoice for which an update waited was ``paid`` or ``void``."""
    id = invoices.subscription_of(invoice)
    kept = w.private("pending_update", id) if id else None
    if not id or not kept or kept["invoice"] != invoice["id"] or kept["fields"] is None:
        return
    subscription = w.need("subscription", id)
    if outcome == "paid":
        _apply(w, subscription, kept)
    elif outcome == "void":
        _drop(w, subscription)


def discard(w: Work, subscription: Doc) -> Doc:
    """Its time is over, or another update comes: the invoice is voided, and the update with it."""
    kept = w.private("pending_update", subscription["id"])
    invoice = w.get("invoice", kept["invoice"]) if kept else None
    if invoice is not None and invoice["status"] in ("open", "uncollectible"):
        collection.void(w, invoice)  # tells ``on_invoice``
    else:
        _drop(w, subscription)
    return w.need("subscription", subscription["id"])


def _apply(w: Work, subscription: Doc, kept: Doc) -> None:
    end(w, subscription)
    waiting_discounts.applied(w, subscription, kept["discounts"])
    for item, noted in (kept.get("usage") or {}).items():
        spans.take_up(w, item, noted)
    updated = w.change(subscription, **waiting_discounts.current(w, kept["fields"]), pending_update=None)
    w.emit("customer.subscription.pending_update_applied", updated)
    w.emit("customer.subscription.updated", updated, subscription)
    if updated["schedule"]:
        for follow in APPLIED:
            follow(w, updated, kept["fields"])


def _drop(w: Work, subscription: Doc) -> None:
    kept = w.private("pending_update", subscription["id"]) or {}
    if discounts := kept.get("discounts"):
        waiting_discounts.given_back(w, discounts)
    for id in kept.get("older") or ():
        if item := w.get("invoiceitem", id):
            w.change(item, invoice=None)
    end(w, subscription)
    dropped = w.change(subscription, pending_update=None)
    w.emit("customer.subscription.pending_update_expired", dropped)
