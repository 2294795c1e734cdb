"""New schedules: of a subscription that exists, or of nothing but a customer and phases."""

from typing import Any

from mockbill.billing import (
    customer_facts,
    default_methods,
    defaults,
    fields,
    subscription_status,
    subscriptions,
    unmodelled,
)
from mockbill.billing.connect import terms
from mockbill.billing.schedules import course, phases
from mockbill.billing.usage import thresholds
from mockbill.world import Doc, Problem, Work

LATER = ("customer_account", "pause_schedules")
_WITH_SUBSCRIPTION = {"expand", "from_subscription", "metadata"}


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/subscription_schedules``: begins at once, or waits for its ``start_date``."""
    unmodelled.refuse(params, LATER, "subscription schedules")
    if named := params.get("from_subscription"):
        return _from_subscription(w, w.need("subscription", named, "from_subscription"), params)
    customer = w.need("customer", _required(params, "customer"), "customer")
    w.use_clock_of(customer)
    start = _start(w, _required(params, "start_date"))
    flexible = subscriptions.is_flexible(params)
    settings = default_settings(
        w, params.get("default_settings") or {}, defaults.blank(KIND)["default_settings"], customer
    )
    frame = phases.Frame(customer, settings, flexible, None, {})
    planned = phases.read(w, params.get("phases") or [], start, frame)
    check(w, planned, settings)
    customer_facts.check_currency(customer, planned[0]["currency"])
    schedule = defaults.add(
        w,
        KIND,
        billing_mode=subscriptions.billing_mode(w, params),
        customer=customer["id"],
        default_settings=settings,
        end_behavior=params.get("end_behavior") or "release",
        metadata=params.get("metadata") or {},
        phases=planned,
        status="not_started",
        test_clock=customer["test_clock"],
    )
    course.rehearse(w, schedule, planned if start > w.now else planned[1:])
    if start > w.now:
        customer_facts.note(w, customer["id"], currency=planned[0]["currency"])
    else:
        schedule = course.begun(w, schedule)
    course.note_expiry(w, schedule)
    w.emit("subscription_schedule.created", schedule)
    return schedule


def _from_subscription(w: Work, subscription: Doc, params: dict[str, Any]) -> Doc:
    """One phase: what the subscription is, until its period ends, or until it is going to be canceled.

    That date is the schedule's now, and no longer moves along with the period (not established).
    """
    if others := sorted(params.keys() - _WITH_SUBSCRIPTION):
        raise Problem(
            "You can not set `from_subscription` together with other parameters: update the schedule after it was "
            f"created. Remove {', '.join(others)}.",
            param=others[0],
        )
    _check_free(subscription)
    w.use_clock_of(subscription)
    items = subscription["items"]["data"]
    start = min(item["current_period_start"] for item in items)
    end = subscription["cancel_at"] or min(item["current_period_end"] for item in items)
    schedule = defaults.add(
        w,
        KIND,
        billing_mode=subscription["billing_mode"],
        current_phase={"end_date": end, "start_date": start},
        customer=subscription["customer"],
        default_settings=_settings_of(subscription),
        end_behavior="cancel" if subscription["cancel_at"] else "release",
        metadata=params.get("metadata") or {},
        phases=[phases.of_subscription(subscription, start, end)],
        status="active",
        subscription=subscription["id"],
        test_clock=subscription["test_clock"],
    )
    course.note_expiry(w, schedule)
    w.emit("subscription_schedule.created", schedule)
    subscription_status.change(w, subscription, schedule=schedule["id"], cancel_at_period_end=False)
    return schedule


def _settings_of(subscription: Doc) -> Doc:
    """What later phases fall back on: what the subscription has now."""
    return {
        **defaults.blank(KIND)["default_settings"],
        **{name: subscription[name] for name in terms.NAMES},
        "automatic_tax": subscription["automatic_tax"],
        "billing_thresholds": subscription["billing_thresholds"],
        "collection_method": subscription["collection_method"],
        "default_payment_method": subscription["default_payment_method"],
        "description": subscription["description"],
        "invoice_settings": phases.settings_of(subscription),
    }


def default_settings(w: Work, sent: dict[str, Any], before: Doc, customer: Doc) -> Doc:
    """The settings that phases fall back on, after a request that touches some of them."""
    where = "default_settings"
    terms.check(w, sent, before, where)
    phases.refuse_other_accounts(sent, "subscription schedules")
    thresholds.check(w, sent, [], where=where)
    shown: Doc = fields.fitted(KIND, (where,), sent, before)
    if method := default_methods.named_method(w, sent, customer["id"]):
        shown = {**shown, "default_payment_method": method}
    return shown


def check(w: Work, planned: list[Doc], settings: Doc) -> None:
    """Problem for phases that cannot be, each for itself."""
    for position, phase in enumerate(planned):
        phases.check_collection(phase, settings, f"phases[{position}]")
    if planned[0]["end_date"] <= w.now:
        raise Problem("The first phase of a subscription schedule must end in the future.", param="phases[0][end_date]")


def _start(w: Work, asked: int | str) -> int:
    start = w.now if asked == "now" else int(asked)
    phases.check_date(start, "start_date")
    return start


def _check_free(subscription: Doc) -> None:
    if subscription["status"] not in subscription_status.RENEWING:
        raise Problem(f"You cannot migrate a subscription that is {subscription['status']}.", param="from_subscription")
    if subscription["schedule"]:
        raise Problem(
            f"You cannot migrate a subscription that is already attached to a schedule: {subscription['schedule']}.",
            param="from_subscription",
        )


def _required(params: dict[str, Any], name: str) -> Any:
    if not params.get(name):
        raise Problem(f"Missing required param: {name}.", code="parameter_missing", param=name)
    return params[name]


KIND = "subscription_schedule"
