"""Invoices that are sent to their customers instead of charged: their due dates, reminders, and what lateness means.

``collection_method=send_invoice`` (stripe-behaviour.md 3.3, 3.4, 2.13).  What follows when one stays unpaid is the
account's dunning policy (``dunning_end``).
"""

from mockbill.billing import collection, dunning_end, invoices, subscription_status
from mockbill.rules.periods import DAY
from mockbill.world import Doc, Work, World


def due(world: World, invoice: Doc) -> tuple[int, str] | None:
    """The next moment of an open invoice that was sent: a reminder, its due date, word that it is late, the end."""
    at = invoice["due_date"]
    if at is None:
        return None
    told = world.fetch("_notice", invoice["id"]) or {}
    settings = world.settings
    moments = []
    if settings.will_be_due_days and told.get("will_be_due") != at:
        moments.append((at - settings.will_be_due_days * DAY, 0, "invoice.will_be_due"))
    if told.get("past_due") != at:
        moments.append((at, 1, "invoice.past_due"))
    if settings.overdue_days and told.get("overdue") != at:
        moments.append((at + settings.overdue_days * DAY, 2, "invoice.overdue"))
    if invoice["auto_advance"] and (given_up := dunning_end.sent_invoice_due(world, invoice)):
        moments.append((given_up, 3, "invoice.give_up"))
    if not moments:
        return None
    when, _, verb = min(moments)
    return when, verb


def warn(w: Work, invoice: Doc) -> None:
    """``invoice.will_be_due``, some days before (a setting); not where fewer days were granted than that."""
    w.keep("notice", invoice["id"], will_be_due=invoice["due_date"])
    if invoice["due_date"] - w.settings.will_be_due_days * DAY >= invoice["status_transitions"]["finalized_at"]:
        w.emit("invoice.will_be_due", invoice)


def fall_due(w: Work, invoice: Doc) -> None:
    """The due date has come without a payment: the subscription is past due, its customer delinquent.

    Be it the latest invoice or not: with 30 days to pay, the next one is there before this one falls due.
    """
    w.keep("notice", invoice["id"], past_due=invoice["due_date"])
    subscription = w.get("subscription", invoices.subscription_of(invoice))
    if subscription is not None:
        subscription_status.overdue(w, subscription["id"], invoice)
    collection.note_delinquency(w, invoice, True)


def remind(w: Work, invoice: Doc) -> None:
    """``invoice.overdue``, some days after (a setting)."""
    w.keep("notice", invoice["id"], overdue=invoice["due_date"])
    w.emit("invoice.overdue", invoice)


def give_up(w: Work, invoice: Doc) -> None:
    """It was not paid for the days that the account grants after the due date: what follows a last retry follows."""
    held = invoices.hold(w, invoice)
    w.emit("invoice.updated", held, invoice)
    collection.let_go(w, held, w.settings.dunning, "payment_not_received")
