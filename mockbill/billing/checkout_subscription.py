"""The subscription that a completed checkout session starts: active from birth, its first invoice already paid."""

from mockbill.billing import (
    checkout,
    checkout_cycles,
    checkout_discounts,
    checkout_items,
    checkout_taxes,
    collection,
    customer_facts,
    first_invoice,
    invoices,
    renewal,
    subscription_invoices,
    subscription_timeline,
    subscriptions,
)
from mockbill.billing.usage import arrears
from mockbill.world import Doc, Work


def start_subscription(w: Work, session: Doc, customer: Doc, intent: Doc) -> Doc:
    """The subscription of a session whose ``intent`` has succeeded or is processing; what paid it pays the renewals."""
    items = checkout_items.of_session(w, session)
    data = checkout_cycles.data_of(w, session, checkout.asked(w, session))
    customer_facts.check_currency(customer, session["currency"])
    customer_facts.note(w, customer["id"], currency=session["currency"])
    picked = checkout_items.recurring(w, items)
    timeline = subscription_timeline.of(w, data, picked, flexible=subscriptions.is_flexible(data))
    trial = timeline.trial
    subscription = subscriptions.build(
        w,
        customer,
        picked,
        timeline,
        {name: value for name, value in data.items() if name != "default_tax_rates"},  # they may be archived by now
        **checkout_taxes.of_subscription(w, session),
        currency=session["currency"],
        default_payment_method=intent["payment_method"],
    )
    if redeemed := checkout_discounts.redeem(w, session, customer, subscription=subscription["id"]):
        subscription = w.change(subscription, discounts=redeemed)
    status = "trialing" if trial else "active"
    billed = arrears.billed(w, subscription, timeline.charged(subscription["items"]["data"]))
    one_time = [item for item in items if not item["price"]["recurring"]]
    if not billed and not one_time:  # all of it is billed by its usage, after the first period
        return _without_invoice(w, w.change(subscription, status=status))
    draft = subscription_invoices.draft(
        w,
        subscription,
        billed,
        trial=trial is not None,
        prorated=trial is None and not timeline.free,
        one_time=one_time,
        charged=True,
        billing_reason="subscription_create",
        period_start=w.now,
        period_end=w.now,
    )
    subscription = w.change(subscription, latest_invoice=draft["id"], status=status)
    opened = invoices.finalize(w, draft, charged=True)
    if intent["object"] == "payment_intent":
        collection.link_payment(w, opened, intent)
    if intent["status"] == "processing":
        first_invoice.born_waiting(w, subscription, draft, opened)
    else:
        collection.payment_paid(w, first_invoice.born_paid(w, subscription, draft, opened))
    renewal.warn_of_short_trial(w, subscription)
    return subscription


def _without_invoice(w: Work, subscription: Doc) -> Doc:
    w.emit("customer.subscription.created", subscription)
    renewal.warn_of_short_trial(w, subscription)
    return subscription
