"""Collecting on invoices: finalize, charge, retry, and what success and failure mean for subscription and customer."""

from collections.abc import Callable
from typing import Any

from mockbill.billing import (
    amounts,
    customer_facts,
    default_methods,
    defaults,
    discounts,
    fields,
    intent_parameters,
    invoice_revisions,
    invoices,
    payment_attempts,
    payment_intents,
    subscription_status,
)
from mockbill.billing.bank_debits import payments
from mockbill.billing.connect import terms
from mockbill.billing.credits import application
from mockbill.billing.dunning_end import follows_dunning, give_up, policy_of
from mockbill.rules import dunning, money
from mockbill.world import Doc, Problem, Work

LISTENERS: list[Callable[[Work, Doc, str], None]] = []
"""Called with an invoice of a subscription and what became of it: ``paid``, ``failed`` (an attempt), ``void`` or
``uncollectible``; in the same unit of work."""

_NO_METHOD = (
    "This customer has no attached payment source or default payment method. Please consider adding a default payment "
    "method. For more information, visit "
    "https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority."
)


def refusal(intent: Doc | None) -> Problem:
    """``error_if_incomplete``: the 402 of a charge that is taken back with all that led to it."""
    if intent is None or not (intent["last_payment_error"] or intent["status"] == "requires_action"):
        return no_method_problem()  # nothing was tried
    if intent["status"] == "requires_action":
        return Problem(
            "Payment for this subscription requires additional user action before it can be completed successfully. "
            "Payment can be completed using the PaymentIntent associated with subscription.latest_invoice.",
            code="subscription_payment_intent_requires_action",
            type="card_error",
            status=402,
        )
    problem = payment_attempts.decline_problem(intent)
    problem.keeps = False
    for name in ("charge", "payment_intent"):
        problem.extra.pop(name, None)  # they will not exist
    return problem


def no_method_problem() -> Problem:
    """The 400 for a charge that nothing on file can pay."""
    return Problem(_NO_METHOD, code="resource_missing")


def finalize(w: Work, invoice: Doc) -> Doc:
    """Open an invoice: ``invoice.finalized``; with nothing due it is paid at once, else a payment intent is made."""
    return finalized(w, invoice)[0]


def finalized(w: Work, invoice: Doc) -> tuple[Doc, Doc | None]:
    """The same; answers the intent too, where there is one."""
    if invoice["from_invoice"]:
        invoice = invoices.up_to_date(w, invoice)  # what cannot be finalized does not void its original
        void(w, invoice_revisions.superseded(w, invoice))
    opened = invoices.finalize(w, invoice)
    w.emit("invoice.finalized", opened)
    discounts.used(w, opened)
    if opened["amount_due"] == 0:
        return announce_paid(w, opened), None
    if opened["collection_method"] == "charge_automatically":
        return opened, open_payment(w, opened)
    return opened, None


def finalization_failed(w: Work, invoice: Doc, refusal: Problem) -> Doc:
    """``invoice.finalization_failed``: the draft says why, and waits to be finalized by hand once that is mended.

    When Stripe itself tries again is not established.
    """
    error = {"code": refusal.code, "message": refusal.message, "param": refusal.param, "type": refusal.type}
    told = w.change(
        w.need("invoice", invoice["id"]),
        automatically_finalizes_at=None,
        last_finalization_error=fields.fitted("invoice", ("last_finalization_error",), error),
        next_payment_attempt=None,
    )
    w.emit("invoice.finalization_failed", told)
    return told


def open_payment(w: Work, invoice: Doc, /, **own: Any) -> Doc:
    """The payment intent of an invoice, and the invoice payment that ties the two."""
    intent = payment_intents.start(
        w,
        **{
            "amount": invoice["amount_remaining"],
            "currency": invoice["currency"],
            "customer": invoice["customer"],
            "description": _PURPOSES.get(invoice["billing_reason"]),
            "payment_method": default_methods.method_for(w, invoice),
            "statement_descriptor": invoice["statement_descriptor"],
            "payment_details": {"customer_reference": None, "order_reference": invoice["id"]},
            "capture_method": "automatic",
            **intent_parameters.of_invoice(invoice),
            **terms.of_invoice(w, invoice),
            **own,
        },
    )
    link_payment(w, invoice, intent)
    return intent


_PURPOSES = {
    "subscription_create": "Subscription creation",
    "subscription_cycle": "Subscription update",
    "subscription_update": "Subscription update",
    "automatic_pending_invoice_item_invoice": "Subscription update",
    "manual": "Payment for Invoice",
}


def link_payment(w: Work, invoice: Doc, intent: Doc) -> Doc:
    """The invoice payment through which this intent pays this invoice."""
    return defaults.add(
        w,
        "invoice_payment",
        amount_requested=invoice["amount_remaining"],
        currency=invoice["currency"],
        invoice=invoice["id"],
        payment={"payment_intent": intent["id"], "type": "payment_intent"},
    )


def attempt(
    w: Work,
    invoice: Doc,
    *,
    method: str | None = None,
    made: Doc | None = None,
    off_session: bool = True,
    automatic: bool = True,
) -> Doc:
    """Try to charge an open invoice now; returns it as it then is.  Never raises for a declined card.

    ``made`` is its intent where that was made just now: by what pays the invoice.

    Attempts that are not ``automatic`` (``POST /invoices/{id}/pay``, a customer who confirms) do not move the retry
    schedule: as Stripe documents ``attempt_count``, any attempt counts as the first, and then only retries count.
    """
    method = method or (made["payment_method"] if made else default_methods.method_for(w, invoice))
    if method is None:
        return failed(w, invoice, automatic=automatic)
    if invoice["amount_remaining"] > money.MAXIMUM_CHARGE and automatic:
        return failed(w, invoice, automatic=True)  # nobody is there to be told that it is too much for one payment
    amounts.check_amount(invoice["amount_remaining"], invoice["currency"], "amount")
    intent = made or invoices.intent_of(w, invoice) or open_payment(w, invoice)
    if intent["status"] == "processing":
        return invoice  # a bank has been asked, and has not answered
    intent = payment_attempts.attempt(w, intent, method_id=method, off_session=off_session, waits_for_action=True)
    return settle(w, invoice, intent, automatic=automatic)


def settle(w: Work, invoice: Doc, intent: Doc, *, automatic: bool) -> Doc:
    """Bring an invoice in line with what became of its payment intent."""
    if intent["status"] == "succeeded":
        return succeeded(w, invoice, automatic=automatic)
    if intent["status"] == "requires_action":
        return _action_required(w, invoice, automatic=automatic)
    if intent["status"] == "requires_payment_method" and intent["last_payment_error"]:
        return failed(w, invoice, automatic=automatic)
    if intent["status"] == "processing":
        waiting = begin_waiting(w, invoice, automatic=automatic)
        _start(w, invoice, intent)
        return waiting
    return invoice


def is_processing(w: Work, invoice: Doc) -> bool:
    """Whether a bank was asked to pay an invoice, and has not answered yet."""
    return (invoices.intent_of(w, invoice) or {}).get("status") == "processing"


def begin_waiting(w: Work, invoice: Doc, *, automatic: bool) -> Doc:
    """A bank was asked: the attempt counts, and nothing more is tried until it has answered."""
    waiting = w.change(invoice, attempted=True, attempt_count=_counted(invoice, automatic), next_payment_attempt=None)
    w.keep("invoice", invoice["id"], processed=True)
    w.emit("invoice.updated", waiting, invoice)
    return waiting


def _start(w: Work, invoice: Doc, intent: Doc) -> None:
    """A subscription that waits for its first payment is active while a bank is asked.

    So integrators report; Stripe's overview says that it may also stay incomplete while an intent is processing.
    """
    subscription = w.get("subscription", invoices.subscription_of(invoice))
    if subscription is not None and subscription["status"] == "incomplete":
        subscription_status.paid(w, subscription, intent["payment_method"])


def succeeded(w: Work, invoice: Doc, *, automatic: bool) -> Doc:
    """Paid by its payment intent: the events from ``invoice.updated`` to ``invoice_payment.paid``."""
    paid = announce_paid(w, invoice, attempt_count=_counted(invoice, automatic))
    payment_paid(w, paid)
    return paid


def announce_paid(w: Work, invoice: Doc, /, *, before: Doc | None = None, **fields: Any) -> Doc:
    """Mark an open invoice paid, and tell of it, and of what else has changed since it was as ``before``."""
    paid = invoices.mark_paid(w, invoice, **fields)
    w.emit("invoice.updated", paid, before or invoice)
    w.emit("invoice.paid", paid)
    w.emit("invoice.payment_succeeded", paid)
    tell_paid(w, paid)
    return paid


def payment_paid(w: Work, invoice: Doc) -> None:
    """``invoice_payment.paid``, which Stripe sends last (some 15 seconds after the others)."""
    payment = invoices.payment_of(w, invoice)
    if payment is not None and payment["status"] == "open":
        transitions = {**payment["status_transitions"], "paid_at": w.now}
        paid = w.change(payment, status="paid", amount_paid=payment["amount_requested"], status_transitions=transitions)
        w.emit("invoice_payment.paid", paid)


def failed(w: Work, invoice: Doc, *, automatic: bool) -> Doc:
    """An attempt failed: count it, plan the next one, and let subscription and customer know."""
    tried = _tried(w, invoice, _counted(invoice, automatic), automatic)
    w.emit("invoice.payment_failed", tried)
    return _after_failure(w, tried, invoice, automatic)


def _failed_late(w: Work, invoice: Doc) -> Doc:
    """What was processing has failed: it was counted when it began, and what comes next is planned now."""
    tried = _tried(w, invoice, invoice["attempt_count"], automatic=True)
    w.emit("invoice.payment_failed", tried)
    return _after_failure(w, tried, invoice, automatic=True)


def _after_failure(w: Work, tried: Doc, before: Doc, automatic: bool) -> Doc:
    if tried != before:  # one more try by hand, with the same end, changes nothing
        w.emit("invoice.updated", tried, before)
    _tell_failed(w, tried)
    was_last = before["auto_advance"] and tried["next_payment_attempt"] is None
    if was_last and (automatic or tried["attempt_count"] != before["attempt_count"]):
        let_go(w, tried, policy_of(w, tried), "max_payment_attempts")
    return w.need("invoice", tried["id"])


def let_go(w: Work, invoice: Doc, policy: dunning.Policy, reason: str) -> None:
    """No more is done to collect it: what the policy says becomes of it and of its subscription."""
    give_up(w, invoice, policy, reason)
    invoice = w.need("invoice", invoice["id"])
    if invoice["status"] == "uncollectible":
        tell(w, invoice, "uncollectible")


def _tried(w: Work, invoice: Doc, count: int, automatic: bool) -> Doc:
    """The invoice after an attempt that did not pay it; after a subscription's last one it is let go."""
    upcoming, advances = invoice["next_payment_attempt"], invoice["auto_advance"]
    if advances and (automatic or count != invoice["attempt_count"]):
        upcoming = dunning.next_attempt(policy_of(w, invoice), count, w.now)
        advances = upcoming is not None or not follows_dunning(w, invoice)
    return w.change(invoice, attempted=True, attempt_count=count, auto_advance=advances, next_payment_attempt=upcoming)


def _counted(invoice: Doc, automatic: bool) -> int:
    count = int(invoice["attempt_count"])
    return count + 1 if automatic or count == 0 else count


def skip(w: Work, invoice: Doc) -> Doc:
    """A retry that Stripe does not make, for it cannot help: it counts, but nothing is charged."""
    skipped = _tried(w, invoice, invoice["attempt_count"] + 1, automatic=True)
    return _after_failure(w, skipped, invoice, automatic=True)


def drop_payment(w: Work, invoice: Doc, reason: str) -> None:
    """Cancel the intent of an invoice that will not be paid by it (``void_invoice``, ``failed_invoice``)."""
    payment, intent = invoices.payment_of(w, invoice), invoices.intent_of(w, invoice)
    if payment is not None and payment["status"] == "open":
        transitions = {**payment["status_transitions"], "canceled_at": w.now}
        w.change(payment, status="canceled", status_transitions=transitions)
    if intent is not None and intent["status"] not in ("succeeded", "canceled"):
        payment_intents.drop(w, intent, reason)


def on_intent(w: Work, intent: Doc) -> None:
    """An intent has changed by itself (a customer authenticated, Stripe.js confirmed): its invoice follows."""
    for payment in w.find("invoice_payment", {"payment.payment_intent": intent["id"]}):
        invoice = w.need("invoice", payment["invoice"])
        if not payment["is_default"] or invoice["status"] not in ("open", "uncollectible"):
            continue
        if intent["status"] == "requires_payment_method" and payments.took_time(w, intent):
            _failed_late(w, invoice)
        else:
            settle(w, invoice, intent, automatic=False)


def _action_required(w: Work, invoice: Doc, *, automatic: bool) -> Doc:
    """The customer has to authenticate: Stripe sends both events; a first invoice does not count it as an attempt."""
    count = _counted(invoice, automatic) if follows_dunning(w, invoice) else invoice["attempt_count"]
    tried = _tried(w, invoice, count, automatic)
    w.emit("invoice.payment_action_required", tried)
    w.emit("invoice.payment_failed", tried)
    return _after_failure(w, tried, invoice, automatic)


def void(w: Work, invoice: Doc) -> Doc:
    """``invoice.voided``, and the intent that was to pay it is canceled."""
    voided = invoices.mark_void(w, invoice)
    w.emit("invoice.voided", voided)
    application.give_back(w, voided)
    drop_payment(w, voided, "void_invoice")
    tell(w, voided, "void")
    return voided


def tell(w: Work, invoice: Doc, outcome: str) -> None:
    """Let those know who wait for a subscription's invoice: ``paid``, ``failed``, ``void`` or ``uncollectible``."""
    for listener in LISTENERS:
        listener(w, invoice, outcome)


def tell_paid(w: Work, invoice: Doc) -> None:
    """What a paid invoice means for its subscription and customer."""
    if id := invoices.subscription_of(invoice):
        subscription = w.get("subscription", id)
        if (
            subscription is not None
            and subscription_status.waits_for_payment(subscription)
            and (subscription_status.is_latest(w, subscription, invoice) or was_the_last_late_one(w, invoice, id))
        ):
            intent = invoices.intent_of(w, invoice) or {}
            subscription_status.paid(w, subscription, intent.get("payment_method"))
        tell(w, invoice, "paid")
    note_delinquency(w, invoice, False)


def walk_back(w: Work, subscription: Doc) -> None:
    """Its latest invoice is void: the status is what the one before it makes of it (stripe-behaviour.md 3.4)."""
    if subscription["status"] not in ("past_due", "unpaid"):
        return
    before = subscription_status.latest(w, subscription)
    status = "active"
    if before is not None and before["status"] == "uncollectible":
        status = "unpaid"
    elif before is not None and before["status"] == "open" and is_late(w, before):
        status = "past_due"
    subscription_status.change(w, subscription, status=status)


def note_delinquency(w: Work, invoice: Doc, delinquent: bool) -> None:
    """The customer is what the latest news of any invoice of hers says, whatever became of the others.

    A failed payment or a due date that passes makes her delinquent, a payment or an invoice that the API writes off
    does not; one that dunning writes off changes nothing (Stripe's description of the field).  One who was deleted
    meanwhile, as while a debit was under way, is nothing any more.
    """
    if w.get("customer", invoice["customer"]) is None:
        return
    customer_facts.note(w, invoice["customer"], delinquent=delinquent)


def forgive_void(w: Work, invoice: Doc) -> None:
    """A void invoice makes nobody delinquent, unless another one is late (what Stripe does then is not established)."""
    unpaid = w.find("invoice", customer=invoice["customer"], status="open")
    note_delinquency(w, invoice, any(is_late(w, each) for each in unpaid))


def was_the_last_late_one(w: Work, invoice: Doc, subscription_id: str) -> bool:
    """Whether a sent invoice that is settled leaves none of its subscription late; later ones may not be due yet."""
    unpaid = w.find("invoice", {"parent.subscription_details.subscription": subscription_id}, status="open")
    return invoice["due_date"] is not None and not any(is_late(w, other) for other in unpaid)


def is_late(w: Work, invoice: Doc) -> bool:
    """Whether an open invoice should have been paid by now: an attempt failed, or its due date has come."""
    due = invoice["due_date"]
    return bool(invoice["attempted"] or (due is not None and due <= w.now))


def _tell_failed(w: Work, invoice: Doc) -> None:
    id = invoices.subscription_of(invoice)
    if invoice["status"] != "open":  # one that is written off hurts nobody
        return
    if id and follows_dunning(w, invoice):
        subscription_status.overdue(w, id, invoice)
        tell(w, invoice, "failed")
    note_delinquency(w, invoice, True)
