"""The life of a subscription on a test clock, through the official SDK: states, amounts and whole event chains."""

import pytest
import stripe
from api.life import DAY, HOUR, START, Life, advance

MONTH_END = 1_772_272_800  # 2026-02-28T10:00:00Z
PAID = [
    "invoice.finalized",
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.updated",
    "invoice.paid",
    "invoice.payment_succeeded",
]
FAILED = [
    "charge.failed",
    "payment_intent.payment_failed",
    "invoice.payment_failed",
    "invoice.updated",
]


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def test_a_good_card_makes_an_active_subscription(life: Life) -> None:
    customer, price = life.customer(), life.price()
    subscription = life.subscribe(customer, price)
    assert subscription.status == "active"
    assert subscription["items"].data[0].current_period_end == MONTH_END
    assert subscription.latest_invoice.status == "paid"
    assert subscription.latest_invoice.amount_paid == 2000
    assert subscription.latest_invoice.lines.data[0].description == "1 × Pro (at $20.00 / month)"
    assert life.events() == [
        "customer.updated",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]


def test_each_event_shows_its_object_as_it_was_at_that_moment(life: Life) -> None:
    life.subscribe(life.customer(), life.price())
    shown = {event.type: event.data.object for event in life.new_events()}
    assert shown["customer.subscription.created"].status == "active"
    assert [shown[f"invoice.{what}"].status for what in ("created", "finalized", "paid")] == ["draft", "open", "paid"]


def test_a_customer_without_a_card_is_refused(life: Life) -> None:
    customer, price = life.customer(card=None), life.price()
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source") as refused:
        life.subscribe(customer, price)
    assert (refused.value.code, refused.value.http_status) == ("resource_missing", 400)
    assert life.events() == []


def test_a_declined_first_payment_leaves_the_subscription_incomplete(life: Life) -> None:
    subscription = life.subscribe(life.customer("pm_card_chargeCustomerFail"), life.price())
    assert subscription.status == "incomplete"
    assert subscription.latest_invoice.status == "open"
    assert subscription.latest_invoice.attempt_count == 1
    assert life.events() == [
        "customer.updated",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        *FAILED,
        "customer.updated",
    ]


def test_an_incomplete_subscription_expires_after_23_hours(life: Life) -> None:
    subscription = life.subscribe(life.customer("pm_card_chargeCustomerFail"), life.price())
    life.events()
    assert life.advance(23 * HOUR - 1) == []
    assert life.advance(1) == ["customer.subscription.updated", "invoice.voided", "payment_intent.canceled"]
    subscription = life.subscription(subscription.id)
    assert subscription.status == "incomplete_expired"
    assert subscription.latest_invoice.status == "void"


def test_paying_the_open_invoice_activates_an_incomplete_subscription(life: Life) -> None:
    customer = life.customer("pm_card_chargeCustomerFail")
    subscription = life.subscribe(customer, life.price())
    life.use_card(customer.id, "pm_card_visa")
    invoice = life.client.v1.invoices.pay(subscription.latest_invoice.id)
    assert invoice.status == "paid"
    assert life.subscription(subscription.id).status == "active"
    assert life.events() == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
        "customer.updated",
        "invoice_payment.paid",
    ]


def test_error_if_incomplete_refuses_and_creates_nothing(life: Life) -> None:
    customer, price = life.customer("pm_card_chargeCustomerFail"), life.price()
    with pytest.raises(stripe.CardError) as declined:
        life.subscribe(customer, price, payment_behavior="error_if_incomplete")
    assert (declined.value.code, declined.value.http_status) == ("card_declined", 402)
    assert life.events() == []
    assert life.client.v1.subscriptions.list({"customer": customer.id, "status": "all"}).data == []
    assert life.client.v1.invoices.list({"customer": customer.id}).data == []


def test_default_incomplete_waits_for_a_confirmation(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(),
        life.price(),
        payment_behavior="default_incomplete",
        expand=["latest_invoice.confirmation_secret", "latest_invoice.payments"],
    )
    assert subscription.status == "incomplete"
    assert subscription.latest_invoice.confirmation_secret.client_secret.startswith("pi_")
    intent = subscription.latest_invoice.payments.data[0].payment.payment_intent
    life.events()
    life.client.v1.payment_intents.confirm(intent)
    assert life.subscription(subscription.id).status == "active"
    assert life.events() == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
        "invoice_payment.paid",
    ]


def test_a_card_that_wants_authentication_leaves_the_subscription_incomplete(life: Life) -> None:
    subscription = life.subscribe(life.customer("pm_card_threeDSecure2Required"), life.price())
    assert subscription.status == "incomplete"
    assert life.events() == [
        "customer.updated",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        "payment_intent.requires_action",
        "invoice.payment_action_required",
        "invoice.payment_failed",
        "invoice.updated",
        "customer.updated",
    ]


def test_a_renewal_is_a_draft_for_an_hour_and_then_paid(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price())
    life.events()
    assert life.advance_to(MONTH_END) == ["invoice.upcoming", "customer.subscription.updated", "invoice.created"]
    renewed = life.subscription(subscription.id)
    assert renewed.latest_invoice.status == "draft"
    assert renewed.latest_invoice.billing_reason == "subscription_cycle"
    assert renewed.latest_invoice.next_payment_attempt == MONTH_END + HOUR
    assert (renewed.latest_invoice.period_start, renewed.latest_invoice.period_end) == (START, MONTH_END)
    assert life.advance(HOUR) == [*PAID, "invoice_payment.paid"]
    assert life.subscription(subscription.id).latest_invoice.status == "paid"


def test_a_renewal_tells_what_the_period_had_been(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price())
    life.events()
    advance(life.client, life.clock.id, MONTH_END)
    updated = next(event for event in life.new_events() if event.type == "customer.subscription.updated")
    before = updated.data.previous_attributes.to_dict()
    assert before.keys() == {"items", "latest_invoice"}
    assert before["items"]["data"][0]["current_period_end"] == MONTH_END
    assert before["latest_invoice"] == subscription.latest_invoice.id


def test_the_31st_comes_back_after_a_short_month(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price())
    life.advance(61 * DAY)
    assert life.subscription(subscription.id)["items"].data[0].current_period_end == 1_777_543_200  # 30 April, 10:00
    invoices = life.client.v1.invoices.list({"subscription": subscription.id}).data
    assert [invoice.lines.data[0].period.start for invoice in invoices] == [1_774_951_200, MONTH_END, START]


def test_a_failing_card_is_retried_and_the_subscription_recovers_on_a_new_one(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price())
    life.use_card(customer.id, "pm_card_chargeCustomerFail")
    life.advance_to(MONTH_END)
    assert life.advance(HOUR) == [
        "invoice.finalized",
        "payment_intent.created",
        *FAILED,
        "customer.subscription.updated",
        "customer.updated",
    ]
    failed = life.subscription(subscription.id)
    assert failed.status == "past_due"
    assert failed.latest_invoice.attempt_count == 1
    assert failed.latest_invoice.next_payment_attempt == MONTH_END + HOUR + 3 * DAY
    assert life.client.v1.customers.retrieve(customer.id).delinquent is True
    assert life.advance(3 * DAY) == FAILED
    life.use_card(customer.id, "pm_card_visa")
    assert life.advance(5 * DAY) == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
        "customer.updated",
        "invoice_payment.paid",
    ]
    assert life.subscription(subscription.id).status == "active"
    assert life.client.v1.customers.retrieve(customer.id).delinquent is False


def test_the_end_of_the_retries_cancels_the_subscription(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price())
    life.use_card(customer.id, "pm_card_chargeCustomerFail")
    life.advance_to(MONTH_END + HOUR)
    assert life.advance(8 * DAY) == [*FAILED, *FAILED]
    assert life.advance(7 * DAY) == [*FAILED, "customer.subscription.deleted"]
    ended = life.subscription(subscription.id)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    assert (ended.latest_invoice.status, ended.latest_invoice.auto_advance) == ("open", False)
    assert ended.latest_invoice.attempt_count == 4
    assert life.advance(90 * DAY) == []


def test_a_trial_warns_three_days_before_and_converts(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(), trial_period_days=14)
    assert subscription.status == "trialing"
    assert subscription.latest_invoice.amount_due == 0
    assert subscription.latest_invoice.lines.data[0].description == "Free trial for 1 × Pro"
    assert life.events() == [
        "customer.updated",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    assert life.advance(11 * DAY - 1) == ["invoice.upcoming"]
    assert life.advance(1) == ["customer.subscription.trial_will_end"]
    assert life.advance(3 * DAY) == ["customer.subscription.updated", "invoice.created"]
    assert life.subscription(subscription.id).status == "active"
    assert life.advance(HOUR) == [*PAID, "invoice_payment.paid"]


@pytest.mark.parametrize(
    ("behavior", "status", "told"),
    [
        ("cancel", "canceled", ["customer.subscription.deleted"]),
        ("pause", "paused", ["customer.subscription.paused", "customer.subscription.updated"]),
    ],
)
def test_a_trial_without_a_card_ends_as_its_settings_say(
    life: Life, behavior: str, status: str, told: list[str]
) -> None:
    subscription = life.subscribe(
        life.customer(card=None),
        life.price(),
        trial_period_days=5,
        trial_settings={"end_behavior": {"missing_payment_method": behavior}},
    )
    life.advance(5 * DAY - 1)
    assert life.advance(1) == told
    assert life.subscription(subscription.id).status == status


def test_cancel_at_period_end_takes_effect_then_and_can_be_undone_before(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price())
    life.events()
    update = life.client.v1.subscriptions.update
    planned = update(subscription.id, {"cancel_at_period_end": True})
    assert (planned.status, planned.cancel_at, planned.canceled_at) == ("active", MONTH_END, START)
    [event] = life.new_events()
    assert event.data.previous_attributes.to_dict() == {
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"reason": None},
    }
    undone = update(subscription.id, {"cancel_at_period_end": False})
    assert (undone.cancel_at, undone.canceled_at, undone.cancellation_details.reason) == (None, None, None)
    update(subscription.id, {"cancel_at_period_end": True})
    life.events()
    assert life.advance_to(MONTH_END) == ["customer.subscription.deleted"]
    ended = life.subscription(subscription.id)
    assert (ended.status, ended.ended_at, ended.cancel_at_period_end) == ("canceled", MONTH_END, True)


def test_cancel_now_ends_it_without_proration(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price())
    life.events()
    canceled = life.client.v1.subscriptions.cancel(
        subscription.id, {"cancellation_details": {"feedback": "too_expensive"}}
    )
    assert (canceled.status, canceled.cancellation_details.feedback) == ("canceled", "too_expensive")
    assert life.events() == ["customer.subscription.deleted"]
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        life.client.v1.subscriptions.cancel(subscription.id)
    with pytest.raises(stripe.InvalidRequestError, match="A canceled subscription can only update"):
        life.client.v1.subscriptions.update(subscription.id, {"description": "x"})


def test_deleting_a_customer_cancels_what_it_has(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price())
    life.events()
    assert life.client.v1.customers.delete(customer.id).deleted
    told = life.events()
    assert told[0] == "customer.subscription.deleted"
    assert told[-1] == "customer.deleted"
    assert "payment_method.detached" in told
    assert life.client.v1.customers.retrieve(customer.id).deleted
    assert life.client.v1.subscriptions.retrieve(subscription.id).status == "canceled"
