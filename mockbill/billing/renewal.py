"""What time does to a subscription: warnings, trial end, renewal, cancellation at its date, expiry when incomplete."""

from collections.abc import Mapping
from typing import Any

from mockbill.billing import (
    automatic_tax,
    cancellation_plans,
    collection,
    collection_pauses,
    default_methods,
    draft_notices,
    invoices,
    pending_item_intervals,
    pending_updates,
    subscription_invoices,
    subscription_items,
    subscription_resumption,
    subscription_status,
    upcoming_invoices,
)
from mockbill.billing.usage import arrears
from mockbill.rules.periods import DAY, HOUR
from mockbill.world import Doc, Work, World

INCOMPLETE = 23 * HOUR  # how long a first payment may be outstanding (Stripe's 23 hours)
TRIAL_WARNING = 3 * DAY


def due(world: World, subscription: Doc) -> tuple[int, str] | None:
    """The next moment of a subscription; a cancellation comes before the renewal of the same second."""
    status = subscription["status"]
    if status in ("incomplete", "paused"):
        phase = _phase(world, subscription) if subscription["schedule"] else None
        over = (phase["end_date"], "subscription.next_phase") if phase else None
        cancels = (subscription["cancel_at"], "subscription.cancel") if subscription["cancel_at"] else None
        expires = (subscription["created"] + INCOMPLETE, "subscription.expire") if status == "incomplete" else None
        resumed = subscription_resumption.due(world, subscription)
        return min(filter(None, (over, cancels, expires, resumed)), default=None)
    if status not in subscription_status.RENEWING:
        return None
    phase = _phase(world, subscription) if subscription["schedule"] else None
    start, end = subscription_items.period_of(subscription)
    told = world.fetch("_notice", subscription["id"]) or {}
    moments = [(end, 3, "subscription.renew")]
    if phase:
        moments.append((phase["end_date"], 1, "subscription.next_phase"))
    cancels_at, paused = subscription["cancel_at"], subscription["pause_collection"]
    if cancels_at:
        moments.append((cancels_at, 2, "subscription.cancel"))
    days = world.settings.upcoming_days
    is_told = days and not paused and subscription["collection_method"] == "charge_automatically"
    if is_told and (not cancels_at or end < cancels_at):
        warning = end - days * DAY
        if warning >= start and told.get("upcoming") != end:
            moments.append((warning, 1, "subscription.upcoming"))
    if billed_at := subscription["next_pending_invoice_item_invoice"]:
        moments.append((billed_at, 4, "subscription.bill_pending"))
    if paused and paused["resumes_at"]:
        moments.append((paused["resumes_at"], 0, "subscription.resume_collection"))
    if pending := subscription["pending_update"]:
        moments.append((pending["expires_at"], 0, "subscription.discard_update"))
    if status == "trialing" and told.get("trial") != subscription["trial_end"]:
        moments.append((subscription["trial_end"] - TRIAL_WARNING, 0, "subscription.trial_will_end"))
    at, _, verb = min(moments) if len(moments) > 1 else moments[0]
    return at, verb


def _phase(world: World, subscription: Doc) -> Doc | None:
    """The current phase of a subscription's schedule, whose end comes before anything else of that second."""
    schedule = world.fetch("subscription_schedule", subscription["schedule"])
    return schedule["current_phase"] if schedule else None


def warn_of_trial_end(w: Work, subscription: Doc) -> None:
    """``customer.subscription.trial_will_end``, three days before."""
    w.keep("notice", subscription["id"], trial=subscription["trial_end"])
    w.emit("customer.subscription.trial_will_end", subscription)


def warn_of_short_trial(w: Work, subscription: Doc) -> None:
    """The same at once, where the trial is shorter than the warning."""
    if subscription["status"] == "trialing" and subscription["trial_end"] - w.now < TRIAL_WARNING:
        warn_of_trial_end(w, subscription)


def warn_of_invoice(w: Work, subscription: Doc) -> None:
    """``invoice.upcoming``: the invoice that the renewal will bring, without an id."""
    _, end = subscription_items.period_of(subscription)
    w.keep("notice", subscription["id"], upcoming=end)
    with w.rehearsal():
        subscription = _billed_before(w, subscription, end)
        coming = _drawn_up(w, subscription) or upcoming_invoices.next_of(w, subscription)
    if coming is not None:
        w.emit("invoice.upcoming", upcoming_invoices.shown(coming, None))


def _billed_before(w: Work, subscription: Doc, end: int) -> Doc:
    """The subscription when what waits for it has been invoiced at an interval of its own; only in a rehearsal."""
    while (at := subscription["next_pending_invoice_item_invoice"]) and at < end:
        w.stand_at(max(at, w.now))
        pending_item_intervals.bill(w, subscription)
        subscription = w.need("subscription", subscription["id"])
    return subscription


def _drawn_up(w: Work, subscription: Doc) -> Doc | None:
    """The draft of the next renewal, drawn up without living through it; only in a rehearsal.

    None where more than a renewal is coming: an end of trial, a change of the subscription, items that wait.
    """
    if subscription["status"] == "trialing" or subscription_invoices.pending(w, subscription):
        return None
    moment = upcoming_invoices.first_moment(w, subscription)
    if moment is None or moment[1] != "subscription.renew":
        return None
    at = moment[0]
    w.stand_at(max(at, w.now))
    _, billed = subscription_items.renewed(subscription, at)
    return subscription_invoices.build(w, subscription, billed, **_cycle(w, subscription))


def renew(w: Work, subscription: Doc) -> None:
    """The items whose period ends next move on: ``customer.subscription.updated``, ``invoice.created`` (a draft)."""
    if subscription["status"] == "trialing" and _stopped_by_trial_end(w, subscription):
        return
    _, end = subscription_items.period_of(subscription)
    items, billed = subscription_items.renewed(subscription, end)
    status = "active" if subscription["status"] == "trialing" else subscription["status"]
    if not (billed := charged(w, subscription, billed)) and not subscription_invoices.pending(w, subscription):
        subscription_status.change(w, subscription, items=items, status=status)
        return
    draft = subscription_invoices.draft(w, subscription, billed, **_cycle(w, subscription))
    subscription_status.change(
        w,
        subscription,
        items=items,
        latest_invoice=draft["id"],
        status=status,
    )
    w.emit("invoice.created", draft)
    if subscription["pause_collection"]:
        collection_pauses.put_aside(w, subscription, draft)


def _cycle(w: Work, subscription: Doc) -> dict[str, Any]:
    """What distinguishes the draft of a renewal; the period that it names is the one that ends.

    The coming one can be a part of a whole one after a trial, and before a planned cancellation.
    """
    start, end = subscription_items.period_of(subscription)
    collects = subscription["status"] != "unpaid" and not subscription["pause_collection"]
    hour_over = w.now + invoices.DRAFT_HOUR if collects else None
    return {
        "prorated": subscription["status"] == "trialing" or subscription["cancel_at"] is not None,
        "auto_advance": collects,
        "automatically_finalizes_at": hour_over,
        "billing_reason": "subscription_cycle",
        "next_payment_attempt": hour_over,
        "period_start": start,
        "period_end": end,
    }


def charged(w: Work, subscription: Doc, billed: list[Doc]) -> list[Doc]:
    """What a renewal bills; a subscription created without prorations has what follows its trial for free."""
    billed = arrears.billed(w, subscription, billed)
    if subscription["status"] == "trialing" and w.private("stub", subscription["id"]):
        return [item for item in billed if subscription_items.share(subscription, item) == 1]
    return billed


def end_trial_now(w: Work, before: Doc, params: Mapping[str, Any], changes: dict[str, Any]) -> Doc:
    """``trial_end=now``: the first paid period starts and is charged in this request; ``changes`` go along."""
    anchor = {"billing_cycle_anchor": w.now} if subscription_status.follows_trial(before) else {}
    items = subscription_items.in_period(changes.get("items") or before["items"], w.now, w.now)
    ended = {**changes, **anchor, "items": items, "trial_end": w.now}
    subscription = {**before, **ended}
    fields: dict[str, Any] = {"items": subscription_items.restarted(subscription, w.now), "status": "active"}
    plan = cancellation_plans.fields(w, {**subscription, **fields}, params)
    if _stopped_by_trial_end(w, before, **{**ended, **plan, "items": items}):
        return w.need("subscription", before["id"])
    subscription = w.change(before, **ended)
    fields |= plan
    billed = charged(w, subscription, fields["items"]["data"])
    w.emit("customer.subscription.trial_will_end", before)
    if not billed and not subscription_invoices.pending(w, subscription):
        return subscription_status.change(w, before, **{**subscription, **fields})
    draft = subscription_invoices.draft(
        w,
        {**subscription, **fields},
        billed,
        prorated=True,
        billing_reason="subscription_update",
        period_start=w.now,
        period_end=w.now,
    )
    active = w.change(subscription, **fields, latest_invoice=draft["id"])
    w.emit("customer.subscription.updated", active, before)
    w.emit("invoice.created", draft)
    if subscription["pause_collection"]:
        collection_pauses.put_aside(w, subscription, draft)
    else:
        collect(w, draft)
    return w.need("subscription", subscription["id"])


def collect(w: Work, invoice: Doc) -> Doc:
    """The hour of a draft is over: finalize it, and charge what is due, or send it."""
    if w.get("customer", invoice["customer"]) is None:  # deleted: nobody is there to be billed
        return invoices.hold(w, invoice)
    if w.settings.finalization == "delivered" and draft_notices.is_awaited(w, invoice):
        return draft_notices.wait(w, invoice)
    try:
        opened, intent = collection.finalized(w, invoice)
    except automatic_tax.Unlocated as refusal:
        return collection.finalization_failed(w, invoice, refusal)
    if opened["status"] != "open":
        return opened
    if opened["collection_method"] == "charge_automatically":
        return collection.attempt(w, opened, made=intent)
    w.emit("invoice.sent", opened)
    return opened


def cancel(w: Work, subscription: Doc) -> None:
    """The date of a planned cancellation: ``cancel_at`` and ``canceled_at`` keep what was planned, and when.

    What waits for the next invoice (prorations of changes) is collected now, by a last one, with what was used of
    metered items; like that of a renewal it is put aside where collection is paused, and waits where nothing is paid.
    """
    subscription = pending_updates.settle(w, subscription)
    waiting, used = subscription_invoices.pending(w, subscription), arrears.ended(w, subscription)
    final: Doc | None = None
    if waiting or used:
        final = subscription_invoices.draft(w, subscription, used, **_cycle(w, subscription))
        w.emit("invoice.created", final)
        subscription = w.change(subscription, latest_invoice=final["id"])
        if subscription["pause_collection"]:
            final = collection_pauses.put_aside(w, subscription, final)
            subscription = w.need("subscription", subscription["id"])
    subscription_status.end(w, subscription, None, canceled_at=subscription["canceled_at"] or w.now)
    if final is not None and final["status"] == "draft" and final["auto_advance"]:
        w.put("invoice", final)  # the end stops the collection of all others


def expire(w: Work, subscription: Doc) -> None:
    """23 hours without a first payment: incomplete_expired, invoice void, intent canceled."""
    subscription_status.expire(w, subscription)
    invoice = w.get("invoice", subscription["latest_invoice"])
    if invoice is not None and invoice["status"] == "open":
        collection.void(w, invoice)


def _stopped_by_trial_end(w: Work, subscription: Doc, **fields: Any) -> bool:
    """``trial_settings.end_behavior``: without a payment method the subscription may be canceled or paused.

    ``fields`` are what changes along with its end.
    """
    now = {**subscription, **fields}
    behavior = now["trial_settings"]["end_behavior"]["missing_payment_method"]
    if behavior == "create_invoice" or default_methods.method_of(w, now, now["customer"]):
        return False
    if behavior == "cancel":
        subscription_status.end(w, subscription, None, **fields)
    else:
        subscription_status.pause(w, subscription, "trial_end_without_payment_method", **fields)
    return True
