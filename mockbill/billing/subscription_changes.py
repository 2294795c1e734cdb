"""Changes to the items of a subscription and to its billing cycle, and what they cost (stripe-behaviour.md 3.10)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mockbill.billing import (
    cancellation_plans,
    discounts,
    pending_updates,
    prices,
    subscription_cancellation,
    subscription_invoices,
    subscription_items,
    subscription_prorations,
    subscription_status,
    update_invoices,
)
from mockbill.billing.usage import arrears, record_verbs, spans
from mockbill.world import Doc, Problem, Work

CHARGED = ("active", "past_due", "unpaid")


@dataclass(frozen=True, slots=True)
class Change:
    """One item before and after; None where it was added or is removed."""

    before: Doc | None
    after: Doc | None
    clears: bool = False  # its usage until now is not to be billed


def apply(w: Work, subscription: Doc, params: dict[str, Any], fields: dict[str, Any]) -> Doc:
    """The subscription with changed items or another billing cycle; ``fields`` change along.

    ``proration_behavior``: create_prorations (default: the next invoice has them), always_invoice (charged now), none.
    On trial, and while it is paused, a change costs nothing.
    """
    changes = _changes(w, subscription, params.get("items") or [])
    changed = {**fields, **_members(w, subscription, changes)}
    resets = _resets(w, subscription, changes, params)
    updated = _applied(w, subscription, changes, changed, params, resets=resets)
    restarted = [] if not resets or subscription_items.ended(subscription, w.now) else _staying(subscription, changes)
    count_usage_anew(w, subscription, updated, changed["items"]["data"], restarted)
    return updated


def _no_new_cycle(subscription: Doc) -> Problem:
    """Stripe refuses a new billing cycle during a trial (documented); the wording is ours."""
    way = "end its trial with `trial_end=now`" if subscription["status"] == "trialing" else "resume it"
    return Problem(
        f"You cannot set `billing_cycle_anchor` to `now` on a subscription that is {subscription['status']}; {way}.",
        param="billing_cycle_anchor",
    )


def count_usage_anew(w: Work, before: Doc, updated: Doc, items: Sequence[Doc], restarted: Sequence[Doc] = ()) -> None:
    """After a change has billed what was used before it: ``items`` that have another metered price begin with nothing.

    So do those that are added, and those that are ``restarted`` by a new billing cycle.  A change that waits for its
    payment keeps all that, until it is applied.  One that comes as a period ends, with the phase of a schedule, leaves
    this second to what begins.
    """
    olds = {item["id"]: item["price"]["id"] for item in before["items"]["data"]}
    repriced = [item for item in items if olds.get(item["id"]) != item["price"]["id"]]
    moved = [*restarted, *(item for item in repriced if prices.is_metered(item["price"]))]
    if not moved:
        return
    _, end = subscription_items.period_of(before)
    noted = {item["id"]: spans.begun(w, before, item, divided=end <= w.now) for item in moved}
    if updated["pending_update"]:
        pending_updates.keep_usage(w, updated, noted)
        return
    for id, note in noted.items():
        spans.take_up(w, id, note)


def _applied(
    w: Work, subscription: Doc, changes: list[Change], changed: dict[str, Any], params: dict[str, Any], *, resets: bool
) -> Doc:
    behavior = params.get("proration_behavior") or "create_prorations"
    if resets and subscription_items.ended(subscription, w.now):
        _bill_usage_of_ended(w, subscription, changes)
        return subscription_status.change(w, subscription, **{**changed, **_anchored_at_end(subscription, changed)})
    if subscription["status"] not in CHARGED:
        if (params.get("billing_cycle_anchor") or {}).get("type") == "now":
            raise _no_new_cycle(subscription)
        changed |= cancellation_plans.fields(w, {**subscription, **changed}, params)
        return subscription_status.change(w, subscription, **changed)
    if resets:
        return _new_cycle(w, subscription, changes, changed, params)
    changed |= cancellation_plans.fields(w, {**subscription, **changed}, params)
    changes = _in_periods(changes, changed["items"])
    moved = [change for change in changes if change.before != change.after]
    if behavior == "none":
        if any(change.before and change.after and _is_moved(change.before, change.after) for change in moved):
            subscription_cancellation.note_cut(w, {**subscription, **changed}, free=True)
        _bill_usage_of_ended(w, subscription, moved)
        return subscription_status.change(w, subscription, **changed)
    at = proration_date(w, subscription, params)
    waiting = [item for change in moved for item in _prorated(w, subscription, {**subscription, **changed}, change, at)]
    if behavior == "create_prorations" or not (waiting or _invoices_added(subscription, params)):
        return subscription_status.change(w, subscription, **changed)
    return update_invoices.of_prorations(w, subscription, changed, waiting, params)


def _invoices_added(subscription: Doc, params: dict[str, Any]) -> bool:
    """Items sold once make an invoice of their own only in classic billing; in flexible billing they wait for one."""
    return bool(params.get("add_invoice_items")) and not subscription_items.is_flexible(subscription)


def replaced(w: Work, subscription: Doc, sent: list[dict[str, Any]]) -> dict[str, Any]:
    """The members of a subscription that its items make, after a change that costs nothing."""
    return _members(w, subscription, _changes(w, subscription, sent))


def proration_date(w: Work, subscription: Doc, params: dict[str, Any]) -> int:
    """From when on a change is charged: ``proration_date``, which must lie in the current period, or now."""
    at = params.get("proration_date", w.now)
    items = subscription["items"]["data"]
    start = min(item["current_period_start"] for item in items)
    end = max(item["current_period_end"] for item in items)
    if not start <= at <= end:
        raise Problem(
            "Invalid proration_date: must be within the current period of the subscription.", param="proration_date"
        )
    return int(at)


def _resets(w: Work, subscription: Doc, changes: list[Change], params: dict[str, Any]) -> bool:
    """Whether a new billing cycle starts now: asked for, or in classic billing by another interval or a first price."""
    if (params.get("billing_cycle_anchor") or {}).get("type") == "now":
        return True
    if subscription_items.is_flexible(subscription):
        return False
    olds = {subscription_items.interval_of(change.before["price"]) for change in changes if change.before}
    others = olds != {subscription_items.interval_of(change.after["price"]) for change in changes if change.after}
    paid = any(change.after and subscription_prorations.cost(w, subscription, change.after) for change in changes)
    was_free = not any(
        change.before and subscription_prorations.cost(w, subscription, change.before) for change in changes
    )
    return others or (paid and was_free)


def _new_cycle(
    w: Work, subscription: Doc, changes: list[Change], changed: dict[str, Any], params: dict[str, Any]
) -> Doc:
    """A billing cycle that starts now: an invoice over the new period, with credit for what is left of the old one."""
    if params.get("proration_behavior") != "none":
        at = proration_date(w, subscription, params)
        for change in changes:
            if change.before is None:
                continue
            if prices.is_metered(change.before["price"]) and not (change.clears or _goes_on(change)):
                arrears.waiting(w, subscription, change.before)
            subscription_prorations.credits(w, subscription, change.before, at)
    fields = {**changed, "billing_cycle_anchor": w.now}
    fields["items"] = subscription_items.restarted({**subscription, **fields}, w.now)
    fields |= cancellation_plans.fields(w, {**subscription, **fields}, params)
    head = update_invoices.head(w, subscription)
    changed_one = {**subscription, **fields}
    begun = arrears.billed(w, changed_one, fields["items"]["data"])
    used = arrears.lines_until_now(w, subscription, _staying(subscription, changes))
    if not (used or begun or subscription_invoices.pending(w, subscription)):
        return subscription_status.change(w, subscription, **fields)
    draft = subscription_invoices.draft(w, changed_one, begun, prorated=True, used=used, **head)
    return update_invoices.charge(w, subscription, fields, draft, params)


def _staying(subscription: Doc, changes: list[Change]) -> list[Doc]:
    """The metered items whose usage until now a new billing cycle bills: those that go on at their price."""
    staying = {change.before["id"] for change in changes if change.before and _goes_on(change)}
    return [item for item in arrears.metered(subscription) if item["id"] in staying]


def _goes_on(change: Change) -> bool:
    return bool(change.before and change.after and change.before["price"]["id"] == change.after["price"]["id"])


def _anchored_at_end(subscription: Doc, changed: dict[str, Any]) -> dict[str, Any]:
    """A billing cycle that begins where the old one ends: the renewal of this second bills it.

    Only the phase of a schedule begins at that second, before the renewal.
    """
    start, end = subscription_items.period_of(subscription)
    return {"billing_cycle_anchor": end, "items": subscription_items.in_period(changed["items"], start, end)}


def _members(w: Work, subscription: Doc, changes: list[Change]) -> dict[str, Any]:
    items = [change.after for change in changes if change.after is not None]
    if not items:
        raise Problem("A subscription must have at least one active item.", param="items")
    subscription_items.check_number(items, "items")
    mixed = subscription_items.is_flexible(subscription)
    subscription_items.check_together([item["price"] for item in items], "items", mixed=mixed)
    for item in items:
        prices.in_currency(w, item["price"], subscription["currency"])
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
            if id in asked:
                raise Problem(f"The subscription item {id} can only be sent once.", param=f"{where}[id]")
            asked[id] = _edited(w, subscription, by_id[id], entry, where)
        else:
            picked = subscription_items.one(w, entry, where)
            start, end = subscription_items.period_for(subscription, picked["price"], w.now)
            new = subscription_items.built(w, subscription["id"], picked, start, end)
            added.append(Change(None, discounts.on_item(w, subscription, new, picked, where)))
    clearing = {entry["id"] for entry in sent if entry.get("id") and entry.get("clear_usage")}
    return [
        Change(item, asked.get(id, {"item": item})["item"], clears=id in clearing) for id, item in by_id.items()
    ] + added


def _edited(w: Work, subscription: Doc, item: Doc, entry: dict[str, Any], where: str) -> dict[str, Any]:
    """``{"item": new version or None}``.  A new price without a quantity is for one, as Stripe documents."""
    if entry.get("clear_usage") and not prices.is_metered(item["price"]):
        raise Problem("clear_usage is only allowed for items with a metered price.", param=f"{where}[clear_usage]")
    if entry.get("deleted"):
        if not (entry.get("clear_usage") or subscription_items.is_flexible(subscription)):
            record_verbs.check_cleared(w, item)
        return {"item": None}
    named = entry.get("price") or entry.get("plan")
    replaced = bool(entry.get("price_data")) or named not in (None, item["price"]["id"])
    kept = {} if replaced else {"price": item["price"]["id"], "quantity": item.get("quantity")}
    asked = {**kept, **entry}
    picked = subscription_items.one(w, asked, where, before=item)
    metadata = subscription_items.merged_metadata(item, entry)
    edited = subscription_items.edited(item, **subscription_items.priced(picked), metadata=metadata)
    edited = discounts.on_item(w, subscription, edited, picked, where)
    return {"item": _on_grid(w, subscription, item, edited)}


def _on_grid(w: Work, subscription: Doc, before: Doc, after: Doc) -> Doc:
    """Another interval has its own periods, counted from the anchor, which stays (recorded for flexible billing)."""
    if subscription_items.same_interval(before["price"], after["price"]):
        return after
    return subscription_items.moved(after, *subscription_items.period_for(subscription, after["price"], w.now))


def _prorated(w: Work, old: Doc, new: Doc, change: Change, at: int) -> list[Doc]:
    """What a changed item costs; metadata alone cost nothing."""
    before, after = change.before, change.after
    if before and after and _sold(before) == _sold(after):
        if not _is_moved(before, after):
            return []
        return subscription_prorations.of_moved_end(w, old, before, after)
    if before and prices.is_metered(before["price"]):
        return _usage_left(w, old, change) + subscription_prorations.of_change(w, old, new, None, after, at)
    if before and before["current_period_end"] <= at:
        before = None  # nothing of its time is left to give back
    return subscription_prorations.of_change(w, old, new, before, after, at)


def _usage_left(w: Work, subscription: Doc, change: Change) -> list[Doc]:
    """What was used of a metered item until it leaves, or changes its price; only its metadata may have changed."""
    assert change.before is not None
    if change.clears or (change.after and _sold(change.before) == _sold(change.after)):
        return []
    return arrears.waiting(w, subscription, change.before)


def _bill_usage_of_ended(w: Work, subscription: Doc, changes: list[Change]) -> None:
    """What was used of a metered item that leaves as its period ends: the renewal of this second will not know it."""
    for change in changes:
        item = change.before
        if item and item["current_period_end"] <= w.now and prices.is_metered(item["price"]):
            _usage_left(w, subscription, change)


def _in_periods(changes: list[Change], items: Doc) -> list[Change]:
    """The changes with what comes of each item in the period that a planned cancellation leaves it."""
    by_id = {item["id"]: item for item in items["data"]}
    return [replace(change, after=by_id[change.after["id"]] if change.after else None) for change in changes]


def _sold(item: Doc) -> tuple[Any, ...]:
    return item["price"]["id"], item.get("quantity"), item["current_period_start"]


def _is_moved(before: Doc, after: Doc) -> bool:
    """Whether a planned cancellation makes the period of an item end at another time, or no longer does."""
    same = subscription_items.same_interval(before["price"], after["price"])
    return same and bool(before["current_period_end"] != after["current_period_end"])
