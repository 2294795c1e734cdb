"""Subscriptions that exist: changed, paused, ended, and billed now, with what becomes of that bill."""

from typing import Any

from mockbill.billing import pending_updates, renewal, subscription_status
from mockbill.billing.subscription_status import RENEWING
from mockbill.rules.periods import DAY
from mockbill.triggers.cause import Cause
from mockbill.triggers.existing import invoices
from mockbill.triggers.registry import on
from mockbill.world import Doc

KIND = "subscription"
_UPDATE = "POST /v1/subscriptions/{subscription_exposed_id}"
_OVER = ("canceled", "incomplete_expired")
_ANCHOR = {"billing_cycle_anchor": {"type": "now"}}
_NOW = {**_ANCHOR, "proration_behavior": "none"}


@on(KIND, "customer.subscription.updated", sets=_UPDATE)
def update(c: Cause, subscription: Doc) -> None:
    _check_lives(c, subscription)
    c.post(_path(subscription), metadata=c.another(subscription))


@on(KIND, "customer.subscription.deleted", sets="DELETE /v1/subscriptions/{subscription_exposed_id}")
def delete(c: Cause, subscription: Doc) -> None:
    _check_lives(c, subscription)
    c.delete(_path(subscription))


@on(KIND, "customer.subscription.trial_will_end")
def trial_will_end(c: Cause, subscription: Doc) -> None:
    """The trial's end moves to within three days; where it is so near already, the warning comes once more."""
    if subscription["status"] != "trialing":
        raise c.not_now(
            f"{subscription['id']} is {subscription['status']} and in no trial: give it one by trial_end first."
        )
    now = c.now_of(subscription)
    if subscription["trial_end"] - now > renewal.TRIAL_WARNING:
        c.post(_path(subscription), trial_end=now + 2 * DAY, proration_behavior="none")
    with c.work_on(subscription) as w:
        renewal.warn_of_trial_end(w, w.need(KIND, subscription["id"]))


@on(KIND, "customer.subscription.paused")
def pause(c: Cause, subscription: Doc) -> None:
    """By the call for it; a trial pauses as one does that ends without a payment method."""
    if subscription["status"] == "trialing":
        with c.work_on(subscription) as w:
            subscription_status.pause(w, subscription, "trial_end_without_payment_method")
        return
    c.post(f"{_path(subscription)}/pause", type="subscription")


@on(KIND, "customer.subscription.resumed")
def resume(c: Cause, subscription: Doc) -> None:
    if subscription["status"] != "paused":
        raise c.not_now(
            f"{subscription['id']} is {subscription['status']}, not paused: trigger customer.subscription.paused first."
        )
    c.card_of(subscription)
    c.post(f"{_path(subscription)}/resume", _ANCHOR)


@on(KIND, "customer.subscription.pending_update_applied")
def apply_pending_update(c: Cause, subscription: Doc) -> None:
    """One more of its first item waits for a payment, unless something waits already; then that is made."""
    waiting = _with_pending_update(c, subscription)
    c.post(f"/v1/invoices/{waiting['latest_invoice']}/pay", payment_method=c.good_card(waiting["customer"]))


@on(KIND, "customer.subscription.pending_update_expired")
def expire_pending_update(c: Cause, subscription: Doc) -> None:
    waiting = _with_pending_update(c, subscription)
    with c.work_on(waiting) as w:
        pending_updates.discard(w, w.need(KIND, waiting["id"]))


@on(KIND, "invoice.upcoming")
def warn_of_invoice(c: Cause, subscription: Doc) -> None:
    """The invoice that would come next, as its preview shows it; what is due later comes at its time all the same."""
    _check_renews(c, subscription)
    with c.work_on(subscription) as w:
        kept = (w.private("notice", subscription["id"]) or {}).get("upcoming")
        renewal.warn_of_invoice(w, subscription)
        w.keep("notice", subscription["id"], upcoming=kept)


@on(KIND, "invoice.created", "invoice.finalized", "payment_intent.created", sets=_UPDATE)
def bill(c: Cause, subscription: Doc) -> Doc:
    """A new period begins now, and is billed."""
    _check_renews(c, subscription)
    if c.wants_payment:
        _check_costs(c, subscription)
    c.card_of(subscription)
    billed: Doc = c.post(_path(subscription), _NOW)
    return billed


@on(
    KIND,
    *("invoice.paid", "invoice.payment_succeeded", "invoice_payment.paid"),
    *("charge.succeeded", "payment_intent.succeeded"),
)
def pay(c: Cause, subscription: Doc) -> None:
    """The invoice that is open is paid; where none is, a new period begins now and is paid."""
    invoice = _unpaid(c, subscription) or _unpaid(c, bill(c, subscription))
    if invoice is not None:
        invoices.pay(c, invoice)


@on(KIND, "invoice.payment_failed", "charge.failed", "payment_intent.payment_failed")
def fail(c: Cause, subscription: Doc) -> None:
    """The invoice that is open is tried in vain; where none is, a new period begins now and its payment is declined."""
    _refuse_payment(c, subscription, "card_declined")


@on(KIND, "invoice.payment_action_required", "payment_intent.requires_action")
def require_action(c: Cause, subscription: Doc) -> None:
    """The same, of a bank that wants its customer to authenticate."""
    _refuse_payment(c, subscription, "authentication_required")


@on(KIND, "subscription_schedule.created")
def schedule(c: Cause, subscription: Doc) -> None:
    _check_lives(c, subscription)
    if subscription["schedule"]:
        raise c.not_now(f"{subscription['id']} has a schedule already: {subscription['schedule']}.")
    c.post("/v1/subscription_schedules", from_subscription=subscription["id"])


def _refuse_payment(c: Cause, subscription: Doc, code: str) -> None:
    invoice = _unpaid(c, subscription)
    if invoice is None:
        _check_renews(c, subscription)
        with c.refusing(subscription["customer"], code):
            billed = bill(c, subscription)
        invoice = _unpaid(c, billed)
        if invoice is not None and invoice["attempted"]:
            return
    if invoice is not None:
        invoices.refuse(c, invoice, code)


def _unpaid(c: Cause, subscription: Doc) -> Doc | None:
    """Its latest invoice, if that waits for a payment."""
    latest = c.world.fetch("invoice", subscription["latest_invoice"] or "")
    return latest if latest is not None and latest["status"] in ("draft", "open") and latest["amount_due"] else None


def _with_pending_update(c: Cause, subscription: Doc) -> Doc:
    """The subscription with an update that waits for its payment."""
    if subscription["pending_update"]:
        return subscription
    if subscription["status"] != "active":
        raise c.not_now(f"{subscription['id']} is {subscription['status']}: only the update of an active one waits.")
    c.card_of(subscription)
    first = subscription["items"]["data"][0]
    if "quantity" not in first:
        raise c.not_now(f"{subscription['id']} is metered: no quantity of it could be raised.")
    one_more: dict[str, Any] = {"id": first["id"], "quantity": first["quantity"] + 1}
    details = {"items": [one_more], "proration_behavior": "always_invoice"}
    preview: Doc = c.post("/v1/invoices/create_preview", subscription=subscription["id"], subscription_details=details)
    if preview["amount_due"] <= 0:
        raise c.not_now(f"One more of {subscription['id']} costs nothing now: nothing would wait for a payment.")
    behavior = {"payment_behavior": "pending_if_incomplete", "proration_behavior": "always_invoice"}
    with c.refusing(subscription["customer"], "card_declined"):
        waiting: Doc = c.post(_path(subscription), items=[one_more], **behavior)
    return waiting


def _check_lives(c: Cause, subscription: Doc) -> None:
    if subscription["status"] in _OVER:
        raise c.not_now(f"{subscription['id']} is {subscription['status']}: nothing more happens to it.")


def _check_renews(c: Cause, subscription: Doc) -> None:
    if subscription["status"] not in RENEWING:
        raise c.not_now(f"{subscription['id']} is {subscription['status']} and bills no new period.")


def _check_costs(c: Cause, subscription: Doc) -> None:
    details = _NOW
    preview: Doc = c.post("/v1/invoices/create_preview", subscription=subscription["id"], subscription_details=details)
    if preview["amount_due"] <= 0:
        raise c.not_now(f"A new period of {subscription['id']} costs nothing, so {c.type} cannot come of it.")


def _path(subscription: Doc) -> str:
    return f"/v1/subscriptions/{subscription['id']}"
