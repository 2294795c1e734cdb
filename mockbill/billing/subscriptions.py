"""Subscriptions: created in every payment situation, updated, canceled (stripe-behaviour.md 3.3, 3.4, 3.8)."""

from dataclasses import dataclass
from typing import Any

from mockbill.billing import (
    collection,
    customer_facts,
    defaults,
    fields,
    first_invoice,
    renewal,
    subscription_changes,
    subscription_items,
    subscription_status,
    unmodelled,
)
from mockbill.rules import periods
from mockbill.rules.periods import DAY
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
    "default_tax_rates",
    "discounts",
    "on_behalf_of",
    "pending_invoice_item_interval",
    "transfer_data",
    "trial_from_plan",
)
_OURS = (
    "billing_mode", "cancel_at", "cancel_at_period_end", "cancellation_details", "customer", "default_payment_method",
    "items", "trial_end",
)  # fmt: skip
_LONGEST_TRIAL = 730  # days


@dataclass(frozen=True, slots=True)
class Trial:
    """When a trial begins and ends, in seconds."""

    start: int
    end: int


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/subscriptions``; what becomes of it is decided by its first invoice (``first_invoice``)."""
    customer = w.need("customer", _required(params, "customer"), "customer")
    w.use_clock_of(customer)
    unmodelled.refuse(params, LATER, "subscriptions")
    _check_behavior(params)
    picked = subscription_items.chosen(w, params.get("items") or [])
    currency = picked[0]["price"]["currency"]
    if params.get("currency", currency).lower() != currency:
        raise Problem(f"The prices of this subscription are in {currency}, not {params['currency']}.", param="currency")
    customer_facts.check_currency(customer, currency)
    trial = trial_of(w, params)
    method = collection.named_method(w, params, customer["id"])
    customer_facts.note(w, customer["id"], currency=currency)
    draft = build(w, customer, picked, trial, params, default_payment_method=method)
    return first_invoice.bill(w, draft, params.get("payment_behavior") or "allow_incomplete")


def build(w: Work, customer: Doc, picked: list[Doc], trial: Trial | None, params: dict[str, Any], **own: Any) -> Doc:
    """A stored subscription that is still ``incomplete`` (or trialing), without events."""
    id = w.id("subscription")
    anchor = trial.end if trial else w.now
    recurring = picked[0]["price"]["recurring"]
    end = (
        trial.end
        if trial
        else periods.next_boundary(anchor, recurring["interval"], recurring["interval_count"], anchor)
    )
    items = subscription_items.built(w, id, picked, w.now, end)
    subscription = defaults.add(
        w,
        "subscription",
        **{
            **fields.fields_of("subscription", params, defaults.DEFAULTS["subscription"], but=_OURS),
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
            **own,
        },
    )
    if params.get("cancel_at_period_end") or params.get("cancel_at"):
        subscription = w.change(subscription, **_cancellation(w, subscription, params))
    return subscription


def update(w: Work, subscription: Doc, params: dict[str, Any]) -> Doc:
    """``POST /v1/subscriptions/{id}``: items, metadata, payment method, trial end, cancellation at a later time."""
    if subscription["status"] in subscription_status.ENDED:
        _only(params, ("metadata", "cancellation_details"))
    unmodelled.refuse(params, (*LATER, "pause_collection"), "updates of subscriptions")
    _check_collection(params)
    customer = w.need("customer", subscription["customer"], "customer")
    changes = fields.fields_of("subscription", params, subscription, but=_OURS)
    if "default_payment_method" in params:
        changes["default_payment_method"] = collection.named_method(w, params, customer["id"])
    if details := params.get("cancellation_details"):
        changes["cancellation_details"] = fields.fitted(
            "subscription", ("cancellation_details",), details, subscription["cancellation_details"]
        )
    if {"cancel_at_period_end", "cancel_at"} & params.keys():
        changes.update(_cancellation(w, {**subscription, **changes}, params))
    sent, trial_end = params.get("items"), params.get("trial_end")
    if sent and trial_end:
        # A trial costs nothing, so the items change first and for free; then the trial ends, or goes on.
        changed = subscription_changes.replaced(w, subscription, sent)
        return _change_trial(w, subscription, trial_end, {**changes, **changed})
    if trial_end:
        return _change_trial(w, subscription, trial_end, changes)
    if sent:
        return subscription_changes.apply(w, subscription, sent, params, changes)
    return subscription_status.change(w, subscription, **changes)


def cancel(w: Work, subscription: Doc, params: dict[str, Any]) -> Doc:
    """``DELETE /v1/subscriptions/{id}``: ended now, without proration; answers the whole subscription."""
    if subscription["status"] in subscription_status.ENDED:
        raise Problem(f"No such subscription: '{subscription['id']}'", code="resource_missing", param="id", status=404)
    unmodelled.refuse(params, ("invoice_now", "prorate"), "cancellations")
    details = {name: value or None for name, value in (params.get("cancellation_details") or {}).items()}
    return subscription_status.end(
        w,
        subscription,
        "cancellation_requested",
        cancel_at=None,
        cancel_at_period_end=False,
        cancellation_details=details,
    )


def trial_of(w: Work, params: dict[str, Any]) -> Trial | None:
    """The trial that ``trial_period_days`` or ``trial_end`` asks for."""
    days, end = params.get("trial_period_days"), params.get("trial_end")
    if days is not None and end is not None:
        raise Problem("You may only specify one of these parameters: trial_end, trial_period_days.")
    if days is not None:
        if not 0 <= days <= _LONGEST_TRIAL:
            raise Problem(
                f"Invalid trial_period_days: must be between 1 and {_LONGEST_TRIAL}.", param="trial_period_days"
            )
        return Trial(w.now, w.now + days * DAY) if days else None
    if end in (None, "", "now"):
        return None
    if end <= w.now:
        raise Problem("Invalid timestamp: must be in the future", param="trial_end")
    if end > w.now + _LONGEST_TRIAL * DAY:
        raise Problem("Invalid timestamp: can be no more than two years in the future", param="trial_end")
    return Trial(w.now, end)


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
    _check_collection(params)


def _check_collection(params: dict[str, Any]) -> None:
    by_mail = {"collection_method": params.get("collection_method") == "send_invoice"}
    unmodelled.refuse(by_mail, ["collection_method"], "subscriptions")


def _cancellation(w: Work, subscription: Doc, params: dict[str, Any]) -> dict[str, Any]:
    """The fields of a cancellation that is planned, moved or taken back."""
    at_period_end, at = params.get("cancel_at_period_end"), params.get("cancel_at")
    if at_period_end and at:
        raise Problem("You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
    _, end = subscription_items.period_of(subscription)
    if at in ("min_period_end", "max_period_end", "max_billed_until"):
        at = end
    if at and at <= w.now:
        raise Problem("Invalid timestamp: must be in the future", param="cancel_at")
    if at and at != end:
        unmodelled.refuse({"cancel_at": at}, ["cancel_at"], "a date that is not the end of the current period")
    if not at_period_end and not at:
        details = {**subscription["cancellation_details"], "reason": None}
        return {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": None, "cancellation_details": details}
    return {
        "cancel_at": end,
        "cancel_at_period_end": bool(at_period_end),
        "canceled_at": w.now,
        "cancellation_details": {**subscription["cancellation_details"], "reason": "cancellation_requested"},
    }


def _change_trial(w: Work, subscription: Doc, end: int | str, changes: dict[str, Any]) -> Doc:
    """End the trial now, or move its end; a cancellation at the end of the period moves along."""
    if subscription["status"] != "trialing":
        unmodelled.refuse({"trial_end": True}, ["trial_end"], "subscriptions that are not on trial")
    if end == "now":
        return renewal.end_trial_now(w, w.change(subscription, **changes), subscription)
    trial = trial_of(w, {"trial_end": end})
    assert trial is not None  # "now" was seen to, and other values give a trial or a Problem
    items: Doc = changes.get("items") or subscription["items"]
    start, _ = subscription_items.period_of(subscription)
    planned = changes.get("cancel_at_period_end", subscription["cancel_at_period_end"])
    return subscription_status.change(
        w,
        subscription,
        **{
            **changes,
            **({"cancel_at": trial.end} if planned else {}),
            "trial_end": trial.end,
            "billing_cycle_anchor": trial.end,
            "items": subscription_items.in_period(items, start, trial.end),
        },
    )


def _only(params: dict[str, Any], allowed: tuple[str, ...]) -> None:
    if any(name not in allowed for name in params):
        raise Problem(
            "A canceled subscription can only update its cancellation_details and metadata.",
            code="invalid_canceled_subscription_fields",
        )


def _required(params: dict[str, Any], name: str) -> str:
    if not params.get(name):
        raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
    return str(params[name])
