"""What billing teaches a world: when each document falls due, and what happens then."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mockbill.billing import (
    alerts,
    attached_payments,
    charges,
    checkout,
    checkout_payment,
    collection,
    collection_pauses,
    collection_retries,
    coupons,
    discounts,
    link,
    payment_attempts,
    payment_intents,
    pending_item_intervals,
    pending_updates,
    promotion_codes,
    refunds,
    renewal,
    sent_invoices,
    setup_intents,
    subscription_resumption,
    subscription_status,
    subscription_updates,
    tax_ids,
    test_clocks,
)
from mockbill.billing.bank_debits import payments, setups
from mockbill.billing.bank_transfers import payments as transfers
from mockbill.billing.connect import persons
from mockbill.billing.credits import grants
from mockbill.billing.disputes import answering, opening
from mockbill.billing.entitlements import active
from mockbill.billing.files import links
from mockbill.billing.funds import automatic, available, payouts, topups
from mockbill.billing.neighbours import reporting
from mockbill.billing.quotes import endings as quotes
from mockbill.billing.schedules import course, endings, following
from mockbill.billing.sources import charging
from mockbill.billing.sources import course as sources
from mockbill.billing.tax import associations, registrations
from mockbill.billing.usage import arrears, thresholds
from mockbill.billing.usage import events as meter_events
from mockbill.rules.bank_debits import SCHEMES
from mockbill.world import Doc, Work, World
from mockbill.world.due import Rule


def _invoice_due(world: World, invoice: Doc) -> tuple[int, str] | None:
    if invoice["status"] == "open" and invoice["collection_method"] == "send_invoice":
        return sent_invoices.due(world, invoice)
    if not invoice["auto_advance"]:
        return None
    if invoice["status"] == "draft" and invoice["automatically_finalizes_at"]:
        return invoice["automatically_finalizes_at"], "invoice.collect"
    if invoice["status"] == "open" and invoice["next_payment_attempt"]:
        return invoice["next_payment_attempt"], "invoice.retry"
    return None


@dataclass(frozen=True, slots=True)
class BillingEngine:
    """The rules by kind of document, the handlers by the verbs that they name, and what each unit of work ends with."""

    rules: Mapping[str, Rule]
    handlers: Mapping[str, Callable[[Work, Doc], object]]
    closing: Sequence[Callable[[Work], None]]


charges.EARNED += [opening.on_charge, available.on_charge]
payment_attempts.LISTENERS += [collection.on_intent, attached_payments.on_intent, checkout_payment.on_intent]
collection.LISTENERS += [pending_updates.on_invoice, subscription_resumption.on_invoice]
meter_events.LISTENERS += [arrears.follow, alerts.on_usage, thresholds.on_usage]
subscription_status.LEAVING.append(pending_updates.settle)
payment_attempts.OTHER_WAYS.update(dict.fromkeys(SCHEMES, payments.attempt))
payment_attempts.OTHER_WAYS[transfers.TYPE] = transfers.attempt
payment_attempts.OTHER_WAYS[link.TYPE] = link.attempt
setup_intents.OTHER_WAYS[link.TYPE] = link.save
setup_intents.OTHER_WAYS.update(dict.fromkeys(SCHEMES, setups.attempt))
subscription_status.GONE.append(endings.on_end)
subscription_updates.FOLLOWING.append(following.on_update)
pending_updates.APPLIED.append(following.on_update)
setup_intents.LISTENERS.append(subscription_status.on_setup)

ENGINE = BillingEngine(
    rules={
        "balance_settings": automatic.due,
        "billing.credit_grant": grants.due,
        "subscription": renewal.due,
        "invoice": _invoice_due,
        "charge": charging.due,
        "checkout.session": checkout.due,
        "coupon": coupons.due,
        "discount": discounts.due,
        "dispute": answering.due,
        "file_link": links.due,
        "payment_intent": payment_intents.due,
        "payout": payouts.due,
        "person": persons.due,
        "promotion_code": promotion_codes.due,
        "quote": quotes.due,
        "refund": refunds.due,
        "reporting.report_run": reporting.due,
        "source": sources.due,
        "subscription_schedule": course.due,
        "tax.registration": registrations.due,
        "tax_id": tax_ids.due,
        "test_helpers.test_clock": test_clocks.due,
        "topup": topups.due,
    },
    handlers={
        "subscription.bill_pending": pending_item_intervals.bill,
        "subscription.cancel": renewal.cancel,
        "subscription.discard_update": pending_updates.discard,
        "subscription.end_resumption": subscription_resumption.expire,
        "subscription.expire": renewal.expire,
        "subscription.next_phase": course.next_phase,
        "subscription.renew": renewal.renew,
        "subscription.resume": subscription_resumption.resume_in_time,
        "subscription.resume_collection": collection_pauses.resume,
        "subscription.trial_will_end": renewal.warn_of_trial_end,
        "subscription.upcoming": renewal.warn_of_invoice,
        "subscription_schedule.start": course.start,
        "subscription_schedule.warn": course.warn,
        "invoice.collect": renewal.collect,
        "invoice.overdue": sent_invoices.remind,
        "invoice.past_due": sent_invoices.fall_due,
        "invoice.retry": collection_retries.retry,
        "invoice.will_be_due": sent_invoices.warn,
        "invoice.give_up": sent_invoices.give_up,
        "checkout.expire": checkout.expire_at_its_time,
        "charge.settle": charging.settle,
        "payment_intent.expire": payment_intents.expire,
        "payment_intent.settle": payments.settle,
        "coupon.lapse": coupons.lapse,
        "credit_grant.expire": grants.expire_in_time,
        "credit_grant.take_effect": grants.take_effect,
        "dispute.lapse": answering.lapse,
        "discount.end": discounts.end,
        "file_link.expire": links.expire,
        "balance.day": automatic.day,
        "payout.arrive": payouts.arrive,
        "payout.leave": payouts.leave,
        "person.verify": persons.verify,
        "promotion_code.expire": promotion_codes.expire,
        "quote.expire": quotes.expire,
        "refund.end": refunds.end,
        "report_run.finish": reporting.finish,
        "source.cancel": sources.cancel,
        "source.receive": sources.receive,
        "tax_id.verify": tax_ids.verify,
        "tax_registration.turn": registrations.turn,
        "test_clock.delete": test_clocks.delete_in_time,
        "topup.succeed": topups.succeed,
    },
    closing=[active.bring_up_to_date, associations.follow],
)
