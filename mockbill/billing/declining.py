"""Declines that were asked for: a fault has a customer's next payment by card refused, be the card what it may."""

from mockbill.rules import declines
from mockbill.rules.declines import Decline
from mockbill.world import Work


def by_fault(w: Work, payment: str, customer: str | None) -> Decline | None:
    """The decline that a payment (by its id) of this customer runs into, which is thereby used up.

    Cards only: a bank debit has failures of its own, and its numbers decide them.
    """
    faults = w.world.faults
    if not faults.may_decline:
        return None
    code = faults.of_payment(payment, customer, w, rehearsing=w.rehearsing)
    return declines.named(code) if code is not None else None
