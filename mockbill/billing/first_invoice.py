"""The first invoice of a subscription decides what becomes of it (the matrix of stripe-behaviour.md 3.3)."""

from mockbill.billing import (
    amounts,
    collection,
    collection_methods,
    default_methods,
    discounts,
    invoices,
    payment_attempts,
    renewal,
    setup_intents,
    subscription_invoices,
    subscription_status,
    subscription_timeline,
)
from mockbill.billing.usage import arrears
from mockbill.world import Doc, Work

OFF_SESSION = "off_session"  # renewals are charged so, and the first payment sets the method up for that


def bill(
    w: Work,
    subscription: Doc,
    timeline: subscription_timeline.Timeline,
    behavior: str = "allow_incomplete",
    *,
    quote: str | None = None,
) -> Doc:
    """Draft, finalize and charge the first invoice as ``payment_behavior`` says; answers the subscription.

    There is none where nothing is charged for until the anchor (no prorations) and nothing waits.  Where an accepted
    ``quote`` (its id) or a schedule begins the subscription, it stays a draft for an hour.
    """
    charged = arrears.billed(w, subscription, timeline.charged(subscription["items"]["data"]))
    if not charged and not subscription_invoices.pending(w, subscription):
        return _without_invoice(w, subscription, behavior)
    waits = quote is not None or subscription["schedule"] is not None
    draft = _drafted(w, subscription, timeline, charged, quote, waits=waits)
    subscription = w.change(subscription, latest_invoice=draft["id"])
    if waits or subscription["collection_method"] == collection_methods.SENT:
        return _sent(w, subscription, draft)
    method = default_methods.method_for(w, draft)
    opened = invoices.finalize(w, draft)
    if opened["amount_due"] == 0:
        return _nothing_due(
            w, subscription, draft, opened, needs_method=method is None and behavior == "default_incomplete"
        )
    amounts.check_amount(opened["amount_due"], opened["currency"], "items")  # more than one payment can be
    if subscription["status"] == "trialing":  # it begins when what is charged along with it is paid (memory)
        subscription = w.change(subscription, status="incomplete")
    if behavior == "default_incomplete":
        _announce(w, subscription, draft, opened)
        collection.open_payment(w, opened, setup_future_usage=OFF_SESSION)
        return subscription
    if method is None:
        raise collection.no_method_problem()
    return _charge(w, subscription, draft, opened, method, or_nothing=behavior == "error_if_incomplete")


def _drafted(
    w: Work,
    subscription: Doc,
    timeline: subscription_timeline.Timeline,
    charged: list[Doc],
    quote: str | None,
    *,
    waits: bool,
) -> Doc:
    """The stored draft of what is charged at first, and of what waits for it."""
    draft = subscription_invoices.draft(
        w,
        subscription,
        charged,
        trial=timeline.trial is not None,
        prorated=timeline.trial is None and not timeline.free,
        billing_reason="subscription_create",
        period_start=w.now,
        period_end=w.now,
        **collection_methods.hour_of_draft(w, subscription, waits=waits),
    )
    return w.change(draft, parent={**draft["parent"], "quote_details": {"quote": quote}}) if quote else draft


def _sent(w: Work, subscription: Doc, draft: Doc) -> Doc:
    """Active at once; the invoice goes out, or is charged, in an hour."""
    if subscription["status"] != "trialing":
        subscription = w.change(subscription, status="active")
    w.emit("customer.subscription.created", subscription)
    w.emit("invoice.created", draft)
    renewal.warn_of_short_trial(w, subscription)
    return subscription


def _charge(w: Work, subscription: Doc, draft: Doc, opened: Doc, method: str, *, or_nothing: bool) -> Doc:
    """Charge now.  Stripe tells of a payment that passed before the subscription, of one that did not after it."""
    mark = len(w.events)
    intent = collection.open_payment(w, opened, setup_future_usage=OFF_SESSION)
    intent = payment_attempts.attempt(w, intent, method_id=method, off_session=True, waits_for_action=True)
    payment = w.take_events(mark)
    if intent["status"] == "succeeded":
        w.events += payment
        saved = subscription_status.saved_method(subscription, method)
        active = w.change(subscription, status=subscription_status.when_paid(w, subscription), **saved)
        collection.payment_paid(w, born_paid(w, active, draft, opened))
        return _warned(w, active)
    if intent["status"] == "processing":
        w.events += payment
        saved = subscription_status.saved_method(subscription, method)
        active = w.change(subscription, status=subscription_status.when_paid(w, subscription), **saved)
        born_waiting(w, active, draft, opened)
        return _warned(w, active)
    if or_nothing:
        raise collection.refusal(intent)
    _announce(w, subscription, draft, opened)
    w.events += payment
    collection.settle(w, opened, intent, automatic=True)
    return w.need("subscription", subscription["id"])


def born_waiting(w: Work, active: Doc, draft: Doc, opened: Doc) -> None:
    """A bank was asked: active from the beginning, its invoice open until the bank has answered."""
    _announce(w, active, draft, opened)
    collection.begin_waiting(w, opened, automatic=True)


def _nothing_due(w: Work, subscription: Doc, draft: Doc, opened: Doc, *, needs_method: bool) -> Doc:
    subscription = _started(w, subscription, needs_method=needs_method)
    born_paid(w, subscription, draft, opened)
    return _warned(w, subscription)


def _warned(w: Work, subscription: Doc) -> Doc:
    """The subscription as its first invoice has left it, its discounts used, after the warning of a short trial."""
    subscription = w.need("subscription", subscription["id"])
    renewal.warn_of_short_trial(w, subscription)
    return subscription


def _without_invoice(w: Work, subscription: Doc, behavior: str) -> Doc:
    has_method = default_methods.method_of(w, subscription, subscription["customer"]) is not None
    needs_method = behavior == "default_incomplete" and not has_method
    subscription = _started(w, subscription, needs_method=needs_method)
    w.emit("customer.subscription.created", subscription)
    return subscription


def _started(w: Work, subscription: Doc, *, needs_method: bool) -> Doc:
    """Active, or on trial; a setup intent collects what will pay later."""
    if subscription["status"] != "trialing":
        subscription = w.change(subscription, status="active")
    if needs_method:
        intent = setup_intents.start(w, customer=subscription["customer"], usage="off_session")
        subscription = w.change(subscription, pending_setup_intent=intent["id"])
    return subscription


def born_paid(w: Work, subscription: Doc, draft: Doc, opened: Doc) -> Doc:
    """Tell of a subscription whose first invoice is paid before anybody hears of either; answers the paid invoice."""
    paid = invoices.mark_paid(w, opened, attempt_count=1 if opened["amount_due"] else 0)
    _announce(w, subscription, draft, opened)
    w.emit("invoice.paid", paid)
    w.emit("invoice.payment_succeeded", paid)
    return paid


def _announce(w: Work, subscription: Doc, draft: Doc, opened: Doc) -> None:
    w.emit("customer.subscription.created", subscription)
    w.emit("invoice.created", draft)
    w.emit("invoice.finalized", opened)
    discounts.used(w, opened)
