"""Test clocks: time that an application moves itself, for the customers that it puts on them."""

from typing import Any

from mockbill.billing import clock_limits, customer_deletion, defaults
from mockbill.billing.quotes import endings as quotes
from mockbill.rules.periods import LATEST
from mockbill.world import Advanced, Doc, Problem, Work, World

_KEPT = 30 * 86_400  # seconds until Stripe deletes a clock
_CLOCKED = (  # what holds the clock of its customer
    "billing.credit_grant", "invoice", "invoiceitem", "quote", "subscription", "subscription_schedule",
)  # fmt: skip
_DRIVEN = ("checkout.session", "payment_intent", "refund", "tax_id")  # what follows its customer's without holding it


def create(w: Work, params: dict[str, Any]) -> Doc:
    """``POST /v1/test_helpers/test_clocks``: ``frozen_time`` in seconds, past or future."""
    _check_time(params["frozen_time"])
    clock = defaults.add(
        w,
        "test_helpers.test_clock",
        frozen_time=params["frozen_time"],
        name=params.get("name"),
        deletes_after=w.now + _KEPT,
    )
    if customer := params.get("customer"):
        _attach(w, customer, clock["id"])
    w.emit("test_helpers.test_clock.created", clock)
    return clock


def begin_advance(w: Work, clock: Doc, params: dict[str, Any]) -> Doc:
    """Start to advance: the answer says ``advancing``; ``finish_advance`` makes it ``ready``."""
    target = params["frozen_time"]
    if clock["status"] == "advancing":
        raise clock_limits.underway(clock["id"])
    _check_time(target)
    if target <= clock["frozen_time"]:
        raise Problem(
            f"Invalid frozen_time: must be after the clock's current frozen_time, {clock['frozen_time']}.",
            param="frozen_time",
        )
    clock_limits.check_distance(w, clock, target)
    details = {"advancing": {"target_frozen_time": target}}
    changed = w.change(clock, status="advancing", status_details=details)
    w.emit("test_helpers.test_clock.advancing", changed)
    return changed


def finish_advance(world: World, id: str, until: int) -> Advanced:
    """Go all the way of an advance that has begun; events ``ready``, or ``internal_failure`` where something broke."""
    status = "internal_failure"
    try:
        done = world.advance(until, id)
        status = "ready"
        return done
    finally:
        with world.work(timeline=id) as w:
            if (clock := w.get("test_helpers.test_clock", id)) is not None:
                w.emit(f"test_helpers.test_clock.{status}", w.change(clock, status=status, status_details={}))


def delete(w: Work, clock: Doc) -> Doc:
    """``DELETE``: its customers go with it, and with them their subscriptions."""
    if clock["status"] == "advancing":
        raise clock_limits.underway(clock["id"])
    w.use_clock_of({"test_clock": clock["id"]})
    for customer in w.find("customer", test_clock=clock["id"]):
        customer_deletion.delete(w, customer)
    quotes.cancel_all_on(w, clock)
    answer = w.remove(clock)
    w.emit("test_helpers.test_clock.deleted", clock)
    return answer


def due(_: World, clock: Doc) -> tuple[int, str]:
    """Stripe deletes a clock 30 days after it was made; those are days of the account's own time."""
    return clock["deletes_after"], "test_clock.delete"


def delete_in_time(w: Work, clock: Doc) -> None:
    """The days of a clock are over; one that is being advanced just then stays until it is deleted by hand."""
    if clock["status"] != "advancing":
        delete(w, clock)


def _check_time(instant: int) -> None:
    if not 0 <= instant <= LATEST:
        raise Problem("Invalid timestamp: must be between the years 1970 and 9999.", param="frozen_time")


def _attach(w: Work, id: str, clock: str) -> None:
    """Put an existing customer on the clock, for good, and all it has."""
    customer = w.need("customer", id, "customer")
    if customer["test_clock"]:
        raise Problem(f"The customer {id} is already attached to a test clock.", param="customer")
    clock_limits.check_customers(w, clock)
    changed = w.change(customer, test_clock=clock)
    for kind in _CLOCKED:
        for doc in w.find(kind, customer=id):
            w.change(doc, test_clock=clock)
    for kind in _DRIVEN:
        for doc in w.find(kind, customer=id):
            w.reschedule(doc)
    w.emit("customer.updated", changed, customer)
