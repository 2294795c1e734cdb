"""Pauses: of collection alone, and of a whole subscription until it is resumed, with their events."""

from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life
from api.wire import Wire

MONTH_END = START + 28 * DAY
HALF = 14 * DAY
PAUSED = ["customer.subscription.paused", "customer.subscription.updated"]
RESUMED = ["customer.subscription.resumed", "customer.subscription.updated"]
CHARGED = ["charge.succeeded", "payment_intent.succeeded", "invoice.updated", "invoice.paid"]


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


@pytest.fixture
def subscription(life: Life) -> stripe.Subscription:
    made = life.subscribe(life.customer(), life.price(2000))
    life.events()
    return made


def collect(life: Life, subscription: stripe.Subscription, pause: Any) -> stripe.Subscription:
    return life.client.v1.subscriptions.update(subscription.id, {"pause_collection": pause})


def test_pausing_collection_is_told_and_leaves_the_status(life: Life, subscription: stripe.Subscription) -> None:
    paused = collect(life, subscription, {"behavior": "void"})
    assert (paused.status, paused.pause_collection.to_dict()) == ("active", {"behavior": "void", "resumes_at": None})
    collect(life, subscription, "")
    events = life.new_events()
    assert [event.type for event in events] == ["customer.subscription.updated"] * 2
    assert events[0].data.previous_attributes.to_dict() == {"pause_collection": None}
    assert events[1].data.object.pause_collection is None


@pytest.mark.parametrize(
    ("behavior", "told", "status"),
    [
        ("keep_as_draft", [], "draft"),
        ("void", ["invoice.finalized", "invoice.voided"], "void"),
        ("mark_uncollectible", ["invoice.finalized", "invoice.marked_uncollectible"], "uncollectible"),
    ],
)
def test_invoices_of_that_time_are_put_aside(
    life: Life, subscription: stripe.Subscription, behavior: str, told: list[str], status: str
) -> None:
    collect(life, subscription, {"behavior": behavior})
    life.events()
    assert life.advance_to(MONTH_END + DAY) == ["customer.subscription.updated", "invoice.created", *told]
    renewed = life.subscription(subscription.id)
    assert (renewed.status, renewed.latest_invoice.status) == ("active", status)
    assert not renewed.latest_invoice.auto_advance
    assert renewed["items"].data[0].current_period_start == MONTH_END


def test_an_invoice_that_is_written_off_says_why(life: Life, subscription: stripe.Subscription) -> None:
    collect(life, subscription, {"behavior": "mark_uncollectible"})
    life.advance_to(MONTH_END)
    invoice = life.subscription(subscription.id).latest_invoice
    assert invoice.status_details.uncollectible.reason == "subscription_paused"


def test_changes_of_that_time_are_put_aside_too(life: Life, subscription: stripe.Subscription) -> None:
    collect(life, subscription, {"behavior": "keep_as_draft"})
    life.events()
    changed = life.client.v1.subscription_items.update(
        subscription["items"].data[0].id, {"quantity": 2, "proration_behavior": "always_invoice"}
    )
    assert changed.quantity == 2
    assert life.events() == [
        "invoiceitem.created",
        "invoiceitem.created",
        "invoice.created",
        "customer.subscription.updated",
    ]
    assert life.subscription(subscription.id).latest_invoice.status == "draft"


def test_collection_resumes_by_itself(life: Life, subscription: stripe.Subscription) -> None:
    collect(life, subscription, {"behavior": "void", "resumes_at": MONTH_END})
    life.events()
    told = life.advance_to(MONTH_END + HOUR)
    assert told[:3] == ["customer.subscription.updated", "invoice.upcoming", "customer.subscription.updated"]
    assert "invoice.paid" in told
    assert life.subscription(subscription.id).pause_collection is None


def test_collection_cannot_resume_in_the_past(life: Life, subscription: stripe.Subscription) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        collect(life, subscription, {"behavior": "void", "resumes_at": START - 1})
    assert refused.value.param == "pause_collection[resumes_at]"


def pause(life: Life, subscription: stripe.Subscription, **params: Any) -> stripe.Subscription:
    return life.client.v1.subscriptions.pause(subscription.id, params)


def resume(life: Life, subscription: stripe.Subscription, **params: Any) -> stripe.Subscription:
    return life.client.v1.subscriptions.resume(subscription.id, {"expand": ["latest_invoice"], **params})


def test_a_pause_keeps_the_credit_for_later(life: Life, subscription: stripe.Subscription) -> None:
    life.advance(HALF)
    paused = pause(life, subscription)
    assert paused.status == "paused"
    assert paused.status_details.to_dict() == {
        "paused": {
            "subscription": {"type": "pause_requested"},
            "transitioned_at": START + HALF,
            "type": "subscription",
        }
    }
    events = life.new_events()
    assert [event.type for event in events] == ["invoiceitem.created", *PAUSED]
    assert events[0].data.object.amount == -1000
    assert events[-1].data.previous_attributes.to_dict() == {"status": "active", "status_details": None}
    assert life.advance(60 * DAY) == []  # no invoice, no period


def test_a_pause_can_bill_its_credit_at_once(life: Life, subscription: stripe.Subscription) -> None:
    life.advance(HALF)
    pause(life, subscription, invoicing_behavior="invoice")
    assert life.events() == [
        "invoiceitem.created",
        "invoice.created",
        "customer.updated",
        "invoice.finalized",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        *PAUSED,
    ]
    assert life.client.v1.customers.retrieve(subscription.customer).balance == -1000


@pytest.mark.parametrize(("since", "credits"), [("none", []), ("item_current_period_start", [-2000]), ("now", [-1000])])
def test_what_a_pause_gives_back(life: Life, subscription: stripe.Subscription, since: str, credits: list[int]) -> None:
    life.advance(HALF)
    pause(life, subscription, bill_for={"unused_time_from": {"type": since}})
    waiting = life.client.v1.invoice_items.list({"customer": subscription.customer, "pending": True}).data
    assert [item.amount for item in waiting] == credits


def test_what_cannot_be_paused_or_resumed(life: Life, subscription: stripe.Subscription) -> None:
    classic = life.subscribe(life.customer(), life.price(), billing_mode={"type": "classic"})
    trial = life.subscribe(life.customer(), life.price(), trial_period_days=7)
    for other, why in ((classic, "flexible"), (trial, "trialing")):
        with pytest.raises(stripe.InvalidRequestError, match=why):
            pause(life, other)
    with pytest.raises(stripe.InvalidRequestError, match="Only paused"):
        resume(life, subscription)


def test_resuming_bills_a_new_period_an_hour_later(life: Life, subscription: stripe.Subscription) -> None:
    life.advance(HALF)
    pause(life, subscription)
    life.advance(40 * DAY)
    now = START + HALF + 40 * DAY
    waiting = resume(life, subscription)
    assert (waiting.status, waiting.billing_cycle_anchor) == ("paused", now)
    assert waiting["items"].data[0].current_period_start == now
    assert [line.amount for line in waiting.latest_invoice.lines.data] == [-1000, 2000]
    assert life.events()[-4:] == [
        "invoice.created",
        "customer.subscription.updated",
        "invoice.finalized",
        "payment_intent.created",
    ]
    assert life.advance(HOUR) == [
        *CHARGED,
        "invoice.payment_succeeded",
        *RESUMED,
        "invoice_payment.paid",
    ]
    resumed = life.subscription(subscription.id)
    assert resumed.status == "active"
    assert "status_details" not in resumed


def test_an_attempt_that_fails_makes_it_past_due(life: Life, subscription: stripe.Subscription) -> None:
    life.use_card(subscription.customer, "pm_card_chargeCustomerFail")
    pause(life, subscription, bill_for={"unused_time_from": {"type": "none"}})
    resume(life, subscription)
    told = life.advance(HOUR)
    assert [type for type in told if "subscription" in type][-2:] == RESUMED
    assert life.subscription(subscription.id).status == "past_due"


def test_only_success_resumes_where_that_is_asked_for(life: Life, subscription: stripe.Subscription) -> None:
    life.use_card(subscription.customer, "pm_card_chargeCustomerFail")
    pause(life, subscription, bill_for={"unused_time_from": {"type": "none"}})
    waiting = resume(life, subscription, payment_behavior="resume_on_payment_success")
    assert (waiting.status, waiting.latest_invoice.status) == ("paused", "open")
    life.advance(2 * DAY)
    assert life.subscription(subscription.id).latest_invoice.status == "open"  # it was tried: it is not void
    life.use_card(subscription.customer, "pm_card_visa")
    told = life.advance(DAY)  # the retry
    assert [type for type in told if "subscription" in type] == RESUMED
    assert life.subscription(subscription.id).status == "active"


def test_success_in_the_request_makes_it_active_at_once(life: Life, subscription: stripe.Subscription) -> None:
    life.advance(HALF)
    pause(life, subscription)
    resumed = resume(life, subscription, payment_behavior="resume_on_payment_success")
    assert (resumed.status, resumed.latest_invoice.status) == ("active", "paid")


def test_without_an_attempt_the_invoice_is_void_after_23_hours(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(2000))
    customer = life.client.v1.customers.retrieve(subscription.customer)
    pause(life, subscription, bill_for={"unused_time_from": {"type": "none"}})
    life.client.v1.payment_methods.detach(customer.invoice_settings.default_payment_method)
    resume(life, subscription)
    life.events()
    assert life.advance(23 * HOUR) == ["invoice.voided", "payment_intent.canceled"]
    kept = life.subscription(subscription.id)
    assert (kept.status, kept.latest_invoice.status) == ("paused", "void")
    life.use_card(customer.id, "pm_card_visa")
    again = resume(life, subscription, payment_behavior="resume_on_payment_success")
    assert again.status == "active"


def test_writing_the_invoice_off_resumes(life: Life, subscription: stripe.Subscription) -> None:
    pause(life, subscription, bill_for={"unused_time_from": {"type": "none"}})
    waiting = resume(life, subscription)
    life.client.v1.invoices.mark_uncollectible(waiting.latest_invoice.id)
    assert life.subscription(subscription.id).status == "active"


def test_an_unchanged_anchor_charges_what_is_left_of_the_period(life: Life, subscription: stripe.Subscription) -> None:
    life.advance(HALF)
    pause(life, subscription, invoicing_behavior="invoice")
    life.advance_to(MONTH_END + DAY)
    life.events()
    resumed = resume(life, subscription, billing_cycle_anchor={"type": "unchanged"})
    assert (resumed.status, resumed.billing_cycle_anchor) == ("active", START)
    item = resumed["items"].data[0]
    assert (item.current_period_start, item.current_period_end) == (MONTH_END, MONTH_END + 31 * DAY)
    assert life.events() == ["invoiceitem.created", *RESUMED]
    [debit] = life.client.v1.invoice_items.list({"customer": subscription.customer, "pending": True}).data
    assert debit.amount == 1935  # 30 of 31 days of 2000 are 1935.5 less half a day of rounding: 1935.48


def test_an_unchanged_anchor_charges_nothing_twice(life: Life, subscription: stripe.Subscription) -> None:
    life.advance(HALF)
    pause(life, subscription, bill_for={"unused_time_from": {"type": "none"}})
    life.advance(DAY)
    life.events()
    resume(life, subscription, billing_cycle_anchor={"type": "unchanged"})
    assert life.events() == RESUMED


def test_a_subscription_that_its_trial_paused_is_resumed(life: Life) -> None:
    customer = life.customer(card=None)
    subscription = life.subscribe(
        customer,
        life.price(2000),
        trial_period_days=7,
        trial_settings={"end_behavior": {"missing_payment_method": "pause"}},
    )
    life.events()
    assert life.advance(7 * DAY)[-2:] == PAUSED
    paused = life.subscription(subscription.id)
    assert paused.status_details.paused.subscription.type == "trial_end_without_payment_method"
    life.use_card(customer.id, "pm_card_visa")
    resumed = resume(life, subscription, payment_behavior="resume_on_payment_success")
    assert (resumed.status, resumed.latest_invoice.amount_paid) == ("active", 2000)


def test_a_pause_and_a_resumption_can_be_previewed(life: Life, subscription: stripe.Subscription) -> None:
    life.advance(HALF)
    life.events()

    def preview(**details: Any) -> list[int]:
        shown = life.client.v1.invoices.create_preview(
            {"subscription": subscription.id, "subscription_details": details}
        )
        return [line.amount for line in shown.lines.data]

    assert preview(pause={"invoicing_behavior": "invoice"}) == [-1000]
    with pytest.raises(stripe.InvalidRequestError, match="No upcoming invoices"):
        preview(pause={"invoicing_behavior": "pending_invoice_item"})
    assert life.events() == []
    pause(life, subscription)
    assert preview(resume_at="now") == [-1000, 2000]
    assert preview(resume_at="now", billing_cycle_anchor={"type": "unchanged"}) == [-1000, 1000, 2000]
    assert life.subscription(subscription.id).status == "paused"


def test_what_is_canceled_is_no_longer_paused(life: Life, subscription: stripe.Subscription) -> None:
    pause(life, subscription)
    ended = life.client.v1.subscriptions.cancel(subscription.id)
    assert ended.status == "canceled"
    assert "status_details" not in ended


def test_older_versions_resume_with_a_word(life: Life, subscription: stripe.Subscription, wire: Wire) -> None:
    life.advance(HALF)
    pause(life, subscription)
    path = f"/v1/subscriptions/{subscription.id}/resume"
    resumed = wire.post(path, "billing_cycle_anchor=unchanged", **{"Stripe-Version": "2026-08-26.dahlia"})
    assert (resumed.json()["status"], resumed.json()["billing_cycle_anchor"]) == ("active", START)


def test_a_planned_cancellation_comes_though_it_is_paused(life: Life, subscription: stripe.Subscription) -> None:
    life.client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    pause(life, subscription, bill_for={"unused_time_from": {"type": "none"}})
    life.events()
    assert life.advance_to(MONTH_END) == ["customer.subscription.deleted"]


def test_items_change_for_nothing_while_it_is_paused(life: Life, subscription: stripe.Subscription) -> None:
    pause(life, subscription)
    life.events()
    life.client.v1.subscription_items.update(subscription["items"].data[0].id, {"quantity": 3})
    assert life.events() == ["customer.subscription.updated"]
    life.advance(DAY)
    waiting = resume(life, subscription)
    assert [line.amount for line in waiting.latest_invoice.lines.data] == [-2000, 6000]
