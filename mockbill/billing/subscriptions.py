"""Subscriptions: created in every payment situation (stripe-behaviour.md 3.3)."""

from typing import Any

from mockbill.billing import (
    added_invoice_items,
    automatic_tax,
    cancellation_plans,
    clock_limits,
    collection_methods,
    customer_facts,
    default_methods,
    defaults,
    discounts,
    fields,
    first_invoice,
    pending_item_intervals,
    prices,
    subscription_items,
    subscription_status,
    subscription_timeline,
    taxing,
    unmodelled,
)
from mockbill.billing.connect import beside, terms
from mockbill.billing.usage import thresholds
from mockbill.world import Doc, Problem, Work

LATER = (
    "billing_schedules",
    "customer_account",
)
MOST = 500  # current subscriptions of one customer
OURS = (
    "automatic_tax", "billing_mode", "currency", "cancel_at", "cancel_at_period_end", "cancellation_details",
    "customer", "default_payment_method", "default_source", "default_tax_rates", "discounts", "items",
    "pending_invoice_item_interval", "trial_end",
)  # fmt: skip


def create(w: Work, params: dict[str, Any], *, schedule: str | None = None) -> Doc:
    """``POST /v1/subscriptions``; what becomes of it is decided by its first invoice (``first_invoice``).

    One that a ``schedule`` creates is active at once, and its first invoice stays a draft for an hour.
    """
    customer = w.need("customer", _required(params, "customer"), "customer")
    w.use_clock_of(customer)
    unmodelled.refuse(params, LATER, "subscriptions")
    terms.check(w, params)
    _check_behavior(params)
    flexible = is_flexible(params)
    picked = subscription_items.chosen(w, params.get("items") or [], mixed=flexible)
    thresholds.check(w, params, [pick["price"] for pick in picked])
    currency = prices.currency_for(w, [pick["price"] for pick in picked], params.get("currency"), customer, "items")
    customer_facts.check_currency(customer, currency)
    check_number(w, customer)
    taxed = automatic_tax.of_subscription(params, {}, customer)
    timeline = subscription_timeline.of(w, params, picked, flexible=flexible)
    method = default_methods.named_method(w, params, customer["id"])
    customer_facts.note(w, customer["id"], currency=currency)
    source = default_methods.named_source(w, params, customer["id"])
    named = {"currency": currency, "default_payment_method": method, "default_source": source, "schedule": schedule}
    draft = build(w, customer, picked, timeline, params, **named, **taxed)
    added_invoice_items.add(w, draft, params.get("add_invoice_items") or [])
    billed = first_invoice.bill(w, draft, timeline, params.get("payment_behavior") or "allow_incomplete")
    return w.need("subscription", billed["id"])  # a discount for once has left it by now


def build(
    w: Work,
    customer: Doc,
    picked: list[Doc],
    timeline: subscription_timeline.Timeline,
    params: dict[str, Any],
    **own: Any,
) -> Doc:
    """A stored subscription that is still ``incomplete`` (or trialing), without events."""
    clock_limits.check_subscriptions(w, customer)
    id = w.id("subscription")
    trial = timeline.trial
    own_discounts, items = _discounted(w, id, customer, picked, timeline, params.get("discounts"), own["currency"])
    subscription = defaults.add(
        w,
        "subscription",
        **{
            **fields.fields_of("subscription", params, defaults.DEFAULTS["subscription"], but=OURS),
            **subscription_items.face(items),
            **beside.made_by(w),
            "id": id,
            "billing_cycle_anchor": timeline.anchor,
            "billing_mode": billing_mode(w, params),
            "customer": customer["id"],
            "discounts": own_discounts,
            "items": subscription_items.as_list(id, items),
            "start_date": timeline.start,
            "status": "trialing" if trial else "incomplete",
            "test_clock": customer["test_clock"],
            "trial_start": trial.start if trial else None,
            "trial_end": trial.end if trial else None,
            **taxing.fields_named(w, params, "default_tax_rates", params.get("known_tax_rates", ())),
            **collection_methods.fields_of(params),
            **pending_item_intervals.fields_of(w, params, timeline.anchor),
            **own,
        },
    )
    if timeline.free and trial:
        w.keep("stub", id, free=True)
    if params.get("cancel_at_period_end") or params.get("cancel_at"):
        subscription = w.change(subscription, **cancellation_plans.planned(w, subscription, params))
    return subscription


def _discounted(
    w: Work,
    id: str,
    customer: Doc,
    picked: list[Doc],
    timeline: subscription_timeline.Timeline,
    sent: Any,
    currency: str,
) -> tuple[list[str], list[Doc]]:
    """The ids of the subscription's discounts, and its items in their periods with discounts of their own."""
    worth = subscription_items.worth(w, picked, currency) if sent else None
    own = discounts.redeem(w, sent, customer, currency=currency, amount=worth, subscription=id) if sent else []
    holder = {"customer": customer["id"], "currency": currency, "discounts": own}
    items = []
    for position, pick in enumerate(picked):
        item = subscription_items.built(w, id, pick, *timeline.periods_of(pick["price"])[-1])
        items.append(discounts.on_item(w, holder, item, pick, f"items[{position}]"))
    return own, items


def migrate(w: Work, subscription: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/subscriptions/{id}/migrate``: from classic to flexible billing, which cannot be taken back.

    The wording of the refusals is not established.
    """
    if subscription["status"] in subscription_status.ENDED:
        raise Problem(f"A subscription that is {subscription['status']} cannot be migrated.")
    if subscription_items.is_flexible(subscription):
        raise Problem("This subscription's billing mode is flexible already.", param="billing_mode[type]")
    return subscription_status.change(w, subscription, billing_mode=billing_mode(w, params))


def is_flexible(params: dict[str, Any]) -> bool:
    """Whether a creation asks for flexible billing, which is the default."""
    return bool((params.get("billing_mode") or {}).get("type") != "classic")


def billing_mode(w: Work, params: dict[str, Any]) -> Doc:
    """The billing mode that a creation asks for, as it is shown."""
    asked = params.get("billing_mode") or {"type": "flexible"}
    if asked["type"] == "classic":
        return {"flexible": None, "type": "classic"}
    flexible = {"proration_discounts": "included", **(asked.get("flexible") or {})}
    return {"flexible": flexible, "type": "flexible", "updated_at": w.now}


def _check_behavior(params: dict[str, Any]) -> None:
    if params.get("payment_behavior") == "pending_if_incomplete":
        raise Problem(
            "You can only use `payment_behavior=pending_if_incomplete` when updating a subscription.",
            param="payment_behavior",
        )


def check_number(w: Work, customer: Doc) -> None:
    """Problem for a customer who has as many subscriptions as one can have."""
    running = w.find("subscription", customer=customer["id"])
    if len(running) >= MOST and sum(each["status"] not in subscription_status.ENDED for each in running) >= MOST:
        raise Problem(
            f"Customer {customer['id']} has already the maximum of {MOST} current subscriptions.",
            code="customer_max_subscriptions",
        )


def _required(params: dict[str, Any], name: str) -> str:
    if not params.get(name):
        raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
    return str(params[name])
