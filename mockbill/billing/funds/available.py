"""Funds that are available at once, as test cards bring them: ``balance.available`` says so."""

from mockbill.billing import balance
from mockbill.rules.cards import Card
from mockbill.world import Work


def on_charge(w: Work, charge_id: str, card: Card) -> None:
    """A charge has been captured whose funds pend no days: told last in the same unit of work, whatever the schedule.

    Stripe tells of them some seconds later (its CLI's trigger for this event is such a charge).
    """
    if card.bypass_pending:
        w.at_the_end(lambda: _tell(w, charge_id))


def _tell(w: Work, charge_id: str) -> None:
    if w.get("charge", charge_id) is not None:
        w.emit("balance.available", balance.balance(w))
