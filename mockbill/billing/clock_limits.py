"""Stripe's limits on test clocks, kept where an account asks for them (``clock_limits`` is ``strict``).

They are off by default: a year in one step, and a hundred customers on one clock, make shorter tests.  Stripe's words
for them are not established; these are ours, but for the one about changes during an advance.
"""

from mockbill.billing.subscription_status import ENDED
from mockbill.rules import clock_limits
from mockbill.rules.periods import iso
from mockbill.world import Doc, Problem, Work


def underway(clock: str) -> Problem:
    """What Stripe answers to changes while a clock advances: 429."""
    message = f"Test clock advancement underway - cannot perform modifications: {clock}"
    return Problem(message, status=429, code="lock_timeout")


def check_change(w: Work) -> None:
    """Refuse a request that has changed what is on a clock while that advances.

    Without the limits it may: a receiver that is told of a draft can add to it, in the moment of the draft.
    """
    if not _are_kept(w):
        return
    for doc in w.changed.values():
        timeline = w.world.timeline_of(doc)
        clock = w.get("test_helpers.test_clock", timeline)
        if clock is not None and clock["status"] == "advancing":
            raise underway(clock["id"])


def check_customers(w: Work, clock: str) -> None:
    """Refuse one customer too many on a clock."""
    if _are_kept(w) and len(w.find("customer", test_clock=clock)) >= clock_limits.CUSTOMERS:
        most = clock_limits.CUSTOMERS
        raise Problem(f"You can add at most {most} customers to a test clock; {clock} has them.", param="test_clock")


def check_subscriptions(w: Work, customer: Doc) -> None:
    """Refuse one subscription too many of a customer on a clock."""
    if not customer["test_clock"] or not _are_kept(w):
        return
    living = [doc for doc in w.find("subscription", customer=customer["id"]) if doc["status"] not in ENDED]
    living += w.find("subscription_schedule", customer=customer["id"], status="not_started")
    if len(living) >= clock_limits.SUBSCRIPTIONS:
        most = clock_limits.SUBSCRIPTIONS
        raise Problem(f"A customer on a test clock can have at most {most} subscriptions.", param="customer")


def check_quotes(w: Work, clock: str) -> None:
    """Refuse one quote too many that has no customer yet on a clock."""
    if _are_kept(w) and len(w.find("quote", customer=None, test_clock=clock)) >= clock_limits.QUOTES:
        most = clock_limits.QUOTES
        raise Problem(f"A test clock can hold at most {most} quotes without a customer.", param="test_clock")


def check_distance(w: Work, clock: Doc, target: int) -> None:
    """Refuse a step of more than two intervals of the shortest subscription, or two years without one."""
    if not _are_kept(w):
        return
    recurring = [
        (item["price"]["recurring"]["interval"], item["price"]["recurring"]["interval_count"])
        for subscription in w.find("subscription", test_clock=clock["id"])
        if subscription["status"] not in ENDED
        for item in subscription["items"]["data"]
    ]
    furthest = clock_limits.furthest(clock["frozen_time"], recurring)
    if target > furthest:
        raise Problem(
            "Invalid frozen_time: a test clock advances by at most two intervals of its shortest subscription at once, "
            f"or by two years where it has none; here to {furthest} ({iso(furthest)}).",
            param="frozen_time",
        )


def _are_kept(w: Work) -> bool:
    return w.settings.clock_limits == "strict"
