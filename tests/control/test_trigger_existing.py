"""Causes on objects that exist: the event comes, and what the SDK reads afterwards agrees with it."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe
from control.api import Control
from control.shop import Seen, Shop, read
from stripe import StripeClient


@pytest.fixture
def shop(client: StripeClient, control: Control) -> Shop:
    shop = Shop(client)
    shop.control = control
    return shop


# What exists, what is triggered for it, and what its object says then.
CAUSED: list[tuple[Callable[[Shop], Any], str, Seen]] = [
    (Shop.subscription, "customer.subscription.updated", {"metadata": {"triggered": "1"}}),
    (Shop.subscription, "customer.subscription.deleted", {"status": "canceled"}),
    (Shop.past_due, "customer.subscription.deleted", {"status": "canceled"}),
    (Shop.trial, "customer.subscription.trial_will_end", {"status": "trialing"}),
    (Shop.trial, "customer.subscription.paused", {"status": "paused"}),
    (Shop.paused, "customer.subscription.resumed", {"status": "active"}),
    (Shop.subscription, "customer.subscription.pending_update_applied", {"quantity": 2, "pending_update": None}),
    (Shop.subscription, "customer.subscription.pending_update_expired", {"quantity": 1, "pending_update": None}),
    (Shop.subscription, "invoice.upcoming", {"status": "active"}),
    (Shop.subscription, "invoice.created", {"status": "active"}),
    (Shop.subscription, "invoice.finalized", {"status": "active"}),
    (Shop.subscription, "invoice.paid", {"status": "active"}),
    (Shop.past_due, "invoice.paid", {"status": "active"}),
    (Shop.subscription, "invoice.payment_succeeded", {"status": "active"}),
    (Shop.subscription, "invoice.payment_failed", {"status": "past_due"}),
    (Shop.past_due, "invoice.payment_failed", {"status": "past_due"}),
    (Shop.subscription, "invoice.payment_action_required", {"status": "past_due"}),
    (Shop.subscription, "payment_intent.payment_failed", {"status": "past_due"}),
    (Shop.subscription, "charge.succeeded", {"status": "active"}),
    (Shop.subscription, "charge.refunded", {"status": "active"}),
    (Shop.subscription, "charge.dispute.created", {"status": "active"}),
    (Shop.past_due, "invoice.voided", {"status": "active"}),
    (Shop.subscription, "subscription_schedule.created", {"status": "active"}),
    (Shop.subscription, "customer.discount.created", {"status": "active"}),
    (Shop.subscription, "customer.updated", {"status": "active"}),
    (Shop.subscription, "entitlements.active_entitlement_summary.updated", {"status": "active"}),
    (Shop.draft, "invoice.updated", {"status": "draft", "metadata": {"triggered": "1"}}),
    (Shop.draft, "invoice.finalized", {"status": "open"}),
    (Shop.draft, "invoice.paid", {"status": "paid"}),
    (Shop.draft, "invoice.deleted", {}),
    (Shop.draft, "invoiceitem.created", {"amount_due": 1500}),
    (Shop.open, "invoice.paid", {"status": "paid", "amount_paid": 500}),
    (Shop.open, "invoice.payment_succeeded", {"status": "paid"}),
    (Shop.open, "invoice.payment_failed", {"status": "open", "attempt_count": 1}),
    (Shop.open, "invoice.payment_action_required", {"status": "open", "attempted": True}),
    (Shop.open, "invoice.voided", {"status": "void"}),
    (Shop.open, "invoice.marked_uncollectible", {"status": "uncollectible"}),
    (Shop.open, "invoice.overpaid", {"status": "paid", "amount_overpaid": 100}),
    (Shop.open, "credit_note.created", {"status": "paid", "amount_due": 0}),
    (Shop.paid, "credit_note.created", {"status": "paid", "post_payment_credit_notes_amount": 500}),
    (Shop.paid, "charge.refunded", {"status": "paid"}),
    (Shop.sent, "invoice.sent", {"status": "open"}),
    (Shop.sent, "invoice.will_be_due", {"status": "open"}),
    (Shop.sent, "invoice.overdue", {"status": "open"}),
    (Shop.sent, "invoice.payment_failed", {"status": "open", "attempted": True}),
    (Shop.credit_note, "credit_note.voided", {"status": "void"}),
    (Shop.item, "invoiceitem.deleted", {}),
    (Shop.intent, "payment_intent.succeeded", {"status": "succeeded", "amount_received": 1000}),
    (Shop.challenged, "payment_intent.succeeded", {"status": "succeeded"}),
    (Shop.authorized, "payment_intent.succeeded", {"status": "succeeded"}),
    (Shop.intent, "payment_intent.payment_failed", {"status": "requires_payment_method"}),
    (Shop.challenged, "payment_intent.payment_failed", {"status": "requires_payment_method"}),
    (Shop.intent, "payment_intent.requires_action", {"status": "requires_action"}),
    (Shop.intent, "payment_intent.amount_capturable_updated", {"status": "requires_capture"}),
    (Shop.intent, "payment_intent.processing", {"status": "processing"}),
    (Shop.intent, "payment_intent.canceled", {"status": "canceled"}),
    (Shop.authorized, "charge.captured", {"status": "succeeded"}),
    (Shop.succeeded, "charge.refunded", {"status": "succeeded"}),
    (Shop.succeeded, "charge.dispute.created", {"status": "succeeded"}),
    (Shop.charge, "charge.refunded", {"refunded": True, "amount_refunded": 1000}),
    (Shop.charge, "charge.updated", {"metadata": {"triggered": "1"}}),
    (Shop.charge, "charge.dispute.created", {"disputed": True}),
    (Shop.charge, "charge.dispute.funds_withdrawn", {"disputed": True}),
    (Shop.charge, "radar.early_fraud_warning.created", {"disputed": False}),
    (Shop.dispute, "charge.dispute.updated", {"status": "needs_response"}),
    (Shop.dispute, "charge.dispute.closed", {"status": "lost"}),
    (Shop.dispute, "charge.dispute.funds_reinstated", {"status": "won"}),
    (Shop.refund, "refund.updated", {"status": "succeeded"}),
    (Shop.refund, "charge.refund.updated", {"metadata": {"triggered": "1"}}),
    (Shop.refund, "refund.failed", {"status": "failed"}),
    (Shop.setup, "setup_intent.succeeded", {"status": "succeeded"}),
    (Shop.setup, "setup_intent.setup_failed", {"status": "requires_payment_method"}),
    (Shop.setup, "setup_intent.requires_action", {"status": "requires_action"}),
    (Shop.setup, "setup_intent.canceled", {"status": "canceled"}),
    (Shop.session, "checkout.session.completed", {"status": "complete", "payment_status": "paid"}),
    (Shop.subscribing, "checkout.session.completed", {"status": "complete", "payment_status": "paid"}),
    (Shop.subscribing, "customer.subscription.created", {"status": "complete"}),
    (Shop.session, "checkout.session.expired", {"status": "expired"}),
    (Shop.session, "checkout.session.async_payment_succeeded", {"status": "complete", "payment_status": "paid"}),
    (Shop.session, "checkout.session.async_payment_failed", {"status": "complete", "payment_status": "unpaid"}),
    (Shop.session, "payment_intent.payment_failed", {"status": "open"}),
    (Shop.customer, "customer.updated", {"email": "ada@example.com"}),
    (Shop.customer, "customer.deleted", {"deleted": True}),
    (Shop.customer, "customer.discount.created", {"email": "ada@example.com"}),
    (Shop.discounted, "customer.discount.updated", {"email": "ada@example.com"}),
    (Shop.discounted, "customer.discount.deleted", {"discount": None}),
    (Shop.customer, "customer.tax_id.created", {"email": "ada@example.com"}),
    (Shop.customer, "payment_method.attached", {"email": "ada@example.com"}),
    (Shop.customer, "invoice.paid", {"delinquent": False}),
    (Shop.customer, "invoice.payment_failed", {"delinquent": True}),
    (Shop.customer, "customer.subscription.created", {"email": "ada@example.com"}),
    (Shop.tax_id, "customer.tax_id.updated", {"value": "DE123456789"}),
    (Shop.tax_id, "customer.tax_id.deleted", {}),
    (Shop.method, "payment_method.updated", {"metadata": {"triggered": "1"}}),
    (Shop.method, "payment_method.detached", {"customer": None}),
    (Shop.method, "payment_method.automatically_updated", {"type": "card"}),
    (Shop.quote, "quote.finalized", {"status": "open"}),
    (Shop.quote, "quote.accepted", {"status": "accepted"}),
    (Shop.open_quote, "quote.accepted", {"status": "accepted"}),
    (Shop.open_quote, "quote.canceled", {"status": "canceled"}),
    (Shop.schedule, "subscription_schedule.updated", {"metadata": {"triggered": "1"}}),
    (Shop.schedule, "subscription_schedule.released", {"status": "released"}),
    (Shop.schedule, "subscription_schedule.canceled", {"status": "canceled"}),
    (Shop.schedule, "subscription_schedule.completed", {"status": "completed"}),
    (Shop.schedule, "subscription_schedule.aborted", {"status": "canceled"}),
    (Shop.schedule, "subscription_schedule.expiring", {"status": "active"}),
    (Shop.coupon, "coupon.updated", {"metadata": {"triggered": "1"}}),
    (Shop.coupon, "coupon.deleted", {}),
    (Shop.coupon, "promotion_code.created", {"percent_off": 10}),
    (Shop.product, "product.updated", {"metadata": {"triggered": "1"}}),
    (Shop.product, "product.deleted", {}),
    (Shop.product, "price.created", {"name": "Pro"}),
    (Shop.payout, "payout.paid", {"status": "paid"}),
    (Shop.payout, "payout.failed", {"status": "failed", "failure_code": "account_closed"}),
    (Shop.payout, "payout.canceled", {"status": "canceled"}),
    (Shop.payout, "payout.updated", {"metadata": {"triggered": "1"}}),
    (Shop.topup, "topup.succeeded", {"status": "succeeded"}),
    (Shop.topup, "topup.canceled", {"status": "canceled"}),
    (Shop.meter, "billing.meter.updated", {"display_name": "Calls, renamed"}),
    (Shop.meter, "billing.meter.deactivated", {"status": "inactive"}),
    (Shop.alert, "billing.alert.triggered", {"status": "active"}),
    (Shop.inactive_meter, "billing.meter.reactivated", {"status": "active"}),
    (Shop.grant, "billing.credit_grant.updated", {"metadata": {"triggered": "1"}}),
    (Shop.promotion, "promotion_code.updated", {"metadata": {"triggered": "1"}}),
    (Shop.a_price, "price.updated", {"metadata": {"triggered": "1"}}),
    (Shop.plan, "plan.updated", {"metadata": {"triggered": "1"}}),
    (Shop.plan, "plan.deleted", {}),
    (Shop.tax_rate, "tax_rate.updated", {"metadata": {"triggered": "1"}}),
    (Shop.link, "payment_link.updated", {"metadata": {"triggered": "1"}}),
    (Shop.clock, "test_helpers.test_clock.deleted", {}),
    (Shop.clock, "test_helpers.test_clock.ready", {"frozen_time": 1_800_003_600, "status": "ready"}),
    (Shop.transfer, "transfer.updated", {"metadata": {"triggered": "1"}}),
    (Shop.transfer, "transfer.reversed", {"reversed": True}),
    (Shop.account, "account.updated", {"metadata": {"triggered": "1"}}),
    (Shop.authorized, "charge.expired", {"status": "canceled"}),
    (Shop.transferred, "payment_intent.partially_funded", {"status": "requires_action"}),
    (Shop.credit_note, "credit_note.updated", {"metadata": {"triggered": "1"}}),
    (Shop.discounted_subscription, "customer.discount.deleted", {"discounts": []}),
    (Shop.customer, "customer.source.created", {"email": "ada@example.com"}),
    (Shop.customer, "customer_cash_balance_transaction.created", {"email": "ada@example.com"}),
    (Shop.customer, "setup_intent.succeeded", {"email": "ada@example.com"}),
]


@pytest.mark.parametrize(
    ("make", "type", "then"), [pytest.param(*row, id=f"{row[0].__name__}-{row[1]}") for row in CAUSED]
)
def test_an_event_comes_about_on_what_exists(
    shop: Shop, control: Control, make: Callable[[Shop], Any], type: str, then: Seen
) -> None:
    made = make(shop)
    answer = control.post("trigger", **{"type": type, "for": made.id})
    assert answer["synthetic"] is False
    assert type in [event["type"] for event in answer["events"]]
    if then:
        now = read(shop.client, made)
        assert {name: now.get(name) if name != "quantity" else _quantity(now) for name in then} == then
    else:
        with pytest.raises(stripe.InvalidRequestError):
            read(shop.client, made)


def _quantity(subscription: Seen) -> int:
    return int(subscription["items"]["data"][0]["quantity"])


# what cannot be

REFUSED: list[tuple[Callable[[Shop], Any], str, str]] = [
    (Shop.paid, "invoice.paid", "is paid, and invoice.paid takes one that is draft or open or uncollectible"),
    (Shop.paid, "invoice.voided", "is paid, and invoice.voided takes one that is open or uncollectible"),
    (Shop.draft, "invoice.voided", "is draft, and invoice.voided takes one that is open or uncollectible: trigger inv"),
    (Shop.open, "invoice.sent", "only invoices with send_invoice are sent"),
    (Shop.open, "invoice.overdue", "has no due date"),
    (Shop.subscription, "customer.subscription.trial_will_end", "is active and in no trial: give it one by trial_end"),
    (Shop.subscription, "customer.subscription.resumed", "is active, not paused: trigger customer.subscription.paused"),
    (Shop.paused, "invoice.created", "is paused and bills no new period"),
    (Shop.succeeded, "payment_intent.succeeded", "is succeeded, and payment_intent.succeeded takes one that is requ"),
    (
        Shop.intent,
        "charge.captured",
        "is requires_payment_method: only what is authorized",
    ),
    (Shop.session, "customer.subscription.created", "has the mode payment, and customer.subscription.created comes of"),
    (Shop.free, "customer.subscription.pending_update_applied", "costs nothing now"),
    (Shop.gift, "payment_intent.created", "costs nothing, so payment_intent.created cannot come of it"),
    (Shop.gift, "v1.charge.succeeded", "costs nothing"),
    (Shop.gift, "invoice.payment_failed", "costs nothing"),
    (Shop.covered, "charge.succeeded", "has to be paid"),
    (Shop.covered, "invoice.payment_failed", "has to be paid"),
    (Shop.debited, "invoice.paid", "is processing"),
    (Shop.debited, "invoice.payment_failed", "is processing"),
    (Shop.authorized, "charge.succeeded", "is requires_capture, and charge.succeeded takes one that is"),
    (Shop.session, "checkout.session.nonsense", "is no event"),
    (Shop.customer, "customer.discount.deleted", "has no discount"),
    (Shop.topup, "payout.paid", "Nothing of these belongs to tu_"),
    (Shop.product, "customer.created", "can only be caused on a fresh object or for a customer"),
]


@pytest.mark.parametrize(
    ("make", "type", "says"), [pytest.param(*row, id=f"{row[0].__name__}-{row[1]}") for row in REFUSED]
)
def test_what_the_state_forbids_is_refused_with_what_would_do(
    shop: Shop, control: Control, make: Callable[[Shop], Any], type: str, says: str
) -> None:
    made = make(shop)
    before = control.get("events")["data"]
    refused = control.try_post("trigger", **{"type": type, "for": made.id})
    assert refused.status in (409, 422)
    assert says in refused.error["message"]
    assert control.get("events")["data"] == before


CUSTOMERS: dict[str, dict[str, Any]] = {
    "pays in euros": {},
    "has a credit of 500.00": {"balance": -50_000},
    "gets all for nothing": {"coupon": "gift"},
}


@pytest.mark.parametrize(
    "type",
    [
        *("invoice.payment_failed", "invoice_payment.paid", "invoice.marked_uncollectible", "invoice.overpaid"),
        *("credit_note.created", "customer.subscription.created", "quote.accepted", "subscription_schedule.created"),
    ],
)
@pytest.mark.parametrize("who", CUSTOMERS)
def test_a_customer_is_billed_so_that_the_event_comes(shop: Shop, control: Control, who: str, type: str) -> None:
    """Whatever her currency, her credit and her discount."""
    customer = shop.customer()
    if who == "pays in euros":
        item = {"customer": customer.id, "amount": 100, "currency": "eur"}
        shop.v1.invoice_items.create(item)  # type: ignore[arg-type]
    elif "coupon" in CUSTOMERS[who]:
        shop.v1.coupons.create({"id": "gift", "percent_off": 100, "duration": "forever"})
        shop.client.raw_request("post", f"/v1/customers/{customer.id}", coupon="gift", stripe_version="2024-06-20")
    else:
        shop.v1.customers.update(customer.id, CUSTOMERS[who])  # type: ignore[arg-type]
    answer = control.post("trigger", type=type, customer=customer.id)
    event = next(each for each in answer["events"] if each["id"] == answer["event"])
    assert event["type"] == type
    if who == "pays in euros" and type.startswith("invoice."):
        assert event["data"]["object"]["currency"] == "eur"


def test_a_payout_of_any_sum_is_earned_first(control: Control) -> None:
    answer = control.post("trigger", type="payout.created", set={"amount": 1_000_000, "currency": "eur"})
    payout = next(each["data"]["object"] for each in answer["events"] if each["id"] == answer["event"])
    assert (payout["amount"], payout["currency"]) == (1_000_000, "eur")


def test_a_customer_has_it_happen_to_the_newest_object_that_fits(shop: Shop, control: Control) -> None:
    customer = shop.customer()
    older, newer = (
        shop.v1.invoices.create({"customer": customer.id, "auto_advance": False, "description": text})
        for text in ("older", "newer")
    )
    for invoice in (older, newer):
        sent = {"customer": customer.id, "invoice": invoice.id, "amount": 500, "currency": "usd"}
        shop.v1.invoice_items.create(sent)  # type: ignore[arg-type]
    seen = [
        next(e for e in control.post("trigger", type="invoice.paid", customer=customer.id)["events"] if _is_paid(e))
        for _ in range(3)
    ]
    paid = [event["data"]["object"]["id"] for event in seen]
    assert paid[:2] == [newer.id, older.id]
    assert paid[2] not in (newer.id, older.id)  # all others are paid: a fresh one of the same customer
    assert seen[2]["data"]["object"]["customer"] == customer.id


def test_what_is_refunded_is_passed_over_for_what_is_not(shop: Shop, control: Control) -> None:
    customer = shop.customer().id
    older, newer = (shop.intent(confirm=True, payment_method="pm_card_visa", customer=customer) for _ in range(2))
    shop.v1.refunds.create({"payment_intent": newer.id})
    for asked in ({"customer": customer}, {"for": customer}):
        control.post("trigger", **{"type": "charge.refunded", **asked})
        assert shop.v1.charges.retrieve(str(older.latest_charge)).refunded
    charges = shop.v1.charges.list({"customer": customer}).data
    assert [charge.refunded for charge in charges] == [True] * 3  # the last time a fresh one was made


def test_a_customer_is_named_either_way(shop: Shop, control: Control) -> None:
    subscription = shop.subscription()
    for asked in ({"customer": subscription.customer}, {"for": subscription.customer}):
        told = control.post("trigger", **{"type": "customer.subscription.updated", **asked})
        (event,) = told["events"]
        assert event["data"]["object"]["id"] == subscription.id


def _is_paid(event: Seen) -> bool:
    return bool(event["type"] == "invoice.paid")


def test_a_bad_card_is_passed_over_when_an_invoice_is_to_be_paid(shop: Shop, control: Control) -> None:
    customer = shop.customer("pm_card_chargeCustomerFail")
    invoice = shop.v1.invoices.create({"customer": customer.id, "auto_advance": False})
    sent = {"customer": customer.id, "invoice": invoice.id, "amount": 500, "currency": "usd"}
    shop.v1.invoice_items.create(sent)  # type: ignore[arg-type]
    control.post("trigger", **{"type": "invoice.paid", "for": invoice.id})
    assert shop.v1.invoices.retrieve(invoice.id).status == "paid"
    assert control.get("faults")["data"] == []


def test_what_is_set_goes_into_the_principal_call(shop: Shop, control: Control) -> None:
    subscription = shop.subscription()
    asked = {"type": "customer.subscription.updated", "for": subscription.id, "set": {"description": "Gold"}}
    control.post("trigger", **asked)
    assert shop.v1.subscriptions.retrieve(subscription.id).description == "Gold"


def test_a_trigger_neither_meets_nor_leaves_faults(shop: Shop, control: Control) -> None:
    subscription = shop.subscription()
    control.post("faults", answer=500)
    control.post("trigger", **{"type": "invoice.payment_failed", "for": subscription.id})
    assert [fault["answer"] for fault in control.get("faults")["data"]] == [500]


def test_it_happens_again_and_again(shop: Shop, control: Control) -> None:
    subscription = shop.subscription()
    told = control.post("trigger", **{"type": "customer.subscription.updated", "for": subscription.id, "times": 3})
    assert [event["type"] for event in told["events"]] == ["customer.subscription.updated"] * 3
