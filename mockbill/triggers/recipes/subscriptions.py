"""Subscriptions and their schedules."""

from typing import Any

from mockbill.triggers.cause import MONTH, Cause
from mockbill.triggers.recipes.plain import NOTED
from mockbill.triggers.registry import fresh
from mockbill.world import Doc

_CREATE, _UPDATE = "POST /v1/subscriptions", "POST /v1/subscriptions/{subscription_exposed_id}"
_SCHEDULE = "POST /v1/subscription_schedules"
_DAY = 86_400  # seconds
_MONTHS = 4 * MONTH  # in which an account's dunning comes to its end


@fresh("customer.subscription.created", sets=_CREATE)
def created(c: Cause) -> None:
    c.subscription()


@fresh("customer.subscription.updated", sets=_UPDATE)
def updated(c: Cause) -> None:
    c.post(f"/v1/subscriptions/{c.subscription()['id']}", NOTED)


@fresh("customer.subscription.deleted")
def deleted(c: Cause) -> None:
    c.delete(f"/v1/subscriptions/{c.subscription()['id']}")


@fresh("customer.subscription.trial_will_end", sets=_CREATE)
def trial_will_end(c: Cause) -> None:
    c.subscription(trial_end=c.now + 2 * _DAY)


def _paused(c: Cause) -> str:
    subscription = c.subscription(billing_mode={"type": "flexible"})
    c.post(f"/v1/subscriptions/{subscription['id']}/pause", type="subscription")
    return str(subscription["id"])


@fresh("customer.subscription.paused")
def paused(c: Cause) -> None:
    _paused(c)


@fresh("customer.subscription.resumed", sets="POST /v1/subscriptions/{subscription}/resume")
def resumed(c: Cause) -> None:
    c.post(f"/v1/subscriptions/{_paused(c)}/resume")


def _waiting(c: Cause) -> Doc:
    """A subscription with an update to 50.00 that waits for a payment that its card declines."""
    customer = c.customer()
    subscription = c.subscription(customer)
    c.use_card(customer, "pm_card_chargeCustomerFail")
    changed: Doc = c.post(
        f"/v1/subscriptions/{subscription['id']}",
        items=[{"id": subscription["items"]["data"][0]["id"], "price": c.price(5000)}],
        payment_behavior="pending_if_incomplete",
        proration_behavior="always_invoice",
    )
    return changed


@fresh("customer.subscription.pending_update_applied")
def update_applied(c: Cause) -> None:
    c.post(f"/v1/invoices/{_waiting(c)['latest_invoice']}/pay", payment_method="pm_card_visa")


@fresh("customer.subscription.pending_update_expired")
def update_expired(c: Cause) -> None:
    c.post(f"/v1/invoices/{_waiting(c)['latest_invoice']}/void")


# schedules


def schedule(c: Cause, customer: str | None = None, **params: Any) -> Doc:
    """A schedule of two phases of a month each, one unit and then two, that begins now."""
    price = c.price()
    phases = [
        {"items": [{"price": price, "quantity": quantity}], "duration": {"interval": "month"}} for quantity in (1, 2)
    ]
    wanted = {"customer": customer or c.customer(), "start_date": "now", "phases": phases, **params}
    made: Doc = c.post("/v1/subscription_schedules", wanted)
    return made


@fresh("subscription_schedule.created", sets=_SCHEDULE)
def schedule_created(c: Cause) -> None:
    schedule(c)


@fresh("subscription_schedule.updated", sets=f"{_SCHEDULE}/{{schedule}}")
def schedule_updated(c: Cause) -> None:
    c.post(f"/v1/subscription_schedules/{schedule(c)['id']}", NOTED)


@fresh("subscription_schedule.released")
def schedule_released(c: Cause) -> None:
    c.post(f"/v1/subscription_schedules/{schedule(c)['id']}/release")


@fresh("subscription_schedule.canceled")
def schedule_canceled(c: Cause) -> None:
    c.post(f"/v1/subscription_schedules/{schedule(c)['id']}/cancel")


@fresh("subscription_schedule.expiring", "subscription_schedule.completed", sets=_SCHEDULE)
def schedule_completed(c: Cause) -> None:
    """Its months go by on a test clock."""
    customer, clock = c.timed_customer()
    schedule(c, customer)
    c.advance(clock, c.time_of(clock) + 2 * MONTH + _DAY)


@fresh("subscription_schedule.aborted", sets=_SCHEDULE)
def schedule_aborted(c: Cause) -> None:
    """Its renewals are declined until the account's dunning has had enough, on a test clock."""
    customer, clock = c.timed_customer()
    long = [{"items": [{"price": c.price(), "quantity": 1}], "duration": {"interval": "year"}}]
    schedule(c, customer, phases=long)
    c.use_card(customer, "pm_card_chargeCustomerFail")
    c.advance(clock, c.time_of(clock) + _MONTHS)
