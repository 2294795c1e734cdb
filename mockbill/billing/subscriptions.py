"""Subscriptions: created in every payment situation (stripe-behaviour.md 3.3)."""

from typing import Any

from mockbill.billing import (
    clock_limits,
    collection,
    customer_facts,
    defaults,
    fields,
    first_invoice,
    subscription_cancellation,
    subscription_items,
    subscription_trials,
    taxing,
    unmodelled,
)
from mockbill.world import Doc, Problem, Work

LATER = (
    "add_invoice_items",
    "application_fee_percent",
    "automatic_tax",
    "backdate_start_date",
    "billing_cycle_anchor",
    "billing_cycle_anchor_config",
    "billing_schedules",
    "billing_thresholds",
    "customer_account",
    "days_until_due",
    "default_source",
    "discounts",
    "on_behalf_of",
    "pending_invoice_item_interval",
    "transfer_data",
    "trial_from_plan",
)
OURS = (
    "billing_mode", "cancel_at", "cancel_at_period_end", "cancellation_details", "customer", "default_payment_method",
    "default_tax_rates", "items", "trial_end",
)  # fmt: skip


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/subscriptions``; what becomes of it is decided by its first invoice (``first_invoice``)."""
    customer = w.need("customer", _required(params, "customer"), "customer")
    w.use_clock_of(customer)
    unmodelled.refuse(params, LATER, "subscriptions")
    _check_behavior(params)
    mode = _billing_mode(w, params)
    picked = subscription_items.chosen(w, params.get("items") or [], mixed=mode["type"] == "flexible")
    currency = picked[0]["price"]["currency"]
    if params.get("currency", currency).lower() != currency:
        raise Problem(f"The prices of this subscription are in {currency}, not {params['currency']}.", param="currency")
    customer_facts.check_currency(customer, currency)
    trial = subscription_trials.trial_of(w, params)
    method = collection.named_method(w, params, customer["id"])
    customer_facts.note(w, customer["id"], currency=currency)
    draft = build(w, customer, picked, trial, params, default_payment_method=method)
    return first_invoice.bill(w, draft, params.get("payment_behavior") or "allow_incomplete")


def build(
    w: Work,
    customer: Doc,
    picked: list[Doc],
    trial: subscription_trials.Trial | None,
    params: dict[str, Any],
    **own: Any,
) -> Doc:
    """A stored subscription that is still ``incomplete`` (or trialing), without events."""
    clock_limits.check_subscriptions(w, customer)
    id = w.id("subscription")
    anchor = trial.end if trial else w.now
    items = [
        subscription_items.built(
            w,
            id,
            pick,
            w.now,
            trial.end if trial else subscription_items.period_end(anchor, pick["price"], w.now),
        )
        for pick in picked
    ]
    subscription = defaults.add(
        w,
        "subscription",
        **{
            **fields.fields_of("subscription", params, defaults.DEFAULTS["subscription"], but=OURS),
            **subscription_items.face(items),
            "id": id,
            "billing_cycle_anchor": anchor,
            "billing_mode": _billing_mode(w, params),
            "currency": picked[0]["price"]["currency"],
            "customer": customer["id"],
            "items": subscription_items.as_list(id, items),
            "start_date": w.now,
            "status": "trialing" if trial else "incomplete",
            "test_clock": customer["test_clock"],
            "trial_start": trial.start if trial else None,
            "trial_end": trial.end if trial else None,
            **taxing.fields_named(w, params, "default_tax_rates"),
            **own,
        },
    )
    if params.get("cancel_at_period_end") or params.get("cancel_at"):
        subscription = w.change(subscription, **subscription_cancellation.planned(w, subscription, params))
    return subscription


def _billing_mode(w: Work, params: dict[str, Any]) -> Doc:
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
    check_collection(params)


def _required(params: dict[str, Any], name: str) -> str:
    if not params.get(name):
        raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
    return str(params[name])


def check_collection(params: dict[str, Any]) -> None:
    """501 for invoices that are sent: not modelled for subscriptions yet."""
    by_mail = {"collection_method": params.get("collection_method") == "send_invoice"}
    unmodelled.refuse(by_mail, ["collection_method"], "subscriptions")
