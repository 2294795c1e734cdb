"""Changes to the items of a subscription, and what they cost for the rest of the period (stripe-behaviour.md 3.10)."""

from dataclasses import dataclass
from typing import Any

from mockbill.billing import (
    collection,
    defaults,
    invoices,
    lines,
    prices,
    subscription_invoices,
    subscription_items,
    subscription_status,
    unmodelled,
)
from mockbill.rules import pricing, proration
from mockbill.world import Doc, Problem, Work


@dataclass(frozen=True, slots=True)
class Change:
    """One item before and after; None where it was added or is removed."""

    before: Doc | None
    after: Doc | None


def apply(
    w: Work, subscription: Doc, sent: list[dict[str, Any]], params: dict[str, Any], fields: dict[str, Any]
) -> Doc:
    """The subscription with changed items; ``fields`` change along.  ``params`` say how the change is charged.

    ``proration_behavior``: create_prorations (default: the next invoice has them), always_invoice (charged now), none.
    """
    behavior = params.get("proration_behavior") or "create_prorations"
    if params.get("payment_behavior") == "pending_if_incomplete":
        unmodelled.refuse({"payment_behavior": "pending_if_incomplete"}, ["payment_behavior"], "updates")
    if subscription["status"] not in subscription_status.RENEWING:
        raise Problem(f"The items of a subscription that is {subscription['status']} cannot be changed.", param="items")
    changes = _changes(w, subscription, sent)
    changed = {**fields, **_members(subscription, changes)}
    moved = [change for change in changes if change.before != change.after]
    if behavior == "none" or subscription["status"] == "trialing" or not moved:
        return subscription_status.change(w, subscription, **changed)
    at = _proration_date(w, subscription, params)
    waiting = [item for change in moved for item in _prorated(w, subscription, change, at)]
    if behavior == "create_prorations" or not waiting:
        return subscription_status.change(w, subscription, **changed)
    return _invoice_now(w, subscription, changed, waiting, params)


def replaced(w: Work, subscription: Doc, sent: list[dict[str, Any]]) -> dict[str, Any]:
    """The members of a subscription that its items make, after a change that costs nothing."""
    return _members(subscription, _changes(w, subscription, sent))


def _members(subscription: Doc, changes: list[Change]) -> dict[str, Any]:
    items = [change.after for change in changes if change.after is not None]
    if not items:
        raise Problem("A subscription must have at least one active item.", param="items")
    kept = subscription["items"]["data"][0]["price"]  # what was there sets the currency
    mixed = subscription_items.is_flexible(subscription)
    subscription_items.check_together([kept, *(item["price"] for item in items)], "items", mixed=mixed)
    seen = [item["price"]["id"] for item in items]
    subscription_items.check_once(seen, "items")
    return {**subscription_items.face(items), "items": subscription_items.as_list(subscription["id"], items)}


def _changes(w: Work, subscription: Doc, sent: list[dict[str, Any]]) -> list[Change]:
    """Every item of the subscription, and those that are added, in their order."""
    by_id = {item["id"]: item for item in subscription["items"]["data"]}
    asked: dict[str, dict[str, Any]] = {}
    added: list[Change] = []
    for position, entry in enumerate(sent):
        where = f"items[{position}]"
        if id := entry.get("id"):
            if id not in by_id:
                raise Problem(f"No such subscription item: '{id}'", code="resource_missing", param=f"{where}[id]")
            asked[id] = _edited(w, by_id[id], entry, where)
        else:
            picked = subscription_items.one(w, entry, where)
            start, end = subscription_items.period_for(subscription, picked["price"], w.now)
            added.append(Change(None, subscription_items.built(w, subscription["id"], picked, start, end)))
    return [Change(item, asked.get(id, {"item": item})["item"]) for id, item in by_id.items()] + added


def _edited(w: Work, item: Doc, entry: dict[str, Any], where: str) -> dict[str, Any]:
    """``{"item": new version or None}``.  A new price without a quantity is for one, as Stripe documents."""
    if entry.get("deleted"):
        return {"item": None}
    named = entry.get("price") or entry.get("plan")
    replaced = bool(entry.get("price_data")) or named not in (None, item["price"]["id"])
    kept = {} if replaced else {"price": item["price"]["id"], "quantity": item["quantity"]}
    asked = {**kept, **entry}
    picked = subscription_items.one(w, asked, where, before=item)
    if not subscription_items.same_interval(picked["price"], item["price"]):
        unmodelled.refuse({where: "another interval"}, [where], "updates of items with another billing interval")
    metadata = subscription_items.merged_metadata(item, entry)
    return {"item": {**item, **subscription_items.priced(picked), "metadata": metadata}}


def _proration_date(w: Work, subscription: Doc, params: dict[str, Any]) -> int:
    start, end = subscription_items.period_of(subscription)
    at = params.get("proration_date", w.now)
    if not start <= at <= end:
        raise Problem(
            "Invalid proration_date: must be within the current period of the subscription.", param="proration_date"
        )
    return int(at)


def _prorated(w: Work, subscription: Doc, change: Change, at: int) -> list[Doc]:
    """The credit for the unused time of what was, and the debit for the remaining time of what comes."""
    made = []
    for item, sign in ((change.before, -1), (change.after, 1)):
        if item is None:
            continue
        start, end = item["current_period_start"], item["current_period_end"]
        whole = sign * prices.cost(w, item["price"], item["quantity"], subscription["currency"]).amount
        made.append(_proration_item(w, subscription, item, proration.prorate(whole, start, end, at), at, end, sign))
    return made


def _proration_item(w: Work, subscription: Doc, item: Doc, amount: int, at: int, end: int, sign: int) -> Doc:
    price = item["price"]
    product = w.get("product", price["product"]) or {}
    describe = pricing.describe_unused if sign < 0 else pricing.describe_remaining
    made = defaults.add(
        w,
        "invoiceitem",
        amount=amount,
        currency=subscription["currency"],
        customer=subscription["customer"],
        date=at,
        description=describe(item["quantity"], product.get("name") or price["product"], at),
        discountable=False,
        parent={
            "subscription_details": {"subscription": subscription["id"], "subscription_item": item["id"]},
            "type": "subscription_details",
        },
        period={"end": end, "start": at},
        pricing=lines.pricing_of(price, None),
        proration=True,
        quantity=item["quantity"],
        quantity_decimal=str(item["quantity"]),
        tax_rates=item["tax_rates"],  # of the item as it is here: the next invoice may not find it any more
        test_clock=subscription["test_clock"],
    )
    w.emit("invoiceitem.created", made)
    return made


def _invoice_now(
    w: Work, subscription: Doc, changed: dict[str, Any], waiting: list[Doc], params: dict[str, Any]
) -> Doc:
    """``always_invoice``: an invoice over the prorations alone, finalized and charged in this request."""
    draft = subscription_invoices.draft_of_items(
        w, subscription, waiting, billing_reason="subscription_update", period_start=w.now, period_end=w.now
    )
    w.emit("invoice.created", draft)
    updated = w.change(subscription, **changed, latest_invoice=draft["id"])
    mark = len(w.events)
    opened = collection.finalize(w, draft)
    if opened["status"] == "open":
        opened = collection.attempt(w, opened, off_session=params.get("off_session", True))
    if opened["status"] != "paid" and params.get("payment_behavior") == "error_if_incomplete":
        raise collection.refusal(invoices.intent_of(w, opened))
    told = w.take_events(mark)
    w.events += [event for event in told if not event["type"].startswith("customer.subscription.")]
    updated = w.need("subscription", updated["id"])
    w.emit("customer.subscription.updated", updated, subscription)
    return updated
