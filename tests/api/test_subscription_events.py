"""What a new subscription tells, for every payment behaviour and every outcome: whole chains, with their snapshots."""

from contextlib import nullcontext
from typing import Any

import pytest
import stripe
from api.life import DAY, HOUR, START, Life, advance

BORN = ["customer.subscription.created", "invoice.created", "invoice.finalized"]
CHARGED = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
PAID_AT_BIRTH = [
    "customer.updated",
    *CHARGED,
    *BORN,
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
]
DECLINED = ["charge.failed", "payment_intent.payment_failed", "invoice.payment_failed", "invoice.updated"]
AUTHENTICATES = [
    "payment_intent.requires_action",
    "invoice.payment_action_required",
    "invoice.payment_failed",
    "invoice.updated",
]
PAID_LATER = [
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.updated",
    "invoice.paid",
    "invoice.payment_succeeded",
    "customer.subscription.updated",
]
DECLINING, SECURE = "pm_card_chargeCustomerFail", "pm_card_threeDSecure2Required"


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life.begin(client)


def previous(event: stripe.Event) -> Any:
    return event.data.previous_attributes.to_dict()


@pytest.mark.parametrize(
    ("behavior", "card", "status", "told"),
    [
        ("allow_incomplete", "pm_card_visa", "active", PAID_AT_BIRTH),
        ("error_if_incomplete", "pm_card_visa", "active", PAID_AT_BIRTH),
        (
            "allow_incomplete",
            DECLINING,
            "incomplete",
            ["customer.updated", *BORN, "payment_intent.created", *DECLINED, "customer.updated"],
        ),
        (
            "allow_incomplete",
            SECURE,
            "incomplete",
            ["customer.updated", *BORN, "payment_intent.created", *AUTHENTICATES, "customer.updated"],
        ),
        ("default_incomplete", "pm_card_visa", "incomplete", ["customer.updated", *BORN, "payment_intent.created"]),
        ("default_incomplete", DECLINING, "incomplete", ["customer.updated", *BORN, "payment_intent.created"]),
        ("default_incomplete", SECURE, "incomplete", ["customer.updated", *BORN, "payment_intent.created"]),
        ("default_incomplete", None, "incomplete", ["customer.updated", *BORN, "payment_intent.created"]),
    ],
)
def test_a_subscription_is_born_as_its_payment_goes(
    life: Life, behavior: str, card: str | None, status: str, told: list[str]
) -> None:
    subscription = life.subscribe(life.customer(card), life.price(), payment_behavior=behavior)
    assert subscription.status == status
    events = life.new_events()
    assert [event.type for event in events] == told
    shown = {event.type: event.data.object for event in events}
    assert shown["customer.subscription.created"].status == status
    assert (shown["invoice.created"].status, shown["invoice.finalized"].status) == ("draft", "open")
    assert previous(events[0]) == {"currency": None}


@pytest.mark.parametrize(
    ("behavior", "card", "code", "status"),
    [
        ("allow_incomplete", None, "resource_missing", 400),
        ("error_if_incomplete", None, "resource_missing", 400),
        ("error_if_incomplete", DECLINING, "card_declined", 402),
        ("error_if_incomplete", SECURE, "subscription_payment_intent_requires_action", 402),
        ("pending_if_incomplete", "pm_card_visa", None, 400),
    ],
)
def test_what_is_refused_tells_nothing_and_leaves_nothing(
    life: Life, behavior: str, card: str | None, code: str | None, status: int
) -> None:
    customer, price = life.customer(card), life.price()
    with pytest.raises(stripe.StripeError) as refused:
        life.subscribe(customer, price, payment_behavior=behavior)
    assert (refused.value.code, refused.value.http_status) == (code, status)
    assert life.events() == []
    assert life.client.v1.subscriptions.list({"customer": customer.id, "status": "all"}).data == []
    assert life.client.v1.customers.retrieve(customer.id).currency is None


@pytest.mark.parametrize(
    ("card", "status", "told"),
    [
        ("pm_card_visa", "active", [*PAID_LATER, "invoice_payment.paid"]),
        ("pm_card_chargeCustomerFail", "incomplete", [*DECLINED, "customer.updated"]),
        ("pm_card_threeDSecure2Required", "incomplete", [*AUTHENTICATES, "customer.updated"]),
    ],
)
def test_an_incomplete_subscription_follows_the_intent_that_its_customer_confirms(
    life: Life, card: str, status: str, told: list[str]
) -> None:
    customer = life.customer(card=None)
    subscription = life.subscribe(customer, life.price(), payment_behavior="default_incomplete")
    intent = subscription.latest_invoice.payments.data[0].payment.payment_intent
    life.events()
    declines = pytest.raises(stripe.CardError, match="declined") if card == DECLINING else nullcontext()
    with declines:
        life.client.v1.payment_intents.confirm(intent, {"payment_method": card, "return_url": "https://example.com"})
    events = [event for event in life.new_events() if event.type != "payment_method.attached"]
    assert [event.type for event in events] == told
    assert life.subscription(subscription.id).status == status
    if status == "active":
        updated = next(event for event in events if event.type == "customer.subscription.updated")
        assert previous(updated) == {"status": "incomplete"}


def test_what_costs_nothing_is_active_without_a_card(life: Life) -> None:
    subscription = life.subscribe(life.customer(card=None), life.price(0))
    assert (subscription.status, subscription.latest_invoice.status) == ("active", "paid")
    assert life.events() == ["customer.updated", *BORN, "invoice.paid", "invoice.payment_succeeded"]


def test_a_whole_discount_needs_no_card_either(life: Life) -> None:
    coupon = life.client.v1.coupons.create({"percent_off": 100, "duration": "forever"})
    subscription = life.subscribe(life.customer(card=None), life.price(), discounts=[{"coupon": coupon.id}])
    assert (subscription.status, subscription.latest_invoice.status) == ("active", "paid")
    assert subscription.latest_invoice.total == 0


def test_a_trial_without_a_card_starts_a_setup_intent_where_payment_is_the_customers_business(life: Life) -> None:
    subscription = life.subscribe(
        life.customer(card=None), life.price(), trial_period_days=14, payment_behavior="default_incomplete"
    )
    assert (subscription.status, subscription.pending_setup_intent is None) == ("trialing", False)
    assert life.events() == [
        "customer.updated",
        "setup_intent.created",
        *BORN,
        "invoice.paid",
        "invoice.payment_succeeded",
    ]


def test_a_short_trial_warns_of_its_end_at_once(life: Life) -> None:
    life.subscribe(life.customer(), life.price(), trial_period_days=1)
    assert life.events()[-1] == "customer.subscription.trial_will_end"


@pytest.mark.parametrize(
    ("behavior", "status", "told", "changed"),
    [
        (
            "create_invoice",
            "active",
            ["customer.subscription.updated", "invoice.created"],
            ["items", "latest_invoice", "status"],
        ),
        ("cancel", "canceled", ["customer.subscription.deleted"], None),
        ("pause", "paused", ["customer.subscription.paused", "customer.subscription.updated"], ["status"]),
    ],
)
def test_each_end_of_a_trial_without_a_card(
    life: Life, behavior: str, status: str, told: list[str], changed: list[str] | None
) -> None:
    subscription = life.subscribe(
        life.customer(card=None),
        life.price(),
        trial_period_days=14,
        trial_settings={"end_behavior": {"missing_payment_method": behavior}},
    )
    life.advance_to(START + 14 * DAY - 1)
    advance(life.client, life.clock.id, START + 14 * DAY)
    events = [event for event in life.new_events() if not event.type.startswith("test_helpers.")]
    assert [event.type for event in events] == told
    assert events[0].data.object.status == status
    assert life.subscription(subscription.id).status == status
    if changed is not None:
        updated = next(event for event in events if event.type == "customer.subscription.updated")
        assert set(changed) <= set(previous(updated))
        assert previous(updated)["status"] == "trialing"


def test_a_trial_that_ends_without_a_card_and_bills_anyway_is_past_due(life: Life) -> None:
    subscription = life.subscribe(life.customer(card=None), life.price(), trial_period_days=14)
    life.advance_to(START + 14 * DAY)
    assert life.advance(HOUR) == [
        "invoice.finalized",
        "payment_intent.created",
        "invoice.payment_failed",
        "invoice.updated",
        "customer.subscription.updated",
        "customer.updated",
    ]
    assert life.subscription(subscription.id).status == "past_due"


def test_a_trial_ended_by_hand_charges_at_once(life: Life) -> None:
    subscription = life.subscribe(life.customer(), life.price(), trial_period_days=14)
    life.events()
    ended = life.client.v1.subscriptions.update(subscription.id, {"trial_end": "now"})
    assert (ended.status, ended.trial_end, ended.billing_cycle_anchor) == ("active", START, START)
    events = life.new_events()
    assert [event.type for event in events] == [
        "customer.subscription.trial_will_end",
        "customer.subscription.updated",
        "invoice.created",
        "invoice.finalized",
        *CHARGED,
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]
    assert sorted(previous(events[1])) == ["billing_cycle_anchor", "items", "latest_invoice", "status", "trial_end"]


def test_a_renewal_that_fails_tells_of_the_status_after_the_invoice(life: Life) -> None:
    customer = life.customer()
    subscription = life.subscribe(customer, life.price())
    life.use_card(customer.id, DECLINING)
    end = subscription["items"].data[0].current_period_end
    life.advance_to(end)
    advance(life.client, life.clock.id, end + HOUR)
    events = [event for event in life.new_events() if not event.type.startswith("test_helpers.")]
    assert [event.type for event in events] == [
        "invoice.finalized",
        "payment_intent.created",
        *DECLINED,
        "customer.subscription.updated",
        "customer.updated",
    ]
    changes = {event.type: previous(event) for event in events if event.type.endswith(".updated")}
    assert changes["customer.subscription.updated"] == {"status": "active"}
    assert changes["customer.updated"] == {"delinquent": False}
    assert sorted(changes["invoice.updated"]) == ["attempt_count", "attempted", "next_payment_attempt"]
